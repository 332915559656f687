"""Empty answers: what nobody has answered looks like, kind by kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from forms.schema import AnyQuestion, Option, Part, RowsQuestion

Answers = dict[str, Any]
MISSING = "missing"
REASON_LENGTH = 2000


def blank(question: AnyQuestion) -> Any:
    """The value of a question nobody has answered."""
    match question.kind:
        case "text":
            return ""
        case "choices":
            return []
        case "rows":
            return [blank_row(question, row.key) for row in question.fixed]
        case _:
            return None


def blank_row(question: RowsQuestion, key: str) -> Answers:
    return {"key": key, **{column.key: blank(column) for column in question.columns}}


def blank_part(part: Part) -> Answers:
    return {**{question.key: blank(question) for question in part.questions}, MISSING: {}}


def is_blank(question: AnyQuestion, value: Any) -> bool:
    """Nothing was answered. A row added and left empty counts for nothing."""
    if isinstance(question, RowsQuestion):
        return not filled_rows(question, value)
    return value is None or value in ("", [])


def filled_rows(question: RowsQuestion, value: Any) -> list[Answers]:
    """The rows in which something stands."""
    return [row for row in value or () if not is_blank_row(question, row)]


def is_blank_row(question: RowsQuestion, row: Mapping[str, Any]) -> bool:
    return all(is_blank(column, row.get(column.key)) for column in question.columns)


def is_blank_part(part: Part, answers: Mapping[str, Any]) -> bool:
    """Not begun: no answer and no reason."""
    return not answers.get(MISSING) and all(is_blank(q, answers.get(q.key)) for q in part.questions)


def chosen_options(question: AnyQuestion, value: Any) -> list[Option]:
    """The options that an answer chose; none where the question has no options."""
    keys = value if isinstance(value, list) else [value]
    return [option for option in getattr(question, "options", ()) if option.key in keys]


def needed(questions: Iterable[AnyQuestion], answers: Mapping[str, Any]) -> set[str]:
    """The questions that an answer given beside them calls for."""
    return {o.needs for q in questions for o in chosen_options(q, answers.get(q.key)) if o.needs}
