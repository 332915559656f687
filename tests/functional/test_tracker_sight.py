"""Each sees exactly their own of the tracker, on every channel: the list, its counts, a filter that would tell, both
files, both feeds, and what is done to many at once (R11)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import openpyxl
import pytest
from sqlalchemy import select

from app.extensions import session
from app.models.people import Role, RoleName
from app.models.recommendations import Recommendation
from app.policy.actor import SYSTEM
from app.policy.visibility import visible_in_register, visible_one_by_one, visible_recommendations
from app.services import feed_tokens, gate
from app.services.unit_of_work import unit_of_work
from tests.support import register as tracker
from tests.support.html import parse
from tests.support.people_at_work import EVERYBODY, gallery, token, visitor
from tests.support.stages import review_at
from tests.support.world import TODAY, World
from workflows.states import ReviewState

WORKER, MANAGER, OWNER, OUTSIDER, HEAD = "worker", "manager", "head.service", "director", "head.qa"


@pytest.fixture
def rows(world: World) -> dict[str, str]:
    """Their own, another's, one not issued yet, and one of another activity; references by a name for each."""
    with world.context():
        return {
            "theirs": tracker.issued(world).recommendation().reference,
            "owned": tracker.issued(world, owner=OWNER).recommendation().reference,
            "unissued": review_at(world, ReviewState.TRACKING, owner=OWNER).recommendation().reference,
            "activity": tracker.of_activity(world, owner=OWNER),
        }


SEEN = {
    HEAD: {"theirs", "owned", "unissued", "activity"},
    WORKER: {"theirs", "owned"},
    MANAGER: {"theirs", "owned"},
    OWNER: {"owned", "activity"},
    OUTSIDER: set(),
}


@pytest.mark.parametrize("login", sorted(SEEN))
def test_each_sees_exactly_their_own_on_every_channel(world: World, rows: dict[str, str], login: str) -> None:
    expected = {rows[name] for name in SEEN[login]}
    for channel, found in channels(world, login):
        assert found == expected, channel
    page = parse(visitor(world, login).get("/recommendations").get_data(as_text=True))
    first = next(node.text for node in page.walk() if node.has_class("pl-counts__number"))
    assert int(first) == len(expected)


def channels(world: World, login: str) -> Iterator[tuple[str, set[str]]]:
    client = visitor(world, login)
    for query in ("", "?status=all", "?sort=owner", "?sort=-raised", "?level=child&status=all"):
        found = set(tracker.listed(client.get(f"/recommendations{query}")))
        yield f"list {query}", found if "level" not in query else found | _service(world, login)
    book = openpyxl.load_workbook(io.BytesIO(client.get("/recommendations/export.xlsx?status=all").data))
    yield "xlsx", {str(row[0].value) for row in book.active.iter_rows(min_row=2)}
    lines = csv.DictReader(io.StringIO(client.get("/recommendations/export.csv").data.decode("utf-8-sig")))
    yield "csv", {line["Reference"] for line in lines}
    with world.context():
        key = feed_tokens.make(world.actor(login), "dashboard", TODAY.date())
    bearer = {"Authorization": f"Bearer {key}"}
    stranger = world.app.test_client()
    rows = stranger.get("/feed/recommendations.json", headers=bearer).get_json()["rows"]
    yield "json", {row["reference"] for row in rows}
    answer = stranger.get("/feed/recommendations.csv", headers=bearer)
    yield "feed csv", {line["reference"] for line in csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")))}


def _service(world: World, login: str) -> set[str]:
    """What the filter by level rightly leaves out."""
    return set(tracker.listed(visitor(world, login).get("/recommendations?status=all&level=service")))


def test_only_the_heads_office_does_anything_to_many(world: World, rows: dict[str, str]) -> None:
    """A worker who knows every address of them previews nothing; a deputy, with the Head there, has no rows."""
    with world.context():
        boxes = [f"{public_id}.2" for public_id in tracker.public_ids(*rows.values())]
    for login in (WORKER, MANAGER, OWNER, OUTSIDER, "deputy.qa"):
        client = visitor(world, login)
        data = {"csrf_token": token(client), "row": boxes, "action": "set_aside", "step": "preview", "reason": "x y"}
        answer = client.post("/recommendations/bulk", data=data)
        assert answer.status_code == (303 if login == "deputy.qa" else 404), login
        assert not any(reference in answer.get_data(as_text=True) for reference in rows.values())
    head = world.client(HEAD)
    data = {"csrf_token": token(head), "row": boxes, "action": "set_aside", "step": "preview", "reason": "x y"}
    page = head.post("/recommendations/bulk", data=data).get_data(as_text=True)
    assert all(f">{reference}<" in page for reference in rows.values())


@pytest.mark.parametrize("channel", ["", "/export.csv"])
def test_a_filter_that_would_tell_tells_nothing(world: World, rows: dict[str, str], channel: str) -> None:
    """An owner with no other tie asks for each of the staff in turn: whose review it is must not be the answer."""
    with world.context():
        staff = {login: world.public_id(login) for login in (WORKER, MANAGER, "siobhan.doyle")}
    for login, expected in ((OWNER, set()), (WORKER, {rows["theirs"], rows["owned"]})):
        client = visitor(world, login)
        for asked, public_id in staff.items():
            answer = client.get(f"/recommendations{channel}?status=all&worker={public_id}").get_data(as_text=True)
            found = {reference for reference in rows.values() if reference in answer}
            assert found == (expected if asked == WORKER else set()), (login, asked)


def test_a_file_has_the_workers_column_only_for_who_may_know_of_one(world: World, rows: dict[str, str]) -> None:
    def heading(login: str) -> list[str]:
        text = visitor(world, login).get("/recommendations/export.csv").data.decode("utf-8-sig")
        return text.splitlines()[0].split(",")

    assert "Worker" in heading(HEAD)
    assert "Worker" in heading(MANAGER)
    assert "Worker" not in heading(OWNER)


def test_all_ways_of_asking_what_is_visible_give_the_same(world: World) -> None:
    """The register's way, quick over many rows, that of my work, quick over few, and the policy's own: for everybody,
    at every stage."""
    stages = ("decided", "Head in conflict", "issued", "owned by another", "closed", "withdrawn")
    gallery(world, stages)
    with world.context():
        tracker.of_activity(world)
        tracker.of_activity(world, owner=None, verifier=None)
        for login in EVERYBODY:
            actor, office = world.actor(login), gate.office()
            ways = [
                set(session.scalars(select(Recommendation.id).where(condition(actor, office))))
                for condition in (visible_recommendations, visible_in_register, visible_one_by_one)
            ]
            opened = set(session.scalars(select(Recommendation.id).where(visible_in_register(actor, office, True))))
            assert ways[0] == ways[1] == ways[2] == opened, login


def test_who_only_administers_now_sees_nothing_of_what_names_them(world: World, rows: dict[str, str]) -> None:
    """The worker, the manager and the owner of before, each with the role of an administrator alone: on every channel,
    on the pages of the record and of the recommendation, and for what could be done to it (R11)."""
    with world.context():
        story = tracker.issued(world)
        review, recommendation = story.review.public_id, story.recommendation().public_id
        owned = session.scalars(select(Recommendation.public_id).where(Recommendation.reference == rows["owned"])).one()
    pages = (f"/reviews/{review}", f"/reviews/{review}/documents/review.pdf", f"/recommendations/{recommendation}")
    before = {login: [visitor(world, login).get(page).status_code for page in pages] for login in (WORKER, MANAGER)}
    assert before == {WORKER: [200] * 3, MANAGER: [200] * 3}
    for login in (WORKER, MANAGER, OWNER):
        _only_administers(world, login)
        assert [visitor(world, login).get(page).status_code for page in pages] == [404] * 3
        assert visitor(world, login).get(f"/recommendations/{owned}").status_code == 404
        assert visitor(world, login).get(f"/recommendations/{owned}/start").status_code == 404
        assert [found for _channel, found in channels(world, login) if found] == []
        own = visitor(world, login).get("/").get_data(as_text=True)
        assert [reference for reference in rows.values() if reference.split("/")[0] in own] == []


def _only_administers(world: World, login: str) -> None:
    with world.context(), unit_of_work(SYSTEM) as work:
        person = world.person(login)
        person.roles = list(session.scalars(select(Role).where(Role.name == RoleName.ADMINISTRATOR)))
        work.record("test.changed", person)
