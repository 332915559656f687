"""How values are written: dates, moments, ages, counts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from app import clock
from app.web import actions, panel_actions, wording
from app.web.action_forms import NothingForm
from app.web.recommendation_words import turn


def test_dates_and_moments_are_londons() -> None:
    summer = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    assert wording.moment(summer) == "1 July 2026 at 00:30"
    assert wording.day(summer) == "1 July 2026"
    assert wording.weekday(date(2026, 11, 23)) == "Monday 23 November 2026"
    assert wording.month(date(2026, 3, 3)) == "March 2026"
    assert wording.clock_time(datetime(2026, 1, 5, 9, 5, tzinfo=UTC)) == "09:05"


def test_what_is_not_there_is_written_as_nothing() -> None:
    assert [wording.day(None), wording.moment(None), wording.age(None), wording.month(None)] == [""] * 4


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        wording.moment(datetime(2026, 3, 3, 14, 32))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("born", "words"),
    [
        (date(2019, 9, 23), "7 years 2 months"),
        (date(2019, 11, 23), "7 years"),
        (date(2019, 11, 24), "6 years 11 months"),
        (date(2024, 12, 1), "23 months"),
        (date(2026, 10, 23), "1 month"),
        (date(2026, 10, 24), "30 days"),
        (date(2026, 11, 22), "1 day"),
        (date(2027, 1, 1), "not yet born"),
        (date(2016, 2, 29), "10 years 8 months"),
    ],
)
def test_ages(born: date, words: str) -> None:
    assert wording.age(born, on=date(2026, 11, 23)) == words


def test_an_age_is_todays_unless_said() -> None:
    with clock.set_to(datetime(2026, 11, 23, 12, tzinfo=UTC)):
        assert wording.age(date(2019, 9, 23)) == "7 years 2 months"


@pytest.mark.parametrize(("number", "words"), [(0, "0 parts"), (1, "1 part"), (2, "2 parts"), (1204, "1,204 parts")])
def test_counted_nouns(number: int, words: str) -> None:
    assert wording.count_noun(number, "part") == words


def test_an_odd_plural_is_given() -> None:
    assert wording.count_noun(2, "child", "children") == "2 children"


@pytest.mark.parametrize(
    ("due", "said"), [(None, "It has no due date."), (date(2026, 12, 1), "It is due by 1 December 2026.")]
)
def test_whose_turn_it_is_says_when_the_work_is_due(due: date | None, said: str) -> None:
    row = SimpleNamespace(
        state="agreed", review=None, director_id=None, disputed_at=None, accepted_at=clock.now(),
        joined_into_id=None, due_on=due,
        owner=SimpleNamespace(name="Ama Kestrel"), verifier=None,
    )  # fmt: skip
    assert turn(row) == f"Ama Kestrel starts the work. {said}"


def test_a_page_with_nothing_but_a_button_says_what_the_button_does() -> None:
    tables: list[dict[str, Any]] = [dict(actions.ACTIONS), dict(panel_actions.ON_ITEM), dict(panel_actions.ON_READING)]
    bare = [name for table in tables for name, each in table.items() if each.form is NothingForm and not each.about]
    assert bare == []
