"""What a document for the case file is made of: a decided review as plain data, for one viewer.

The data is the same for everybody who may have it, so that there is one record of a review. Never in it: drafts,
the Head of QA's view, private readings, what the family said in confidence, and what became of a recommendation
later. It is JSON (`app.documents.content` gives it its shape and hashes it), because rooms do not import upwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app import clock
from app.extensions import session
from app.models.panel import PanelAction
from app.models.recommendations import Recommendation
from app.models.reviews import Addendum, DecidedHow, Decision, ReplyKind, Response, Review, Revision, Stance
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.earlier_decisions import may_have_in_force, may_read_why
from app.policy.visibility import Sight, phase_of
from app.queries import earlier_decisions, panel_records, recorded
from app.queries.earlier_decisions import Earlier, sight_of
from app.queries.recorded import Data, iso, last_responses, template_of
from app.queries.reviews import NotVisible, responses
from forms.answers import without_confidential
from forms.descriptor import FormTemplate
from workflows.states import RecommendationState

DROPS = ("drop", "decide_against")


@dataclass(frozen=True)
class Filed:
    """The data of one record and the form it is in; the moderation form only where a panel filled one in."""

    template: FormTemplate | None
    data: Data


@dataclass(frozen=True)
class Kept:
    """A decision that was taken up again, as the list of documents names it; `why` only for who may read it."""

    number: int
    decided_at: datetime
    reopened_at: datetime
    why: str


def may_have(actor: Actor, review: Review, office: Office) -> bool:
    """Whether this person may have the records in force: the Head of QA once it is decided, the others once it is
    issued."""
    return may_have_in_force(sight_of(actor, review, office), phase_of(review))


def may_have_any(actor: Actor, review: Review, office: Office, sight: Sight) -> bool:
    """Whether there is a record for this person: the one in force, or of a decision taken up again."""
    if may_have_in_force(sight, phase_of(review)):
        return True
    return bool(earlier_decisions.earlier(actor, review, office, sight))


def kept(actor: Actor, review: Review, office: Office) -> list[Kept]:
    """The decisions taken up again whose records this person may have, the newest first."""
    sight = sight_of(actor, review, office)
    return [
        Kept(
            row.number,
            row.decision.decided_at,
            row.reopened_at,
            row.decision.reopened_reason if may_read_why(sight) else "",
        )
        for row in earlier_decisions.earlier(actor, review, office, sight)
    ]


@dataclass(frozen=True)
class Chosen:
    """The decision that a record is of, and its revision; `earlier` where it was taken up again."""

    decision: Decision
    revision: Revision
    earlier: Earlier | None = None

    @property
    def until(self) -> datetime | None:
        return self.earlier.reopened_at if self.earlier else None


def review_content(actor: Actor, review: Review, office: Office, number: int | None = None) -> Filed:
    """The review's record, in force or of the decision of this `number`. Raises NotVisible."""
    chosen = _chosen(actor, review, office, number)
    template, revision = _template(review), chosen.revision
    answers = without_confidential(template, revision.content["parts"])
    return Filed(
        template,
        {
            **_head(review),
            "conduct": {**recorded.conduct(review), **(chosen.earlier.conduct() if chosen.earlier else {})},
            "decided": recorded.decided(chosen.decision),
            "answers": answers,
            "people": recorded.people(template, answers),
            "grades": recorded.grades(template, revision),
            "disagreements": _disagreements(review, revision),
            "recommendations": _recommendations(template, review, chosen),
            "closing": _closing(review, chosen),
            "corrections": _corrections(review, chosen.until),
            **_reopened(chosen),
        },
    )


def moderation_content(actor: Actor, review: Review, office: Office, number: int | None = None) -> Filed:
    """The moderation record: the panel's agreed form, or without a panel the decision and its grades.

    Raises NotVisible.
    """
    chosen = _chosen(actor, review, office, number)
    template = _template(review)
    conduct = {**recorded.conduct(review), **(chosen.earlier.conduct() if chosen.earlier else {})}
    agreed = panel_records.agreed(chosen.decision, chosen.earlier.reviewer if chosen.earlier else review.reviewer)
    answers = without_confidential(agreed.template, agreed.answers) if agreed else {}
    return Filed(
        agreed.template if agreed else None,
        {
            **_head(review),
            "review_form": f"{template.title}, version {template.version}",
            "reviewer": conduct["reviewer"],
            "reviewed_on": conduct["reviewed_on"],
            "decided": recorded.decided(chosen.decision),
            "panel": agreed.sitting if agreed else None,
            "asked": list(agreed.asked) if agreed else [],
            "answers": answers,
            "people": recorded.people(agreed.template, answers) if agreed else {},
            "grades": recorded.grades(template, chosen.revision),
            "dissents": agreed.dissents if agreed else [],
            **_reopened(chosen),
        },
    )


def _chosen(actor: Actor, review: Review, office: Office, number: int | None) -> Chosen:
    """The decision in force, or the one of this number, and the revision it was made on."""
    found = _in_force(actor, review, office) if number is None else _earlier(actor, review, office, number)
    if found is None:
        raise NotVisible
    decision = found.decision if isinstance(found, Earlier) else found
    revision = next(row for row in review.revisions if row.id == decision.revision_id)
    return Chosen(decision, revision, found if isinstance(found, Earlier) else None)


def _in_force(actor: Actor, review: Review, office: Office) -> Decision | None:
    query = select(Decision).where(Decision.review_id == review.id, Decision.reopened_at.is_(None))
    return session.scalars(query).one_or_none() if may_have(actor, review, office) else None


def _earlier(actor: Actor, review: Review, office: Office, number: int) -> Earlier | None:
    rows = earlier_decisions.earlier(actor, review, office)
    return next((row for row in rows if row.number == number), None)


def _reopened(chosen: Chosen) -> Data:
    """Said of a decision taken up again alone: the record in force has no such key, and its hash is as it was."""
    if chosen.earlier is None:
        return {}
    return {"reopened": {"number": chosen.earlier.number, "on": iso(clock.day_of(chosen.earlier.reopened_at))}}


def _template(review: Review) -> FormTemplate:
    return template_of(review.form_version)


def _head(review: Review) -> Data:
    return {
        "reference": review.reference,
        "authority": recorded.authority(),
        "id_label": recorded.id_label(),
        "child": recorded.child(review),
    }


def _closing(review: Review, chosen: Chosen) -> Data:
    in_force = {"sent_on": iso(review.sent_on), "tracker_meeting_on": iso(review.tracker_meeting_on)}
    dates = chosen.earlier.closing() if chosen.earlier else in_force
    return {**dates, "by_panel": chosen.decision.how is DecidedHow.PANEL}


def _corrections(review: Review, until: datetime | None) -> list[Data]:
    """Those of the record in force: a decision taken up again has what was added while it stood."""
    rows = session.scalars(select(Addendum).where(Addendum.review_id == review.id).order_by(Addendum.id))
    return [
        {"on": iso(clock.day_of(row.added_at)), "text": row.text, "reason": row.reason}
        for row in rows
        if until is None or row.added_at <= until
    ]


def _disagreements(review: Review, revision: Revision) -> list[Data]:
    """Those that stand: in the last response that each gave up to the decision, and kept by the reviewer."""
    last = last_responses(responses(review), revision)
    return [found for row in last for found in _standing(row)]


def _standing(response: Response) -> Iterator[Data]:
    for item in response.items:
        if item.stance is Stance.DISAGREE and item.reply is ReplyKind.KEPT:
            yield {"part": item.part, "who": str(response.as_who), "text": item.text, "reply": item.reply_text}


def _recommendations(template: FormTemplate, review: Review, chosen: Chosen) -> list[Data]:
    """As the decision left them, in its words; those it dropped are left out, and so are actions that arose at the
    panel, which are no part of the record of the child's practice."""
    arose = select(PanelAction.recommendation_id)
    query = (
        select(Recommendation)
        .where(Recommendation.review_id == review.id, Recommendation.id.not_in(arose))
        .options(selectinload(Recommendation.entries))
        .order_by(Recommendation.id)
    )
    rows = [row for row in session.scalars(query) if _stood(row, chosen)]
    words = _words(template, review, chosen.decision, chosen.revision, rows)
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


def _stood(row: Recommendation, chosen: Chosen) -> bool:
    """Raised by then, and not dropped by then: what a later decision adds or drops leaves the first as it was."""
    if chosen.earlier is None:
        return row.state is not RecommendationState.DROPPED
    at = chosen.decision.decided_at
    return row.raised_at <= at and not any(entry.action in DROPS and entry.at <= at for entry in row.entries)


def _words(
    template: FormTemplate, review: Review, decision: Decision, revision: Revision, rows: list[Recommendation]
) -> Mapping[int, Data]:
    """What each says: as the panel settled it, or as the deciding revision has it."""
    if decision.how is DecidedHow.PANEL:
        return panel_records.as_decided(review, decision, rows)
    written = recorded.written(template, revision)
    return {row.id: written.get(row.row_key or "") or recorded.tracked(row) for row in rows}
