"""Agreement between panel members: how near their private readings of one review are to each other (handbook 8, R3).

The readings were made with the reviewer's grades in view, so that this says how far members see alike, and not how
surely anybody would give the same grade again. Grades are ints, inadequate 1 to outstanding 4.

Sources: K. L. Gwet, "Computing inter-rater reliability and its variance in the presence of high agreement", British
Journal of Mathematical and Statistical Psychology 61 (2008), and "Handbook of Inter-Rater Reliability", 4th edition
(2014), for AC1 and AC2; J. Cohen, "Weighted kappa", Psychological Bulletin 70 (1968).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import median, multimode
from typing import NamedTuple, TypeVar

from app.insight.intervals import COUNTS_ONLY_BELOW, DRAWS, Interval, drawn_means, means, middle_95

GRADES = (1, 2, 3, 4)
Q = len(GRADES)
COEFFICIENTS_FROM = 20

Member = TypeVar("Member", bound=Hashable)
# What two grades are worth together, by the steps between them: 0, 1, 2, 3.
Weights = tuple[float, float, float, float]
IDENTITY: Weights = (1, 0, 0, 0)
LINEAR: Weights = (1, 2 / 3, 1 / 3, 0)  # 1 - |i-j|/3
QUADRATIC: Weights = (1, 8 / 9, 5 / 9, 0)  # 1 - (|i-j|/3)²


@dataclass(frozen=True)
class Agreement:
    """How far the members of the panel agreed; what is None may not be shown, for there is too little to go by.

    `reviews` gave at least one pair: two members graded the same section. `left_out` gave none and are in no other
    number. `readings` are members' readings of the reviews, `pairs` two members on one section, `exact_pairs` those
    with the same grade. `percent` (a share, 0 to 1) is the mean over reviews of a review's exact share, and so not
    exact_pairs / pairs; None under 10 reviews. `ac2` is Gwet's with linear weights, the main figure, and `kappa`
    the linear weighted kappa; None under 20 reviews, and kappa too where all grades are one. The intervals are 95%,
    by bootstrap over reviews.
    """

    reviews: int
    left_out: int
    readings: int
    pairs: int
    exact_pairs: int
    percent: float | None = None
    percent_interval: Interval | None = None
    ac2: float | None = None
    ac2_interval: Interval | None = None
    kappa: float | None = None
    kappa_interval: Interval | None = None

    @property
    def too_few(self) -> bool:
        """Too few reviews to say a coefficient."""
        return self.reviews < COEFFICIENTS_FROM


@dataclass(frozen=True)
class TwoRaters:
    """What `two_raters` found: cases, the mean weight of a pair (0 to 1), and the coefficients (None if undefined)."""

    pairs: int
    observed: float
    kappa: float | None
    ac2: float | None


class _Figures(NamedTuple):
    percent: float
    ac2: float | None
    kappa: float | None


@dataclass(frozen=True)
class _Counts:
    """One review: its readings, its pairs by the steps between them, its grades by grade."""

    readings: int
    apart: Counter[int]
    grades: Counter[int]

    @property
    def row(self) -> tuple[float, ...]:
        """All that a figure over reviews needs of this one: exact share, mean linear weight, share of each grade."""
        return (_mean_weight(self.apart, IDENTITY), _mean_weight(self.apart, LINEAR), *_shares(self.grades))


def between_members(reviews: Iterable[Mapping[str, Mapping[Member, int]]], *, draws: int = DRAWS) -> Agreement:
    """How far the members agreed over these reviews. A review is {section: {member: grade}}.

    Only readings that count are given: not the Head of QA's, nor one made after the item was opened. A member may
    lack a section. Every review weighs the same, however many members and sections it has:

    - p_o, the mean over reviews of the mean weight over all pairs of members and sections of the review;
    - π_k, the mean over reviews of the share of grade k among all its counted grades, with or without a pair;
    - AC2 and kappa, (p_o - p_e) / (1 - p_e), with p_e from π.

    Both lie between -1 and 1 where every member graded every section. A section graded by one member alone weighs
    in π and not in p_o (as in Gwet 2014 for missing ratings), and enough of those can take either figure below -1.
    """
    counted = [_counts(review) for review in reviews]
    paired = [counts for counts in counted if counts.apart]
    found = Agreement(
        reviews=len(paired),
        left_out=len(counted) - len(paired),
        readings=sum(counts.readings for counts in paired),
        pairs=sum(counts.apart.total() for counts in paired),
        exact_pairs=sum(counts.apart[0] for counts in paired),
    )
    return _with_figures(found, [counts.row for counts in paired], draws)


def two_raters(first: Sequence[int], second: Sequence[int], weights: Weights) -> TwoRaters:
    """Two raters who both graded the same cases, one by one.

    p_o is the mean weight. Kappa is Cohen's (1968), by chance Σ w_ij p_i p'_j with each rater's own shares; AC2 is
    Gwet's, with π_k the mean of both raters' share of k (AC1 with identity weights). Whoever shows a coefficient
    keeps to COEFFICIENTS_FROM; here there is none, so that a few cases can be checked by hand.
    """
    apart = Counter(abs(a - b) for a, b in zip(_checked(first), _checked(second), strict=True))
    if not apart:
        raise ValueError("no case was graded by both")
    observed = _mean_weight(apart, weights)
    p, other = _shares(Counter(first)), _shares(Counter(second))
    pi = [(a + b) / 2 for a, b in zip(p, other, strict=True)]
    return TwoRaters(
        pairs=apart.total(),
        observed=observed,
        kappa=_beyond_chance(observed, _kappa_chance(p, other, weights)),
        ac2=_beyond_chance(observed, _ac2_chance(pi, weights)),
    )


def spread(grades: Iterable[int]) -> int:
    """The steps between the highest and the lowest grade of one section, 0 to 3; 0 where there are fewer than two."""
    given = _checked(grades)
    return max(given) - min(given) if given else 0


def differing(grades: Mapping[Member, int]) -> list[Member]:
    """The members whose grade of one section is not the most common one, in the order given.

    Where grades tie for that, those whose grade is not the median. Where the median falls between two grades
    nobody's grade is it, and all differ: the panel is divided and none of them stands apart.
    """
    given = _checked(grades.values())
    if not given:
        return []
    commonest = multimode(given)
    usual = commonest[0] if len(commonest) == 1 else median(given)
    return [member for member, grade in grades.items() if grade != usual]


def _with_figures(found: Agreement, rows: Sequence[tuple[float, ...]], draws: int) -> Agreement:
    if found.reviews < COUNTS_ONLY_BELOW:
        return found
    figures = _figures(means(rows))
    drawn = [_figures(row) for row in drawn_means(rows, draws)]
    found = replace(found, percent=figures.percent, percent_interval=middle_95([each.percent for each in drawn]))
    if found.too_few:
        return found
    return replace(
        found,
        ac2=figures.ac2,
        ac2_interval=middle_95([each.ac2 for each in drawn]),
        kappa=figures.kappa,
        kappa_interval=middle_95([each.kappa for each in drawn]),
    )


def _figures(row: tuple[float, ...]) -> _Figures:
    """The figures from the means of the rows of `_Counts`."""
    exact, observed, *pi = row
    return _Figures(
        percent=exact,
        ac2=_beyond_chance(observed, _ac2_chance(pi, LINEAR)),
        kappa=_beyond_chance(observed, _kappa_chance(pi, pi, LINEAR)),
    )


def _counts(review: Mapping[str, Mapping[Member, int]]) -> _Counts:
    sections = [_checked(grades.values()) for grades in review.values()]
    return _Counts(
        readings=len({member for grades in review.values() for member in grades}),
        apart=Counter(abs(a - b) for grades in sections for a, b in combinations(grades, 2)),
        grades=Counter(grade for grades in sections for grade in grades),
    )


def _checked(grades: Iterable[int]) -> list[int]:
    given = list(grades)
    if stray := set(given) - set(GRADES):
        raise ValueError(f"not a grade: {sorted(stray)}")
    return given


def _mean_weight(apart: Counter[int], weights: Weights) -> float:
    return sum(pairs * weights[steps] for steps, pairs in sorted(apart.items())) / apart.total()


def _shares(grades: Counter[int]) -> list[float]:
    return [grades[grade] / grades.total() for grade in GRADES]


def _ac2_chance(pi: Sequence[float], weights: Weights) -> float:
    """T_w / (q(q-1)) · Σ π_k(1-π_k), T_w the sum of all q × q weights (Gwet 2014, AC2)."""
    total = sum(weights[abs(i - j)] for i in GRADES for j in GRADES)
    return total / (Q * (Q - 1)) * sum(share * (1 - share) for share in pi)


def _kappa_chance(p: Sequence[float], other: Sequence[float], weights: Weights) -> float:
    """Σ w_ij p_i p'_j (Cohen 1968); with p = p' = π the members are one pool, since panels change."""
    return sum(weights[abs(i - j)] * p[i] * other[j] for i in range(Q) for j in range(Q))


def _beyond_chance(observed: float, chance: float) -> float | None:
    return None if chance == 1 else (observed - chance) / (1 - chance)
