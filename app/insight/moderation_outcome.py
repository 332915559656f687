"""What moderation did to the reviewer's grades: how many stood, how many moved and which way (handbook 8, R5).

Whoever moderates has seen the reviewer's grade, so this says what moderation changed and not how alike two people
would grade alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import comb

from app.insight.agreement import GRADES
from app.insight.intervals import Proportion


@dataclass(frozen=True)
class ModerationOutcome:
    """`n` grades after moderation: `exact` stood, `within_one` moved by at most one step (those that stood too).

    `lowered` and `raised` are the rest of `exact`. `mean_step` is the mean of final - reviewer in steps of a grade,
    below 0 where moderation lowers; None of no grades. `sign_p` is that of `sign_test`; None where nothing moved.
    """

    n: int
    exact: Proportion
    within_one: Proportion
    lowered: int
    raised: int
    mean_step: float | None
    sign_p: float | None


def moderation_outcome(grades: Iterable[tuple[int, int]]) -> ModerationOutcome:
    """From pairs (the reviewer's final grade, the grade after moderation), 1 to 4.

    One pair a review, the overall grade or that of one section: the intervals and the test take the pairs to be
    independent, which the sections of one review are not.
    """
    steps = [_step(reviewer, final) for reviewer, final in grades]
    n = len(steps)
    lowered, raised = sum(step < 0 for step in steps), sum(step > 0 for step in steps)
    return ModerationOutcome(
        n=n,
        exact=Proportion(n - lowered - raised, n),
        within_one=Proportion(sum(abs(step) <= 1 for step in steps), n),
        lowered=lowered,
        raised=raised,
        mean_step=sum(steps) / n if n else None,
        sign_p=sign_test(lowered, raised),
    )


def sign_test(lowered: int, raised: int) -> float | None:
    """The exact two-sided chance of a split at least this uneven, were a move as likely to be up as down.

    min(1, 2 · P(X ≤ min(lowered, raised))), X binomial with n = lowered + raised and ½; grades that stood are left
    out. None where none moved: there is nothing to test.
    """
    moved = lowered + raised
    if not moved:
        return None
    tail = sum(comb(moved, k) for k in range(min(lowered, raised) + 1))
    as_uneven: float = 2 * tail / 2**moved
    return min(1.0, as_uneven)


def _step(reviewer: int, final: int) -> int:
    if reviewer not in GRADES or final not in GRADES:
        raise ValueError(f"not grades: {reviewer}, {final}")
    return final - reviewer
