"""What pages read of files: the lines of one recommendation or activity, and one file to download."""

from __future__ import annotations

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import joinedload, load_only, undefer

from app.extensions import session
from app.models.activities import Activity
from app.models.files import StoredFile
from app.models.people import Person
from app.models.recommendations import Recommendation
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.visibility import visible_activities, visible_among_few
from app.queries.reviews import NotVisible

PEOPLE = (
    joinedload(StoredFile.added_by).load_only(Person.name),
    joinedload(StoredFile.removed_by).load_only(Person.name),
)
# Made once: putting them together took longer than asking them.
OF_RECOMMENDATION, OF_ACTIVITY = (
    select(StoredFile).where(column == bindparam("subject")).options(*PEOPLE).order_by(StoredFile.id)
    for column in (StoredFile.recommendation_id, StoredFile.activity_id)
)


def of_recommendation(recommendation: Recommendation) -> list[StoredFile]:
    """The files of a recommendation that was found for this person, oldest first; removed ones as a line."""
    return list(session.scalars(OF_RECOMMENDATION, {"subject": recommendation.id}))


def of_activity(activity: Activity) -> list[StoredFile]:
    """The same of an activity that was found for this person."""
    return list(session.scalars(OF_ACTIVITY, {"subject": activity.id}))


def open_(actor: Actor, office: Office, public_id: str) -> StoredFile:
    """One file with its bytes. Raises NotVisible: also for a removed one."""
    mine = select(Recommendation.id).where(
        Recommendation.id == StoredFile.recommendation_id, visible_among_few(actor, office)
    )
    of_activity = select(Activity.id).where(Activity.id == StoredFile.activity_id, visible_activities(actor, office))
    query = (
        select(StoredFile)
        .where(
            StoredFile.public_id == public_id,
            StoredFile.removed_at.is_(None),
            mine.exists() | of_activity.exists(),
        )
        .options(undefer(StoredFile.content))
    )
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotVisible
    return row


def of_a_child(row: StoredFile) -> Recommendation | None:
    """The recommendation whose log of views says who downloaded it; None where it belongs to no child's record."""
    about = or_(Recommendation.review_id.is_not(None), Recommendation.child_id.is_not(None))
    query = (
        select(Recommendation)
        .where(Recommendation.id == row.recommendation_id, about)
        .options(load_only(Recommendation.review_id, Recommendation.child_id))
    )
    return session.scalars(query).one_or_none()
