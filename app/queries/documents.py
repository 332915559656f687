"""What a document for the case file is made of: a decided review as plain data, for one viewer.

The data is the same for everybody who may have it, so that there is one record of a review. Never in it: drafts,
the Head of QA's view, private readings, what the family said in confidence, and what became of a recommendation
later. It is JSON (`app.documents.content` gives it its shape and hashes it), because rooms do not import upwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.people import Person
from app.models.recommendations import Recommendation
from app.models.records import Setting
from app.models.reviews import (
    Addendum,
    DecidedHow,
    Decision,
    GradeGiven,
    GradeStage,
    ReplyKind,
    Response,
    Review,
    Revision,
    Stance,
)
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.local import is_past
from app.policy.visibility import Aspect, phase_of, sees
from app.queries.reviews import NotVisible, responses
from forms import descriptor
from forms.answers import filled_rows, without_confidential
from forms.descriptor import AnyQuestion, FormTemplate, RowsQuestion
from workflows.states import Phase, RecommendationState

Data = dict[str, Any]
NEEDED = frozenset({Aspect.FINAL, Aspect.RECOMMENDATIONS})
DECIDED = (Phase.DECIDED, Phase.ISSUED)
LEVELS = ("child_level", "service_level")


@dataclass(frozen=True)
class Filed:
    """The data of one record and the form it is in; the moderation form only where a panel filled one in."""

    template: FormTemplate | None
    data: Data


@dataclass(frozen=True)
class Agreed:
    """The panel's one agreed form: its template, its answers, the day of the panel, and (who, why) who dissented."""

    template: FormTemplate
    answers: Mapping[str, Mapping[str, Any]]
    panel_on: date
    dissents: tuple[tuple[str, str], ...] = field(default_factory=tuple)


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
            "conduct": _conduct(review),
            "decided": _decided(decision),
            "answers": answers,
            "people": _people(template, answers),
            "grades": _grades(template, revision),
            "disagreements": _disagreements(review, revision),
            "recommendations": _recommendations(template, review, revision),
            "closing": _closing(review),
            "corrections": _corrections(review),
        },
    )


def moderation_content(actor: Actor, review: Review, office: Office, agreed: Agreed | None = None) -> Filed:
    """The moderation record. Raises NotVisible."""
    decision, revision = _deciding(actor, review, office)
    template = _template(review)
    answers = without_confidential(agreed.template, agreed.answers) if agreed else {}
    return Filed(
        agreed.template if agreed else None,
        {
            **_head(review),
            "review_form": f"{template.title}, version {template.version}",
            "reviewer": review.reviewer.name,
            "reviewed_on": _iso(review.reviewed_on),
            "panel_on": _iso(agreed.panel_on) if agreed else None,
            "decided": _decided(decision),
            "answers": answers,
            "people": _people(agreed.template, answers) if agreed else {},
            "grades": _grades(template, revision),
            "dissents": [{"who": who, "text": text} for who, text in agreed.dissents] if agreed else [],
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
    version = review.form_version
    return descriptor.stored(version.checksum, lambda: version.descriptor)


def _head(review: Review) -> Data:
    child = review.child
    return {
        "reference": review.reference,
        "authority": _setting("authority_name", "Children's Services"),
        "id_label": _setting("case_system_label", "Case-system ID"),
        "child": {
            "name": child.name,
            "case_system_id": child.case_system_id,
            "born_on": _iso(child.born_on),
            "expected_on": _iso(child.expected_on),
            "status": str(review.child_status),
            "case_open": review.case_open,
        },
    }


def _setting(key: str, otherwise: str) -> str:
    return str(session.scalar(select(Setting.value).where(Setting.key == key)) or otherwise)


def _conduct(review: Review) -> Data:
    return {
        "theme": review.theme,
        "reviewer": review.reviewer.name,
        "reviewer_kind": str(review.reviewer_kind),
        "worker": review.worker.name,
        "line_manager": review.line_manager.name,
        "due_on": _iso(review.due_on),
        "reviewed_on": _iso(review.reviewed_on),
        "look_back_from": _iso(review.look_back_from),
        "submitted_on": _iso(clock.day_of(review.submitted_at)),
    }


def _decided(decision: Decision) -> Data:
    by = session.get_one(Person, decision.person_id)
    return {
        "how": str(decision.how),
        "by": by.name,
        "acting": decision.acting,
        "on": _iso(clock.day_of(decision.decided_at)),
        "reason": decision.reason,
    }


def _closing(review: Review) -> Data:
    return {
        "sent_on": _iso(review.sent_on),
        "tracker_meeting_on": _iso(review.tracker_meeting_on),
        "by_panel": review.decided_how is DecidedHow.PANEL,
    }


def _corrections(review: Review) -> list[Data]:
    rows = session.scalars(select(Addendum).where(Addendum.review_id == review.id).order_by(Addendum.id))
    return [{"on": _iso(clock.day_of(row.added_at)), "text": row.text, "reason": row.reason} for row in rows]


def _grades(template: FormTemplate, revision: Revision) -> list[Data]:
    """The grade submitted and the one in force of each section; a reason only where they differ.

    Only the stage FINAL is read: the Head's view and the readings are other rows of the same table.
    """
    query = select(GradeGiven).where(GradeGiven.revision_id == revision.id, GradeGiven.stage == GradeStage.FINAL)
    final = {row.part: row for row in session.scalars(query.order_by(GradeGiven.id))}
    labels = {point.value: point.label for point in template.scale.points}
    found = []
    for part, question in template.grade_questions:
        reviewer = template.scale.label((revision.content["parts"].get(part.key) or {}).get(question.key))
        row = final.get(part.key)
        given = labels.get(row.grade, "") if row else ""
        reason = row.reason if row and given != reviewer else ""
        found.append({"part": part.key, "title": part.title, "reviewer": reviewer, "final": given, "reason": reason})
    return found


def _disagreements(review: Review, revision: Revision) -> list[Data]:
    """Those that stand: in the last response that each gave up to the decision, and kept by the reviewer."""
    given = [row for row in responses(review) if row.revision.number <= revision.number]
    last = {row.as_who: row for row in given}
    return [found for row in last.values() for found in _standing(row)]


def _standing(response: Response) -> Iterator[Data]:
    for item in response.items:
        if item.stance is Stance.DISAGREE and item.reply is ReplyKind.KEPT:
            yield {"part": item.part, "who": str(response.as_who), "text": item.text, "reply": item.reply_text}


def _recommendations(template: FormTemplate, review: Review, revision: Revision) -> list[Data]:
    """As the decision left them: the deciding revision's words, or the tracker's first ones for what the decision
    added; those it dropped are left out."""
    query = select(Recommendation).where(Recommendation.review_id == review.id).order_by(Recommendation.id)
    written = dict(_written(template, revision))
    names = {row.key: row.title for row in template.parts}
    return [
        {
            "reference": row.reference,
            "level": str(row.level),
            "finding": names.get(row.finding, row.finding),
            **(written.get(row.row_key or "") or _tracked(row)),
        }
        for row in session.scalars(query)
        if row.state is not RecommendationState.DROPPED
    ]


def _written(template: FormTemplate, revision: Revision) -> Iterator[tuple[str, Data]]:
    """Row key -> what was recommended, in the words decided upon."""
    part = template.recommendations_part
    answers = revision.content["parts"].get(part.key, {}) if part else {}
    people = _people(template, {part.key: answers}) if part else {}
    for key in LEVELS:
        question = part.question(key) if part else None
        for row in filled_rows(question, answers.get(key) or ()) if isinstance(question, RowsQuestion) else ():
            yield row["key"], _as_written(row, people)


def _as_written(row: Mapping[str, Any], people: Mapping[str, str]) -> Data:
    return {
        "action": row.get("action") or "",
        "effect": row.get("impact") or "",
        "owner": people.get(row.get("owner") or "", ""),
        "due_on": row.get("due") or None,
    }


def _tracked(row: Recommendation) -> Data:
    owner = row.owner.name if row.owner else ""
    return {"action": row.action, "effect": row.effect, "owner": owner, "due_on": _iso(row.first_due_on)}


def _people(template: FormTemplate, answers: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The names of those whom the answers name."""
    asked = (
        (question, answers[part.key]) for part in template.parts if part.key in answers for question in part.questions
    )
    return _names(sorted({found for question, given in asked for found in _named(question, given.get(question.key))}))


def _named(question: AnyQuestion, value: Any) -> Iterator[str]:
    if isinstance(question, RowsQuestion):
        for row in value or ():
            for column in question.columns:
                yield from _named(column, row.get(column.key))
    elif question.kind == "person" and value:
        yield str(value)


def _names(ids: list[str]) -> dict[str, str]:
    if not ids:
        return {}
    rows = session.execute(select(Person.public_id, Person.name).where(Person.public_id.in_(ids)))
    return {row.public_id: row.name for row in rows}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
