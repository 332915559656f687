"""Working days: weekends, bank holidays and closing days left out, against days counted by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import working_days

FRIDAY = date(2026, 12, 18)
DAYS = st.dates(date(2020, 1, 1), date(2027, 12, 31))


@pytest.mark.parametrize(
    ("start", "days", "wanted"),
    [
        (FRIDAY, 0, FRIDAY),
        (FRIDAY, 1, date(2026, 12, 21)),
        (date(2026, 12, 19), 1, date(2026, 12, 21)),
        (date(2026, 12, 20), 1, date(2026, 12, 21)),
        (FRIDAY, 5, date(2026, 12, 29)),  # Christmas, and Boxing Day kept on the Monday
        (date(2026, 12, 31), 1, date(2027, 1, 4)),
        (date(2027, 3, 25), 1, date(2027, 3, 30)),  # Good Friday and Easter Monday
    ],
)
def test_a_deadline(start: date, days: int, wanted: date) -> None:
    assert working_days.add(start, days) == wanted


def test_a_closing_day_is_left_out() -> None:
    assert working_days.add(FRIDAY, 1, closing={date(2026, 12, 21)}) == date(2026, 12, 22)


def test_working_days_are_counted_forwards() -> None:
    with pytest.raises(ValueError, match="forwards"):
        working_days.add(FRIDAY, -1)


def test_days_between() -> None:
    assert working_days.between(FRIDAY, FRIDAY) == 0
    assert working_days.between(FRIDAY, date(2026, 12, 21)) == 1
    assert working_days.between(date(2026, 12, 21), FRIDAY) == -1


@given(start=DAYS, days=st.integers(0, 40))
def test_adding_and_counting_agree(start: date, days: int) -> None:
    end = working_days.add(start, days)
    assert working_days.between(start, end) == days
    assert days == 0 or working_days.is_working_day(end)


@given(start=DAYS, span=st.integers(0, 400), closing=st.frozensets(DAYS, max_size=4))
def test_days_are_counted_as_one_by_one(start: date, span: int, closing: frozenset[date]) -> None:
    end = start + timedelta(days=span)
    each = (start + timedelta(days=n) for n in range(1, span + 1))
    assert working_days.between(start, end, closing) == sum(working_days.is_working_day(day, closing) for day in each)


@given(day=DAYS)
def test_a_weekend_is_never_a_working_day(day: date) -> None:
    assert not (day.weekday() > 4 and working_days.is_working_day(day))
    assert not working_days.is_working_day(day, closing={day})


@pytest.mark.parametrize(
    ("start", "months", "wanted"),
    [
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 11, 23), -6, date(2026, 5, 23)),
        (date(2026, 8, 31), -6, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 12, 5), 0, date(2026, 12, 5)),
        (date(2026, 1, 1), -1, date(2025, 12, 1)),
    ],
)
def test_months(start: date, months: int, wanted: date) -> None:
    assert working_days.add_months(start, months) == wanted


@given(start=DAYS, months=st.integers(-48, 48))
def test_months_keep_the_day_where_they_can(start: date, months: int) -> None:
    end = working_days.add_months(start, months)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day == start.day or (end + timedelta(days=1)).day == 1
