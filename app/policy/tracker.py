"""Who may know of a tracker meeting: the Head's office, who was asked, and who answers for something on its agenda.

What each reads of it is another question: every item passes `visibility` by its recommendation.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, false, or_, select, true

from app.models.people import RoleName
from app.models.tracker import TrackerAttendance, TrackerItem, TrackerMeeting
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.visibility import OWN_COLUMNS, made_once, visible_as_own

# Who may be asked: those who answer for practice here. Nobody from outside, and nobody who is shown no child.
MAY_COME = (
    RoleName.OPERATIONAL_MANAGER, RoleName.LINE_MANAGER, RoleName.WORKER, RoleName.HEAD_OF_QA, RoleName.DEPUTY_QA,
    RoleName.DIRECTOR, RoleName.ASSISTANT_DIRECTOR,
)  # fmt: skip


def of_tracker(actor: Actor, office: Office) -> bool:
    """The Head, the deputies and the assistant directors: each steers where the one before may not (R4)."""
    return actor.id is not None and actor.id in (*office.heads, *office.deputies, *office.assistant_directors)


@made_once
def visible_meetings(actor: Actor, office: Office) -> ColumnElement[bool]:
    """The tracker meetings this person may know of."""
    if actor.id is None or actor.shown_no_child:
        return false()
    if of_tracker(actor, office):
        return true()
    mine = or_(*(column == actor.id for column in OWN_COLUMNS))
    asked = select(TrackerAttendance.meeting_id).where(TrackerAttendance.person_id == actor.id)
    own = select(TrackerItem.meeting_id).join(TrackerItem.recommendation).where(mine, visible_as_own(actor, office))
    return or_(TrackerMeeting.id.in_(asked), TrackerMeeting.id.in_(own))


def reads_notes(actor: Actor, office: Office, meeting: TrackerMeeting) -> bool:
    """What was said of no single recommendation is for those who were asked to be there, and the Head's office."""
    return of_tracker(actor, office) or any(row.person_id == actor.id for row in meeting.people)
