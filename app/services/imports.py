"""Taking in a file: read it, let the person look and correct, take it in whole, undo it whole.

Between the upload and the end what was read stands in a draft of its own, so that nothing is half taken in and any
process can answer. Who takes in is who keeps what it goes into.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from app import clock
from app.extensions import session
from app.imports import reading
from app.imports.book import Unreadable, to_json
from app.imports.columns import COLUMNS, KEEP, Target, twice
from app.imports.looking import ROW_CHOICES, Looked, look
from app.imports.matching import Fate, Match, against
from app.imports.rows import Making, Planned
from app.models.activities import Activity
from app.models.plans import ImportBatch, ImportDraft, Plan, PlanKind
from app.policy.actor import Actor
from app.services import gate, import_activity, import_lines
from app.services.plans import ENDED, put_new
from app.services.unit_of_work import NotFound, Work, unit_of_work
from app.services.words import words
from workflows.engine import GuardFailed, Reason
from workflows.permissions import Permission

KEPT_FOR = timedelta(days=1)
MOST_DRAFTS = 5
GONE = Reason("This file was taken in or thrown away already. Look at the plan, or begin again.")


@dataclass(frozen=True, kw_only=True)
class Into:
    """Where the rows go: a plan or an activity by public id, or a new plan by its name and kind."""

    plan: str = ""
    activity: str = ""
    name: str = ""
    kind: str = ""

    @property
    def permission(self) -> Permission:
        return Permission.RECORD_ACTIVITY if self.activity else Permission.KEEP_PLANS


def begin(actor: Actor, into: Into, file_name: str, content: bytes) -> str:
    """Read a file and keep what is in it for a day; the draft's public id. Raises GuardFailed with what is wrong."""
    gate.require(actor, into.permission)
    try:
        book = to_json(reading.read(content))
    except Unreadable as error:
        raise GuardFailed(Reason(str(error), "file")) from error
    checksum = hashlib.sha256(content).hexdigest()
    with unit_of_work(actor) as work:
        gate.require(actor, into.permission)
        _forget_old(work)
        draft = ImportDraft(
            person_id=work.person_id, version=1, file_name=_file_name(file_name), sha256=checksum, book=book,
            choices={}, made_at=work.at, **{"plan_name": "", **_where(into)},
        )  # fmt: skip
        work.add(draft)
        work.record("import_draft.read", draft, checksum=checksum)
        return draft.public_id


def _file_name(name: str) -> str:
    said = str(words(name.replace("\\", "/").rsplit("/", 1)[-1], "file"))
    return said[-200:] or "file"


def _where(into: Into) -> dict[str, Any]:
    if into.activity:
        return {"activity_id": _id_of(Activity, into.activity)}
    if into.plan:
        plan_id = _id_of(Plan, into.plan)
        plan = session.get(Plan, plan_id)
        if plan is None or plan.ended_at is not None:
            raise GuardFailed(ENDED)
        return {"plan_id": plan_id}
    name = " ".join(words(into.name, "name", 200).split())
    if not name:
        raise GuardFailed(Reason("Choose a plan, or give a new one a name.", "plan"))
    if session.scalar(select(Plan.id).where(Plan.name == name)) is not None:
        raise GuardFailed(Reason("There is a plan with this name already: choose it, or give another name.", "name"))
    if into.kind not in tuple(PlanKind):
        raise GuardFailed(Reason("Say what kind of plan it is.", "kind"))
    return {"plan_name": name, "plan_kind": PlanKind(into.kind)}


def _id_of(kind: type[Plan] | type[Activity], public_id: str) -> int:
    found = session.scalar(select(kind.id).where(kind.public_id == words(public_id, "plan", 36)))
    if found is None:
        raise NotFound(kind.__name__)
    return found


def _forget_old(work: Work) -> None:
    """Everybody's of more than a day ago, and all but the newest of this person's."""
    session.execute(delete(ImportDraft).where(ImportDraft.made_at < work.at - KEPT_FOR))
    mine = select(ImportDraft.id).where(ImportDraft.person_id == work.person_id).order_by(ImportDraft.id.desc())
    if old := list(session.scalars(mine.offset(MOST_DRAFTS - 1))):
        session.execute(delete(ImportDraft).where(ImportDraft.id.in_(old)))


# --- while it is looked at ------------------------------------------------------------------------------


def choose_table(
    actor: Actor, draft_id: int, version: int, *, sheet: int, header: int, heads: int, columns: Mapping[int, str]
) -> None:
    """Which sheet, which row of headings, what each column is. What was said of single rows stays with its sheet."""
    with unit_of_work(actor) as work:
        draft = _own(work, draft_id, version)
        target = target_of(draft)
        changes: dict[str, Any] = {"sheet": sheet, "header": header, "heads": heads}
        changes["columns"] = {str(at): means for at, means in columns.items() if means in (*COLUMNS[target], KEEP)}
        kept = {**draft.choices, **changes}
        if sheet != look(draft.book, draft.choices, target, clock.today()).place:
            kept = {key: value for key, value in changes.items() if key == "sheet"}
        found = look(draft.book, kept, target, clock.today())
        _is_a_table(found, target)
        _put(work, draft, kept)


def _is_a_table(found: Looked, target: Target) -> None:
    if found.layout.header > found.sheet.last_row:
        raise GuardFailed(Reason("The sheet has no such row.", "header"))
    names = import_lines.labels(target)
    if doubled := twice(found.layout.columns):
        said = ", ".join(f"“{names[each]}”" for each in doubled)
        raise GuardFailed(
            Reason(f"More than one column is {said}. Keep one of them, and the others beside it.", "columns")
        )


def choose_rows(actor: Actor, draft_id: int, version: int, said: Mapping[str, Mapping[int, Any]], **rest: Any) -> int:
    """What single rows become, the days their words mean; the draft's new version.

    `said` is by kind of choice (`made`, `days`, `changed`, `people`), then by row; None takes a choice back.
    """
    with unit_of_work(actor) as work:
        draft = _own(work, draft_id, version)
        kept = dict(draft.choices)
        for kind in ROW_CHOICES:
            rows = {**(kept.get(kind) or {}), **{str(row): value for row, value in said.get(kind, {}).items()}}
            kept[kind] = {row: value for row, value in rows.items() if value is not None}
        _put(work, draft, {**kept, **rest})
        return draft.version


def _put(work: Work, draft: ImportDraft, choices: dict[str, Any]) -> None:
    if choices != draft.choices:
        draft.choices = choices
        draft.version += 1
        work.record("import_draft.choose", draft, version=draft.version)


def drop(actor: Actor, draft_id: int) -> None:
    """Throw it away: nothing of the file is kept."""
    with unit_of_work(actor) as work:
        draft = _own(work, draft_id, None)
        work.record("import_draft.drop", draft)
        session.delete(draft)


def target_of(draft: ImportDraft) -> Target:
    return Target.ACTIVITY if draft.activity_id is not None else Target.PLAN


def _own(work: Work, draft_id: int, version: int | None) -> ImportDraft:
    """A draft of this person's, locked, who may still keep what it goes into."""
    try:
        draft = work.lock(ImportDraft, draft_id, version)
    except NotFound as gone:
        raise GuardFailed(GONE) from gone
    if draft.person_id != work.actor.id:
        raise NotFound("draft")
    activity = draft.activity_id is not None
    gate.require(work.actor, Permission.RECORD_ACTIVITY if activity else Permission.KEEP_PLANS)
    return draft


@dataclass(frozen=True)
class Compared:
    """The rows of a draft beside what stands already: which are new, which are there, and whose they are."""

    fates: Mapping[int, Match]
    told: Mapping[int, list[str]]
    closed: Mapping[int, str]

    def match(self, row: Planned) -> Match:
        return self.fates.get(row.number, Match(Fate.NEW))

    def doubts(self, row: Planned) -> list[str]:
        """What is not certain of a row that something would be made of."""
        if self.match(row).fate is Fate.REPEAT or self.shut(row):
            return []
        return self.told.get(row.number, list(row.doubts))

    def shut(self, row: Planned) -> str:
        """Why a row of words makes nothing; empty where it makes something."""
        return self.closed.get(row.number, "")


def compared(draft: ImportDraft, found: Looked) -> Compared:
    """What the page of rows says of each, as taking it in now would find it."""
    if draft.activity_id is None:
        lines = import_lines.existing(draft.plan_id) if draft.plan_id is not None else []
        return Compared(against(found.rows, lines), {}, {})
    rows = [row for row in found.rows if row.making is Making.LINE]
    people = import_activity.owners(rows)
    fates = import_activity.matches(rows, draft.activity_id)
    return Compared(
        {number: Match(fate) for number, fate in fates.items()},
        {row.number: import_activity.doubts_of(row, people) for row in rows},
        {row.number: why for row in rows if (why := import_activity.shut(row))},
    )


def changed_since(batch: ImportBatch) -> Sequence[Any]:
    """What came with an import and was changed by somebody after."""
    of_activity = batch.activity_id is not None
    return import_activity.changed_since(batch) if of_activity else import_lines.changed_since(batch)


# --- taking in, and undoing -----------------------------------------------------------------------------


def take_in(actor: Actor, draft_id: int, version: int) -> str:
    """Everything at once or nothing; the batch's public id, which is the draft's.

    What is in the plan already is found again with the plan locked: of two people with the same file the second adds
    nothing.
    """
    with unit_of_work(actor) as work:
        draft = _own(work, draft_id, version)
        found = look(draft.book, draft.choices, target_of(draft), clock.today())
        batch = ImportBatch(
            public_id=draft.public_id, file_name=draft.file_name, sha256=draft.sha256, sheet=found.sheet.name[:100],
            rows=[], made_at=work.at, made_by_id=work.person_id,
        )  # fmt: skip
        if draft.activity_id is not None:
            made = import_activity.take_in(work, work.lock(Activity, draft.activity_id), batch, found, draft.choices)
        else:
            made = import_lines.take_in(work, _plan_for(work, draft), batch, found, draft.choices)
        batch.rows = made
        work.record("import_batch.take", batch, checksum=batch.sha256, number=sum("id" in row for row in made))
        session.delete(draft)
        return batch.public_id


def _plan_for(work: Work, draft: ImportDraft) -> Plan:
    if draft.plan_id is None:
        return put_new(work, draft.plan_name, str(draft.plan_kind))
    plan = work.lock(Plan, draft.plan_id)
    if plan.ended_at is not None:
        raise GuardFailed(ENDED)
    return plan


def undo(actor: Actor, batch_id: int, *, seen: int) -> None:
    """Take back all that came with it. `seen`: how many lines the page said were changed since."""
    with unit_of_work(actor) as work:
        batch = session.get(ImportBatch, batch_id)
        if batch is None:
            raise NotFound("batch")
        of_activity = batch.activity_id is not None
        gate.require(actor, Permission.RECORD_ACTIVITY if of_activity else Permission.KEEP_PLANS)
        if of_activity:
            work.lock(Activity, batch.activity_id or 0)
        else:
            work.lock(Plan, batch.plan_id or 0)
        batch = work.lock(ImportBatch, batch_id)
        if batch.undone_at is not None:
            raise GuardFailed(Reason("This import was undone already."))
        taken = (import_activity if of_activity else import_lines).undo(work, batch, seen)
        batch.undone_at, batch.undone_by_id = work.at, work.actor.id
        work.record("import_batch.undo", batch, number=taken)
