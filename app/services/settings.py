"""What the authority decided, with the handbook's starting values; a change moves no deadline given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app import clock, working_days
from app.extensions import session
from app.models.records import ClosingDay, Setting
from app.policy.actor import Actor
from app.policy.local import PanelRule, Values, closing_days, load
from app.services import gate
from app.services.unit_of_work import NotFound, Work, unit_of_work
from workflows.engine import GuardFailed, NotPermitted, Reason
from workflows.permissions import Permission

OFFICE_ONLY = "Only the Head of QA's office changes which reviews go to panel."
YEARS_AHEAD = 5

__all__ = ["PanelRule", "Values", "change", "closing_days", "deadline", "limits", "load", "put"]


def deadline(start: date, days: int) -> date:
    """`days` working days after `start`, the authority's closing days left out."""
    return working_days.add(start, days, closing_days())


def limits(key: str) -> tuple[int, int]:
    """The least and the greatest number that a setting may be."""
    field = PanelRule.model_fields["percent"] if key == "percent" else Values.model_fields[key]
    least = next(item.ge for item in field.metadata if hasattr(item, "ge"))
    most = next(item.le for item in field.metadata if hasattr(item, "le"))
    return least, most


# Changing them


def change(actor: Actor, values: Mapping[str, Any], seen: Mapping[str, Any] | None = None) -> tuple[str, ...]:
    """Set the settings that differ from what is kept; their keys. The panel rule is the Head's office's alone.

    `seen` is what the page had shown: where somebody changed a value since, it is not put back in silence.
    Raises GuardFailed with a sentence for each value that cannot be, NotPermitted.
    """
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.CHANGE_SETTINGS)
        kept = load().model_dump()
        changed = {key: value for key, value in values.items() if key not in kept or kept[key] != value}
        if "panel_rule" in changed and not gate.office().holds(actor.id):
            raise NotPermitted(Reason(OFFICE_ONLY, "panel_rule"))
        if overtaken := list(_overtaken(changed, kept, seen or {})):
            raise GuardFailed(*overtaken)
        put(work, changed)
        return tuple(changed)


def _overtaken(changed: Mapping[str, Any], kept: Mapping[str, Any], seen: Mapping[str, Any]) -> Iterator[Reason]:
    for key in changed:
        if key in seen and key in kept and seen[key] != kept[key]:
            yield Reason(
                f"Somebody else changed this to {_said(kept[key])} since you opened the page. "
                "Save again to put yours in its place",
                key,
            )


def _said(value: Any) -> str:
    """A value in a sentence."""
    if isinstance(value, dict):
        rules = {"all": "every review", "none": "no review"}
        return rules.get(value["kind"], f"every inadequate review and {value['percent']}% of the rest")
    return f"“{value}”" if isinstance(value, str) else str(value)


def put(work: Work, values: Mapping[str, Any]) -> None:
    """Write settings inside a transaction that is open already; whoever opened it asked who may."""
    try:
        checked = Values.model_validate({**load().model_dump(), **values}).model_dump()
    except ValidationError as error:
        raise GuardFailed(*(_reason(item) for item in error.errors())) from error
    for key in values:
        row = session.scalars(select(Setting).where(Setting.key == key).with_for_update()).one_or_none()
        if row is None:
            row = Setting(key=key)
            session.add(row)
        row.value, row.set_at, row.set_by_id = checked[key], work.at, work.actor.id
        _flush("Somebody else saved this at the same moment. Save again", key)
        work.record("setting.change", row, key=key)


def _flush(otherwise: str, target: str) -> None:
    """Write to the database now. Two people may add the same row at once: the second is told."""
    try:
        session.flush()
    except IntegrityError as error:
        raise GuardFailed(Reason(otherwise, target)) from error


def _reason(item: Any) -> Reason:
    """What is wrong with one value, in words, and the field it belongs to."""
    words = [str(step) for step in item["loc"]]
    field = words[-1] if words else ""
    return Reason(f"{field.replace('_', ' ').capitalize()}: {_fault(field, item)}", field)


def _fault(field: str, item: Any) -> str:
    limit = item.get("ctx", {})
    match item["type"]:
        case "greater_than_equal" | "less_than_equal" | "int_parsing" | "int_type" | "int_from_float":
            least, most = limits(field)
            return f"enter a whole number from {least} to {most}"
        case "string_too_short":
            return "enter something: this cannot be empty"
        case "string_too_long":
            return f"enter {limit['max_length']} characters or fewer"
        case "string_pattern_mismatch":
            return "choose one of the answers listed"
        case "extra_forbidden":
            return "there is no such setting"
        case _:
            return str(item["msg"]).removeprefix("Value error, ")


# Closing days


def add_closing_day(actor: Actor, day: date | None, why: str = "") -> None:
    """Count a day as none of work from now on. A past one is refused: what was counted stays counted."""
    why = " ".join(why.split())
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.CHANGE_SETTINGS)
        reasons = [*_not_a_closing_day(day), *_no_reason(why)]
        if reasons or day is None:
            raise GuardFailed(*reasons)
        row = ClosingDay(day=day, why=why)
        session.add(row)
        _flush(ALREADY, "day")
        work.record("closing_day.added", row, item=day.isoformat())


ALREADY = "This day is a closing day already"


def _not_a_closing_day(day: date | None) -> Iterator[Reason]:
    today = clock.today()
    if day is None:
        yield Reason("Enter the day", "day")
    elif day < today:
        yield Reason("Enter today or a later day: a past one would change what has been counted", "day")
    elif day.year > today.year + YEARS_AHEAD:
        yield Reason(f"Enter a day up to the year {today.year + YEARS_AHEAD}", "day")
    elif not working_days.is_working_day(day):
        kind = "at a weekend" if day.weekday() > 4 else "a bank holiday"
        yield Reason(f"This day is {kind}, which is no working day as it is", "day")
    elif session.scalar(select(ClosingDay.id).where(ClosingDay.day == day)) is not None:
        yield Reason(ALREADY, "day")


def _no_reason(why: str) -> Iterator[Reason]:
    if not 0 < len(why) <= 200:
        yield Reason("Say why, in 200 characters or fewer", "why")


def remove_closing_day(actor: Actor, day: date) -> None:
    """Make it an ordinary day again. A past one stays: deadlines and lateness were counted with it."""
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.CHANGE_SETTINGS)
        row = session.scalars(select(ClosingDay).where(ClosingDay.day == day).with_for_update()).one_or_none()
        if row is None:
            raise NotFound(f"closing day {day}")
        if day < clock.today():
            raise GuardFailed(Reason("A closing day that is past stays: what has been counted with it stays counted."))
        work.record("closing_day.removed", row, item=day.isoformat())
        session.delete(row)
