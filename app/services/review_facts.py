"""What the guards of a review ask, found out in one place from the stored rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from app import clock
from app.extensions import session
from app.models.panel import PanelAction
from app.models.people import RoleName
from app.models.recommendations import Recommendation
from app.models.reviews import (
    ContactAttempt,
    DecidedHow,
    FirstModeration,
    GradeGiven,
    GradeStage,
    PanelDraw,
    ReplyKind,
    RespondsAs,
    Response,
    ResponseItem,
    Review,
    Revision,
    RevisionKind,
    Stance,
)
from app.policy.actor import Actor
from app.policy.rules import may_open_record
from app.services import settings
from app.services.form_versions import template_of
from app.services.panel_facts import best_meeting
from forms.completeness import Gap, Stage, gaps, recommendation_rows
from forms.descriptor import FormTemplate
from workflows.engine import Reason
from workflows.guards import ReviewFacts
from workflows.recommendation import OPEN
from workflows.states import RecommendationState, ReviewState

READ_KINDS = (RevisionKind.SHARED, RevisionKind.AMENDED)
WHO = {RespondsAs.WORKER: "the worker", RespondsAs.LINE_MANAGER: "the line manager"}
GOES_ON = aliased(Recommendation)  # in which one was joined; made at each call, it cost more than the question


def answers_of(review: Review) -> dict[str, dict[str, Any]]:
    """The draft as it stands: answers by part key, blank parts absent."""
    return {part.part: part.answers for part in review.parts}


def latest_revision(review: Review) -> Revision | None:
    return review.revisions[-1] if review.revisions else None


def grades_in(template: FormTemplate, answers: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """The grades given, as stored numbers by part key."""
    values = {point.key: point.value for point in template.scale.points}
    found = {part.key: (answers.get(part.key) or {}).get(question.key) for part, question in template.grade_questions}
    return {part: values[key] for part, key in found.items() if key in values}


def responses_of(review: Review) -> list[Response]:
    """Every response, oldest first."""
    return list(
        session.scalars(
            select(Response).where(Response.review_id == review.id).order_by(Response.given_at, Response.id)
        )
    )


def facts_for(actor: Actor, review: Review) -> ReviewFacts:
    """The facts of a review for its guards; each stage adds what its own steps ask."""
    base: dict[str, Any] = {
        "declared": may_open_record(actor, review),
        "issued": review.issued_at is not None,
        "uploaded": review.uploaded_on is not None,
        "decided_on": clock.day_of(review.decided_at),
        "issued_on": review.sent_on,
        "today": clock.today(),
        "supervision_on": review.supervision_on,
        "decided_by_panel": review.decided_how is DecidedHow.PANEL,
    }
    for stage, find in _BY_STAGE.items():
        if review.state is stage:
            base.update(find(review))
    return ReviewFacts(**base)


def _drafting(review: Review) -> dict[str, Any]:
    return {"share_gaps": _gaps(review, "share"), "submit_gaps": _gaps(review, "submit")}


def _gaps(review: Review, stage: Stage) -> tuple[Reason, ...]:
    found = gaps(template_of(review.form_version), answers_of(review), stage=stage, unborn=review.child.unborn)
    return tuple(_as_reason(gap) for gap in found)


def _as_reason(gap: Gap) -> Reason:
    return Reason(gap.message, f"{gap.part}#{gap.field}")


def _discussion(review: Review) -> dict[str, Any]:
    responses = responses_of(review)
    given = {response.as_who for response in responses}
    missing = [who for who in RespondsAs if who not in given]
    due = review.responses_due_on
    attempts = set(session.scalars(select(ContactAttempt.as_who).where(ContactAttempt.review_id == review.id)))
    return {
        **_drafting(review),
        "waiting_for": tuple(WHO[who] for who in missing),
        "window_passed": due is not None and clock.today() > due,
        "attempts_logged": all(who in attempts for who in missing),
        "unanswered": tuple(unanswered(review, responses)),
        "amended": _amended(review),
        "redraft_open_until": _redraft_window(review, responses),
    }


def _amended(review: Review) -> bool:
    read = last_read(review)
    return read is not None and read.content["parts"] != answers_of(review)


def _redraft_window(review: Review, responses: list[Response]) -> Any:
    """The day until which a redraft that changed something stays open, unless both have answered it anew."""
    shares = [revision for revision in review.revisions if revision.kind is RevisionKind.SHARED]
    if len(shares) < 2:
        return None
    anew = {response.as_who for response in responses if response.given_at >= shares[-1].made_at}
    same = significant(shares[-1].content) == significant(_read_before(review, shares[-1]).content)
    return None if same or len(anew) == len(RespondsAs) else review.responses_due_on


def _read_before(review: Review, share: Revision) -> Revision:
    read = [revision for revision in review.revisions if revision.kind in READ_KINDS]
    return [revision for revision in read if revision.number < share.number][-1]


def significant(content: Mapping[str, Any]) -> Any:
    """What a redraft may not change without being shared for its two days: grades, facts, recommendations.

    Any answer is a fact somebody may want to correct, so only the two accounts of the talks are left out.
    """
    talks = ("feedback_worker", "feedback_manager")
    return {key: answers for key, answers in content["parts"].items() if key not in talks}


def unanswered(review: Review, responses: Iterable[Response]) -> Iterable[Reason]:
    """Every correction and disagreement without the reviewer's answer, as a reason naming its field."""
    titles = {part.key: part.title for part in template_of(review.form_version).parts}
    for response in responses:
        for item in response.items:
            if item.stance is not Stance.AGREE and item.reply is None:
                what = "factual correction" if item.stance is Stance.CORRECTION else "disagreement"
                title = titles.get(item.part, item.part)
                yield Reason(f"{title}: answer {WHO[response.as_who]}'s {what}.", f"reply-{item.id}")


def standing_disagreement(review: Review) -> bool:
    """A disagreement that the reviewer answered by keeping the text: it is printed and goes to panel."""
    query = (
        select(func.count(ResponseItem.id))
        .join(ResponseItem.response)
        .where(
            Response.review_id == review.id,
            ResponseItem.stance == Stance.DISAGREE,
            ResponseItem.reply == ReplyKind.KEPT,
        )
    )
    return bool(session.scalar(query))


def moderation_of(review: Review) -> FirstModeration | None:
    """The first moderation of the latest revision, if it has been begun."""
    latest = latest_revision(review)
    if latest is None:
        return None
    return session.scalars(select(FirstModeration).where(FirstModeration.revision_id == latest.id)).one_or_none()


def _first_moderation(review: Review) -> dict[str, Any]:
    moderation = moderation_of(review)
    answers = moderation.answers if moderation else {}
    none = review.panel_draw is PanelDraw.NO_PANEL or settings.load().panel_rule.kind == "none"
    return {
        "checks_missing": (*_checks_missing(review, answers), *(_reasons_missing(review, answers) if none else ())),
        "moderated_latest": moderation is not None,
        "panel_needed": _panel_needed(review),
        "panel_wrote_it": _on_panel(review),
        "views_differ": tuple(_views_differ(review, answers)),
        "standing_disagreement": standing_disagreement(review),
        "panel_rule_none": none,
        "meeting": best_meeting(review),
    }


def _panel_needed(review: Review) -> str | None:
    return {
        PanelDraw.ALL: "Every review goes to panel by the authority's rule.",
        PanelDraw.INADEQUATE: "A grade is inadequate, so the panel decides.",
        PanelDraw.SAMPLED: "This review was drawn for the panel when it was submitted.",
        PanelDraw.NOT_SAMPLED: None,
        PanelDraw.NO_PANEL: None,
        None: "The draw for the panel has not been made.",
    }[review.panel_draw]


def _on_panel(review: Review) -> bool:
    on_panel = (RoleName.PANEL_MEMBER, RoleName.PANEL_CHAIR, RoleName.DEPUTY_CHAIR)
    return any(role in review.reviewer.role_names for role in on_panel)


CHECKS = {"matches": "does the evidence match the case record?", "complete": "is the part complete?"}
ONCE = {
    "issues": "Is every issue found met by a recommendation?",
    "clear": "Is every recommendation clear, and does it say what it changes for children?",
}


def _checks_missing(review: Review, answers: Mapping[str, Any]) -> Iterable[Reason]:
    """R2: per part two answers, once per review two; the views of the grades come with them."""
    template = template_of(review.form_version)
    checks = answers.get("checks") or {}
    for part in template.parts:
        for key, question in CHECKS.items():
            if (checks.get(part.key) or {}).get(key) not in ("yes", "no"):
                yield Reason(f"{part.title}: {question}", f"check-{part.key}-{key}")
    for key, question in ONCE.items():
        if (answers.get(key) or {}).get("answer") not in ("yes", "no"):
            yield Reason(question, f"once-{key}")
    yield from _views_missing(review, template, answers)


def _views_missing(review: Review, template: FormTemplate, answers: Mapping[str, Any]) -> Iterable[Reason]:
    """A view of every grade, and the reason where it differs from the reviewer's."""
    views = answers.get("views") or {}
    known = {point.key for point in template.scale.points}
    differing = {reason.target for reason in _views_differ(review, answers)}
    for part, _question in template.grade_questions:
        view, target = views.get(part.key) or {}, f"view-{part.key}"
        if view.get("grade") not in known:
            yield Reason(f"{part.title}: give your view of the grade.", target)
        elif target in differing and not str(view.get("reason") or "").strip():
            yield Reason(f"{part.title}: say why your view differs.", f"{target}-reason")


def _views_differ(review: Review, answers: Mapping[str, Any]) -> Iterable[Reason]:
    latest = latest_revision(review)
    template = template_of(review.form_version)
    submitted = latest.content["parts"] if latest else {}
    views = answers.get("views") or {}
    for part, question in template.grade_questions:
        view = (views.get(part.key) or {}).get("grade")
        if view and view != (submitted.get(part.key) or {}).get(question.key):
            yield Reason(f"{part.title}: your view differs from the reviewer's grade.", f"view-{part.key}")


def _reasons_missing(review: Review, answers: Mapping[str, Any]) -> Iterable[Reason]:
    """Where no panel follows, the Head's view with its reasons is final: a grade that moves says why (R5)."""
    views = answers.get("views") or {}
    for differs in _views_differ(review, answers):
        part = str(differs.target).removeprefix("view-")
        if not str((views.get(part) or {}).get("reason") or "").strip():
            yield Reason(differs.text.removesuffix(".") + ": say why.", differs.target)


def _decided_again(review: Review) -> dict[str, Any]:
    """A decision of the panel is reopened at a meeting to come."""
    return {"meeting": best_meeting(review)} if review.decided_how is DecidedHow.PANEL else {}


def _tracking(review: Review) -> dict[str, Any]:
    return {
        **_decided_again(review),
        "changed_since_read": changed_since_read(review),
        "open_recommendations": open_recommendations(review),
    }


def open_recommendations(review: Review) -> int:
    """Those of the review that are open, by themselves or in the one they were joined into."""
    query = (
        select(func.count(Recommendation.id))
        .outerjoin(GOES_ON, GOES_ON.id == Recommendation.joined_into_id)
        .where(Recommendation.review_id == review.id, or_(Recommendation.state.in_(OPEN), GOES_ON.state.in_(OPEN)))
    )
    return session.scalar(query) or 0


def last_read(review: Review) -> Revision | None:
    """What the worker and the manager last could read: the newest shared or amended revision."""
    read = [revision for revision in review.revisions if revision.kind in READ_KINDS]
    return read[-1] if read else None


def final_grades(review: Review) -> dict[str, GradeGiven]:
    """The final grades in force by part key: the newest of each."""
    rows = session.scalars(
        select(GradeGiven)
        .where(GradeGiven.review_id == review.id, GradeGiven.stage == GradeStage.FINAL)
        .order_by(GradeGiven.id)
    )
    return {row.part: row for row in rows}


def changed_since_read(review: Review) -> bool:
    """Whether a final grade or a recommendation differs from what the worker and the manager last read."""
    read = last_read(review)
    if read is None:
        return True
    template = template_of(review.form_version)
    now = {part: row.grade for part, row in final_grades(review).items()}
    if now != grades_in(template, read.content["parts"]):
        return True
    wanted = {row["key"]: row.get("action") for _, row in recommendation_rows(template, read.content["parts"])}
    arose = select(PanelAction.recommendation_id)  # at the panel, and no part of what the worker read
    query = select(Recommendation.row_key, Recommendation.action).where(
        Recommendation.review_id == review.id,
        Recommendation.id.not_in(arose),
        Recommendation.state != RecommendationState.DROPPED,
    )
    return {row.row_key: row.action for row in session.execute(query)} != wanted


_BY_STAGE = {
    ReviewState.DRAFTING: _drafting,
    ReviewState.DISCUSSION: _discussion,
    ReviewState.HOS_MODERATION: _first_moderation,
    ReviewState.TRACKING: _tracking,
    ReviewState.CLOSED: _decided_again,
}

__all__ = [
    "answers_of",
    "changed_since_read",
    "facts_for",
    "final_grades",
    "grades_in",
    "latest_revision",
    "moderation_of",
    "open_recommendations",
    "responses_of",
    "standing_disagreement",
]
