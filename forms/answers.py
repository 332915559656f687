"""Answers: the only place that knows the shape of each kind.

One part's answers are one JSON object: a value for every question and, under "missing", the reasons why
something could not be answered.

    text     "..."                      choices  ["a", "b"] in the options' order
    grade    "good" or null             yes_no   true, false or null
    choice   "key" or null              date     "2026-11-23" or null
    person   "id" or null               rows     [{"key": "r1f0…", column: value, …}, …]
    missing  {"part": "why", question: "why"}, only those that were written

Nothing here raises on what a form holds; `validate_answers` is the gate for JSON from elsewhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from forms.ids import field_id, missing_id
from forms.reading import AnswerError, validate_answers
from forms.rendering import (
    Shown,
    Table,
    changed,
    diff_part,
    diff_words,
    grade_label,
    show_part,
    to_page,
    to_text,
    without_confidential,
)
from forms.schema import AnyQuestion, Part, RowsQuestion
from forms.shapes import (
    MISSING,
    REASON_LENGTH,
    Answers,
    blank,
    blank_part,
    blank_row,
    filled_rows,
    is_blank,
    is_blank_part,
    is_blank_row,
)

__all__ = [
    "MISSING",
    "REASON_LENGTH",
    "AnswerError",
    "Answers",
    "Shown",
    "Table",
    "blank",
    "blank_part",
    "changed",
    "diff_part",
    "diff_words",
    "filled_rows",
    "from_form",
    "grade_label",
    "is_blank",
    "is_blank_part",
    "is_blank_row",
    "show_part",
    "to_formdata",
    "to_page",
    "to_post",
    "to_text",
    "validate_answers",
    "without_confidential",
]


def from_form(part: Part, form: Any, previous: Mapping[str, Any] | None = None) -> Answers:
    """What may be saved of a submitted form, valid or not: after `form.validate()`.

    A field with an error keeps its previous answer, so that one impossible date does not cost the rest.
    """
    before = {**blank_part(part), **(previous or {})}
    saved = {q.key: _from_field(q, form[q.key], before[q.key]) for q in part.questions}
    return {**saved, MISSING: _reasons(form, before[MISSING])}


def _reasons(form: Any, before: Mapping[str, str]) -> dict[str, str]:
    now = {key: before.get(key) if field.errors else field.data for key, field in form.reasons.items()}
    return {key: reason for key, reason in now.items() if reason}


def _from_field(question: AnyQuestion, field: Any, before: Any) -> Any:
    if isinstance(question, RowsQuestion):
        return _from_rows(question, field, before)
    return before if field.errors else _from_simple(question, field)


def _from_simple(question: AnyQuestion, field: Any) -> Any:
    match question.kind:
        case "text":
            return field.data or ""
        case "choices":
            return list(field.data or ())
        case "yes_no":
            return field.answer
        case "date":
            return field.data.isoformat() if field.data else None
        case _:
            return field.data or None


def _from_rows(question: RowsQuestion, field: Any, before: Any) -> list[Answers]:
    if field.errors:
        return list(before)
    known = {row["key"]: row for row in before}
    return [_from_row(question, row, known.get(row.key)) for row in field.rows]


def _from_row(question: RowsQuestion, row: Any, before: Any) -> Answers:
    old = before or blank_row(question, row.key)
    return {"key": row.key, **{c.key: _from_field(c, row.form[c.key], old[c.key]) for c in question.columns}}


# JSON -> form


def to_formdata(part: Part, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Saved answers as the `data` of the part's form."""
    data = {q.key: _to_field(q, answers[q.key]) for q in part.questions if q.key in answers}
    reasons = answers.get(MISSING) or {}
    return {**data, **{f"{MISSING}__{key}": reasons.get(key, "") for key in part.reason_keys}}


def _to_field(question: AnyQuestion, value: Any) -> Any:
    if isinstance(question, RowsQuestion):
        return [_to_row(question, row) for row in value]
    if question.kind == "date":
        return dt.date.fromisoformat(value) if value else None
    return value


def _to_row(question: RowsQuestion, row: Mapping[str, Any]) -> Answers:
    return {"key": row["key"], **{c.key: _to_field(c, row.get(c.key)) for c in question.columns}}


def to_post(part: Part, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The pairs a browser would post for these answers: for tests and for filling a form by program."""
    pairs = [pair for q in part.questions for pair in _post(q, answers.get(q.key), field_id(part.key, q.key))]
    reasons = answers.get(MISSING) or {}
    return pairs + [(missing_id(part.key, key), reasons.get(key, "")) for key in part.reason_keys]


def _post(question: AnyQuestion, value: Any, name: str) -> list[tuple[str, str]]:
    match question.kind:
        case "rows":
            rows = (pair for row in value or () for pair in _post_row(question, row, name))
            return [(f"{name}-rows", ""), *rows]
        case "date":
            year, month, day = value.split("-") if value else ("", "", "")
            return [(f"{name}-day", day), (f"{name}-month", month), (f"{name}-year", year)]
        case "choices":
            return [(name, item) for item in value or ()]
        case "yes_no":
            return [] if value is None else [(name, "yes" if value else "no")]
        case "text" | "person":
            return [(name, value or "")]
        case _:
            return [(name, value)] if value else []


def _post_row(question: RowsQuestion, row: Mapping[str, Any], name: str) -> list[tuple[str, str]]:
    pairs = [(f"{name}-rows", row["key"])]
    for column in question.columns:
        pairs += _post(column, row.get(column.key), f"{name}-{row['key']}-{column.key}")
    return pairs
