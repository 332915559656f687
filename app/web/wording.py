"""How values are written on a page: dates, moments, ages, counts. Formatting only; no rule lives here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from app import clock

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def day(value: date | datetime | None) -> str:
    """3 March 2026. Month names are ours: the machine's locale must not change them."""
    if value is None:
        return ""
    local = _in_london(value) if isinstance(value, datetime) else value
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}"


def weekday(value: date | datetime | None) -> str:
    """Monday 23 November 2026."""
    if value is None:
        return ""
    local = _in_london(value) if isinstance(value, datetime) else value
    return f"{WEEKDAYS[local.weekday()]} {day(value)}"


def month(value: date | None) -> str:
    """March 2026."""
    return "" if value is None else f"{MONTHS[value.month - 1]} {value.year}"


def clock_time(value: datetime | None) -> str:
    """14:32, in London."""
    return "" if value is None else _in_london(value).strftime("%H:%M")


def moment(value: datetime | None) -> str:
    """3 March 2026 at 14:32, in London."""
    return "" if value is None else f"{day(value)} at {clock_time(value)}"


def age(born: date | None, on: date | None = None) -> str:
    """7 years 2 months; under two years in months, under a month in days. `on` is today unless given."""
    if born is None:
        return ""
    until = on or clock.today()
    if until < born:
        return "not yet born"
    months = (until.year - born.year) * 12 + until.month - born.month - (until.day < born.day)
    if months == 0:
        return count_noun((until - born).days, "day")
    years, rest = divmod(months, 12)
    if years < 2:
        return count_noun(months, "month")
    return f"{count_noun(years, 'year')} {count_noun(rest, 'month')}" if rest else count_noun(years, "year")


def count_noun(number: int, noun: str, plural: str | None = None) -> str:
    """1 part, 2 parts, 1,200 parts."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def iso(value: date | datetime) -> str:
    """The machine's form, for the `datetime` attribute of a `time` element."""
    return value.isoformat()


def _in_london(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a naive time has no place on a page: it would be read as London time and is not")
    return value.astimezone(clock.LONDON)


def capital(text: str) -> str:
    """The first letter large, the rest as it is."""
    return text[:1].upper() + text[1:]


FILTERS: dict[str, Callable[..., Any]] = {
    "day": day,
    "weekday": weekday,
    "month": month,
    "clock_time": clock_time,
    "moment": moment,
    "age": age,
    "count_noun": count_noun,
    "iso": iso,
    "capital": capital,
}
