"""What pages read of quality activities other than reviews, and of where a recommendation came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, extract, func, select
from sqlalchemy.orm import joinedload, selectinload

from app.extensions import session
from app.models.activities import Activity, ActivityKind
from app.models.people import Person
from app.models.recommendations import Recommendation
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.visibility import visible_activities, visible_recommendations
from app.queries.paging import Page, a_page, how_many, paged
from app.queries.reviews import NotVisible
from workflows.recommendation import OPEN

PAGE = 20
FIRST_YEAR, LAST_YEAR = 1900, 2100


@dataclass(frozen=True)
class Counted:
    """How many recommendations an activity has, and how many of them are open."""

    every: int = 0
    open: int = 0


@dataclass(frozen=True)
class Filters:
    """What a list was asked for; what cannot be read asks for nothing."""

    kind: str = ""
    year: int = 0

    def as_query(self) -> dict[str, str]:
        """The address's own part."""
        found = {"kind": self.kind, "year": str(self.year) if self.year else ""}
        return {key: value for key, value in found.items() if value}


def listing(actor: Actor, office: Office, filters: Filters, page: int = 1) -> Page[Activity]:
    """Newest first."""
    wanted = _wanted(actor, office, filters)
    newest = (Activity.held_on.desc(), Activity.id.desc())
    shown = paged(Activity, wanted, newest).options(joinedload(Activity.kind), selectinload(Activity.parts))
    return a_page(shown, how_many(wanted), page, PAGE)


def _wanted(actor: Actor, office: Office, filters: Filters) -> Select[Any]:
    wanted = select(Activity).where(visible_activities(actor, office))
    if filters.kind:
        wanted = wanted.where(Activity.kind_id.in_(select(ActivityKind.id).where(ActivityKind.key == filters.kind)))
    if FIRST_YEAR < filters.year < LAST_YEAR:
        wanted = wanted.where(Activity.held_on.between(date(filters.year, 1, 1), date(filters.year, 12, 31)))
    return wanted


def counts(actor: Actor, office: Office, activities: Sequence[Activity]) -> dict[int, Counted]:
    """By the activity's id: those this person may see."""
    query = (
        select(
            Recommendation.activity_id,
            func.count(Recommendation.id),
            func.count(Recommendation.id).filter(Recommendation.state.in_(OPEN)),
        )
        .where(
            Recommendation.activity_id.in_([activity.id for activity in activities]),
            visible_recommendations(actor, office),
        )
        .group_by(Recommendation.activity_id)
    )
    found = session.execute(query).all() if activities else []
    return {key: Counted(every, still) for key, every, still in found if key is not None}


def years(actor: Actor, office: Office) -> list[int]:
    """The years in which there is one, the last first."""
    year = extract("year", Activity.held_on)
    found = session.scalars(select(year).where(visible_activities(actor, office)).distinct().order_by(year.desc()))
    return [int(each) for each in found]


def kinds() -> dict[str, str]:
    """Key and name of every kind, by name; the keys are no secret of anybody's."""
    rows = session.execute(select(ActivityKind.key, ActivityKind.name).order_by(ActivityKind.name))
    return {row.key: row.name for row in rows}


def get(actor: Actor, office: Office, public_id: str) -> Activity:
    """One activity with its parts. Raises NotVisible."""
    query = (
        select(Activity)
        .where(Activity.public_id == public_id, visible_activities(actor, office))
        .options(
            joinedload(Activity.kind),
            joinedload(Activity.recorded_by).load_only(Person.name),
            selectinload(Activity.parts),
        )
    )
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotVisible
    return row


def recommendations_of(actor: Actor, office: Office, activity: Activity) -> list[Recommendation]:
    """Those of one activity, in the order they were raised."""
    query = (
        select(Recommendation)
        .where(Recommendation.activity_id == activity.id, visible_recommendations(actor, office))
        .options(joinedload(Recommendation.owner).load_only(Person.name), joinedload(Recommendation.child))
        .order_by(Recommendation.id)
    )
    return list(session.scalars(query))
