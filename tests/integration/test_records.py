"""The chains show every kind of tampering; every invariant fires on a planted violation and on nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, func, insert, select, text

from app import clock, extensions
from app.extensions import session
from app.models import Base, triggers
from app.models.records import AuditEvent, ViewEvent, ViewSeal
from app.policy.actor import SYSTEM
from app.services import concerns, invariants, records
from app.services.unit_of_work import CHANGES, GENESIS, chain_hash
from tests.support import panels
from tests.support.stages import Story, review_at
from tests.support.world import World
from workflows.states import ReviewState

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def story(world: World) -> Iterator[Story]:
    """A review begun, inside a context: the chain has enough events to lose one."""
    with world.context():
        yield review_at(world, ReviewState.DRAFTING)


@pytest.fixture
def whole(world: World) -> Iterator[Story]:
    """A review walked to its end, so that there is something of everything."""
    with world.context():
        decided_by_panel(world)
        story = review_at(world, ReviewState.CLOSED)
        concern = concerns.NewConcern(kind="other", text="The door was open.", about_head=False)
        concerns.raise_concern(world.actor("worker"), concern)
        yield story


def decided_by_panel(world: World) -> None:
    """A review that the panel decided, with everybody's reading."""
    meeting = panels.set_up(world)
    story = panels.PanelStory(world, meeting)
    story.panel_moderation()
    story.read_by_all()
    with clock.set_to(panels.day_of(meeting)):
        story.opened()
        story.decided()


@contextmanager
def tampering(world: World) -> Iterator[Connection]:
    """What somebody with the database's own password can do: no trigger, no foreign key, no check holds."""
    session.rollback()
    with extensions.engine().connect() as connection:
        if world.backend == "sqlite":
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA foreign_keys=OFF")
            driver.execute("PRAGMA ignore_check_constraints=ON")
        triggers.drop_all(connection)
        if world.backend == "postgresql":
            _drop_checks(connection)
        try:
            yield connection
        finally:
            connection.rollback()
            connection.invalidate()


def _drop_checks(connection: Connection) -> None:
    """Foreign keys, checks and uniqueness: all that a planted row could stumble over."""
    query = """SELECT c.conname, t.relname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
               JOIN pg_namespace n ON n.oid = t.relnamespace
               WHERE n.nspname = current_schema() AND c.contype IN ('c', 'f')"""
    for constraint, table in connection.execute(text(query)).all():
        connection.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT IF EXISTS "{constraint}"'))


def ids() -> list[int]:
    session.rollback()
    return list(session.scalars(select(AuditEvent.id).order_by(AuditEvent.id)))


# --- the chain of changes ---------------------------------------------------------------------------------------


def test_an_untouched_chain_is_whole(story: Story) -> None:
    verdict = records.verify_changes()
    assert (verdict.whole, verdict.rows) == (True, len(ids()))
    assert records.heads()[CHANGES][0] == verdict.rows


@pytest.mark.parametrize(
    ("field", "value"),
    [("kind", "'review.share'"), ("person_id", "1"), ("subject_id", "99"), ("data", "'{\"after\":\"closed\"}'"),
     ("at", "'2026-01-01 00:00:00.000000'"), ("hash", "'" + "a" * 64 + "'")],
)  # fmt: skip
def test_an_edited_event_is_found(world: World, story: Story, field: str, value: str) -> None:
    third = ids()[2]
    with tampering(world) as connection:
        connection.execute(text(f"UPDATE audit_event SET {field} = {value} WHERE id = {third}"))
        connection.commit()
    assert records.verify_changes().broken == (
        f"Event {third} was edited: what it says does not give the hash stored with it."
    )


def test_an_event_edited_with_its_hash_is_found(world: World, story: Story) -> None:
    third = ids()[2]
    with tampering(world) as connection:
        row = connection.execute(select(AuditEvent.__table__).where(AuditEvent.id == third)).mappings().one()
        made = chain_hash(row["prev"], NOON, None, row["kind"], (row["subject_kind"], row["subject_id"]), row["data"])
        connection.execute(
            AuditEvent.__table__.update().where(AuditEvent.id == third).values(at=NOON, person_id=None, hash=made)  # type: ignore[attr-defined]
        )
        connection.commit()
    assert f"Event {third} was edited and given a new hash" in (records.verify_changes().broken or "")


@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_deleted_event_is_found(world: World, story: Story, place: str) -> None:
    there = ids()
    gone = {"first": there[0], "middle": there[4], "last": there[-1]}[place]
    with tampering(world) as connection:
        connection.execute(text(f"DELETE FROM audit_event WHERE id = {gone}"))
        connection.commit()
    said = records.verify_changes().broken or ""
    assert said.startswith(
        {
            "first": f"The beginning was deleted: event {there[1]}",
            "middle": f"Events were deleted between event {there[3]} and event {there[5]}",
            "last": f"Events were deleted at the end, after event {there[-2]}",
        }[place]
    )


def test_an_inserted_event_is_found(world: World, story: Story) -> None:
    """It is whole in itself; only its place in the chain is wrong."""
    there = ids()
    with tampering(world) as connection:
        connection.execute(text(f"UPDATE audit_event SET id = -id WHERE id > {there[3]}"))
        connection.execute(text(f"UPDATE audit_event SET id = -id + 1 WHERE id <= -{there[3]}"))
        _forge(connection, there[4], "f" * 64)
        connection.commit()
    assert records.verify_changes().broken == (
        f"Event {there[4]} was inserted: event {there[4] + 1} is the one that follows event {there[3]}."
    )


def test_an_event_added_past_the_head_is_found(world: World, story: Story) -> None:
    there = ids()
    with tampering(world) as connection:
        last = connection.scalar(select(AuditEvent.hash).where(AuditEvent.id == there[-1])) or ""
        _forge(connection, there[-1] + 1, last)
        connection.commit()
    assert f"Events were inserted after event {there[-1]}" in (records.verify_changes().broken or "")


def _forge(connection: Connection, event_id: int, prev: str) -> None:
    made = chain_hash(prev, NOON, None, "review.share", ("review", 1), {})
    connection.execute(
        insert(AuditEvent).values(
            id=event_id,
            at=NOON,
            person_id=None,
            kind="review.share",
            subject_kind="review",
            subject_id=1,
            data={},
            prev=prev,
            hash=made,
        )
    )


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (f"UPDATE audit_head SET hash = '{'b' * 64}' WHERE chain = 'changes'", "The head was replaced"),
        ("UPDATE audit_head SET length = length + 1 WHERE chain = 'changes'", "Events were deleted at the end"),
        ("UPDATE audit_head SET length = length - 1 WHERE chain = 'changes'", "the head was replaced"),
        ("DELETE FROM audit_head WHERE chain = 'changes'", "The head of the chain was deleted."),
    ],
)
def test_a_replaced_head_is_found(world: World, story: Story, statement: str, said: str) -> None:
    with tampering(world) as connection:
        connection.execute(text(statement))
        connection.commit()
    assert said in (records.verify_changes().broken or "")


def test_a_chain_rewritten_with_its_head_shows_only_against_a_noted_head(world: World, story: Story) -> None:
    noted = records.heads()[CHANGES][1]
    with tampering(world) as connection:
        _rewrite(connection)
        connection.commit()
    assert records.verify_changes().whole
    assert "the chain was rewritten" in (records.verify_changes([noted]).broken or "")


def _rewrite(connection: Connection) -> None:
    last, count = GENESIS, 0
    connection.execute(text("UPDATE audit_event SET prev = 'x' || substr(prev, 2)"))
    for row in connection.execute(select(AuditEvent.__table__).order_by(AuditEvent.id)).mappings().all():
        made = chain_hash(last, NOON, None, row["kind"], (row["subject_kind"], row["subject_id"]), row["data"])
        connection.execute(
            AuditEvent.__table__.update()  # type: ignore[attr-defined]
            .where(AuditEvent.id == row["id"])
            .values(at=NOON, person_id=None, prev=last, hash=made)
        )
        last, count = made, count + 1
    connection.execute(text(f"UPDATE audit_head SET hash = '{last}', length = {count} WHERE chain = 'changes'"))


def test_a_head_noted_earlier_stays_in_the_chain(world: World, story: Story) -> None:
    noted = records.heads()[CHANGES][1]
    review_at(world, ReviewState.DRAFTING)
    assert records.verify_changes([noted]).whole


# --- the chain of views -----------------------------------------------------------------------------------------


def look(world: World, story: Story, number: int = 3) -> None:
    for _ in range(number):
        records.log_view(world.actor("head.qa"), story.review, "page", "review")


def test_views_are_sealed_once_and_in_order(world: World, story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "BATCH", 2)
    look(world, story, 5)
    assert records.unsealed_views() == 5
    assert (records.seal_views(), records.seal_views()) == (5, 0)
    look(world, story, 1)
    assert records.seal_views() == 1
    session.rollback()
    assert session.scalars(select(ViewSeal.rows).order_by(ViewSeal.id)).all() == [2, 2, 1, 1]
    verdict = records.verify_views()
    assert (verdict.whole, verdict.rows, records.unsealed_views()) == (True, 6, 0)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE view_event SET what = 'nothing' WHERE id = {first}", "a view was edited"),
        ("DELETE FROM view_event WHERE id = {first}", "views were deleted"),
        ("DELETE FROM view_seal WHERE id = (SELECT min(id) FROM view_seal)", "does not follow the one before"),
        ("DELETE FROM view_seal WHERE id = (SELECT max(id) FROM view_seal)", "Seals were deleted at the end"),
        (f"UPDATE audit_head SET hash = '{'c' * 64}' WHERE chain = 'views'", "head of the views was replaced"),
        ("DELETE FROM audit_head WHERE chain = 'views'", "head of the views was replaced"),
        ("UPDATE view_seal SET last_id = last_id + 1, rows = rows", "views were deleted"),
    ],
)
def test_touched_views_are_found(
    world: World, story: Story, monkeypatch: pytest.MonkeyPatch, statement: str, said: str
) -> None:
    monkeypatch.setattr(records, "BATCH", 2)
    look(world, story, 4)
    records.seal_views()
    session.rollback()
    first = session.scalar(select(func.min(ViewEvent.id)))
    with tampering(world) as connection:
        if "rows = rows" in statement:  # the covered span is moved: the row is deleted under it
            connection.execute(text("DELETE FROM view_event WHERE id = (SELECT max(id) FROM view_event)"))
        else:
            connection.execute(text(statement.format(first=first)))
        connection.commit()
    assert said in (records.verify_views().broken or "")


def test_a_view_put_among_sealed_ones_is_found(world: World, story: Story) -> None:
    look(world, story, 1)
    look(world, story, 1)
    with tampering(world) as connection:
        connection.execute(text("UPDATE view_event SET id = id + 100 WHERE id = (SELECT max(id) FROM view_event)"))
        connection.commit()
    records.seal_views()
    with tampering(world) as connection:
        row = connection.execute(select(ViewEvent.__table__).order_by(ViewEvent.id)).mappings().first()
        assert row is not None
        connection.execute(insert(ViewEvent).values({**row, "id": row["id"] + 7}))
        connection.commit()
    assert "views were inserted" in (records.verify_views().broken or "")


def test_a_look_of_nobody_is_not_logged(story: Story) -> None:
    with pytest.raises(RuntimeError):
        records.log_view(SYSTEM, story.review, "page", "review")
    session.rollback()
    assert session.scalar(select(func.count(ViewEvent.id))) == 0


# --- invariants -------------------------------------------------------------------------------------------------

LATER = (NOON + timedelta(days=1)).isoformat(sep=" ")
EVENT = "(at, person_id, kind, subject_kind, subject_id, data, prev, hash)"
REVIEW = "(SELECT max(id) FROM review)"
WORKER, READING = "(SELECT max(worker_id) FROM review)", "(SELECT max(id) FROM panel_reading)"
# Each makes exactly one thing untrue. {column} lists are the database's own; `copy` doubles a row with changes.
PLANTS: dict[str, str] = {
    "review_entry_is_state": "UPDATE stage_entry SET state = 'tracking' WHERE id = (SELECT max(id) FROM stage_entry)",
    "reviewer_has_a_spell": f"UPDATE reviewer_spell SET to_at = '{LATER}'",
    "one_open_spell": "copy reviewer_spell",
    "spells_are_ordered": "UPDATE reviewer_spell SET to_at = '2020-01-01 00:00:00.000000'",
    "writer_declared": "DELETE FROM conflict_declaration WHERE step = 'name'",
    "submitted_has_revision": "UPDATE revision SET kind = 'amended' WHERE kind = 'submitted'",
    "revisions_are_numbered": "UPDATE revision SET number = 7 WHERE kind = 'submitted'",
    "decided_has_decision": f"UPDATE decision SET reopened_at = '{LATER}'",
    "one_decision_in_force": "copy decision",
    "decided_has_final_grades": "DELETE FROM grade_given WHERE stage = 'final' AND part = 'needs'",
    "reviewer_grades_are_the_reviewers": "UPDATE grade_given SET person_id = 1 WHERE stage = 'reviewer_draft'",
    "grade_given_of_its_review": "UPDATE grade_given SET review_id = review_id + 500 WHERE stage = 'first_moderation'",
    "response_of_its_review": "UPDATE response SET review_id = review_id + 500",
    "first_moderation_of_its_review": "UPDATE first_moderation SET review_id = review_id + 500",
    "decision_of_its_review": "UPDATE decision SET review_id = review_id + 500",
    "closed_has_no_open_recommendation": "UPDATE recommendation SET state = 'agreed'",
    "withdrawn_has_no_open_recommendation": "UPDATE review SET state = 'withdrawn'; "
    "UPDATE recommendation SET state = 'agreed'",
    "panel_item_of_its_review": "UPDATE panel_item SET review_id = review_id + 500",
    "panel_has_item": "UPDATE review SET state = 'panel_moderation' WHERE decided_how = 'panel'",
    "decided_by_panel_has_item": "UPDATE panel_item SET latest = (1 = 0)",
    "one_listing_at_a_time": "UPDATE panel_listing SET ended_at = NULL",
    "nobody_reads_before_opening": "UPDATE panel_item SET opened_at = NULL",
    "the_tied_are_exempt": f"UPDATE panel_reading SET person_id = {WORKER} WHERE id = {READING}",
    "declared_is_exempt": "INSERT INTO conflict_declaration (review_id, person_id, step, conflicted, reason, at) "
    "SELECT i.review_id, g.person_id, 'name', 1 = 1, 'x', g.submitted_at "
    "FROM panel_reading g JOIN panel_item i ON i.id = g.item_id",
    "opened_was_quorate_once": f"UPDATE panel_item SET opened_by_id = {WORKER}",
    "view_counts_in_no_figure": "UPDATE panel_reading SET counted = (1 = 1)",
    "panel_item_state_is_logged": "UPDATE panel_item SET state = 'left'",
    "panel_item_version_is_logged": "UPDATE panel_item SET version = version + 1",
    "panel_reading_state_is_logged": "UPDATE panel_reading SET state = 'excused'",
    "panel_reading_version_is_logged": "UPDATE panel_reading SET version = version + 1",
    "closed_has_none_open_elsewhere": "UPDATE recommendation SET joined_into_id = id, state = 'agreed'",
    "joined_into_a_root": "UPDATE recommendation SET joined_into_id = id",
    "tracker_item_has_history": "INSERT INTO tracker_item (meeting_id, recommendation_id, place, version, progress, "
    "evidence, impact, decision, next_step, new_due_reason, discussed_at, discussed_by_id, public_id) "
    f"VALUES (1, 1, 1, 1, '', '', '', '', '', '', '{LATER}', 1, 'p')",
    "open_is_not_closed": "UPDATE review SET state = 'tracking' WHERE state = 'closed'",
    "correction_follows_issue": "copy addendum",
    "recommendation_follows_decision": "DELETE FROM decision; UPDATE review SET decided_at = NULL",
    "recommendation_of_its_activity": "UPDATE recommendation SET activity_id = 1, finding = 'part_1'",
    "child_of_a_child_level_one": "UPDATE recommendation SET child_id = 1, level = 'service'",
    "impact_is_verified_by_another": "UPDATE recommendation SET verifier_id = owner_id",
    "recommendation_has_history": "DELETE FROM recommendation_entry",
    "review_state_is_logged": "UPDATE review SET state = 'withdrawn'",
    "recommendation_state_is_logged": "UPDATE recommendation SET state = 'set_aside'",
    "review_version_is_logged": "UPDATE review SET version = version + 1",
    "concern_state_is_logged": "UPDATE concern SET state = 'closed'",
    "concern_version_is_logged": "UPDATE concern SET version = version + 1",
    "recommendation_version_is_logged": "UPDATE recommendation SET version = version + 1",
    "review_form_was_published": "UPDATE form_template_version SET published_at = NULL",
    "published_form_is_unchanged": "UPDATE form_template_version SET checksum = 'x'",
    "changes_head_is_last": "UPDATE audit_head SET length = 1 WHERE chain = 'changes'",
    "views_head_is_last": "DELETE FROM audit_head WHERE chain = 'views'",
    "log_holds_no_text": 'UPDATE audit_event SET data = \'{"why": "Ama Kestrel"}\'',
    "message_has_subject": "UPDATE outbox_message SET subject_id = 999",
    "triggers_are_there": "DROP TRIGGER tr_audit_event_no_update",
    "no_orphans": "UPDATE review SET child_id = 999",
}


def test_every_invariant_has_its_planted_violation() -> None:
    assert set(PLANTS) == {each.name for each in invariants.INVARIANTS}
    assert len(invariants.INVARIANTS) == len(PLANTS)


def test_nothing_is_broken_in_what_the_services_made(world: World, story: Story) -> None:
    for state in ReviewState:
        if state not in (ReviewState.WITHDRAWN, ReviewState.PANEL_MODERATION):
            review_at(world, state)
    decided_by_panel(world)
    look(world, story)
    records.seal_views()
    assert invariants.broken() == {}


@pytest.mark.slow
def test_each_invariant_fires_on_its_violation(world: World, whole: Story) -> None:
    with tampering(world) as connection:
        triggers.create_all(connection)
        silent = [name for name in PLANTS if name not in _planted(connection, name)]
    assert silent == []


def _planted(connection: Connection, name: str) -> set[str]:
    """What is broken after one violation, which is taken back."""
    with connection.begin_nested() as trial:
        if name != "triggers_are_there":
            triggers.drop_all(connection)
        _do(connection, PLANTS[name])
        found = set(invariants.broken(connection))
        trial.rollback()
    return found


def _do(connection: Connection, plant: str) -> None:
    if plant.startswith("copy "):
        _copy(connection, plant.removeprefix("copy "))
        return
    if plant.startswith("DROP TRIGGER") and connection.dialect.name == "postgresql":
        plant += " ON audit_event"
    for statement in plant.split("; "):
        connection.exec_driver_sql(statement)


def _copy(connection: Connection, name: str) -> None:
    """Double the last row; an addendum to a review never issued is written from nothing."""
    if name == "addendum":
        connection.exec_driver_sql("UPDATE review SET issued_at = NULL")
        connection.exec_driver_sql(
            "INSERT INTO addendum (review_id, text, reason, added_at, added_by_id) "
            f"VALUES ({REVIEW}, 'x', 'x', '{LATER}', 1)"
        )
        return
    table = Base.metadata.tables[name]
    row = connection.execute(select(table).order_by(table.c.id.desc())).mappings().first()
    assert row is not None
    connection.execute(insert(table).values({**row, "id": row["id"] + 500}))


@pytest.mark.parametrize(
    "data",
    [{"name": 1}, {"why": "Ama Kestrel"}, {"why": "a" * 65}, {"before": {"text": "x"}}, {"roles": ["Ama"]}, ["x"]],
)
def test_the_log_is_searched_for_names_and_texts(sqlite_world: World, data: Any) -> None:
    with sqlite_world.context(), tampering(sqlite_world) as connection:
        connection.execute(AuditEvent.__table__.update().values(data=data))  # type: ignore[attr-defined]
        assert "log_holds_no_text" in invariants.broken(connection)


def test_a_form_that_is_no_form_any_more_is_found(sqlite_world: World) -> None:
    with sqlite_world.context(), tampering(sqlite_world) as connection:
        connection.exec_driver_sql("UPDATE form_template_version SET descriptor = '{}'")
        assert "published_form_is_unchanged" in invariants.broken(connection)


# --- the commands -----------------------------------------------------------------------------------------------

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(sqlite_world: World) -> Run:
    """A command as somebody types it: exit code and what it printed."""

    def command(*words: str) -> tuple[int, str]:
        app: Flask = sqlite_world.app
        result = app.test_cli_runner().invoke(args=list(words))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    return command


def test_the_commands_say_that_all_is_well(sqlite_world: World, run: Run) -> None:
    with sqlite_world.context():
        story = review_at(sqlite_world, ReviewState.CLOSED)
        look(sqlite_world, story, 2)
    code, said = run("audit", "verify")
    assert (code, "the chain is whole" in said, "2 not sealed yet" in said) == (0, True, True)
    assert run("audit", "seal") == (0, "2 views sealed.\n")
    code, head = run("audit", "head")
    assert (code, [line.split()[0] for line in head.splitlines()]) == (0, ["changes", "views"])
    assert run("audit", "verify", "--noted", head.split()[2])[0] == 0
    code, said = run("invariants", "check")
    assert (code, said.count("ok "), "BROKEN" in said) == (0, len(invariants.INVARIANTS), False)


def test_the_commands_fail_on_a_break(sqlite_world: World, run: Run) -> None:
    with sqlite_world.context(), tampering(sqlite_world) as connection:
        connection.exec_driver_sql("UPDATE audit_event SET person_id = 1 WHERE id = 2")
        connection.exec_driver_sql("UPDATE audit_head SET length = 1 WHERE chain = 'changes'")
        connection.commit()
    assert run("audit", "verify") == (
        1,
        "changes: Event 2 was edited: what it says does not give the hash stored with it.\n"
        "views: 0 rows, the chain is whole.\n",
    )
    code, said = run("invariants", "check")
    assert (code, "BROKEN changes_head_is_last: 1, such as changes" in said) == (1, True)
    assert run("audit", "verify", "--noted", "f" * 64)[0] == 1
    assert "noted somewhere else" in run("audit", "--help")[1]
