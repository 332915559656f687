"""Working days: weekends, English bank holidays and the authority's closing days left out (handbook 2).

Day 1 is the next working day, due at its end. Bank holidays come from the government's published list,
shipped inside the library up to 2028, so that nothing is asked of a network.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from datetime import date, timedelta
from functools import lru_cache

from govuk_bank_holidays.bank_holidays import BankHolidays

ENGLAND = BankHolidays.ENGLAND_AND_WALES


@lru_cache(maxsize=1)
def bank_holidays() -> frozenset[date]:
    """Every English bank holiday that the shipped list knows."""
    listed = BankHolidays(use_cached_holidays=True).get_holidays(division=ENGLAND)
    return frozenset(holiday["date"] for holiday in listed)


@lru_cache(maxsize=1)
def _on_weekdays() -> list[date]:
    return sorted(day for day in bank_holidays() if day.weekday() < 5)


def is_working_day(day: date, closing: Collection[date] = ()) -> bool:
    return day.weekday() < 5 and day not in bank_holidays() and day not in closing


def add(start: date, days: int, closing: Collection[date] = ()) -> date:
    """The date `days` working days after `start`; day 1 is the next working day. `days` >= 0."""
    if days < 0:
        raise ValueError("working days are counted forwards")
    day = start
    for _ in range(days):
        day += timedelta(days=1)
        while not is_working_day(day, closing):
            day += timedelta(days=1)
    return day


def before(end: date, days: int, closing: Collection[date] = ()) -> date:
    """The working day `days` working days before `end`; `end` itself need not be one. `days` >= 0."""
    day = end
    for _ in range(days):
        day -= timedelta(days=1)
        while not is_working_day(day, closing):
            day -= timedelta(days=1)
    return day


def between(start: date, end: date, closing: Collection[date] = ()) -> int:
    """How many working days lie after `start` up to and including `end`; negative when `end` is earlier."""
    if end < start:
        return -between(end, start, closing)
    weeks, rest = divmod((end - start).days, 7)
    weekdays = weeks * 5 + sum((start.weekday() + n) % 7 < 5 for n in range(1, rest + 1))
    holidays = _on_weekdays()
    free = bisect_right(holidays, end) - bisect_right(holidays, start)
    closed = sum(start < day <= end and day.weekday() < 5 and day not in bank_holidays() for day in set(closing))
    return weekdays - free - closed


def add_months(start: date, months: int) -> date:
    """The same day `months` later (or earlier), or the month's last day where there is none."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    first_of_next = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (first_of_next - timedelta(days=1)).day
    return date(year, month + 1, min(start.day, last))
