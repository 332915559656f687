"""How sure a figure is: an interval for a count out of n, and one for a figure worked out over reviews (handbook 8).

Every share is a fraction from 0 to 1, every interval a 95% one.

Sources: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American
Statistical Association 22 (1927); B. Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7
(1979).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from random import Random
from statistics import NormalDist, quantiles
from typing import NamedTuple

COUNTS_ONLY_BELOW = 10
INTERVAL_BELOW = 30

DRAWS = 2_000
SEED = 1927  # any number does; a fixed one gives the same reviews the same interval every time

_Z = NormalDist().inv_cdf(0.975)


class Interval(NamedTuple):
    low: float
    high: float


@dataclass(frozen=True)
class Proportion:
    """`count` of `n`, and what else may be shown of it: both are always shown.

    Under 10 counts only; from 10 the share as well; up to 29 the share never without its interval.
    """

    count: int
    n: int

    @property
    def share(self) -> float | None:
        return None if self.n < COUNTS_ONLY_BELOW else self.count / self.n

    @property
    def interval(self) -> Interval | None:
        return wilson(self.count, self.n) if COUNTS_ONLY_BELOW <= self.n < INTERVAL_BELOW else None


def wilson(successes: int, n: int) -> Interval:
    """The score interval of a share, sane for few cases and for none or all of them (Wilson 1927).

    (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n), with p = successes / n and z = 1.96. The n cases are taken
    to be independent: one a review, not the sections of one review or the pairs of one panel.
    """
    if not 0 <= successes <= n or n == 0:
        raise ValueError(f"{successes} of {n} is no share")
    p, z2 = successes / n, _Z**2
    middle = p + z2 / (2 * n)
    reach = _Z * sqrt(p * (1 - p) / n + z2 / (4 * n**2))
    scale = 1 + z2 / n
    return Interval(max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale))


def means(rows: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    """The mean of each column; every row weighs the same."""
    return tuple(fsum(column) / len(rows) for column in zip(*rows, strict=True))


def drawn_means(rows: Sequence[tuple[float, ...]], draws: int = DRAWS) -> Iterator[tuple[float, ...]]:
    """The means of `draws` samples of the rows, each as many as there are and drawn with replacement.

    It is the bootstrap (Efron 1979). A row is one review, so that what hangs together is drawn together. The rows
    are put in order first: an interval should not depend on how a list was sorted.
    """
    random = Random(SEED)  # noqa: S311 - a sample to be had again, not a secret
    ordered = sorted(rows)
    n = len(ordered)
    for _ in range(draws):
        drawn = random.choices(ordered, k=n)
        yield tuple(sum(column) / n for column in zip(*drawn, strict=True))


def middle_95(drawn: Sequence[float | None]) -> Interval | None:
    """From the 2.5th to the 97.5th percentile; None when a draw had no figure, since the rest would say too much."""
    values = [value for value in drawn if value is not None]
    if len(values) < len(drawn) or len(values) < 2:
        return None
    cuts = quantiles(values, n=40, method="inclusive")
    return Interval(cuts[0], cuts[-1])
