"""Keeping a plan: its sections and lines in the papers' columns, what is unsure of them, the quarterly look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app import clock, working_days
from app.extensions import session
from app.models.plans import Plan, PlanKind, PlanLine, PlanLineEntry, PlanReview, PlanSection, Rag
from app.policy.actor import Actor
from app.services import gate
from app.services.unit_of_work import NotFound, Work, unit_of_work
from app.services.words import words
from workflows.engine import GuardFailed, Reason
from workflows.permissions import Permission

TEXTS = ("why", "who", "what", "by_when", "how_known", "experience", "comments")
COLUMNS = (*TEXTS, "due_on", "rag")
QUARTER = 3
YEARS_AHEAD = 15
ENDED = Reason("This plan has ended: nothing is added to it.")


# --- the plan itself ------------------------------------------------------------------------------------


def make(actor: Actor, *, name: str, kind: str, review_on: date | None = None) -> str:
    """A new plan, looked at in a quarter unless another day is given; its public id."""
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.KEEP_PLANS)
        return put_new(work, name, kind, review_on).public_id


def put_new(work: Work, name: str, kind: str, review_on: date | None = None) -> Plan:
    """The same inside a transaction that is open already; whoever opened it asked who may."""
    plan = Plan(
        name=_name(name),
        kind=_kind(kind),
        version=1,
        review_on=_review_day(review_on) or working_days.add_months(clock.today(), QUARTER),
        made_at=work.at,
        made_by_id=work.person_id,
    )
    _once(plan)
    work.record("plan.make", plan, version=1, item=str(plan.kind))
    return plan


def change(actor: Actor, plan_id: int, version: int, *, name: str, kind: str, review_on: date | None) -> None:
    """Another name, kind, or day of the next look."""
    with unit_of_work(actor) as work:
        plan = _kept(work, plan_id, version)
        given = {"name": _name(name), "kind": _kind(kind), "review_on": review_on}
        if review_on is not None and review_on != plan.review_on:
            _review_day(review_on)
        changed = [key for key, value in given.items() if getattr(plan, key) != value]
        for key, value in given.items():
            setattr(plan, key, value)
        _once(plan)
        if changed:
            plan.version += 1
            work.record("plan.change", plan, version=plan.version, changed=changed)


def end(actor: Actor, plan_id: int, version: int) -> None:
    """It is kept no longer. What stands in it stays, and what follows a recommendation goes on being shown."""
    with unit_of_work(actor) as work:
        plan = _kept(work, plan_id, version)
        plan.ended_at, plan.ended_by_id = work.at, work.actor.id
        plan.version += 1
        work.record("plan.end", plan, version=plan.version)


def record_review(
    actor: Actor, plan_id: int, version: int, *, held_on: date | None, notes: str | None, next_on: date | None = None
) -> None:
    """The quarterly look was held; the next one is a quarter later, or on the day given."""
    with unit_of_work(actor) as work:
        plan = _kept(work, plan_id, version)
        if held_on is None or held_on > clock.today():
            raise GuardFailed(Reason("Give the day it was held, today or earlier.", "held_on"))
        said = words(notes, "notes")
        if not said:
            raise GuardFailed(Reason("Write what was said.", "notes"))
        if next_on is not None and next_on <= held_on:
            raise GuardFailed(Reason("The next look comes after this one.", "next_on"))
        row = PlanReview(plan_id=plan.id, due_on=plan.review_on, held_on=held_on, notes=said)
        row.recorded_at, row.recorded_by_id = work.at, work.person_id
        work.add(row)
        plan.review_on = _review_day(next_on) or working_days.add_months(held_on, QUARTER)
        plan.version += 1
        work.record("plan.review", plan, version=plan.version, item=held_on.isoformat())


def _name(name: str) -> str:
    said = " ".join(words(name, "name", 200).split())
    if not said:
        raise GuardFailed(Reason("Give the plan a name.", "name"))
    return said


def _kind(kind: str) -> PlanKind:
    if kind not in tuple(PlanKind):
        raise GuardFailed(Reason("Say what kind of plan it is.", "kind"))
    return PlanKind(kind)


def _review_day(day: date | None) -> date | None:
    today = clock.today()
    if day is not None and not today <= day <= working_days.add_months(today, 24):
        raise GuardFailed(Reason("Give a day from today on, within two years.", "review_on"))
    return day


def _once(plan: Plan) -> None:
    """Write it now: a name that another plan has is refused by the database."""
    same = select(Plan.id).where(func.lower(Plan.name) == plan.name.lower(), Plan.id != (plan.id or 0))
    taken = GuardFailed(Reason("There is a plan with this name already.", "name"))
    with session.no_autoflush:
        if session.scalar(same.limit(1)) is not None:
            raise taken
    session.add(plan)
    try:
        session.flush()
    except IntegrityError as error:
        raise taken from error


def _kept(work: Work, plan_id: int, version: int | None = None) -> Plan:
    """The plan, locked, of somebody who may keep it."""
    gate.require(work.actor, Permission.KEEP_PLANS)
    plan = work.lock(Plan, plan_id, version)
    if plan.ended_at is not None:
        raise GuardFailed(ENDED)
    return plan


# --- sections -------------------------------------------------------------------------------------------


def add_section(actor: Actor, plan_id: int, *, title: str) -> str:
    """A heading at the end of the plan; its public id."""
    with unit_of_work(actor) as work:
        plan = _kept(work, plan_id)
        section = work.add(PlanSection(plan_id=plan.id, place=next_place(PlanSection, plan.id), title=_title(title)))
        work.record("plan_section.add", section)
        return section.public_id


def change_section(actor: Actor, section_id: int, *, title: str, seen: str) -> None:
    """Another heading. `seen` is what the page had shown: a newer one is not put aside in silence."""
    with unit_of_work(actor) as work:
        section = _section(work, section_id)
        if section.title != words(seen, "title"):
            raise GuardFailed(
                Reason(f"Somebody else changed it to “{section.title}” since. Save again to keep yours.", "title")
            )
        section.title = _title(title)
        work.record("plan_section.change", section)


def remove_section(actor: Actor, section_id: int) -> None:
    """Take away a heading under which nothing stands."""
    with unit_of_work(actor) as work:
        section = _section(work, section_id)
        under = select(PlanLine.id).where(PlanLine.section_id == section.id, PlanLine.removed_at.is_(None))
        if session.scalar(under.limit(1)) is not None:
            raise GuardFailed(Reason("Lines stand under this heading: move or remove them first."))
        section.removed_at, section.removed_by_id = work.at, work.actor.id
        work.record("plan_section.remove", section)


def _section(work: Work, section_id: int) -> PlanSection:
    plan_id = session.scalar(select(PlanSection.plan_id).where(PlanSection.id == section_id))
    if plan_id is None:
        raise NotFound("section")
    _kept(work, plan_id)
    section = work.lock(PlanSection, section_id)
    if section.removed_at is not None:
        raise GuardFailed(Reason("This heading was removed."))
    return section


def _title(title: str) -> str:
    said = " ".join(words(title, "title", 1000).split())
    if not said:
        raise GuardFailed(Reason("Write the heading.", "title"))
    return said


def next_place(kind: type[PlanSection] | type[PlanLine], plan_id: int) -> int:
    """The place after the last."""
    return (session.scalar(select(func.max(kind.place)).where(kind.plan_id == plan_id)) or 0) + 1


# --- lines ----------------------------------------------------------------------------------------------


def add_line(actor: Actor, plan_id: int, given: Mapping[str, Any]) -> str:
    """A line at the end of its section; its public id. `given`: the columns, and `section` by public id."""
    with unit_of_work(actor) as work:
        plan = _kept(work, plan_id)
        line = put_line(work, plan, _values(given), find_section(plan.id, given.get("section")))
        work.record("plan_line.add", line, version=1)
        return line.public_id


def put_line(work: Work, plan: Plan, values: Mapping[str, Any], section: PlanSection | None, **rest: Any) -> PlanLine:
    """The row of a new line, after the last."""
    line = PlanLine(
        plan_id=plan.id, section_id=section.id if section else None, place=next_place(PlanLine, plan.id), version=1,
        made_at=work.at, made_by_id=work.person_id, **values, **rest,
    )  # fmt: skip
    return work.add(line)


def change_line(actor: Actor, line_id: int, version: int, given: Mapping[str, Any]) -> None:
    """Other words in some columns, or another section; what stood there before stays in the history."""
    with unit_of_work(actor) as work:
        line = lock_line(work, line_id, version)
        section = find_section(line.plan_id, given.get("section"))
        values = _values(given)
        if values["due_on"] != line.due_on and values["due_on"] is not None:
            values["doubts"] = without_date_doubts(line)
        values["section_id"] = section.id if section else None
        put_change(work, line, values)


def put_change(
    work: Work, line: PlanLine, values: Mapping[str, Any], kind: str = "plan_line.change"
) -> PlanLineEntry | None:
    """Set what differs, with its entry of the history and its event. None where nothing differs."""
    changed = [key for key, value in values.items() if getattr(line, key) != value]
    if not changed:
        return None
    before = {key: _as_json(getattr(line, key)) for key in changed}
    for key in changed:
        setattr(line, key, values[key])
    return _entered(work, line, before, {key: _as_json(values[key]) for key in changed}, kind)


def _entered(work: Work, line: PlanLine, before: dict[str, Any], after: dict[str, Any], kind: str) -> PlanLineEntry:
    line.version += 1
    entry = PlanLineEntry(line_id=line.id, before=before, after=after, at=work.at, person_id=work.person_id)
    session.add(entry)
    work.record(kind, line, version=line.version, changed=sorted(after))
    return entry


def remove_line(actor: Actor, line_id: int, version: int) -> None:
    """Marked removed; its history stays. One that follows a recommendation goes when that is reopened."""
    with unit_of_work(actor) as work:
        line = lock_line(work, line_id, version)
        if line.recommendation_id is not None:
            raise GuardFailed(Reason("This line follows a recommendation. Reopen the recommendation to take it back."))
        mark_removed(work, line)


def mark_removed(work: Work, line: PlanLine, kind: str = "plan_line.remove") -> None:
    line.removed_at, line.removed_by_id = work.at, work.actor.id
    _entered(work, line, {"removed": False}, {"removed": True}, kind)


def put_back(actor: Actor, line_id: int, version: int) -> None:
    """A removed line stands in the plan again."""
    with unit_of_work(actor) as work:
        line = lock_line(work, line_id, version, removed=True)
        if line.recommendation_id is not None:
            raise GuardFailed(Reason("This line followed a recommendation. Move the recommendation to the plan again."))
        put_back_line(work, line)


def put_back_line(work: Work, line: PlanLine) -> None:
    line.removed_at = line.removed_by_id = None
    _entered(work, line, {"removed": True}, {"removed": False}, "plan_line.put_back")


def settle(
    actor: Actor, line_id: int, version: int, *, due_on: date | None, settled: Sequence[int], days_settled: bool = False
) -> None:
    """Somebody says what was unsure of a line: the day it means, or that it stands as it is.

    `settled` are the places of doubts in the line's list; `days_settled` that its date stays in words.
    """
    with unit_of_work(actor) as work:
        line = lock_line(work, line_id, version)
        left = [doubt for place, doubt in enumerate(line.doubts) if place not in set(settled)]
        if due_on is not None or days_settled:
            left = [doubt for doubt in left if doubt in without_date_doubts(line)]
        if left == line.doubts and due_on in (None, line.due_on):
            raise GuardFailed(Reason("Say which of them is settled, or give the day.", "settled"))
        put_change(work, line, {"doubts": left, "due_on": _due(due_on) or line.due_on}, "plan_line.settle")


DATE_DOUBTS = (
    "which day", "is there a day", "which is meant?", "is it the day by when", "There is no date.", "is that the day",
)  # fmt: skip


def without_date_doubts(line: PlanLine) -> list[str]:
    """What is still unsure of a line once its day is known."""
    return [doubt for doubt in line.doubts if not any(sign in doubt for sign in DATE_DOUBTS)]


def lock_line(work: Work, line_id: int, version: int | None, *, removed: bool = False) -> PlanLine:
    """A line of a plan that is kept, locked; one that was removed only where that is asked for."""
    plan_id = session.scalar(select(PlanLine.plan_id).where(PlanLine.id == line_id))
    if plan_id is None:
        raise NotFound("line")
    _kept(work, plan_id)
    line = work.lock(PlanLine, line_id, version)
    if (line.removed_at is not None) != removed:
        raise GuardFailed(Reason("This line stands in the plan." if removed else "This line was removed."))
    return line


def find_section(plan_id: int, public_id: Any) -> PlanSection | None:
    """A heading of this plan by the id a form carries, or none."""
    if not public_id:
        return None
    wanted = words(str(public_id), "section", 36)
    query = select(PlanSection).where(PlanSection.public_id == wanted, PlanSection.plan_id == plan_id)
    section = session.scalars(query.where(PlanSection.removed_at.is_(None))).one_or_none()
    if section is None:
        raise GuardFailed(Reason("Choose a section of this plan.", "section"))
    return section


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {key: words(given.get(key), key) for key in TEXTS}
    if not any(values[key] for key in ("why", "what")):
        raise GuardFailed(Reason("Write why, or what is done.", "what"))
    rag = given.get("rag") or None
    if rag is not None and rag not in tuple(Rag):
        raise GuardFailed(Reason("Choose one of the colours listed, or none.", "rag"))
    return {**values, "due_on": _due(given.get("due_on")), "rag": Rag(rag) if rag else None}


def _due(day: date | None) -> date | None:
    if day is not None and abs(day.year - clock.today().year) > YEARS_AHEAD:
        raise GuardFailed(Reason(f"Give a day within {YEARS_AHEAD} years of today.", "due_on"))
    return day


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Rag) else value
