"""The authority's values, and the day on which an external reviewer's sight of a review ends."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from app import clock
from app.models.people import Person, RoleName
from app.policy.actor import SYSTEM
from app.policy.local import Values, is_past
from tests.unit.policy.people import actor, person, review

SENT, LAST = date(2026, 11, 2), date(2026, 11, 30)  # Mondays, twenty working days apart


def outside() -> Person:
    return person(RoleName.REVIEWER, agency_id=1)


@pytest.mark.parametrize(("day", "wanted"), [(date(2026, 11, 29), False), (LAST, False), (date(2026, 12, 1), True)])
def test_an_external_reviewer_keeps_twenty_working_days(day: date, wanted: bool) -> None:
    writer = outside()
    of = review(reviewer=writer, sent_on=SENT)
    with clock.set_to(datetime(day.year, day.month, day.day, 12, tzinfo=UTC)):
        assert is_past(actor(writer), of, lambda: (20, frozenset())) is wanted
        assert not is_past(actor(writer), of, lambda: (20, frozenset({date(2026, 11, 3)})))


def test_nobody_else_is_past_and_the_rule_is_not_asked() -> None:
    def never() -> tuple[int, frozenset[date]]:
        raise AssertionError("asked for nothing")

    inside, writer = person(RoleName.REVIEWER), outside()
    assert not is_past(actor(inside), review(reviewer=inside, sent_on=SENT), never)
    assert not is_past(actor(writer), review(reviewer=writer), never)
    assert not is_past(actor(outside()), review(reviewer=writer, sent_on=SENT), never)
    assert not is_past(SYSTEM, review(reviewer=writer, sent_on=SENT), never)


@pytest.mark.parametrize("link", ["", "https://example.org/standards", "http://example.org"])
def test_a_link_is_a_web_address_or_empty(link: str) -> None:
    assert Values.model_validate({"practice_standards_link": link}).practice_standards_link == link


@pytest.mark.parametrize("link", ["javascript:alert(1)", "example.org", 'https://x"onclick=', "https://a b"])
def test_another_link_is_refused(link: str) -> None:
    with pytest.raises(ValidationError, match="must be a web address"):
        Values.model_validate({"practice_standards_link": link})
