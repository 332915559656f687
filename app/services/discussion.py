"""The worker's and the line manager's side: their own words on what they read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.extensions import session
from app.models.reviews import RespondsAs, Response, ResponseDraft, ResponseItem, Review, Stance
from app.policy.actor import Actor
from app.services import gate
from app.services.form_versions import template_of
from app.services.review_facts import last_read
from app.services.steps import lock_review, take
from app.services.unit_of_work import Stale, Work, digest, unit_of_work
from app.services.words import LONGEST, words
from forms.clean import clean_text
from workflows.engine import GuardFailed, Reason, WrongStage
from workflows.permissions import Permission
from workflows.states import ReviewState

WORDS = {Stance.CORRECTION: "what is not right", Stance.DISAGREE: "why you disagree"}


def save_draft(actor: Actor, review_id: int, answers: Mapping[str, Any], *, expected_version: int) -> ResponseDraft:
    """Keep a response that is being written; only its writer reads it. Version 0 for a first save."""
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, None)
        gate.require(actor, Permission.RESPOND, review)
        if review.state is not ReviewState.DISCUSSION:
            raise WrongStage(Reason("The draft is not open for responses now."))
        query = select(ResponseDraft).where(ResponseDraft.review_id == review.id, ResponseDraft.person_id == actor.id)
        row = session.scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()
        if row is not None and row.version != expected_version:
            raise Stale(row, expected_version)
        row = row or ResponseDraft(review_id=review.id, person_id=actor.id, version=0)
        row.answers, row.version, row.saved_at = dict(answers), row.version + 1, work.at
        work.add(row)
        work.record("review.save_response", review, version=row.version, digest=digest(row.answers))
        return row


def respond(actor: Actor, review_id: int, answers: Mapping[str, Any], *, revision_number: int) -> None:
    """Give a response to the revision that was read.

    `answers`: {"parts": {part: {"stance", "text"}}, "proud_of", "do_differently"}. Raises GuardFailed
    naming each part without a stance or without its words, Stale where a newer revision has been shown.
    """
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, None)
        take(work, review, "respond")
        read = last_read(review)
        if read is None or read.number != revision_number:
            raise Stale(review, revision_number)
        if reasons := _missing(review, answers):
            raise GuardFailed(*reasons)
        if not _new_for(actor, review, read.id):
            raise GuardFailed(Reason("You have responded to this revision already."))
        _store(work, review, read.id, answers)


def as_who(actor: Actor, review: Review) -> RespondsAs:
    """In which part this person responds. Asked only of somebody whom the policy lets respond."""
    return RespondsAs.WORKER if actor.id == review.worker_id else RespondsAs.LINE_MANAGER


def _new_for(actor: Actor, review: Review, revision_id: int) -> bool:
    query = select(Response.id).where(Response.revision_id == revision_id, Response.as_who == as_who(actor, review))
    return session.scalar(query) is None


def _missing(review: Review, answers: Mapping[str, Any]) -> list[Reason]:
    given = answers.get("parts") or {}
    reasons = []
    for part in template_of(review.form_version).parts:
        said = given.get(part.key) or {}
        stance, text = said.get("stance"), str(clean_text(str(said.get("text") or "")))
        if stance not in tuple(Stance):
            reasons.append(Reason(f"{part.title}: say whether you agree.", f"stance-{part.key}"))
        elif stance != Stance.AGREE and not text:
            reasons.append(Reason(f"{part.title}: say {WORDS[Stance(stance)]}.", f"text-{part.key}"))
        elif len(text) > LONGEST:
            reasons.append(Reason(f"{part.title}: use {LONGEST:,} characters or fewer.", f"text-{part.key}"))
    return reasons


def _store(work: Work, review: Review, revision_id: int, answers: Mapping[str, Any]) -> None:
    response = work.add(
        Response(
            review_id=review.id,
            revision_id=revision_id,
            person_id=work.actor.id,
            as_who=as_who(work.actor, review),
            proud_of=words(answers.get("proud_of"), "proud_of"),
            do_differently=words(answers.get("do_differently"), "do_differently"),
            given_at=work.at,
        )
    )
    for part in template_of(review.form_version).parts:
        said = answers["parts"][part.key]
        text = str(clean_text(str(said.get("text") or "")))
        session.add(ResponseItem(response_id=response.id, part=part.key, stance=Stance(said["stance"]), text=text))
    for draft in session.scalars(
        select(ResponseDraft).where(ResponseDraft.review_id == review.id, ResponseDraft.person_id == work.actor.id)
    ):
        session.delete(draft)
