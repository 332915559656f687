"""Taking one step of a review: the same shape for every action, from the lock to the stage's entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn

from app import clock
from app.extensions import session
from app.models.people import Person
from app.models.reviews import GradeGiven, GradeStage, Review, Revision, RevisionKind, StageEntry
from app.policy.accounts import may_hold, may_sign_in
from app.policy.acting import first_moderator, may_act
from app.policy.actor import Actor
from app.policy.panel import item_of
from app.services import gate
from app.services.form_versions import template_of
from app.services.review_facts import answers_of, facts_for, grades_in
from app.services.unit_of_work import Work, digest, into
from app.services.words import words
from workflows.engine import Availability, GuardFailed, Reason, WrongStage
from workflows.review import REVIEW
from workflows.states import ReadingState


def lock_review(work: Work, review_id: int, version: int | None) -> Review:
    """The review, locked and fresh. `version` None only where the action bears no page (the system's)."""
    return work.lock(Review, review_id, version)


def take(
    work: Work, review: Review, trigger: str, given: dict[str, Any] | None = None, *, acting: str = "", **facts: Any
) -> None:
    """Fire one step of a review, and write when it came to its stage and why.

    `facts` overrides what was found out, for what only this action knows (a new reviewer's conflicts). `acting`:
    why it is the deputy chair's, where it is.
    """
    found = replace(facts_for(work.actor, review), **facts)
    made = gate.command(work.actor, found, given)
    work.fire(REVIEW, review, trigger, made, audience=partial(audience, review))
    entry = {
        "state": review.state,
        "action": trigger,
        "reason": str((given or {}).get("reason") or "").strip(),
        "details": _dates(given or {}),
        "at": work.at,
        "person_id": work.actor.id,
        "acting": acting or gate.standing(work.actor, review),
    }
    work.line(StageEntry, review, "review_id", entry)


def _dates(given: dict[str, Any]) -> dict[str, str]:
    """The dates that came with an action, and who told whom: kept when a reopening clears the review's own."""
    wanted = {key: value for key, value in given.items() if key.endswith(("_on", "_from")) or key == "told_by"}
    return {key: str(value) for key, value in wanted.items() if value}


def audience(review: Review) -> dict[str, Iterable[int | None]]:
    """The people behind the names in the table of steps."""
    office = gate.office()
    moderator = first_moderator(review, office)
    return {
        "reviewer": [review.reviewer_id],
        "worker": [review.worker_id],
        "line_manager": [review.line_manager_id],
        "first_moderator": [moderator.person_id] if moderator else [],
        "head_of_qa": [acting.person_id for acting in may_act(review, office)],
        "panel": _readers(review),
    }


def _readers(review: Review) -> list[int]:
    """The members who read the review before the panel; who is out of it hears nothing of it (R4)."""
    item = item_of(review)
    return [row.person_id for row in item.readings if row.state is not ReadingState.EXEMPT] if item else []


def available(actor: Actor, review: Review) -> list[Availability]:
    """What this person can do to this review now, with the reasons for what is not open yet."""
    return REVIEW.available(review, gate.command(actor, facts_for(actor, review)))


def snapshot(work: Work, review: Review, kind: RevisionKind, author_id: int | None = None) -> Revision:
    """The whole draft as it stands, never to be changed, with the grades it gives (R5).

    `author_id` is who gave the grades, where that is not who acts: a review handed over by the Head.
    """
    answers = answers_of(review)
    content = {"form": review.form_version.checksum, "parts": answers}
    revision = work.add(
        Revision(
            review_id=review.id,
            number=len(review.revisions) + 1,
            kind=kind,
            content=content,
            digest=digest(content),
            made_at=work.at,
            made_by_id=work.actor.id,
        )
    )
    session.expire(review, ["revisions"])
    if kind is RevisionKind.REOPENED:
        return revision  # the reviewer's grades were given with the text that is looked at again
    stage = GradeStage.REVIEWER_FINAL if kind is RevisionKind.SUBMITTED else GradeStage.REVIEWER_DRAFT
    give_grades(work, revision, stage, grades_in(template_of(review.form_version), answers), person_id=author_id)
    return revision


class OfRevision(NamedTuple):
    """A revision by its keys alone: its text is long, and to give grades it is not read."""

    review_id: int
    id: int


def give_grades(
    work: Work,
    revision: Revision | OfRevision,
    stage: GradeStage,
    grades: Mapping[str, int],
    reasons: Mapping[str, str] = MappingProxyType({}),
    *,
    person_id: int | None = None,
) -> None:
    """Grades by part into the history that nothing overwrites (R5), by the person acting or by `person_id`."""
    given = {
        "review_id": revision.review_id,
        "revision_id": revision.id,
        "person_id": person_id or work.person_id,
        "stage": stage,
        "given_at": work.at,
    }
    rows = [{**given, "part": part, "grade": grade, "reason": reasons.get(part, "")} for part, grade in grades.items()]
    if rows:
        session.execute(into(GradeGiven), rows)


def person_by_public_id(public_id: str | None, field: str) -> Person:
    """An active person by the id a form carries. Raises GuardFailed naming the field."""
    found = session.query(Person).filter(Person.public_id == words(public_id, field), Person.active).one_or_none()
    if found is None:
        raise GuardFailed(Reason("Choose somebody from the list.", field))
    return found


def holder_by_public_id(public_id: str | None, field: str) -> Person:
    """The same of who is to own or verify a recommendation: nobody who has left, or is shown nothing of a child."""
    found = person_by_public_id(public_id, field)
    if why := why_not_hold(found):
        raise GuardFailed(Reason(f"{why} Choose somebody else.", field))
    return found


def why_not_hold(person: Person) -> str:
    """Why somebody may not own or verify a recommendation, in a sentence; empty for who may."""
    if not may_sign_in(person, clock.today()):
        return f"{person.name} has left."
    return "" if may_hold(person, clock.today()) else f"{person.name} is shown nothing of a child’s record."


def refuse(actor: Actor, review: Review, trigger: str) -> NoReturn:
    """Say why an action that is not open to this person cannot be taken. Raises Refused, always."""
    step = REVIEW.step(review, trigger)
    step.check(review, gate.command(actor, facts_for(actor, review)))
    raise WrongStage(Reason("This cannot be done now."))


def label(trigger: str) -> str:
    """An action's plain name, for a page that shows it although it is not open."""
    return REVIEW.label(trigger)
