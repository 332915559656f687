"""What a document for the case file is made of: a decided review as plain data, for one viewer.

The data is the same for everybody who may have it, so that there is one record of a review. Never in it: drafts,
the Head of QA's view, private readings, what the family said in confidence, and what became of a recommendation
later. It is JSON (`app.documents.content` gives it its shape and hashes it), because rooms do not import upwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app import clock
from app.extensions import session
from app.models.panel import PanelAction
from app.models.recommendations import Recommendation
from app.models.reviews import Addendum, DecidedHow, Decision, ReplyKind, Response, Review, Revision, Stance
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.local import is_past
from app.policy.visibility import Aspect, phase_of, sees
from app.queries import panel_records, recorded
from app.queries.recorded import Data, iso, last_responses, template_of
from app.queries.reviews import NotVisible, responses
from forms.answers import without_confidential
from forms.descriptor import FormTemplate
from workflows.states import Phase, RecommendationState

NEEDED = frozenset({Aspect.FINAL, Aspect.RECOMMENDATIONS})
DECIDED = (Phase.DECIDED, Phase.ISSUED)


@dataclass(frozen=True)
class Filed:
    """The data of one record and the form it is in; the moderation form only where a panel filled one in."""

    template: FormTemplate | None
    data: Data


def may_have(actor: Actor, review: Review, office: Office) -> bool:
    """Whether this person may have the records: the Head of QA once it is decided, the others once it is issued."""
    sight = sees(actor, review, office, past=is_past(actor, review))
    return phase_of(review) in DECIDED and sight.aspects >= NEEDED


def review_content(actor: Actor, review: Review, office: Office) -> Filed:
    """The review's record. Raises NotVisible."""
    decision, revision = _deciding(actor, review, office)
    template = _template(review)
    answers = without_confidential(template, revision.content["parts"])
    return Filed(
        template,
        {
            **_head(review),
            "conduct": recorded.conduct(review),
            "decided": recorded.decided(decision),
            "answers": answers,
            "people": recorded.people(template, answers),
            "grades": recorded.grades(template, revision),
            "disagreements": _disagreements(review, revision),
            "recommendations": _recommendations(template, review, decision, revision),
            "closing": _closing(review),
            "corrections": _corrections(review),
        },
    )


def moderation_content(actor: Actor, review: Review, office: Office) -> Filed:
    """The moderation record: the panel's agreed form, or without a panel the decision and its grades.

    Raises NotVisible.
    """
    decision, revision = _deciding(actor, review, office)
    template = _template(review)
    agreed = panel_records.agreed(decision)
    answers = without_confidential(agreed.template, agreed.answers) if agreed else {}
    return Filed(
        agreed.template if agreed else None,
        {
            **_head(review),
            "review_form": f"{template.title}, version {template.version}",
            "reviewer": review.reviewer.name,
            "reviewed_on": iso(review.reviewed_on),
            "decided": recorded.decided(decision),
            "panel": agreed.sitting if agreed else None,
            "asked": list(agreed.asked) if agreed else [],
            "answers": answers,
            "people": recorded.people(agreed.template, answers) if agreed else {},
            "grades": recorded.grades(template, revision),
            "dissents": agreed.dissents if agreed else [],
        },
    )


def _deciding(actor: Actor, review: Review, office: Office) -> tuple[Decision, Revision]:
    """The decision in force and the revision it was made on."""
    query = select(Decision).where(Decision.review_id == review.id).order_by(Decision.id.desc()).limit(1)
    decision = session.scalars(query).one_or_none() if may_have(actor, review, office) else None
    if decision is None:
        raise NotVisible
    return decision, next(row for row in review.revisions if row.id == decision.revision_id)


def _template(review: Review) -> FormTemplate:
    return template_of(review.form_version)


def _head(review: Review) -> Data:
    return {
        "reference": review.reference,
        "authority": recorded.authority(),
        "id_label": recorded.id_label(),
        "child": recorded.child(review),
    }


def _closing(review: Review) -> Data:
    return {
        "sent_on": iso(review.sent_on),
        "tracker_meeting_on": iso(review.tracker_meeting_on),
        "by_panel": review.decided_how is DecidedHow.PANEL,
    }


def _corrections(review: Review) -> list[Data]:
    rows = session.scalars(select(Addendum).where(Addendum.review_id == review.id).order_by(Addendum.id))
    return [{"on": iso(clock.day_of(row.added_at)), "text": row.text, "reason": row.reason} for row in rows]


def _disagreements(review: Review, revision: Revision) -> list[Data]:
    """Those that stand: in the last response that each gave up to the decision, and kept by the reviewer."""
    last = last_responses(responses(review), revision)
    return [found for row in last for found in _standing(row)]


def _standing(response: Response) -> Iterator[Data]:
    for item in response.items:
        if item.stance is Stance.DISAGREE and item.reply is ReplyKind.KEPT:
            yield {"part": item.part, "who": str(response.as_who), "text": item.text, "reply": item.reply_text}


def _recommendations(template: FormTemplate, review: Review, decision: Decision, revision: Revision) -> list[Data]:
    """As the decision left them, in its words; those it dropped are left out, and so are actions that arose at the
    panel, which are no part of the record of the child's practice."""
    arose = select(PanelAction.recommendation_id)
    query = (
        select(Recommendation)
        .where(Recommendation.review_id == review.id, Recommendation.id.not_in(arose))
        .options(selectinload(Recommendation.entries))
        .order_by(Recommendation.id)
    )
    rows = [row for row in session.scalars(query) if row.state is not RecommendationState.DROPPED]
    words = _words(template, review, decision, revision, rows)
    names = {row.key: row.title for row in template.parts}
    return [
        {
            "reference": row.reference,
            "level": str(row.level),
            "finding": names.get(row.finding, row.finding),
            **words[row.id],
        }
        for row in rows
        if row.id in words
    ]


def _words(
    template: FormTemplate, review: Review, decision: Decision, revision: Revision, rows: list[Recommendation]
) -> Mapping[int, Data]:
    """What each says: as the panel settled it, or as the deciding revision has it."""
    if decision.how is DecidedHow.PANEL:
        return panel_records.as_decided(review, decision, rows)
    written = recorded.written(template, revision)
    return {row.id: written.get(row.row_key or "") or recorded.tracked(row) for row in rows}
