"""The supervision sheet: what there is to talk about, who reads it, and the day it was talked about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app import clock
from app.extensions import session
from app.models.records import ViewEvent
from app.models.tracker import SupervisionTalk
from app.services import issuing, recommendations
from tests.support import trackers
from tests.support.browsing import main_form, send
from tests.support.people_at_work import gallery, visitor
from tests.support.stages import Story, review_at
from tests.support.trackers import issued, started
from tests.support.world import World
from workflows.states import ReviewState


def words(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def text(client: FlaskClient, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, f"{url}: {answer.status_code}"
    return words(answer)


def sheet_of(world: World, login: str = "worker") -> str:
    with world.context():
        return f"/supervision/{world.public_id(login)}"


def day(days: int) -> dict[str, str]:
    on = clock.today() + timedelta(days=days)
    return {"held_on-day": str(on.day), "held_on-month": str(on.month), "held_on-year": str(on.year)}


def talks(world: World) -> list[tuple[Any, Any, str]]:
    with world.context():
        rows = session.scalars(select(SupervisionTalk).order_by(SupervisionTalk.id))
        return [(row.recommendation_id, row.review_id, row.notes) for row in rows]


def test_who_supervises_nobody_is_shown_the_own_sheet_first(sqlite_world: World) -> None:
    page = sqlite_world.client("worker").get("/supervision").get_data(as_text=True)
    assert page.index("The sheet for your own supervision") < page.index("You supervise nobody here")


def test_the_sheet_lists_what_to_talk_about(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = issued(world)
        review, row = story.review.reference, story.recommendation().reference
    url = sheet_of(world)
    manager = world.client("manager")
    for page in (text(manager, url), text(world.client("worker"), url)):
        for wanted in (review, row, "Agree with the child who to ring", "Issued on 23 November 2026"):
            assert wanted in page
    assert "Record the supervision" in text(manager, url)
    assert "Record the supervision" not in text(world.client("worker"), url)
    listed = text(manager, "/supervision")
    assert "Daniel Osei" in listed
    assert url in listed
    with world.context():
        seen = select(func.count()).select_from(ViewEvent).where(ViewEvent.what == "supervision sheet")
        assert (session.scalar(seen) or 0) > 0


def test_what_went_well_comes_from_the_issued_review(sqlite_world: World) -> None:
    """On the whole form, where the reviewer says what was done well; nothing that was said in confidence."""
    [case] = gallery(sqlite_world, ["whole form, issued"])
    page = text(sqlite_world.client("manager"), sheet_of(sqlite_world))
    assert "What went well" in page
    assert case.marks[_mark("DRAFT")] in page
    assert case.marks[_mark("CONFIDENTIAL")] not in page
    assert case.marks[_mark("NAME")] not in page


def _mark(name: str) -> Any:
    from tests.support.people_at_work import Mark

    return Mark[name]


@pytest.mark.parametrize("state", [ReviewState.DISCUSSION, ReviewState.HOS_MODERATION, ReviewState.TRACKING])
def test_nothing_of_a_review_before_issue_is_on_a_sheet(sqlite_world: World, state: ReviewState) -> None:
    """Not for the Head of QA either, who knows of it elsewhere."""
    world = sqlite_world
    with world.context():
        reference = review_at(world, state).review.reference
    url = sheet_of(world)
    for login in ("worker", "manager", "head.qa"):
        client = world.client(login)
        assert reference not in text(client, url), login
        assert reference not in text(client, "/supervision"), login


def test_each_sees_exactly_their_own_sheets(sqlite_world: World) -> None:
    """The worker, who supervises, the Head's office; nobody else knows that there is one."""
    world = sqlite_world
    with world.context():
        issued(world)
    url = sheet_of(world)
    allowed = {"worker", "manager", "head.qa"}
    for login in (*allowed, "head.service", "director", "internal.reviewer", "external.reviewer", "deputy.qa", "admin",
                  "siobhan.doyle", "mei.chen", "agency", "oversight"):  # fmt: skip
        status = visitor(world, login).get(url).status_code
        assert status == (200 if login in allowed else 404), login


def test_a_new_manager_sees_nothing_of_a_review_made_under_another(sqlite_world: World) -> None:
    """Who supervises a worker is not thereby the line manager of a review: it is not there, nor is it counted."""
    world = sqlite_world
    with world.context():
        reference = trackers.elsewhere(world).review.reference
        _moves_to(world, "joseph.mbeki", "desmond.clarke")
    page = text(world.client("desmond.clarke"), sheet_of(world, "joseph.mbeki"))
    assert reference not in page
    assert "None." in page
    assert reference not in text(world.client("desmond.clarke"), "/")
    assert "Supervision" not in text(world.client("desmond.clarke"), "/").split("Waiting for you", 1)[1]


def _moves_to(world: World, worker: str, manager: str) -> None:
    from sqlalchemy import text as sql

    from app import extensions

    who, whom = world.person(worker).id, world.person(manager).id
    session.rollback()
    with extensions.engine().begin() as connection:
        moved = sql("UPDATE person SET line_manager_id = :manager WHERE id = :worker")
        connection.execute(moved, {"manager": whom, "worker": who})


def test_the_day_is_kept_and_offered_to_the_head(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = issued(world)
        review_id, row_id = story.id, story.recommendation().id
        review = story.review.public_id
        things = [f"review:{review}", f"recommendation:{story.recommendation().public_id}"]
    url, manager = sheet_of(world), world.client("manager")
    assert "Talk about it in supervision with Daniel Osei" in text(manager, "/")
    answer = send(manager, url, {**day(0), "talked": things, "notes": "Ring the school first."}, holding="notes")
    assert answer.status_code == 303
    assert talks(world) == [(row_id, None, ""), (None, review_id, ""), (None, None, "Ring the school first.")]
    page = text(manager, url)
    assert "Last talked about on 23 November 2026" in page
    assert "Ring the school first." in text(world.client("worker"), url)
    assert "Talk about it in supervision" not in text(manager, "/")
    head = world.client("head.qa")
    _action, fields = main_form(text(head, f"/reviews/{review}/do/record_supervision"), "supervision_on")
    boxes = [fields[f"supervision_on-{box}"] for box in ("day", "month", "year")]
    assert boxes == ["23", "11", "2026"]
    with world.context():
        assert story.review.supervision_on is None  # the Head of QA records it on the review


def test_the_same_again_adds_nothing(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = started(world)
        thing = f"recommendation:{story.recommendation().public_id}"
    url, manager = sheet_of(world), world.client("manager")
    for _ in range(2):
        assert send(manager, url, {**day(0), "talked": [thing]}, holding="notes").status_code == 303
    assert len(talks(world)) == 1
    assert "That was recorded already." in text(manager, url) or len(talks(world)) == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Enter the date of the supervision."),
        (day(1) | {"notes": "Later."}, "The date cannot be in the future."),
        (day(0), "Tick what you talked about, or write a note."),
        (day(0) | {"talked": ["review:made-up"]}, "Choose one of the answers listed"),
        (day(0) | {"notes": "x" * 4001}, "shorten it by 1"),
        ({"held_on-day": "31", "held_on-month": "2", "held_on-year": "2026"}, "has no day 31"),
    ],
)
def test_what_cannot_be_kept_is_said_and_stays_typed(sqlite_world: World, typed: dict[str, Any], said: str) -> None:
    world = sqlite_world
    with world.context():
        issued(world)
    answer = send(world.client("manager"), sheet_of(world), {"notes": "", **typed}, holding="notes")
    assert answer.status_code == 422
    assert said in words(answer)
    assert typed.get("notes", "") in words(answer)
    assert talks(world) == []


def test_before_the_issue_it_cannot_have_been_talked_about(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = issued(world)
        thing = f"review:{story.review.public_id}"
    answer = send(world.client("manager"), sheet_of(world), {**day(-1), "talked": [thing]}, holding="notes")
    assert answer.status_code == 422
    assert "The date cannot be before the review was issued." in words(answer)


def test_the_worker_records_nothing(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        issued(world)
    from tests.support.world import token_in

    worker, url = world.client("worker"), sheet_of(world)
    data = {"csrf_token": token_in(text(worker, "/account")), "notes": "All is well.", **day(0)}
    assert worker.post(url, data=data).status_code == 409
    assert talks(world) == []


def test_what_we_changed_is_ready_to_tell(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = started(world)
        story.act("worker", "complete", evidence="The plan of 2 December names the person.")
        story.act("manager", "verify", impact="The child rang in January and was met the same day.")
    url, manager = sheet_of(world), world.client("manager")
    page = text(manager, url)
    assert "The child rang in January" in page
    assert "Not yet written in plain words" in page
    with world.context():
        row = story.recommendation()
        given = {"family_words": "When you ring, Daniel rings back the same day.", "told_on": None}
        recommendations.act(world.actor("worker"), row.id, "tell_family", row.version, given)
    page = text(manager, url)
    assert "When you ring, Daniel rings back the same day." in page
    assert "Ready to tell the child or family" in page
    with clock.set_to(trackers.on(500)):
        assert "When you ring" not in text(visitor(world, "manager"), url)


def test_a_review_with_its_date_is_no_more_to_talk_about(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story: Story = issued(world)
        head, today = world.actor("head.qa"), clock.today()
        issuing.record_upload(head, story.id, story.review.version, uploaded_on=today)
        issuing.record_supervision(head, story.id, story.review.version, supervision_on=today)
    assert "Talk about it in supervision" not in text(world.client("manager"), "/")
