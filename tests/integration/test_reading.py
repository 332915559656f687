"""Reading and writing go through connections of different kinds: what only reads cannot write, and what was written is
read by the next who asks."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from app import clock, extensions
from app.extensions import session
from app.models.people import Person
from app.models.recommendations import Recommendation, RecommendationTag
from app.models.records import AuditEvent
from app.services.unit_of_work import unit_of_work
from tests.support import tracker
from tests.support.people_at_work import visitor
from tests.support.statements import heard
from tests.support.world import World

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def name_of(world: World, login: str) -> str:
    session.rollback()
    return world.person(login).name


def test_a_write_that_forgot_its_unit_of_work_is_refused_by_the_database(world: World) -> None:
    with world.context():
        before = name_of(world, "worker")
        with pytest.raises(DBAPIError):
            session.execute(update(Person).values(name="Somebody Else"))
        session.rollback()
        with unit_of_work(world.actor("head.qa")) as work:
            work.record("test.looked", world.person("worker"))
        with pytest.raises(DBAPIError):  # after one that wrote, too
            session.execute(update(Person).values(name="Somebody Else"))
        assert name_of(world, "worker") == before


def test_what_is_written_is_read_at_once_by_the_same_and_by_others(world: World) -> None:
    with world.context():
        assert name_of(world, "worker") != "Nell Grant"
        with unit_of_work(world.actor("admin")) as work:
            person = world.person("worker")
            person.name = "Nell Grant"
            work.record("test.changed", person)
        assert world.person("worker").name == "Nell Grant"
        with world.context():
            assert world.person("worker").name == "Nell Grant"


def test_who_reads_meanwhile_reads_on_from_what_was_there(sqlite_world: World) -> None:
    """Nobody waits, and nobody sees half of what another wrote."""
    world = sqlite_world
    with world.context():
        before = world.person("worker").name
        with world.context(), unit_of_work(world.actor("admin")) as work:
            person = world.person("worker")
            person.name = "Nell Grant"
            work.record("test.changed", person)
        read = select(Person.name).where(Person.email == "worker@example.org")
        assert session.scalar(read) == before
        session.rollback()
        assert session.scalar(read) == "Nell Grant"


def test_no_request_tells_sqlite_anew_what_its_connection_is_for(sqlite_world: World) -> None:
    """Each such word has SQLite throw away what it prepared, and prepare every statement of the request again."""
    with sqlite_world.context():
        address = f"/recommendations/{tracker.issued(sqlite_world).recommendation().public_id}"
        assert len(extensions.engines()) == 2
    client = visitor(sqlite_world, "worker")
    client.get(address)
    with heard(sqlite_world) as said:
        assert client.get(address).status_code == 200
    assert [statement for statement in said if statement.startswith("PRAGMA")] == []
    assert {"BEGIN", "BEGIN IMMEDIATE"} <= set(said)  # it read, and wrote down the look


# --- rows that are written at the end ---------------------------------------------------------------------------


def proposed(number: int, **more: object) -> Recommendation:
    values = {"state": "proposed", "level": "service", "finding": "", "raised_at": clock.now(), **more}
    return Recommendation(reference=f"TEST/{number}", action=f"Action {number}", **values)


def test_rows_made_together_get_their_ids_with_what_hangs_on_them(world: World) -> None:
    with world.context():
        with unit_of_work(world.actor("head.qa")) as work:
            rows = [work.make(proposed(number)) for number in range(1, 30)]
            for row in rows[:2]:
                work.line(RecommendationTag, row, "recommendation_id", {"tag": f"tag of {row.reference}"})
                work.record("test.made", row)
        found = {row.id: row.reference for row in session.execute(select(Recommendation.id, Recommendation.reference))}
        assert {row.id: row.reference for row in rows} == found
        assert len({row.public_id for row in session.scalars(select(Recommendation))}) == len(rows)
        tags = session.scalars(select(RecommendationTag).order_by(RecommendationTag.id)).all()
        assert [(tag.recommendation_id, tag.tag) for tag in tags] == [
            (row.id, f"tag of {found[row.id]}") for row in rows[:2]
        ]
        told = session.scalars(select(AuditEvent.subject_id).where(AuditEvent.kind == "test.made"))
        assert sorted(told) == sorted(row.id for row in rows[:2])


def make(world: World, *rows: Recommendation) -> None:
    with unit_of_work(world.actor("head.qa")) as work:
        for row in rows:
            work.record("test.made", work.make(row))


def test_one_that_cannot_be_written_takes_all_of_its_action_back(world: World) -> None:
    with world.context():
        before = session.scalar(text("SELECT count(*) FROM audit_event"))
        with pytest.raises(DBAPIError):
            make(world, proposed(1), proposed(1))
        assert session.scalar(text("SELECT count(*) FROM recommendation")) == 0
        assert session.scalar(text("SELECT count(*) FROM audit_event")) == before


def test_rows_that_differ_in_what_they_hold_lose_nothing(world: World) -> None:
    """One statement has one list of columns: what only the second row holds would be left out in silence."""
    with world.context():
        make(world, proposed(1), proposed(2, effect="It helps."), proposed(3), proposed(4, effect="It helps too."))
        query = select(Recommendation.reference, Recommendation.effect).order_by(Recommendation.reference)
        assert [tuple(row) for row in session.execute(query)] == [
            ("TEST/1", ""), ("TEST/2", "It helps."), ("TEST/3", ""), ("TEST/4", "It helps too."),
        ]  # fmt: skip
