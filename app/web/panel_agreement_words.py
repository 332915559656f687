"""Agreement between members in words: counts and a percentage, coefficients only over a year (handbook 8)."""

from __future__ import annotations

from typing import Any

from app.insight.agreement import COEFFICIENTS_FROM, Agreement
from app.insight.intervals import COUNTS_ONLY_BELOW, Interval
from app.queries.panel_agreement import Year
from app.web.wording import count_noun, day

HOW = (
    "Counted are the readings as they were submitted, each made alone and before any talk. The Head of QA’s reading "
    "and any made after a discussion was opened count in none of it. This is agreement between members, not "
    "reliability: they read with the reviewer’s grades in view."
)


def at_meeting(found: Agreement | None) -> dict[str, Any] | None:
    """Counts and a percentage only, and only once something is decided."""
    return {"lines": _lines(found), "how": HOW} if found is not None else None


def of_year(year: Year) -> dict[str, Any]:
    """The twelve months: the same, and the coefficients where there is enough of them."""
    found = year.agreement
    return {
        "since": day(year.since),
        "lines": _lines(found),
        "figures": _figures(found),
        "too_few": found.too_few,
        "needed": COEFFICIENTS_FROM,
        "how": HOW,
        "reviews": found.reviews,
    }


def _lines(found: Agreement) -> list[str]:
    if not found.reviews:
        return ["No section was graded by two members whose readings count, so there is nothing to compare."]
    lines = [
        f"In {count_noun(found.reviews, 'review')}, with {count_noun(found.readings, 'reading')}, two members gave a "
        f"section the same grade in {found.exact_pairs:,} of {count_noun(found.pairs, 'comparison')}."
    ]
    if found.left_out:
        noun = count_noun(found.left_out, "review")
        lines.append(f"{noun} had no two readings to compare and {'is' if found.left_out == 1 else 'are'} left out.")
    if found.percent is None:
        lines.append(f"Below {COUNTS_ONLY_BELOW} reviews there is no percentage.")
    else:
        share = f"{found.percent:.0%}"
        lines.append(f"On average over the reviews members gave the same grade {share} of the time{_range(found)}.")
    return lines


def _range(found: Agreement) -> str:
    interval = found.percent_interval
    return f" (95% interval {interval.low:.0%} to {interval.high:.0%})" if interval else ""


def _figures(found: Agreement) -> list[list[str]]:
    """Name, figure, interval: the main one first. Empty below the number of reviews that says something."""
    if found.too_few:
        return []
    rows = (
        ("Gwet’s AC2, linear weights (main)", found.ac2, found.ac2_interval),
        ("Weighted kappa, linear weights", found.kappa, found.kappa_interval),
    )
    return [[name, _number(value), _between(interval)] for name, value, interval in rows]


def _number(value: float | None) -> str:
    return "cannot be worked out: all grades are one" if value is None else f"{value:.2f}"


def _between(interval: Interval | None) -> str:
    return f"{interval.low:.2f} to {interval.high:.2f}" if interval else "none"
