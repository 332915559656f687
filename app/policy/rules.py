"""Who may: one rule for each permission. Deny by default: a permission without a rule is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.models.people import RoleName
from app.models.recommendations import Recommendation
from app.models.reviews import Review
from app.policy.acting import Office, acting_as
from app.policy.actor import Actor
from app.policy.concerns import acts_on, handles, may_raise
from workflows.permissions import Permission
from workflows.states import ReviewState

Rule = Callable[[Actor, Any, Office], bool]

DRAFT_STATES = (ReviewState.DRAFTING, ReviewState.DISCUSSION)


def is_reviewer(actor: Actor, review: Review, _office: Office) -> bool:
    """The reviewer of this review, as long as no conflict has been declared (R7)."""
    return actor.id == review.reviewer_id and not has_declared_conflict(actor, review)


def has_declared_conflict(actor: Actor, review: Review) -> bool:
    """A conflict declared once ends access for good; only a reassignment brings somebody else."""
    return any(said.conflicted for said in review.declarations if said.person_id == actor.id)


def may_open_record(actor: Actor, review: Review) -> bool:
    """R7: the record opens for the reviewer after both declarations of no conflict."""
    free = {said.step for said in review.declarations if said.person_id == actor.id and not said.conflicted}
    return not has_declared_conflict(actor, review) and len(free) == 2


def writes(actor: Actor, review: Review, office: Office) -> bool:
    """The reviewer, after both declarations; a new reviewer after a reassignment declares first."""
    return is_reviewer(actor, review, office) and may_open_record(actor, review)


def edits_draft(actor: Actor, review: Review, office: Office) -> bool:
    return review.state in DRAFT_STATES and writes(actor, review, office)


def responds(actor: Actor, review: Review, _office: Office) -> bool:
    return actor.id is not None and actor.id in (review.worker_id, review.line_manager_id)


def acts_as_head(actor: Actor, review: Review, office: Office) -> bool:
    return acting_as(actor.id, review, office) is not None


def acts_as_head_for(actor: Actor, recommendation: Recommendation, office: Office) -> bool:
    """The Head's work on a recommendation: R4 of its review, or the Head's office where it has none."""
    if recommendation.review is None:
        return office.holds(actor.id)
    return acts_as_head(actor, recommendation.review, office)


def holds_office(actor: Actor, _subject: Any, office: Office) -> bool:
    return office.holds(actor.id)


def owns(actor: Actor, recommendation: Recommendation, _office: Office) -> bool:
    return actor.id is not None and actor.id == recommendation.owner_id


def verifies(actor: Actor, recommendation: Recommendation, _office: Office) -> bool:
    return actor.id is not None and actor.id == recommendation.verifier_id


def chairs(actor: Actor, review: Review, _office: Office) -> bool:
    """The chair of the panel, unless he or she wrote the review or is its worker or line manager (R4)."""
    tied = (review.reviewer_id, review.worker_id, review.line_manager_id)
    return actor.has(RoleName.PANEL_CHAIR) and actor.id not in tied


def administers(actor: Actor, _subject: Any, _office: Office) -> bool:
    return actor.has(RoleName.ADMINISTRATOR)


def head_or_administrator(actor: Actor, subject: Any, office: Office) -> bool:
    return administers(actor, subject, office) or holds_office(actor, subject, office)


RULES: dict[Permission, Rule] = {
    Permission.PLAN_REVIEW: holds_office,
    Permission.DECLARE_CONFLICT: is_reviewer,
    Permission.START_REVIEW: is_reviewer,
    Permission.REASSIGN_REVIEW: acts_as_head,
    Permission.EDIT_DRAFT: edits_draft,
    Permission.SHARE_DRAFT: writes,
    Permission.RESPOND: responds,
    Permission.TAKE_BACK: writes,
    Permission.ANSWER_RESPONSE: edits_draft,
    Permission.SUBMIT_REVIEW: writes,
    Permission.FIRST_MODERATE: acts_as_head,
    Permission.CHAIR_DECISION: chairs,
    Permission.ISSUE_REVIEW: acts_as_head,
    Permission.CLOSE_REVIEW: acts_as_head,
    Permission.WITHDRAW_REVIEW: acts_as_head,
    Permission.AGREE_RECOMMENDATION: acts_as_head_for,
    Permission.OWN_RECOMMENDATION: owns,
    Permission.VERIFY_RECOMMENDATION: verifies,
    Permission.STEER_RECOMMENDATION: acts_as_head_for,
    Permission.RAISE_CONCERN: may_raise,
    Permission.HANDLE_CONCERN: handles,
    Permission.ACT_ON_CONCERN: acts_on,
    Permission.ADMINISTER_PEOPLE: administers,
    Permission.ADMINISTER_FORMS: administers,
    Permission.CHANGE_SETTINGS: head_or_administrator,
    Permission.SEE_PROGRAMME: holds_office,
}

NOT_YOURS = "This is not yours to do."


def may(actor: Actor, permission: Permission, subject: Any, office: Office) -> bool:
    """Whether this person may; a permission without a rule is refused."""
    rule = RULES.get(permission)
    return rule is not None and rule(actor, subject, office)


def why_not(actor: Actor, office: Office) -> Callable[[Permission, Any], str | None]:
    """The policy's answer for a command: None, or a sentence."""

    def answer(permission: Permission, subject: Any) -> str | None:
        return None if may(actor, permission, subject, office) else NOT_YOURS

    return answer
