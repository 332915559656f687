"""What the documents have in common: the child and the review as plain data, the grades, the names in answers.

JSON, because the room of documents and this one do not import each other; whether a person may have any of it is
asked by who calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.forms import FormTemplateVersion
from app.models.people import Person
from app.models.recommendations import Recommendation
from app.models.records import Setting
from app.models.reviews import Decision, GradeGiven, GradeStage, Response, Review, Revision
from forms import descriptor
from forms.answers import filled_rows
from forms.descriptor import AnyQuestion, FormTemplate, RowsQuestion

Data = dict[str, Any]
LEVELS = ("child_level", "service_level")


def template_of(version: FormTemplateVersion) -> FormTemplate:
    """The form of a stored version."""
    return descriptor.stored(version.checksum, lambda: version.descriptor)


def iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


# --- the authority, the child, the review ---------------------------------------------------------------


def authority() -> str:
    return _setting("authority_name", "Children's Services")


def id_label() -> str:
    return _setting("case_system_label", "Case-system ID")


def _setting(key: str, otherwise: str) -> str:
    return str(session.scalar(select(Setting.value).where(Setting.key == key)) or otherwise)


def child(review: Review) -> Data:
    """The child block."""
    row = review.child
    return {
        "name": row.name,
        "case_system_id": row.case_system_id,
        "born_on": iso(row.born_on),
        "expected_on": iso(row.expected_on),
        "status": str(review.child_status),
        "case_open": review.case_open,
    }


def conduct(review: Review) -> Data:
    """The review block."""
    return {
        "theme": review.theme,
        "reviewer": review.reviewer.name,
        "reviewer_kind": str(review.reviewer_kind),
        "worker": review.worker.name,
        "line_manager": review.line_manager.name,
        "due_on": iso(review.due_on),
        "reviewed_on": iso(review.reviewed_on),
        "look_back_from": iso(review.look_back_from),
        "submitted_on": iso(clock.day_of(review.submitted_at)),
    }


def decided(decision: Decision) -> Data:
    """By whom, how and why."""
    by = session.get_one(Person, decision.person_id)
    return {
        "how": str(decision.how),
        "by": by.name,
        "acting": decision.acting,
        "on": iso(clock.day_of(decision.decided_at)),
        "reason": decision.reason,
    }


def last_responses(given: Iterable[Response], revision: Revision) -> list[Response]:
    """The last response that each gave up to this revision."""
    last = {row.as_who: row for row in given if row.revision.number <= revision.number}
    return list(last.values())


# --- grades ---------------------------------------------------------------------------------------------


def grades(template: FormTemplate, revision: Revision) -> list[Data]:
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


# --- recommendations, as they were written --------------------------------------------------------------


def written(template: FormTemplate, revision: Revision) -> dict[str, Data]:
    """Row key -> what was recommended, in the words of this revision."""
    part = template.recommendations_part
    answers = revision.content["parts"].get(part.key, {}) if part else {}
    named = people(template, {part.key: answers}) if part else {}
    found = {}
    for key in LEVELS:
        question = part.question(key) if part else None
        for row in filled_rows(question, answers.get(key) or ()) if isinstance(question, RowsQuestion) else ():
            found[row["key"]] = in_words(row, named)
    return found


def in_words(row: Mapping[str, Any], named: Mapping[str, str]) -> Data:
    """A row of a form as a recommendation is read."""
    return {
        "action": row.get("action") or "",
        "effect": row.get("impact") or "",
        "owner": named.get(row.get("owner") or "", ""),
        "due_on": row.get("due") or None,
    }


def tracked(row: Recommendation) -> Data:
    """The words the tracker has, and the first date."""
    owner = row.owner.name if row.owner else ""
    return {"action": row.action, "effect": row.effect, "owner": owner, "due_on": iso(row.first_due_on)}


# --- the names of those whom answers name ---------------------------------------------------------------


def people(template: FormTemplate, answers: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The names of those whom the answers name."""
    return names(named_in(template, answers))


def named_in(template: FormTemplate, answers: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Their public ids."""
    asked = (
        (question, answers[part.key]) for part in template.parts if part.key in answers for question in part.questions
    )
    return {found for question, given in asked for found in _named(question, given.get(question.key))}


def _named(question: AnyQuestion, value: Any) -> Iterator[str]:
    if isinstance(question, RowsQuestion):
        for row in value or ():
            for column in question.columns:
                yield from _named(column, row.get(column.key))
    elif question.kind == "person" and value:
        yield str(value)


def names(ids: Iterable[str]) -> dict[str, str]:
    """Public id to name."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = session.execute(select(Person.public_id, Person.name).where(Person.public_id.in_(wanted)))
    return {row.public_id: row.name for row in rows}
