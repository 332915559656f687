"""Agreement between members: against the handbook's values, cases worked out by hand, and what must always hold."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random
from time import process_time

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from app.insight import agreement
from app.insight.agreement import IDENTITY, LINEAR, QUADRATIC, Agreement, Weights, between_members, two_raters

REVIEWER = (3, 3, 2, 4, 3, 3, 2, 3, 4, 3, 2, 3, 3, 1)
PANEL = (3, 2, 2, 3, 3, 3, 2, 3, 4, 3, 2, 2, 3, 1)

Review = dict[str, dict[str, int]]
ALIKE: Review = {"plan": {"ann": 3, "bob": 3}}
A_STEP_APART: Review = {"plan": {"ann": 2, "bob": 3}}
BOTH_OUTSTANDING: Review = {"plan": {"ann": 4, "bob": 4}}
UNEVEN: Review = {"plan": {"ann": 2, "bob": 3, "cat": 4}, "voice": {"ann": 2, "bob": 2}, "risk": {"cat": 3}}
ALONE: Review = {"plan": {"ann": 1}}
PAST_EACH_OTHER: Review = {"plan": {"ann": 1}, "voice": {"bob": 4}}

GRADE = st.integers(1, 4)
SECTIONS = st.sampled_from(["plan", "voice", "risk", "outcome"])
MEMBERS = st.sampled_from(["ann", "bob", "cat", "dee", "eve"])
REVIEWS = st.dictionaries(SECTIONS, st.dictionaries(MEMBERS, GRADE, max_size=5), max_size=4)


@st.composite
def complete(draw: st.DrawFn) -> Review:
    """A review that every one of its members graded in every section."""
    members = draw(st.lists(MEMBERS, min_size=2, unique=True))
    sections = draw(st.lists(SECTIONS, min_size=1, unique=True))
    return {section: {member: draw(GRADE) for member in members} for section in sections}


def found(*reviews: Review) -> Agreement:
    """Of these reviews, repeated until a coefficient may be shown; no figure moves by it."""
    return between_members(reviews * 20, draws=4)


def coefficients(*reviews: Review) -> tuple[float | None, float | None, float | None]:
    result = found(*reviews)
    return result.percent, result.ac2, result.kappa


@pytest.mark.parametrize(
    ("weights", "observed", "kappa", "ac2"),
    [
        (IDENTITY, 0.7857, 0.6557, 0.7305),
        (LINEAR, 0.9286, 0.7308, 0.8631),
        (QUADRATIC, 0.9762, 0.8174, 0.9416),
    ],
)
def test_two_raters(weights: Weights, observed: float, kappa: float, ac2: float) -> None:
    result = two_raters(REVIEWER, PANEL, weights)
    assert result.pairs == 14
    assert (result.observed, result.kappa, result.ac2) == pytest.approx((observed, kappa, ac2), abs=0.00005)


def test_two_raters_of_one_grade_have_no_kappa() -> None:
    result = two_raters([3, 3], [3, 3], LINEAR)
    assert (result.observed, result.kappa, result.ac2) == (1, None, 1)


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [([], [], "graded by both"), ([1], [1, 2], "longer"), ([0], [1], "not a grade"), ([1], [5], "not a grade")],
)
def test_two_raters_grade_the_same_cases(first: list[int], second: list[int], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        two_raters(first, second, LINEAR)


@pytest.mark.parametrize(
    ("weights", "formula"),
    [
        (IDENTITY, lambda steps: Fraction(steps == 0)),
        (LINEAR, lambda steps: 1 - Fraction(steps, 3)),
        (QUADRATIC, lambda steps: 1 - Fraction(steps, 3) ** 2),
    ],
)
def test_weights(weights: Weights, formula: Callable[[int], Fraction]) -> None:
    assert weights == pytest.approx([float(formula(steps)) for steps in range(4)])


def test_half_alike_and_half_a_step_apart() -> None:
    """p_o = (1 + 2/3)/2 = 5/6 and π = 0, 1/4, 3/4, 0.

    AC2: p_e = (28/3)/12 · 3/8 = 7/24. Kappa: p_e = 5/8 + 2 · 3/16 · 2/3 = 7/8.
    """
    assert coefficients(ALIKE, A_STEP_APART) == pytest.approx((1 / 2, 13 / 17, -1 / 3))


def test_uneven_panels_by_hand() -> None:
    """Three members, one section with all three, one with two, one with one; beside it two members who agree.

    Weights (2/3 + 1/3 + 2/3 + 1)/4 = 2/3 and 1, so p_o = 5/6; exact 1/4 and 1. Shares 0, 3/6, 2/6, 1/6 and 0, 0, 0,
    1, so π = 0, 1/4, 1/6, 7/12. AC2: p_e = 7/9 · 82/144 = 287/648. Kappa: p_e = 186/432 + 122/432 = 77/108.
    """
    assert coefficients(UNEVEN, BOTH_OUTSTANDING) == pytest.approx((5 / 8, 253 / 361, 13 / 31))


def test_members_as_far_apart_as_can_be() -> None:
    """p_o = 0, π = 1/2, 0, 0, 1/2; AC2 p_e = 7/9 · 1/2 = 7/18; kappa p_e = 1/2."""
    assert coefficients({"plan": {"ann": 1, "bob": 4}}) == pytest.approx((0, -7 / 11, -1))


def test_all_of_one_grade_has_no_kappa() -> None:
    result = found(ALIKE)
    assert (result.percent, result.ac2, result.kappa) == (1, 1, None)
    assert (result.percent_interval, result.ac2_interval, result.kappa_interval) == ((1, 1), (1, 1), None)


def test_what_is_counted() -> None:
    result = between_members([UNEVEN, ALIKE, ALONE, PAST_EACH_OTHER, {}])
    assert (result.reviews, result.left_out) == (2, 3)
    assert (result.readings, result.pairs, result.exact_pairs) == (5, 5, 2)


def test_no_reviews() -> None:
    assert between_members([]) == Agreement(reviews=0, left_out=0, readings=0, pairs=0, exact_pairs=0)


@pytest.mark.parametrize(
    ("reviews", "percent", "coefficient"), [(9, False, False), (10, True, False), (19, True, False), (20, True, True)]
)
def test_too_few_to_say(reviews: int, percent: bool, coefficient: bool) -> None:
    result = between_members([ALIKE, *[UNEVEN] * (reviews - 1), ALONE], draws=50)
    assert result.reviews == reviews
    assert {result.percent is not None, result.percent_interval is not None} == {percent}
    shown = (result.ac2, result.ac2_interval, result.kappa, result.kappa_interval)
    assert {figure is not None for figure in shown} == {coefficient}
    assert result.too_few is not coefficient


def test_what_is_no_grade_is_refused() -> None:
    with pytest.raises(ValueError, match="not a grade"):
        between_members([{"plan": {"ann": 0, "bob": 1}}])


def a_year(reviews: int) -> list[Review]:
    """Four members who mostly see alike, over ten sections."""
    random = Random(7)
    middle = [[random.choice((2, 3, 3)) for _ in range(10)] for _ in range(reviews)]
    return [
        {
            f"section_{n}": {member: grade + random.choice((-1, 0, 0, 0, 1)) for member in ("ann", "bob", "cat", "dee")}
            for n, grade in enumerate(grades)
        }
        for grades in middle
    ]


def test_the_interval_is_quick_and_the_same_every_time() -> None:
    reviews = a_year(60)
    began = process_time()
    result = between_members(reviews)
    assert process_time() - began < 0.5
    assert result == between_members(reviews)
    for figure, interval in ((result.ac2, result.ac2_interval), (result.kappa, result.kappa_interval)):
        assert figure is not None
        assert interval is not None
        assert -1 < interval.low < figure < interval.high < 1


def test_more_reviews_say_more() -> None:
    few, many = between_members(a_year(20)).ac2_interval, between_members(a_year(200)).ac2_interval
    assert few is not None
    assert many is not None
    assert many.high - many.low < few.high - few.low


@given(reviews=st.lists(REVIEWS, min_size=1, max_size=4), data=st.data())
def test_neither_the_order_of_members_nor_of_reviews_matters(reviews: list[Review], data: st.DataObject) -> None:
    def shuffled(review: Review) -> Review:
        sections = data.draw(st.permutations(list(review)))
        return {name: dict(data.draw(st.permutations(list(review[name].items())))) for name in sections}

    assert found(*(shuffled(review) for review in data.draw(st.permutations(reviews)))) == found(*reviews)


@given(reviews=st.lists(complete(), min_size=1, max_size=4))
@example(reviews=[{"plan": {"ann": 1, "bob": 4}}, {"voice": {"ann": 2, "bob": 3}}])
def test_figures_keep_their_bounds(reviews: list[Review]) -> None:
    percent, ac2, kappa = coefficients(*reviews)
    assert percent is not None
    assert ac2 is not None
    assert 0 <= percent <= 1
    assert -1 <= ac2 <= 1
    assert kappa is None or -1 - 1e-9 <= kappa <= 1


@given(reviews=st.lists(complete(), min_size=1, max_size=4))
def test_members_who_agree_in_everything(reviews: list[Review]) -> None:
    for review in reviews:
        for grades in review.values():
            grades.update(dict.fromkeys(grades, min(grades.values())))
    percent, ac2, kappa = coefficients(*reviews)
    assert (percent, ac2) == (1, 1)
    assert kappa in (1, None)


def twice(review: Review) -> Review:
    """The same review with every section put a second time."""
    return review | {f"{section} again": grades for section, grades in review.items()}


@given(reviews=st.lists(REVIEWS, min_size=2, max_size=4))
def test_a_longer_review_weighs_no_more(reviews: list[Review]) -> None:
    assume(found(*reviews).reviews)
    assert coefficients(twice(twice(reviews[0])), *reviews[1:]) == pytest.approx(coefficients(*reviews))


@given(reviews=st.lists(REVIEWS, min_size=1, max_size=4))
def test_a_review_without_a_pair_weighs_nothing(reviews: list[Review]) -> None:
    assert coefficients(*reviews, ALONE, PAST_EACH_OTHER) == coefficients(*reviews)


@given(pairs=st.lists(st.tuples(GRADE, GRADE), min_size=1, max_size=12))
def test_two_members_with_a_section_a_review_are_two_raters(pairs: list[tuple[int, int]]) -> None:
    result = found(*({"plan": {"ann": one, "bob": other}} for one, other in pairs))
    ann, bob = [one for one, _ in pairs], [other for _, other in pairs]
    assert result.ac2 == pytest.approx(two_raters(ann, bob, LINEAR).ac2)
    assert result.percent == pytest.approx(two_raters(ann, bob, IDENTITY).observed)


@pytest.mark.parametrize(
    ("grades", "steps"), [([], 0), ([3], 0), ([2, 2], 0), ([3, 2, 3], 1), ([1, 3, 2], 2), ([4, 1], 3)]
)
def test_spread(grades: list[int], steps: int) -> None:
    assert agreement.spread(grades) == steps


@pytest.mark.parametrize(
    ("grades", "differ"),
    [
        ({}, []),
        ({"ann": 3}, []),
        ({"ann": 3, "bob": 3}, []),
        ({"ann": 3, "bob": 2, "cat": 3}, ["bob"]),
        ({"ann": 1, "bob": 1, "cat": 4, "dee": 3}, ["cat", "dee"]),
        ({"ann": 3, "bob": 1, "cat": 2}, ["ann", "bob"]),  # each grade once: those not in the middle
        ({"ann": 2, "bob": 2, "cat": 1, "dee": 1, "eve": 4}, ["cat", "dee", "eve"]),
        ({"ann": 2, "bob": 3}, ["ann", "bob"]),  # nobody is in the middle
        ({"ann": 2, "bob": 3, "cat": 2, "dee": 3}, ["ann", "bob", "cat", "dee"]),
    ],
)
def test_who_differs(grades: dict[str, int], differ: list[str]) -> None:
    assert agreement.differing(grades) == differ


@given(grades=st.dictionaries(MEMBERS, GRADE))
def test_somebody_differs_exactly_where_grades_are_spread(grades: dict[str, int]) -> None:
    assert bool(agreement.differing(grades)) is bool(agreement.spread(grades.values()))
