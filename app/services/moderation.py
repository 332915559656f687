"""First moderation (R2): the Head of QA, or who acts for the Head, checks every review."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app import clock
from app.models.reviews import DecidedHow, Decision, FirstModeration, GradeStage, Review, Revision, RevisionKind
from app.policy.actor import Actor
from app.services import gate, settings
from app.services.form_versions import template_of
from app.services.outcome import clear_outcome, dates_then, reopen_decisions
from app.services.raising import raise_recommendations
from app.services.review_facts import latest_revision, moderation_of
from app.services.steps import give_grades, lock_review, snapshot, take
from app.services.unit_of_work import Stale, Work, digest, unit_of_work
from app.services.words import words
from workflows.engine import GuardFailed, Reason, WrongStage
from workflows.permissions import Permission
from workflows.states import ReviewState


def save(
    actor: Actor,
    review_id: int,
    answers: Mapping[str, Any],
    *,
    expected_version: int,
    revision_number: int | None = None,
) -> FirstModeration:
    """Keep the checklist and the views as they stand. Version 0 for a first save; Stale where another saved.

    `revision_number` is the revision that was looked at: a view of one that is no longer the latest is
    refused (handbook 2).
    """
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, None)
        gate.require(actor, Permission.FIRST_MODERATE, review)
        if review.state is not ReviewState.HOS_MODERATION:
            raise WrongStage(Reason("This review is not in first moderation now."))
        if revision_number is not None and _latest(review).number != revision_number:
            raise GuardFailed(Reason("This moderation is of an earlier revision: open the page again for the new one."))
        row = moderation_of(review)
        if row is not None and row.version != expected_version:
            raise Stale(row, expected_version)
        row = row or FirstModeration(review_id=review.id, revision_id=_latest(review).id, version=0)
        row.answers, row.version, row.saved_at = dict(answers), row.version + 1, work.at
        row.person_id, row.acting = work.person_id, gate.standing(work.actor, review)
        work.add(row)
        work.record("review.save_moderation", review, version=row.version, digest=digest(row.answers))
        return row


def _latest(review: Review) -> Revision:
    latest = latest_revision(review)
    if latest is None:
        raise WrongStage(Reason("Nothing has been submitted yet."))
    return latest


def return_to_reviewer(
    actor: Actor, review_id: int, version: int, *, reason: str, part_reasons: Mapping[str, str] | None = None
) -> None:
    """Back to drafting with the reason, per section where it applies; the redraft has its own deadline."""
    reason = words(reason, "reason")
    given = {part: words(text, f"reason-{part}") for part, text in (part_reasons or {}).items()}
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, version)
        take(work, review, "return", {"reason": reason})
        moderation = moderation_of(review) or _empty(work, review)
        moderation.part_reasons = {part: text for part, text in given.items() if text}
        finish(work, moderation, "returned", reason)
        keep_views(work, review, moderation)
        review.due_on = settings.deadline(clock.today(), settings.load().redraft_days)


def _empty(work: Work, review: Review) -> FirstModeration:
    return work.add(
        FirstModeration(
            review_id=review.id,
            revision_id=_latest(review).id,
            answers={},
            person_id=work.actor.id,
            acting=gate.standing(work.actor, review),
            saved_at=work.at,
        )
    )


def finish(work: Work, moderation: FirstModeration, outcome: str, reason: str = "") -> None:
    """Say how a first moderation ended: returned, agreed, referred."""
    moderation.outcome, moderation.reason = outcome, reason.strip()
    moderation.finished_at, moderation.finished_by_id = work.at, work.actor.id


def keep_views(work: Work, review: Review, moderation: FirstModeration) -> dict[str, int]:
    """The views into the grade history (R5); returned by part key."""
    template = template_of(review.form_version)
    values = {point.key: point.value for point in template.scale.points}
    views = moderation.answers.get("views") or {}
    given = {part.key: (views.get(part.key) or {}).get("grade") for part, _question in template.grade_questions}
    kept = {part: values[grade] for part, grade in given.items() if grade in values}
    reasons = {part: _reason_of(moderation, part) for part in kept}
    give_grades(work, _latest(review), GradeStage.FIRST_MODERATION, kept, reasons)
    return kept


def agree_without_panel(actor: Actor, review_id: int, version: int, *, reason: str) -> None:
    """Make the grades final where the panel rule allows; the recommendations are raised and agreed."""
    reason = words(reason, "reason")
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, version)
        moderation = moderation_of(review)
        review.decided_at, review.decided_by_id = work.at, work.actor.id
        review.decided_how = DecidedHow.WITHOUT_PANEL
        take(work, review, "agree_without_panel", {"reason": reason})
        if moderation is None:
            raise GuardFailed(Reason("The moderation checklist has not been filled in."))
        finish(work, moderation, "agreed", reason)
        final = keep_views(work, review, moderation)
        give_grades(
            work, _latest(review), GradeStage.FINAL, final, {part: _reason_of(moderation, part) for part in final}
        )
        review.issue_due_on = settings.deadline(clock.today(), settings.load().issue_days)
        _record_decision(work, review, reason)
        raise_recommendations(work, review, _latest(review))


def reopen(actor: Actor, review_id: int, version: int, *, reason: str) -> None:
    """Back to first moderation; the first decision and its record are kept, the recommendations run on."""
    reason = words(reason, "reason")
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, version)
        take(work, review, "reopen_moderation", {"reason": reason, **dates_then(review)})
        clear_outcome(review)
        snapshot(work, review, RevisionKind.REOPENED)
        reopen_decisions(work, review, reason)
        review.moderation_due_on = settings.deadline(clock.today(), settings.load().moderation_days)


def _reason_of(moderation: FirstModeration, part: str) -> str:
    view = (moderation.answers.get("views") or {}).get(part) or {}
    return str(view.get("reason") or "").strip()


def _record_decision(work: Work, review: Review, reason: str) -> None:
    work.add(
        Decision(
            review_id=review.id,
            revision_id=_latest(review).id,
            how=DecidedHow.WITHOUT_PANEL,
            person_id=work.actor.id,
            acting=gate.standing(work.actor, review),
            reason=reason.strip(),
            decided_at=work.at,
        )
    )
