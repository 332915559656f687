"""From the rows of a file to the lines of a plan, and the way back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from textwrap import shorten
from typing import Any

from sqlalchemy import insert, select, update

from app.extensions import session
from app.imports.columns import ACTIVITY_LABELS, LABELS, Target, plain
from app.imports.looking import Looked
from app.imports.matching import Existing, Fate, Match, against
from app.imports.rows import TEXTS, Making, Planned
from app.models.base import new_public_id
from app.models.plans import ImportBatch, Plan, PlanLine, PlanLineEntry, PlanSection, Rag
from app.services.plans import next_place, put_change
from app.services.unit_of_work import Work
from workflows.engine import GuardFailed, Reason

Row = dict[str, Any]


def labels(target: Target) -> Mapping[str, str]:
    return LABELS if target is Target.PLAN else ACTIVITY_LABELS


def existing(plan_id: int) -> list[Existing]:
    """The lines that stand in a plan, as far as a file is compared with them."""
    query = select(
        PlanLine.id, PlanLine.public_id, PlanLine.fingerprint, PlanLine.why, PlanLine.what, PlanLine.version
    ).where(PlanLine.plan_id == plan_id, PlanLine.removed_at.is_(None), PlanLine.recommendation_id.is_(None))
    return [
        Existing(
            line.id, line.public_id, line.fingerprint,
            Planned(0, Making.LINE, fields={"why": line.why, "what": line.what}).key, line.version > 1, line.what,
        )
        for line in session.execute(query.order_by(PlanLine.place))
    ]  # fmt: skip


def take_in(work: Work, plan: Plan, batch: ImportBatch, found: Looked, choices: Mapping[str, Any]) -> list[Row]:
    """Make what the rows say; one account for each row of the file. The plan is locked."""
    batch.plan_id = plan.id
    work.add(batch)
    return _Taking(work, plan, batch, found, choices).rows()


class _Taking:
    """One file on its way into one plan."""

    def __init__(self, work: Work, plan: Plan, batch: ImportBatch, found: Looked, choices: Mapping[str, Any]) -> None:
        self.work, self.plan, self.batch, self.found = work, plan, batch, found
        self.matches = against(found.rows, existing(plan.id))
        self.changed: Mapping[str, str] = choices.get("changed") or {}
        self.mapped = {column.means for column in found.layout.columns}
        self.standing = self._standing()
        self.by_row: dict[int, int] = {}
        self.by_title: dict[str, int] = {}
        self.section_place = next_place(PlanSection, plan.id)
        self.place = next_place(PlanLine, plan.id)
        self.lines: list[dict[str, Any]] = []

    def _standing(self) -> dict[str, list[PlanSection]]:
        """The headings the plan has, by their words."""
        query = select(PlanSection).where(PlanSection.plan_id == self.plan.id, PlanSection.removed_at.is_(None))
        held: dict[str, list[PlanSection]] = defaultdict(list)
        for section in session.scalars(query.order_by(PlanSection.place)):
            held[plain(section.title) or section.title].append(section)
        return held

    def rows(self) -> list[Row]:
        made = [self._row(planned) for planned in self.found.rows]
        if self.lines:
            session.execute(insert(PlanLine), self.lines)
        return made

    def _row(self, planned: Planned) -> Row:
        account: Row = {"row": planned.number, "made": str(planned.making)}
        if planned.notes:
            account["notes"] = list(planned.notes)
        if planned.doubts:
            account["doubts"] = list(planned.doubts)
        if planned.making is Making.SECTION:
            return {**account, **self._section(planned)}
        if planned.making is Making.LINE:
            return {**account, **self._line(planned)}
        return {**account, "words": [list(pair) for pair in planned.words]} if planned.words else account

    # --- headings -------------------------------------------------------------------------------------------

    def _section(self, planned: Planned) -> Row:
        section, new = self._find_or_make(planned.title)
        self.by_row[planned.number] = section.id
        account = {"text": planned.title}
        return {**account, "id": section.public_id} if new else {**account, "made": "section there"}

    def _find_or_make(self, title: str) -> tuple[PlanSection, bool]:
        same = self.standing.get(plain(title) or title)
        if same:
            return same.pop(0), False
        made = PlanSection(plan_id=self.plan.id, place=self.section_place, title=title, batch_id=self.batch.id)
        self.section_place += 1
        return self.work.add(made), True

    def _under(self, planned: Planned) -> int | None:
        if not planned.title:
            return self.by_row.get(planned.section_row)
        if planned.title not in self.by_title:
            self.by_title[planned.title] = self._find_or_make(planned.title)[0].id
        return self.by_title[planned.title]

    # --- lines ----------------------------------------------------------------------------------------------

    def _line(self, planned: Planned) -> Row:
        match = self.matches[planned.number]
        chosen = self.changed.get(str(planned.number), "leave")
        if match.fate is Fate.REPEAT:
            return self._there(planned, match, "repeat")
        if match.fate is Fate.CHANGED and chosen == "update":
            return self._update(planned, match)
        if match.fate is Fate.CHANGED and chosen != "add":
            return self._there(planned, match, "left")
        return self._new(planned)

    def _there(self, planned: Planned, match: Match, made: str) -> Row:
        line = match.line.public_id if match.line else ""
        return {"made": made, "line": line, "words": [list(pair) for pair in planned.words]}

    def _new(self, planned: Planned) -> Row:
        public_id = new_public_id()
        self.lines.append(
            {
                **dict.fromkeys(TEXTS, ""), **planned.fields, "public_id": public_id, "plan_id": self.plan.id,
                "section_id": self._under(planned), "place": self.place, "version": 1, "due_on": planned.due_on,
                "rag": Rag(planned.rag) if planned.rag else None, "extra": dict(planned.extra),
                "doubts": list(planned.doubts), "batch_id": self.batch.id, "source_row": planned.number,
                "fingerprint": planned.fingerprint, "made_at": self.work.at, "made_by_id": self.work.person_id,
            }
        )  # fmt: skip
        self.place += 1
        return {"id": public_id, "text": _told(planned)}

    def _update(self, planned: Planned, match: Match) -> Row:
        """The file's words into the line that stands; columns that the file has not stay as they are."""
        line = self.work.lock(PlanLine, match.line.id if match.line else 0)
        values: dict[str, Any] = {key: planned.fields.get(key, "") for key in TEXTS if key in self.mapped}
        if "by_when" in self.mapped:
            values["due_on"] = planned.due_on
        if "rag" in self.mapped:
            values["rag"] = Rag(planned.rag) if planned.rag else None
        values |= {"extra": {**line.extra, **planned.extra}, "doubts": list(planned.doubts)}
        entry = put_change(self.work, line, {**values, "fingerprint": planned.fingerprint})
        return {
            "made": "updated", "line": line.public_id, "version": line.version, "before": entry.before if entry else {},
            "text": _told(planned),
        }  # fmt: skip


def _told(planned: Planned) -> str:
    """Enough of a line to know it by."""
    text = planned.fields.get("what") or planned.fields.get("why") or (planned.words[0][1] if planned.words else "")
    return shorten(text, 160, placeholder="…")


# --- undoing ----------------------------------------------------------------------------------------------


def changed_since(batch: ImportBatch) -> list[PlanLine]:
    """Lines that came with it, or that it changed, and that somebody changed after."""
    own = select(PlanLine).where(PlanLine.batch_id == batch.id, PlanLine.removed_at.is_(None), PlanLine.version > 1)
    found = {line.id: line for line in session.scalars(own.order_by(PlanLine.place))}
    versions = {row["line"]: row["version"] for row in updated(batch)}
    if versions:
        for line in session.scalars(select(PlanLine).where(PlanLine.public_id.in_(versions))):
            if line.removed_at is None and line.version != versions[line.public_id]:
                found[line.id] = line
    return list(found.values())


def updated(batch: ImportBatch) -> list[Row]:
    return [row for row in batch.rows if row["made"] == "updated"]


def undo(work: Work, batch: ImportBatch, seen: int) -> int:
    """Every line and heading that came with it is marked removed, every line it changed has its words back."""
    since = len(changed_since(batch))
    if since != seen:
        told = "1 line was" if since == 1 else f"{since} lines were"
        raise GuardFailed(Reason(f"{told} changed since it was taken in. Look at the page again before you undo it."))
    taken = _remove_lines(work, batch)
    _remove_sections(work, batch)
    for row in updated(batch):
        _give_back(work, row)
    return taken + len(updated(batch))


def _remove_lines(work: Work, batch: ImportBatch) -> int:
    """All at once: an event for each of two thousand lines would say nothing that the batch's own does not."""
    mine = (PlanLine.batch_id == batch.id, PlanLine.removed_at.is_(None))
    ids = list(session.scalars(select(PlanLine.id).where(*mine).with_for_update()))
    if not ids:
        return 0
    gone = {"removed_at": work.at, "removed_by_id": work.person_id, "version": PlanLine.version + 1}
    session.execute(update(PlanLine).where(*mine).values(gone), execution_options={"synchronize_session": False})
    session.execute(insert(PlanLineEntry), [_entry(work, line_id) for line_id in ids])
    session.expire_all()
    return len(ids)


def _entry(work: Work, line_id: int) -> dict[str, Any]:
    said = {"before": {"removed": False}, "after": {"removed": True, "undone": True}}
    return {"line_id": line_id, "at": work.at, "person_id": work.person_id, **said}


def _remove_sections(work: Work, batch: ImportBatch) -> None:
    """A heading under which somebody has put a line of their own stays."""
    under = select(PlanLine.id).where(PlanLine.section_id == PlanSection.id, PlanLine.removed_at.is_(None)).exists()
    mine = select(PlanSection).where(PlanSection.batch_id == batch.id, PlanSection.removed_at.is_(None), ~under)
    for section in session.scalars(mine):
        section.removed_at, section.removed_by_id = work.at, work.actor.id


def _give_back(work: Work, row: Row) -> None:
    """A line that it changed has the words back that stood there before."""
    line = session.scalars(select(PlanLine).where(PlanLine.public_id == row["line"]).with_for_update()).one()
    if line.removed_at is None:
        put_change(work, line, as_values(row["before"]))


def as_values(kept: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry of the history kept, as the columns have it."""
    values = dict(kept)
    if values.get("due_on"):
        values["due_on"] = date.fromisoformat(values["due_on"])
    if values.get("rag"):
        values["rag"] = Rag(values["rag"])
    return values


def summary(rows: Iterable[Row]) -> Mapping[str, int]:
    """How many rows became what."""
    counts: dict[str, int] = defaultdict(int)
    for row in rows:
        counts[row["made"]] += 1
    return counts
