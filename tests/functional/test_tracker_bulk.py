"""One action on many recommendations: previewed row by row, done row by row, each under its own rules."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.extensions import session
from app.models.records import AuditEvent
from app.services import invariants, recommendations
from tests.functional.test_query_counts import MANY, SLACK
from tests.support import register as tracker
from tests.support.html import parse
from tests.support.people_at_work import token, visitor
from tests.support.statements import counted
from tests.support.world import TODAY, World
from workflows.states import RecommendationState

DUE = TODAY.date() + timedelta(days=10)
NEW = {"due_on-day": "1", "due_on-month": "3", "due_on-year": "2027", "reason": "The school asked for time."}


@pytest.fixture
def rows(world: World) -> list[str]:
    """Four open ones, and one that is set aside."""
    with world.context():
        made = [tracker.of_activity(world, owner="worker", due=DUE) for _ in range(5)]
        act(world, made[4], "set_aside", reason="Not ours.")
    return made


def act(world: World, reference: str, trigger: str, **given: Any) -> None:
    row = tracker.row_of(reference)
    recommendations.act(world.actor("head.qa"), row.id, trigger, row.version, given)


def boxes(world: World, rows: list[str]) -> list[str]:
    with world.context():
        return [f"{row.public_id}.{row.version}" for row in map(tracker.row_of, rows)]


def post(client: FlaskClient, ticked: list[str], action: str, step: str, **fields: str) -> TestResponse:
    data = {"csrf_token": token(client), "row": ticked, "action": action, "step": step, "view": "status=all", **fields}
    return client.post("/recommendations/bulk", data=data)


def test_dates_are_extended_after_a_preview_that_says_which_cannot(world: World, rows: list[str]) -> None:
    client, ticked = world.client("head.qa"), boxes(world, rows)
    asked = post(client, ticked, "extend", "")
    assert asked.status_code == 200
    assert "Extend dates: 5 recommendations" in asked.get_data(as_text=True)
    preview = post(client, ticked, "extend", "preview", **NEW).get_data(as_text=True)
    assert preview.count("Due 1 March 2027") == 4
    assert "cannot be done at this stage" in preview
    assert "Extend the date of 4 recommendations" in preview
    with world.context():
        assert tracker.row_of(rows[0]).due_on == DUE, "a preview does nothing"
    done = post(client, ticked, "extend", "do", **NEW).get_data(as_text=True)
    assert "4 of 5 recommendations done" in done
    with world.context():
        dates = [str(tracker.row_of(row).due_on) for row in rows]
        assert dates == ["2027-03-01"] * 4 + [str(DUE)]
        assert tracker.row_of(rows[0]).entries[-1].text == NEW["reason"]
        count = select(func.count()).where(AuditEvent.kind == "recommendation.extend")
        assert session.scalar(count) == 4
        assert invariants.broken() == {}


def test_one_that_somebody_changed_meanwhile_is_reported_and_the_others_go_on(world: World, rows: list[str]) -> None:
    client, ticked = world.client("head.qa"), boxes(world, rows[:3])
    assert "Extend the date of 3" in post(client, ticked, "extend", "preview", **NEW).get_data(as_text=True)
    with world.context():
        act(world, rows[1], "set_aside", reason="Changed meanwhile.")
    done = post(client, ticked, "extend", "do", **NEW).get_data(as_text=True)
    assert "2 of 3 recommendations done" in done
    assert "Somebody changed it since you opened the list." in done
    with world.context():
        assert tracker.row_of(rows[1]).due_on == DUE
        assert str(tracker.row_of(rows[2]).due_on) == "2027-03-01"
    again = post(client, ticked, "extend", "do", **NEW).get_data(as_text=True)
    assert "0 of 3 recommendations done" in again, "sent twice, it is done once"


def test_the_owner_changes_and_the_verifier_stays_independent(world: World, rows: list[str]) -> None:
    client = world.client("head.qa")
    with world.context():
        manager, head = world.public_id("manager"), world.public_id("head.qa")
        verified_by_manager = tracker.of_activity(world, owner="worker", verifier="manager", due=DUE)
    ticked = boxes(world, [rows[0], verified_by_manager])
    preview = post(client, ticked, "give", "preview", owner=manager).get_data(as_text=True)
    assert preview.count("Owner Priya Raman") == 2
    assert "2 of 2" in post(client, ticked, "give", "do", owner=manager).get_data(as_text=True)
    with world.context():
        for reference in (rows[0], verified_by_manager):
            row = tracker.row_of(reference)
            assert row.owner is not None
            assert row.verifier is not None
            assert (row.owner.public_id, row.verifier.public_id) == (manager, head)
    assert "owned by this person already" in post(
        client, boxes(world, rows[:1]), "give", "preview", owner=manager
    ).get_data(as_text=True)


def test_a_tag_is_added_once_and_found_by_the_filter(world: World, rows: list[str]) -> None:
    client, ticked = world.client("head.qa"), boxes(world, rows[:2])
    assert "2 of 2" in post(client, ticked, "tag", "do", tag="neglect").get_data(as_text=True)
    assert set(tracker.listed(client.get("/recommendations?theme=neglect"))) == set(rows[:2])
    again = post(client, boxes(world, rows[:3]), "tag", "do", tag="neglect").get_data(as_text=True)
    assert "1 of 3" in again
    assert "It has this tag already." in again
    with world.context():
        assert invariants.broken() == {}


def test_setting_aside_needs_a_reason_and_loses_nothing(world: World, rows: list[str]) -> None:
    client, ticked = world.client("head.qa"), boxes(world, rows[:2])
    refused = post(client, ticked, "set_aside", "preview", reason=" ")
    assert refused.status_code == 422
    assert "Give the reason." in refused.get_data(as_text=True)
    assert all(box in refused.get_data(as_text=True) for box in ticked)
    post(client, ticked, "set_aside", "do", reason="Another plan has it.")
    with world.context():
        assert {tracker.row_of(row).state for row in rows[:2]} == {RecommendationState.SET_ASIDE}


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("extend", {**NEW, "due_on-year": "2020"}),
        ("extend", {**NEW, "due_on-day": "31", "due_on-month": "2"}),
        ("extend", {"reason": "x"}),
        ("give", {"owner": "nobody"}),
        ("give", {}),
        ("tag", {"tag": "made_up"}),
        ("tag", {}),
        ("set_aside", {"reason": "x" * 30_000}),
    ],
)
@pytest.mark.databases("sqlite")
def test_what_is_wrong_for_all_is_asked_again(
    world: World, rows: list[str], action: str, fields: dict[str, str]
) -> None:
    answer = post(world.client("head.qa"), boxes(world, rows[:2]), action, "do", **fields)
    assert answer.status_code == 422
    with world.context():
        assert tracker.row_of(rows[0]).version == 2


def test_a_button_with_nothing_chosen_leads_to_the_first_box(world: World, rows: list[str]) -> None:
    client = world.client("head.qa")
    answer = post(client, [], "tag", "")
    assert answer.status_code == 303
    page = parse(client.get(answer.headers["Location"]).get_data(as_text=True))
    summary = next(node for node in page.walk() if node.has_class("govuk-error-summary"))
    first = next(node for node in page.all("input") if node.attrs.get("name") == "row")
    assert [(link.text, link.attrs["href"]) for link in summary.all("a")] == [
        ("Choose at least one recommendation", f"#{first.attrs['id']}")
    ]
    again = parse(client.get("/recommendations?status=all").get_data(as_text=True))
    assert not [node for node in again.walk() if node.has_class("govuk-error-summary")]


def test_odd_rows_are_no_rows(world: World, rows: list[str]) -> None:
    client = world.client("head.qa")
    for odd in ([], ["x"], ["." * 50], [f"{'0' * 36}.1"], ["\x07.1"], [f"{boxes(world, rows[:1])[0]}9999999999999"]):
        assert post(client, odd, "tag", "do", tag="neglect").status_code in (200, 303), odd
    assert post(client, boxes(world, rows), "delete", "do").status_code == 404
    with world.context():
        assert tracker.row_of(rows[0]).version == 2


def test_a_preview_costs_the_same_with_one_row_and_with_thirty(sqlite_world: World) -> None:
    with sqlite_world.context():
        made = [tracker.issued(sqlite_world).recommendation().reference for _ in range(MANY)]
    client, asked = visitor(sqlite_world, "head.qa"), []
    for rows in (made[:1], made[:1], made):
        ticked = boxes(sqlite_world, rows)
        with counted(sqlite_world) as said:
            post(client, ticked, "extend", "preview", **NEW)
        asked.append(len(said))
    assert asked[2] <= asked[1] + SLACK
