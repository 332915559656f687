"""How far the members of the panel agreed, for one person: over the items whose readings he or she may all see.

A figure over an item that its reader is out of would tell something of it (R4), so that two people may be shown
different figures. Only fresh readings made alone and submitted before the talk count (R3, handbook 8).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache

from sqlalchemy import select

from app import clock, working_days
from app.extensions import session
from app.insight.agreement import Agreement, between_members
from app.models.panel import PanelItem, PanelReading
from app.models.reviews import GradeGiven, GradeStage
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.visibility import Aspect
from app.queries.panel_meetings import Agenda, decided_since
from workflows.states import ReadingState

MONTHS = 12
Grades = tuple[tuple[str, int, int], ...]  # section, member, grade: one review's, in order


@dataclass(frozen=True)
class Year:
    """The rolling twelve months: since when, and the figures."""

    since: datetime
    agreement: Agreement


def at_meeting(shown: Agenda) -> Agreement | None:
    """Over what was decided at one meeting; None while nothing is, or nothing whose readings this person may see."""
    items = [row.item for row in shown.decided if Aspect.READINGS in row.sight]
    return _between(items) if items else None


def of_year(actor: Actor, office: Office) -> Year:
    """Over everything decided in the last twelve months."""
    since = datetime.combine(working_days.add_months(clock.today(), -MONTHS), time(), clock.LONDON)
    return Year(since, _between(decided_since(actor, office, since)))


def _between(items: Iterable[PanelItem]) -> Agreement:
    return _figures(tuple(sorted(_grades([item.id for item in items]))))


@lru_cache(maxsize=64)
def _figures(reviews: tuple[Grades, ...]) -> Agreement:
    """Two thousand draws over the same grades give the same figures: they are worked out once."""
    return between_members(_by_section(review) for review in reviews)


def _by_section(review: Grades) -> dict[str, dict[int, int]]:
    found: dict[str, dict[int, int]] = {}
    for section, member, grade in review:
        found.setdefault(section, {})[member] = grade
    return found


def _grades(item_ids: list[int]) -> list[Grades]:
    """The grades of the readings that count, one entry for each item that has any."""
    query = (
        select(PanelItem.id, GradeGiven.part, GradeGiven.person_id, GradeGiven.grade)
        .join(PanelItem.readings)
        .join(
            GradeGiven,
            (GradeGiven.revision_id == PanelItem.revision_id)
            & (GradeGiven.person_id == PanelReading.person_id)
            & (GradeGiven.stage == GradeStage.READING),
        )
        .where(PanelItem.id.in_(item_ids), PanelReading.counted, PanelReading.state == ReadingState.SUBMITTED)
    )
    by_item: dict[int, list[tuple[str, int, int]]] = {}
    for item_id, part, person_id, grade in session.execute(query):
        by_item.setdefault(item_id, []).append((part, person_id, grade))
    return [tuple(sorted(rows)) for rows in by_item.values()]
