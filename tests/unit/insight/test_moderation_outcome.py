"""What moderation did to the grades: against the handbook's fourteen reviews and cases counted by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.insight.moderation_outcome import moderation_outcome, sign_test

REVIEWER = (3, 3, 2, 4, 3, 3, 2, 3, 4, 3, 2, 3, 3, 1)
PANEL = (3, 2, 2, 3, 3, 3, 2, 3, 4, 3, 2, 2, 3, 1)
PAIRS = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=40)


def test_the_handbook_s_fourteen() -> None:
    outcome = moderation_outcome(zip(REVIEWER, PANEL, strict=True))
    assert (outcome.n, outcome.exact.count, outcome.within_one.count) == (14, 11, 14)
    assert (outcome.lowered, outcome.raised) == (3, 0)
    assert outcome.exact.share == pytest.approx(0.786, abs=0.0005)
    assert outcome.exact.interval == pytest.approx((0.524, 0.924), abs=0.0005)
    assert outcome.mean_step == pytest.approx(-0.214, abs=0.0005)
    assert outcome.sign_p == 0.25


def test_a_move_of_two_steps_is_not_within_one() -> None:
    outcome = moderation_outcome([(1, 3), (4, 1), (2, 3), (2, 2)])
    assert (outcome.exact.count, outcome.within_one.count, outcome.lowered, outcome.raised) == (1, 2, 1, 2)
    assert outcome.mean_step == 0


def test_nothing_moderated() -> None:
    outcome = moderation_outcome([])
    assert (outcome.n, outcome.exact.count, outcome.exact.share) == (0, 0, None)
    assert outcome.mean_step is None
    assert outcome.sign_p is None


@pytest.mark.parametrize("pair", [(0, 3), (3, 5)])
def test_what_is_no_grade_is_refused(pair: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="not grades"):
        moderation_outcome([pair])


@pytest.mark.parametrize(
    ("lowered", "raised", "p"),
    [(3, 0, 0.25), (0, 3, 0.25), (1, 0, 1), (2, 2, 1), (6, 0, 0.03125), (8, 1, 0.0390625), (0, 0, None)],
)
def test_the_sign_test(lowered: int, raised: int, p: float | None) -> None:
    assert sign_test(lowered, raised) == p


@given(pairs=PAIRS)
def test_every_grade_is_counted_once(pairs: list[tuple[int, int]]) -> None:
    outcome = moderation_outcome(pairs)
    assert outcome.exact.count + outcome.lowered + outcome.raised == outcome.n == len(pairs)
    assert outcome.exact.count <= outcome.within_one.count <= outcome.n


@given(pairs=PAIRS)
def test_the_other_way_round_is_the_mirror(pairs: list[tuple[int, int]]) -> None:
    outcome = moderation_outcome(pairs)
    mirror = moderation_outcome((final, reviewer) for reviewer, final in pairs)
    assert (mirror.lowered, mirror.raised, mirror.sign_p) == (outcome.raised, outcome.lowered, outcome.sign_p)
    assert mirror.mean_step == pytest.approx(-(outcome.mean_step or 0))
