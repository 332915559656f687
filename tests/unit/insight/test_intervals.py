"""Intervals: against the handbook's values, and what may be shown of how many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.insight.intervals import DRAWS, Interval, Proportion, drawn_means, means, middle_95, wilson


@pytest.mark.parametrize(
    ("successes", "n", "low", "high", "places"),
    [(2, 3, 0.21, 0.94, 2), (0, 3, 0, 0.56, 2), (11, 14, 0.524, 0.924, 3), (3, 3, 0.44, 1, 2)],
)
def test_wilson(successes: int, n: int, low: float, high: float, places: int) -> None:
    assert [round(end, places) for end in wilson(successes, n)] == [low, high]


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (4, 3), (-1, 3)])
def test_no_share_has_no_interval(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(successes, n)


@given(n=st.integers(1, 600), data=st.data())
def test_wilson_holds_the_share_and_mirrors(n: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, n))
    low, high = wilson(successes, n)
    assert 0 <= low <= successes / n + 1e-12
    assert successes / n - 1e-12 <= high <= 1
    assert wilson(n - successes, n) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize(
    ("n", "share", "interval"),
    [(0, False, False), (9, False, False), (10, True, True), (29, True, True), (30, True, False)],
)
def test_what_may_be_shown_of_a_count(n: int, share: bool, interval: bool) -> None:
    shown = Proportion(n // 2, n)
    assert (shown.share is not None, shown.interval is not None) == (share, interval)


def test_a_count_with_its_interval() -> None:
    shown = Proportion(11, 14)
    assert shown.share == pytest.approx(0.786, abs=0.0005)
    assert shown.interval == wilson(11, 14)


def test_means_are_by_column() -> None:
    assert means([(0.0, 1.0), (1.0, 4.0)]) == (0.5, 2.5)


def test_as_many_draws_as_asked_and_the_same_each_time() -> None:
    rows = [(float(n), 1.0) for n in range(20)]
    drawn = list(drawn_means(rows))
    assert len(drawn) == DRAWS
    assert drawn == list(drawn_means(rows))
    assert {one for _, one in drawn} == {1.0}


def test_the_order_of_the_rows_moves_nothing() -> None:
    rows = [(n / 7, n / 3) for n in range(20)]
    assert list(drawn_means(rows, 50)) == list(drawn_means(rows[::-1], 50))


def test_a_bootstrap_comes_near_what_theory_says() -> None:
    """The mean of 100 cases, half of them 1: 0.5 ± 1.96 · 0.05."""
    low, high = middle_95([mean for (mean,) in drawn_means([(float(n % 2),) for n in range(100)])]) or (0, 0)
    assert (low, high) == pytest.approx((0.402, 0.598), abs=0.015)


def test_the_middle_of_what_was_drawn() -> None:
    assert middle_95([float(n) for n in range(1001)]) == pytest.approx(Interval(25, 975))


@pytest.mark.parametrize("drawn", [[], [0.5], [0.5, None, 0.6]])
def test_no_middle_where_a_draw_had_no_figure(drawn: list[float | None]) -> None:
    assert middle_95(drawn) is None
