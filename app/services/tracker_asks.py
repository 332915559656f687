"""What the service asks by itself: impact that is due to be checked, and a meeting to prepare for.

For a scheduler, once a day. Asked twice it does nothing more. A message holds a reference and a link only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_, select

from app import clock
from app.extensions import session
from app.models.recommendations import Recommendation
from app.models.records import OutboxMessage
from app.models.tracker import TrackerMeeting
from app.policy.actor import SYSTEM
from app.services.unit_of_work import Work, unit_of_work
from workflows.states import RecommendationState

BEFORE = timedelta(days=7)
PREPARE = "tracker_meeting.prepare"
IMPACT = "recommendation.impact_due"


@dataclass(frozen=True)
class Asked:
    """How many were asked now."""

    verifiers: int
    invited: int


def ask() -> Asked:
    """Ask each verifier once for each completion, and each who is asked to a meeting once a week before it."""
    with unit_of_work(SYSTEM) as work:
        return Asked(_verifiers(work), sum(_invited(work, meeting) for meeting in _meetings_near()))


def _verifiers(work: Work) -> int:
    row = Recommendation
    unasked = or_(row.impact_asked_at.is_(None), row.impact_asked_at <= row.completed_at)
    query = select(row).where(
        row.state == RecommendationState.ACTION_COMPLETE,
        row.impact_due_on <= clock.today(),
        row.verifier_id.is_not(None),
        unasked,
    )
    rows = session.scalars(query.order_by(row.id).with_for_update().execution_options(populate_existing=True)).all()
    for each in rows:
        each.impact_asked_at = work.at
        work.record("recommendation.ask_impact", each)
        work.tell([each.verifier_id], IMPACT, each)
    return len(rows)


def _meetings_near() -> Sequence[TrackerMeeting]:
    """Locked, so that two who ask at once do not both find nobody told."""
    row, today = TrackerMeeting, clock.today()
    query = select(row).where(
        row.held_on.between(today, today + BEFORE), row.started_at.is_(None), row.cancelled_at.is_(None)
    )
    return session.scalars(query.order_by(row.id).with_for_update()).all()


def _invited(work: Work, meeting: TrackerMeeting) -> int:
    message = OutboxMessage
    told = select(message.recipient_id).where(
        message.kind == PREPARE,
        message.subject_kind == TrackerMeeting.__tablename__,
        message.subject_id == meeting.id,
    )
    known = set(session.scalars(told))
    wanted = [row.person_id for row in meeting.people if row.person_id not in known]
    if wanted:
        work.record(PREPARE, meeting, number=len(wanted))
        work.tell(wanted, PREPARE, meeting)
    return len(wanted)
