"""One source of the present, in aware UTC; the date is London's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from app import clock

SUMMER = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # half past midnight in London


def test_the_present_is_aware_and_passes() -> None:
    assert clock.now().utcoffset() == timedelta(0)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_the_date_is_londons() -> None:
    with clock.set_to(SUMMER):
        assert clock.today() == date(2026, 7, 1)
    with clock.set_to(SUMMER.replace(month=12)):
        assert clock.today() == date(2026, 12, 30)


def test_a_set_clock_stands_still_in_utc_and_is_let_go() -> None:
    elsewhere = datetime(2026, 7, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    with clock.set_to(SUMMER):
        with clock.set_to(elsewhere):
            assert clock.now() == elsewhere
            assert clock.now().tzinfo is UTC
        assert clock.now() == SUMMER
    assert clock.now() != SUMMER


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"), clock.set_to(datetime(2026, 1, 1)):  # noqa: DTZ001
        pass


def test_the_day_of_a_stored_moment() -> None:
    assert clock.day_of(SUMMER) == date(2026, 7, 1)
    assert clock.day_of(None) is None
