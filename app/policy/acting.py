"""Who acts as Head of QA on a review: the Head, a deputy, or the assistant director (R4, handbook 1).

Independence is a relation between a person and a review, not a role. The Head takes no step on a review
that he or she wrote, whose worker or line manager he or she directly supervises, or whose child he or she
was independent chair for in the look-back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from sqlalchemy import (
    ColumnElement,
    Date,
    String,
    and_,
    bindparam,
    cast,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, scoped_session

from app.models.people import Delegation, Person, Role, RoleName
from app.models.reviews import ConflictDeclaration, Review, ReviewerSpell


class Supervised(Protocol):
    """Somebody who has a line manager."""

    @property
    def line_manager_id(self) -> int | None: ...


class OfPeople(Protocol):
    """A review, or as much of one as says who is independent of it."""

    @property
    def id(self) -> int: ...
    @property
    def reviewer_id(self) -> int | None: ...
    @property
    def worker_id(self) -> int: ...
    @property
    def line_manager_id(self) -> int: ...
    @property
    def independent_chair_id(self) -> int | None: ...
    @property
    def worker(self) -> Supervised: ...
    @property
    def line_manager(self) -> Supervised: ...


@dataclass(frozen=True)
class Office:
    """The people of the Head's office on one day, as ids, with the deputies who act by delegation."""

    heads: tuple[int, ...]
    deputies: tuple[int, ...]
    assistant_directors: tuple[int, ...]
    delegated: dict[int, str] = field(default_factory=dict)  # deputy's id -> away / delegated
    names: dict[int, str] = field(default_factory=dict, compare=False)  # of all of them, for who reads
    # (person, review): declared in conflict, or wrote some of it
    declared: frozenset[tuple[int, int]] = field(default_factory=frozenset)

    def holds(self, person_id: int | None) -> bool:
        """Whether this person may do the Head's work that belongs to no review (planning, settings)."""
        return person_id in self.heads or person_id in self.delegated


class AskedOffice(Office):
    """The office, read when a rule first asks something of it: most rules of a draft or a reading never do.

    Every field of `Office` is made for each one, so that none is found before it has been read.
    """

    def __init__(self, read: Callable[[], Office]) -> None:
        object.__setattr__(self, "_read", read)

    def __getattr__(self, name: str) -> Any:
        if name not in self.__dataclass_fields__:
            raise AttributeError(name)
        vars(self).update(vars(self._read()))
        return vars(self)[name]


NO_OFFICE = Office((), (), ())  # for what no Head has a say in: nothing is read to ask it, and it allows nobody


@dataclass(frozen=True)
class Acting:
    """A person who may act as Head of QA, and why it is not the Head; `why` is empty for the Head."""

    person_id: int
    why: str = ""


OFFICES = (RoleName.HEAD_OF_QA, RoleName.DEPUTY_QA, RoleName.ASSISTANT_DIRECTOR)


def _asked_at_every_page() -> tuple[Any, Any]:
    """Who holds the offices; and who acts by delegation, with the reviews on which the people of the office are out, by
    what they declared or once wrote (R4). Made once: putting them together takes longer than asking them."""
    today = bindparam("today", type_=Date)
    people: Any = bindparam("people", expanding=True)
    holders = (
        select(Role.name, Person.id, Person.name.label("person"))
        .join(Person.roles)
        .where(Role.name.in_(OFFICES), Person.active, or_(Person.ends_on.is_(None), Person.ends_on >= today))
        .order_by(Person.id)
    )
    span, said, spell = Delegation, ConflictDeclaration, ReviewerSpell
    standing: Any = union_all(
        select(span.deputy_id, cast(span.kind, String), null()).where(span.from_on <= today, span.to_on >= today),
        select(said.person_id, null(), said.review_id).where(said.person_id.in_(people), said.conflicted),
        select(spell.person_id, null(), spell.review_id).where(spell.person_id.in_(people)),
    )
    return holders, standing


_HOLDERS, _STANDING = _asked_at_every_page()


def load_office(session: Session | scoped_session, today: date) -> Office:  # type: ignore[type-arg]
    """Read the office as it stands on `today`: active people, in order of id."""
    rows = session.execute(_HOLDERS, {"today": today}).all()
    people = [row.id for row in rows]
    standing: list[Any] = list(session.execute(_STANDING, {"today": today, "people": people}))
    held: dict[RoleName, list[int]] = {role: [] for role in OFFICES}
    for role, person_id, _name in rows:
        held[role].append(person_id)
    deputies = tuple(held[RoleName.DEPUTY_QA])
    return Office(
        heads=tuple(held[RoleName.HEAD_OF_QA]),
        deputies=deputies,
        assistant_directors=tuple(held[RoleName.ASSISTANT_DIRECTOR]),
        delegated={person_id: str(kind) for person_id, kind, _ in standing if kind and person_id in deputies},
        names={person_id: name for _role, person_id, name in rows},
        declared=frozenset((person_id, review) for person_id, kind, review in standing if kind is None),
    )


def conflict_of(person_id: int | None, review: OfPeople) -> str | None:
    """Why this person may not do the Head's work on this review, or None (R4)."""
    if person_id == review.reviewer_id:
        return "wrote this review"
    if person_id in (review.worker_id, review.line_manager_id):
        return "is the worker or the line manager of this review"
    if person_id in (review.worker.line_manager_id, review.line_manager.line_manager_id):
        return "directly supervises the worker or the line manager"
    if review.independent_chair_id is not None and person_id == review.independent_chair_id:
        return "was the child's independent chair in the look-back"
    return None


def conflict_condition(person_id: int) -> ColumnElement[bool]:
    """`conflict_of` as SQL over `Review`, for lists: true or false, never null, since it is also negated."""
    supervised = select(Person.id).where(Person.line_manager_id == person_id)
    said = ConflictDeclaration
    declared = select(said.review_id).where(said.person_id == person_id, said.conflicted)
    wrote = select(ReviewerSpell.review_id).where(ReviewerSpell.person_id == person_id)  # a former reviewer too
    return or_(
        Review.reviewer_id == person_id,
        Review.worker_id == person_id,
        Review.line_manager_id == person_id,
        and_(Review.independent_chair_id.is_not(None), Review.independent_chair_id == person_id),
        Review.worker_id.in_(supervised),
        Review.line_manager_id.in_(supervised),
        Review.id.in_(declared),
        Review.id.in_(wrote),
    )


def _free(people: Sequence[int], review: OfPeople, office: Office) -> list[int]:
    said = office.declared
    return [each for each in people if (each, review.id) not in said and conflict_of(each, review) is None]


def may_act(review: OfPeople, office: Office) -> list[Acting]:
    """Everybody who may act as Head of QA on this review now, the one it waits for first.

    A deputy acts while the Head is away, has delegated, or is in conflict; a deputy in conflict passes it
    to another, or to the assistant director.
    """
    heads = [Acting(person_id) for person_id in _free(office.heads, review, office)]
    free_deputies = _free(office.deputies, review, office)
    delegated = [Acting(d, f"the Head of QA is {_why(office, d)}") for d in free_deputies if d in office.delegated]
    if heads:
        return [*delegated, *heads]
    why = "the Head of QA may not act on this review" if office.heads else "there is no Head of QA"
    if free_deputies:
        return [Acting(person_id, why) for person_id in free_deputies]
    return [
        Acting(person_id, f"{why}, nor may a deputy") for person_id in _free(office.assistant_directors, review, office)
    ]


def _why(office: Office, deputy_id: int) -> str:
    return "away" if office.delegated[deputy_id] == "away" else "delegating this work"


def first_moderator(review: OfPeople, office: Office) -> Acting | None:
    """The person a review waits for in first moderation; None when nobody is left to act."""
    return next(iter(may_act(review, office)), None)


def acting_as(person_id: int | None, review: Review, office: Office) -> Acting | None:
    """In what standing this person may act as Head of QA on this review, or None."""
    return next((acting for acting in may_act(review, office) if acting.person_id == person_id), None)
