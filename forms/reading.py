"""JSON from elsewhere (a store, an import, a program) to answers, or a list of everything wrong with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from forms.clean import clean_line, clean_text
from forms.ids import is_row_key
from forms.schema import AnyQuestion, FormTemplate, Part, RowsQuestion, Scale, Simple
from forms.shapes import MISSING, REASON_LENGTH, Answers, blank, blank_row


class AnswerError(ValueError):
    """JSON that is not an answer to this part. `problems` are (where, what) in form order."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{where}: {what}" for where, what in problems))


def validate_answers(template: FormTemplate, part_key: str, data: Any) -> Answers:
    """JSON as full, clean answers: every question there, texts cleaned, options in order.

    AnswerError lists everything wrong: an unknown key, a wrong type, an unknown option, a text too long.
    """
    part = template.part(part_key)
    if not isinstance(data, Mapping):
        raise AnswerError([(part.title, "must be an object")])
    reader = _Reader(template.scale)
    known = {q.key for q in part.questions} | {MISSING}
    reader.problems += [(str(key), "is not a question of this part") for key in data if key not in known]
    answers = {q.key: reader.read(q, data.get(q.key), q.label) for q in part.questions}
    answers[MISSING] = reader.reasons(part, data.get(MISSING))
    if reader.problems:
        raise AnswerError(reader.problems)
    return answers


class _Reader:
    """Reads values and gathers what is wrong with them; a wrong value reads as blank."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale
        self.problems: list[tuple[str, str]] = []

    def read(self, question: AnyQuestion, value: Any, where: str) -> Any:
        if value is None:
            return blank(question)
        if isinstance(question, RowsQuestion):
            return self._rows(question, value, where)
        try:
            return _read_simple(question, value, self.scale)
        except (TypeError, ValueError) as error:
            self.problems.append((where, str(error)))
            return blank(question)

    def _rows(self, question: RowsQuestion, value: Any, where: str) -> list[Answers]:
        keys = _row_keys(value)
        if keys is None or len(keys) > question.most:
            self.problems.append((where, f"must be a list of at most {question.most} rows, each with a key"))
            return []
        if question.fixed and set(keys) - {row.key for row in question.fixed}:
            self.problems.append((where, "has a row that the form does not have"))
            return []
        read = {row["key"]: self._row(question, row, where) for row in value}
        return [read.get(r.key) or blank_row(question, r.key) for r in question.fixed] or list(read.values())

    def _row(self, question: RowsQuestion, row: Mapping[str, Any], where: str) -> Answers:
        known = {column.key for column in question.columns} | {"key"}
        self.problems += [(where, f"{key} is not asked here") for key in row if key not in known]
        cells = {c.key: self.read(c, row.get(c.key), f"{where}, {c.label}") for c in question.columns}
        return {"key": row["key"], **cells}

    def reasons(self, part: Part, value: Any) -> dict[str, str]:
        if value is None:
            return {}
        if not isinstance(value, Mapping) or set(value) - set(part.reason_keys):
            self.problems.append((part.title, "has a reason where none can be given"))
            return {}
        read = {key: self._reason(part, reason) for key, reason in value.items()}
        return {key: reason for key, reason in read.items() if reason}

    def _reason(self, part: Part, reason: Any) -> str:
        if isinstance(reason, str) and len(clean_text(reason)) <= REASON_LENGTH:
            return str(clean_text(reason))
        self.problems.append((part.title, f"a reason is text of at most {REASON_LENGTH:,} characters"))
        return ""


def _row_keys(value: Any) -> list[str] | None:
    """The rows' keys, or None where the value is not a list of rows each with a key of its own."""
    if not _is_list(value) or not all(isinstance(row, Mapping) for row in value):
        return None
    keys = [row.get("key") for row in value]
    good = all(is_row_key(key) for key in keys) and len(set(keys)) == len(keys)
    return keys if good else None


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _read_simple(question: Simple, value: Any, scale: Scale) -> Any:
    if question.kind == "yes_no":
        return _read_bool(value)
    if question.kind == "person":
        return _read_text(value, 1, 100) or None
    return _read_asked(question, value, scale)


def _read_bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _read_asked(question: Simple, value: Any, scale: Scale) -> Any:
    match question.kind:
        case "text":
            return _read_text(value, question.lines, question.max_length)
        case "grade":
            return _one_of(value, [point.key for point in scale.points])
        case "choice":
            return _one_of(value, [option.key for option in question.options])
        case "choices":
            return _some_of(value, [option.key for option in question.options])
        case _:
            return _read_date(value)


def _read_text(value: Any, lines: int, most: int) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text")
    text = str(clean_line(value) if lines == 1 else clean_text(value))
    if len(text) > most:
        raise ValueError(f"must be {most:,} characters or fewer")
    return text


def _one_of(value: Any, keys: list[str]) -> str | None:
    if value == "":
        return None
    if not isinstance(value, str) or value not in keys:
        raise ValueError("is not one of the answers listed")
    return value


def _some_of(value: Any, keys: list[str]) -> list[str]:
    if not _is_list(value) or any(item not in keys for item in value):
        raise ValueError("must be a list of the answers listed")
    return [key for key in keys if key in value]


def _read_date(value: Any) -> str | None:
    if value == "":
        return None
    date = dt.date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    if date is None or not 1900 <= date.year <= 2100:
        raise ValueError("must be a date like 2026-11-23")
    return date.isoformat()
