"""Who may be signed in, and when a session is over."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.models.people import SignInSession
from app.policy.accounts import IDLE, LONGEST, may_sign_in, why_over
from tests.unit.policy.people import person

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TODAY = NOW.date()


@pytest.mark.parametrize(
    ("active", "ends_on", "wanted"),
    [
        (True, None, True),
        (True, TODAY, True),
        (True, TODAY - timedelta(days=1), False),
        (False, None, False),
    ],
)
def test_an_account_is_open_to_its_last_day(active: bool, ends_on: date | None, wanted: bool) -> None:
    assert may_sign_in(person(active=active, ends_on=ends_on), TODAY) is wanted


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"ended_at": NOW, "ended_why": "signed out"}, "signed out"),
        ({"ended_at": NOW}, "ended"),
        ({"person": person(active=False)}, "account ended"),
        ({"started_at": NOW - LONGEST}, "too long"),
        ({"seen_at": NOW - IDLE}, "idle"),
    ],
)
def test_why_a_session_is_over(changes: dict[str, Any], why: str | None) -> None:
    row = SignInSession(**{"person": person(active=True), "started_at": NOW, "seen_at": NOW, **changes})
    assert why_over(row, NOW, TODAY) == why
