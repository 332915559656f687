"""What pages read of files being taken in, and of those that were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from app import clock
from app.extensions import session
from app.imports.columns import Target
from app.imports.looking import Looked, look
from app.models.activities import Activity
from app.models.plans import ImportBatch, ImportDraft, Plan
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.visibility import visible_activities, visible_plans
from app.queries.reviews import NotVisible


@dataclass(frozen=True)
class Draft:
    """A file that somebody is looking at, as its own person alone sees it."""

    row: ImportDraft
    found: Looked

    @property
    def target(self) -> Target:
        return Target.ACTIVITY if self.row.activity_id is not None else Target.PLAN


def draft(actor: Actor, public_id: str) -> Draft:
    """One's own. Raises NotVisible."""
    query = select(ImportDraft).where(ImportDraft.public_id == public_id, ImportDraft.person_id == actor.id)
    row = session.scalars(query.options(joinedload(ImportDraft.plan), joinedload(ImportDraft.activity))).one_or_none()
    if row is None:
        raise NotVisible
    target = Target.ACTIVITY if row.activity_id is not None else Target.PLAN
    return Draft(row, look(row.book, row.choices, target, clock.today()))


def drafts(actor: Actor) -> Sequence[ImportDraft]:
    """The files this person has begun to look at."""
    query = select(ImportDraft).where(ImportDraft.person_id == actor.id).options(joinedload(ImportDraft.plan))
    return session.scalars(query.order_by(ImportDraft.id.desc())).all()


def batch(actor: Actor, office: Office, public_id: str) -> ImportBatch:
    """A file that was taken in, for who may see what it went into. Raises NotVisible."""
    of_plan = select(Plan.id).where(Plan.id == ImportBatch.plan_id, visible_plans(actor, office)).exists()
    of_activity = (
        select(Activity.id).where(Activity.id == ImportBatch.activity_id, visible_activities(actor, office)).exists()
    )
    query = select(ImportBatch).where(ImportBatch.public_id == public_id, or_(of_plan, of_activity))
    found = session.scalars(
        query.options(joinedload(ImportBatch.plan), joinedload(ImportBatch.activity), joinedload(ImportBatch.made_by))
    ).one_or_none()
    if found is None:
        raise NotVisible
    return found


def activity(actor: Actor, office: Office, public_id: str) -> Activity:
    """The activity that rows are taken into. Raises NotVisible."""
    query = select(Activity).where(Activity.public_id == public_id, visible_activities(actor, office))
    found = session.scalars(query.options(joinedload(Activity.kind))).one_or_none()
    if found is None:
        raise NotVisible
    return found
