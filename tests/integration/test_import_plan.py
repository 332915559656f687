"""A file into a plan: every row accounted for, nothing twice, undone whole; with an invented plan and the real one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app import clock
from app.extensions import session
from app.imports import reading
from app.imports.columns import plain
from app.models.plans import ImportBatch, ImportDraft, Plan, PlanLine, PlanSection
from app.models.records import AuditEvent
from app.services import import_lines, imports, invariants, plans
from app.services.imports import Into
from app.services.unit_of_work import NotFound, Stale
from tests.support.messy import HEADS, REAL, a_book, messy
from tests.support.world import World
from workflows.engine import GuardFailed, NotPermitted

HEAD = "head.qa"


@pytest.fixture
def inside(world: World) -> Iterator[World]:
    with world.context():
        yield world


def begun(world: World, content: bytes, into: Into | None = None, name: str = "plan.xlsx") -> ImportDraft:
    into = into or Into(name="Improvement plan", kind="service_development")
    public_id = imports.begin(world.actor(HEAD), into, name, content)
    return session.query(ImportDraft).filter_by(public_id=public_id).one()


def taken(world: World, content: bytes, into: Into | None = None) -> ImportBatch:
    draft = begun(world, content, into)
    done = imports.take_in(world.actor(HEAD), draft.id, draft.version)
    return session.query(ImportBatch).filter_by(public_id=done).one()


def lines(standing: bool = True) -> list[PlanLine]:
    session.rollback()
    rows = session.query(PlanLine).order_by(PlanLine.place).all()
    return [row for row in rows if (row.removed_at is None) == standing]


def sections() -> list[str]:
    session.rollback()
    rows = session.query(PlanSection).filter_by(removed_at=None).order_by(PlanSection.place)
    return [row.title for row in rows]


def into_again() -> Into:
    return Into(plan=session.query(Plan).one().public_id)


def everything(batch: ImportBatch) -> str:
    """All that was made and kept of a file, as it would be looked for."""
    made: list[Any] = [row.title for row in session.query(PlanSection).all()]
    for line in session.query(PlanLine).all():
        made += [getattr(line, key) for key in plans.TEXTS]
        made += [str(line.rag or ""), *line.extra, *line.extra.values()]
    for row in batch.rows:
        made += [text for pair in row.get("words", []) for text in pair]
    return " ".join(plain(str(each)) for each in made)


def lost(content: bytes, batch: ImportBatch) -> list[str]:
    """The cells of a file that are nowhere in what was made of it."""
    kept = everything(batch)
    [sheet] = [sheet for sheet in reading.read(content).sheets if sheet.name[:100] == batch.sheet]
    return [cell.text for _row, _column, cell in sheet.filled() if plain(cell.text) not in kept]


# --- the invented plan ------------------------------------------------------------------------------------


def test_every_row_of_an_import_is_accounted_for_and_no_word_is_lost(inside: World) -> None:
    batch = taken(inside, messy())
    assert [row["row"] for row in batch.rows] == list(range(1, 21))
    assert [row["made"] for row in batch.rows] == [
        "title", "title", "blank", "heading", "section", "line", "line", "blank", "blank", "section", "line", "line",
        "line", "line", "line", "section", "blank", "section", "line", "line",
    ]  # fmt: skip
    assert lost(messy(), batch) == []
    assert sections() == [
        "From the staff survey", "Children in need", "The survey of 2025 is followed in another list",
        "Racism and safety",
    ]  # fmt: skip
    assert [line.source_row for line in lines()] == [6, 7, 11, 12, 13, 14, 15, 19, 20]


def test_what_is_unsure_in_an_import_is_said_and_kept_with_the_line(inside: World) -> None:
    taken(inside, messy())
    by_row = {line.source_row: line for line in lines()}
    told = {row: " ".join(line.doubts) for row, line in by_row.items()}
    assert {row for row, line in by_row.items() if line.due_on} == {7, 20}
    assert "names a month and no day: which day of May 2026" in told[6]
    assert "“Weekly.” is not a date" in told[11]
    assert "names two months: which day is meant" in told[12]
    assert "“as above” stands under “What will be the experience of children?”" in told[12]
    assert "“Breaks in time”" in told[12]
    assert "“Red/Amber” under “RAG rated progress” is none of" in told[12]
    assert by_row[12].extra == {"RAG rated progress": "Red/Amber"}
    assert "says how it stands, not by when" in told[13]
    assert "“April-June” names two months" in told[14]
    assert "There is no date." in told[19]
    assert told[7] == told[20] == ""
    assert [by_row[row].rag and str(by_row[row].rag) for row in (6, 11, 13)] == ["green", "amber", "blue"]
    assert by_row[14].why == by_row[15].why == "Recording of decisions"


def test_an_import_is_one_transaction_with_one_event(inside: World) -> None:
    before = session.query(AuditEvent).count()
    batch = taken(inside, messy())
    kinds = [row.kind for row in session.query(AuditEvent).order_by(AuditEvent.id).offset(before)]
    assert kinds == ["import_draft.read", "plan.make", "import_batch.take"]
    assert session.query(ImportDraft).count() == 0
    assert (batch.file_name, batch.plan and batch.plan.name) == ("plan.xlsx", "Improvement plan")
    assert invariants.broken() == {}


def test_the_same_file_taken_in_again_adds_nothing(inside: World) -> None:
    taken(inside, messy())
    before = [(line.public_id, line.version) for line in lines()]
    again = taken(inside, messy(), into_again())
    assert [(line.public_id, line.version) for line in lines()] == before
    assert len(sections()) == 4
    assert import_lines.summary(again.rows)["repeat"] == 9
    assert "id" not in {key for row in again.rows for key in row}
    assert lost(messy(), again) == []


def test_a_line_changed_here_is_still_the_same_line_to_the_same_file(inside: World) -> None:
    taken(inside, messy())
    line = lines()[0]
    given = {key: getattr(line, key) for key in plans.TEXTS} | {"what": "Book two family rooms"}
    plans.change_line(inside.actor(HEAD), line.id, line.version, given)
    taken(inside, messy(), into_again())
    assert len(lines()) == 9
    assert lines()[0].what == "Book two family rooms"


def test_two_rows_of_the_same_words_are_two_lines_and_stay_two(inside: World) -> None:
    row = ["Same", "HoS", "Same thing", "3/2/2027", "", "", "", ""]
    twice = a_book([HEADS, row, row])
    taken(inside, twice)
    assert len(lines()) == 2
    taken(inside, twice, into_again())
    assert len(lines()) == 2


CHANGED = [
    "Workers wait for rooms",
    "HoS",
    "Book family rooms ahead",
    "1/9/2026",
    "Bookings",
    "Calm",
    "G",
    "Done",
]


@pytest.mark.parametrize(
    ("chosen", "count", "comments"), [(None, 9, "Begun"), ("update", 9, "Done"), ("add", 10, "Begun")]
)
def test_a_row_whose_words_moved_on_is_a_persons_choice(
    inside: World, chosen: str | None, count: int, comments: str
) -> None:
    taken(inside, messy())
    draft = begun(inside, a_book([HEADS, CHANGED]), into_again())
    version = imports.choose_rows(inside.actor(HEAD), draft.id, draft.version, {"changed": {2: chosen}})
    imports.take_in(inside.actor(HEAD), draft.id, version)
    assert (len(lines()), lines()[0].comments) == (count, comments)


def test_a_day_that_a_person_typed_settles_its_doubt_and_keeps_the_words(inside: World) -> None:
    draft = begun(inside, messy())
    said = {"days": {12: "2027-03-31"}, "made": {16: "nothing"}}
    version = imports.choose_rows(inside.actor(HEAD), draft.id, draft.version, said, last_of_month=True)
    imports.take_in(inside.actor(HEAD), draft.id, version)
    by_row = {line.source_row: line for line in lines()}
    assert (by_row[12].by_when, str(by_row[12].due_on)) == ("June and March 2027", "2027-03-31")
    assert not any("which day" in doubt for doubt in by_row[12].doubts)
    assert str(by_row[6].due_on) == "2026-05-31"
    assert "The survey of 2025 is followed in another list" not in sections()
    assert lost(messy(), session.query(ImportBatch).one()) == []


# --- undoing ----------------------------------------------------------------------------------------------


def test_an_import_is_undone_whole_and_can_be_taken_in_again(inside: World) -> None:
    batch = taken(inside, messy())
    imports.undo(inside.actor(HEAD), batch.id, seen=0)
    assert (lines(), sections()) == ([], [])
    assert len(lines(standing=False)) == 9
    assert all(line.entries[-1].after == {"removed": True, "undone": True} for line in lines(standing=False))
    taken(inside, messy(), into_again())
    assert (len(lines()), len(sections())) == (9, 4)
    assert invariants.broken() == {}


def test_undoing_tells_first_what_was_changed_since(inside: World) -> None:
    batch = taken(inside, messy())
    line = lines()[1]
    assert line.section is not None
    plans.settle(inside.actor(HEAD), lines()[0].id, 1, due_on=clock.today(), settled=[])
    with pytest.raises(GuardFailed, match="1 line was changed since"):
        imports.undo(inside.actor(HEAD), batch.id, seen=0)
    assert len(lines()) == 9
    own = plans.add_line(inside.actor(HEAD), line.plan_id, {"what": "Mine", "section": line.section.public_id})
    imports.undo(inside.actor(HEAD), batch.id, seen=1)
    assert [each.public_id for each in lines()] == [own]
    assert sections() == ["From the staff survey"]  # somebody's own line stands under it
    with pytest.raises(GuardFailed, match="undone already"):
        imports.undo(inside.actor(HEAD), batch.id, seen=0)


def test_undoing_gives_a_line_back_the_words_it_had(inside: World) -> None:
    taken(inside, messy())
    before = lines()[0]
    was = (before.comments, before.by_when, before.due_on, before.rag, before.doubts, before.fingerprint)
    draft = begun(inside, a_book([HEADS, CHANGED]), into_again())
    version = imports.choose_rows(inside.actor(HEAD), draft.id, draft.version, {"changed": {2: "update"}})
    second = imports.take_in(inside.actor(HEAD), draft.id, version)
    assert lines()[0].comments == "Done"
    batch = session.query(ImportBatch).filter_by(public_id=second).one()
    imports.undo(inside.actor(HEAD), batch.id, seen=0)
    row = lines()[0]
    assert (row.comments, row.by_when, row.due_on, row.rag, row.doubts, row.fingerprint) == was
    assert len(lines()) == 9


# --- who, and when not ------------------------------------------------------------------------------------


def test_only_who_keeps_plans_takes_in_a_file(inside: World) -> None:
    for login in ("manager", "director", "worker", "admin"):
        with pytest.raises(NotPermitted):
            imports.begin(inside.actor(login), Into(name="Mine", kind="other"), "a.csv", b"Why?,Who?\nx,y")
    assert session.query(ImportDraft).count() == 0


def test_a_draft_is_its_own_persons_and_goes_after_a_day(inside: World) -> None:
    draft = begun(inside, messy())
    with pytest.raises(NotFound):
        imports.take_in(inside.actor("deputy.qa"), draft.id, draft.version)
    with pytest.raises(Stale):
        imports.take_in(inside.actor(HEAD), draft.id, draft.version + 1)
    later = clock.now() + imports.KEPT_FOR * 1.1
    with clock.set_to(later):
        begun(inside, messy(), Into(name="Another", kind="other"))
    assert [row.plan_name for row in session.query(ImportDraft)] == ["Another"]


def test_nothing_is_taken_in_twice_from_one_draft(inside: World) -> None:
    draft = begun(inside, messy())
    row_id, version = draft.id, draft.version
    imports.take_in(inside.actor(HEAD), row_id, version)
    with pytest.raises(GuardFailed, match="taken in or thrown away already"):
        imports.take_in(inside.actor(HEAD), row_id, version)
    assert len(lines()) == 9


# --- the real one -----------------------------------------------------------------------------------------

DAYS = {30, 32, 37, 38, 61}  # the rows whose date is a whole day


@pytest.mark.skipif(not REAL.is_file(), reason="the published plan is not beside the checkout")
def test_the_real_plan_imports_with_every_row_accounted_for(inside: World) -> None:
    content = REAL.read_bytes()
    batch = taken(inside, content)
    assert [row["row"] for row in batch.rows] == list(range(1, 64))
    assert lost(content, batch) == []
    made = import_lines.summary(batch.rows)
    assert (made["title"], made["heading"], made["section"], made["line"], made["blank"]) == (4, 1, 7, 27, 24)
    by_row = {line.source_row: line for line in lines()}
    assert {row for row, line in by_row.items() if line.due_on} == DAYS
    for row, line in by_row.items():
        dated = any(doubt in line.doubts and doubt not in plans.without_date_doubts(line) for doubt in line.doubts)
        assert dated == (row not in DAYS), row
    assert by_row[35].by_when == "June and March 2025"
    assert by_row[48].by_when.startswith("· Care leavers access")
    again = taken(inside, content, into_again())
    assert len(lines()) == 27
    imports.undo(inside.actor(HEAD), again.id, seen=0)
    assert len(lines()) == 27
    imports.undo(inside.actor(HEAD), batch.id, seen=0)
    assert lines() == []
