"""What the page of one recommendation reads, each person as far as R11 lets him or her."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import joinedload, load_only, selectinload

from app import clock
from app.extensions import session
from app.models.activities import Activity
from app.models.files import StoredFile
from app.models.forms import FormTemplateVersion
from app.models.people import Person, Role, RoleName
from app.models.recommendations import Recommendation, RecommendationEntry
from app.models.reviews import Review
from app.policy.accounts import holders
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.recommendation_sight import RecommendationSight, reads_entry, sight_of
from app.policy.visibility import made_once, visible_among_few, visible_recommendations
from app.queries import files
from app.queries.people import names_told_apart
from app.queries.reviews import DECLARATIONS, NotVisible, names

NAMED = ("owner", "verifier", "director")
PERSON = (Person.public_id, Person.name, Person.active, Person.ends_on, Person.line_manager_id)
OF_REVIEW = (Person.name, Person.agency_id, Person.line_manager_id)


@dataclass(frozen=True)
class Line:
    """One line of the history as this person may read it; `words` is None where they are not his or hers to read."""

    action: str
    at: Any
    by: str = ""
    words: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Joined:
    """One that was joined into this and that may be opened, with its own history."""

    row: Recommendation
    lines: list[Line]


@dataclass(frozen=True)
class Opened:
    """One recommendation for one person."""

    row: Recommendation
    sight: RecommendationSight
    lines: list[Line]
    files: list[StoredFile]
    joined: list[Joined]
    joined_unseen: int
    into: Recommendation | None  # the one it was joined into, where this person may know of it
    names: dict[str, str]  # public id to name, of those whom the history names


LISTED = load_only(
    Review.public_id, Review.reference, Review.state, Review.reviewer_id, Review.worker_id, Review.line_manager_id,
    Review.independent_chair_id, Review.child_id, Review.issued_at, Review.sent_on, Review.decided_how,
    Review.decided_by_id, Review.version, Review.form_version_id,
)  # fmt: skip


def _with_all(query: Select[Any]) -> Select[Any]:
    """With the people of it and of its review, as the rules ask them."""
    of_it = (Recommendation.owner, Recommendation.verifier, Recommendation.director)
    of_review = (Review.reviewer, Review.worker, Review.line_manager)
    return query.options(
        *(joinedload(each).load_only(*PERSON) for each in of_it),
        joinedload(Recommendation.review).options(
            LISTED,
            DECLARATIONS,
            joinedload(Review.child),
            joinedload(Review.form_version).load_only(FormTemplateVersion.checksum),
            *(joinedload(each).load_only(*OF_REVIEW) for each in of_review),
        ),
        joinedload(Recommendation.activity).joinedload(Activity.kind),
        joinedload(Recommendation.child),
        selectinload(Recommendation.tag_rows),
    )


@made_once
def _by_address(actor: Actor, office: Office) -> Select[Any]:
    visible = visible_recommendations(actor, office)
    return _with_all(select(Recommendation).where(Recommendation.public_id == bindparam("address"), visible))


def find(actor: Actor, office: Office, public_id: str) -> Recommendation:
    """One recommendation by the id of its address, without its history. Raises NotVisible."""
    row: Recommendation | None = session.scalars(_by_address(actor, office), {"address": public_id}).one_or_none()
    if row is None:
        raise NotVisible
    return row


def open_(actor: Actor, office: Office, public_id: str) -> Opened:
    """The same with everything its page shows. Raises NotVisible."""
    row = find(actor, office, public_id)
    sight = sight_of(actor, row, office)
    entries = _entries([row.id])
    joins = sum(_JOINS.get(entry.action, 0) for entry in entries)
    into, joined = _joinings(actor, office, row) if joins or row.joined_into_id is not None else (None, [])
    if joined:
        entries = [*entries, *_entries([each.id for each in joined])]
    return Opened(
        row=row,
        sight=sight,
        lines=_lines(actor, office, row, sight, entries),
        files=files.of_recommendation(row),
        joined=[Joined(each, _lines(actor, office, each, sight_of(actor, each, office), entries)) for each in joined],
        joined_unseen=joins - len(joined),
        into=into,
        names=_names(entries),
    )


def _joinings(actor: Actor, office: Office, row: Recommendation) -> tuple[Recommendation | None, list[Recommendation]]:
    """The one it was joined into, and those that were joined into it, of those this person may know of."""
    wanted = [Recommendation.joined_into_id == row.id]
    if row.joined_into_id is not None:
        wanted.append(Recommendation.id == row.joined_into_id)
    query = select(Recommendation).where(or_(*wanted), visible_among_few(actor, office)).order_by(Recommendation.id)
    found = session.scalars(_with_all(query)).all()
    into = next((each for each in found if each.id == row.joined_into_id), None)
    return into, [each for each in found if each is not into]


_JOINS = {"joined_here": 1, "parted_here": -1}  # what the history says of how many are joined into it now
# Made once: putting it together took longer than asking it.
_ENTRIES = (
    select(RecommendationEntry)
    .where(RecommendationEntry.recommendation_id.in_(bindparam("ids", expanding=True)))
    .options(joinedload(RecommendationEntry.person).load_only(Person.name))
    .order_by(RecommendationEntry.at, RecommendationEntry.id)
)


def _entries(ids: Sequence[int]) -> Sequence[RecommendationEntry]:
    return session.scalars(_ENTRIES, {"ids": ids}).all()


def _lines(
    actor: Actor,
    office: Office,
    row: Recommendation,
    sight: RecommendationSight,
    entries: Sequence[RecommendationEntry],
) -> list[Line]:
    reads = reads_entry(actor, row, sight, office)
    return [
        Line(entry.action, entry.at, entry.person.name, entry.text, entry.details)
        if reads(entry)
        else Line(entry.action, entry.at)
        for entry in entries
        if entry.recommendation_id == row.id
    ]


def _names(entries: Sequence[RecommendationEntry]) -> dict[str, str]:
    """Those whom a step named: the log of a recommendation keeps their ids."""
    named = {str(entry.details[key]) for entry in entries for key in NAMED if entry.details.get(key)}
    if not named:
        return {}
    return names(select(Person.public_id, Person.name).where(Person.public_id.in_(named)))


def directors() -> dict[str, str]:
    """Who may be given a dispute that stands (R9)."""
    roles = (RoleName.DIRECTOR, RoleName.ASSISTANT_DIRECTOR)
    query = select(Person.public_id, Person.name).where(holders(clock.today())).order_by(Person.name)
    return names_told_apart(names(query.join(Person.roles).where(Role.name.in_(roles)).distinct()))


def by_reference(actor: Actor, office: Office, reference: str) -> str:
    """The public id of one this person may know of, by the reference typed; "" where there is none."""
    query = select(Recommendation.public_id).where(
        Recommendation.reference == reference.strip(), visible_recommendations(actor, office)
    )
    return session.scalar(query) or ""


def file_of(row: Recommendation, public_id: str) -> StoredFile:
    """One of its files that was not removed. Raises NotVisible."""
    query = select(StoredFile).where(
        StoredFile.public_id == public_id, StoredFile.recommendation_id == row.id, StoredFile.removed_at.is_(None)
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotVisible
    return found
