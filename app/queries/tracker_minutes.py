"""The minutes of a tracker meeting as one person may have them (R4, R11).

Of each recommendation what was said, as it stood then: what becomes of it later changes no minutes. One that this
reader may not know of is not there at all, with no gap and no number that would tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.extensions import session
from app.models.recommendations import RecommendationEntry
from app.models.tracker import TrackerItem, TrackerMeeting
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.tracker import reads_notes
from app.queries import recorded
from app.queries import tracker_meetings as queries
from app.queries.panel_documents import Made, time_of
from app.queries.recorded import Data, iso
from app.queries.reviews import NotVisible

Then = Mapping[int, RecommendationEntry]


def minutes(actor: Actor, office: Office, public_id: str) -> Made:
    """For who may know of the meeting, once it has begun. Raises NotVisible."""
    meeting = queries.get(actor, office, public_id)
    if meeting.started_at is None:
        raise NotVisible
    items = queries.agenda(actor, office, meeting)
    initials, then = queries.initials_of(items), _entries(items)
    heard = queries.said_to(actor, office, items)
    data = {
        "authority": recorded.authority(),
        "reader": actor.name,
        "on": iso(meeting.held_on),
        "place": meeting.place,
        "began": time_of(meeting.started_at),
        "ended": time_of(meeting.ended_at),
        "attendance": _attendance(meeting),
        "notes": meeting.notes if reads_notes(actor, office, meeting) else "",
        "items": [
            _minuted(item, initials, then) if item.id in heard else _unheard(item, initials, then) for item in items
        ],
    }
    return Made(data, [item.recommendation for item in items])


def _attendance(meeting: TrackerMeeting) -> list[Data]:
    rows = sorted(meeting.people, key=lambda row: (row.person.name, row.id))
    return [{"name": row.person.name, "present": bool(row.present)} for row in rows]


def _entries(items: Sequence[TrackerItem]) -> Then:
    """The line of history that each discussion made, by the item's id: it holds the words and the owner of then."""
    wanted = [item.recommendation_id for item in items if item.discussed_at is not None]
    entry = RecommendationEntry
    query = select(entry).where(entry.recommendation_id.in_(wanted), entry.action == "discuss").order_by(entry.id)
    return {row.details.get("item", 0): row for row in session.scalars(query.options(joinedload(entry.person)))}


SAID = ("progress", "evidence", "impact", "decision", "next_step", "forecast", "new_due_reason", "recorded_by")


def _unheard(item: TrackerItem, initials: Mapping[int, str], then: Then) -> Data:
    """For who may know of it and not what was said: that it was talked about, and when, as on its own page."""
    return {**_minuted(item, initials, then), **dict.fromkeys(SAID, ""), "new_due_on": None}


def _minuted(item: TrackerItem, initials: Mapping[int, str], then: Then) -> Data:
    row, entry = item.recommendation, then.get(item.id) if item.discussed_at is not None else None
    words: dict[str, Any] = entry.details if entry is not None else {}
    return {
        "reference": row.reference,
        "initials": initials[item.recommendation_id],
        "action": words.get("action_then") or "",
        "owner": words.get("owner_then") or "",
        "due_on": words.get("due_then"),
        "progress": item.progress,
        "evidence": item.evidence,
        "impact": item.impact,
        "decision": item.decision,
        "next_step": item.next_step,
        "forecast": str(item.forecast) if item.forecast else "",
        "new_due_on": iso(item.new_due_on),
        "new_due_reason": item.new_due_reason,
        "recorded_by": entry.person.name if entry is not None else "",
        "recorded_at": time_of(item.discussed_at),
    }
