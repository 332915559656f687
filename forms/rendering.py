"""Answers to read: on a page, as text for a document or a cell, and as what changed between two versions.

Plain data only: escaping is the page's, spreadsheet formulas are the document's. Ids of people are turned
into names by the mapping given; an id without a name is shown as "Somebody not listed", never as an id.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from forms.schema import AnyQuestion, FormTemplate, Option, Part, RowsQuestion, Scale, Simple
from forms.shapes import MISSING, Answers, filled_rows, is_blank, needed

People = Mapping[str, str]
Op = Literal["same", "removed", "added"]
NOT_ANSWERED = "Not answered"
NOBODY_LISTED = "Somebody not listed"
WORK_AT_MOST = 1_500_000


@dataclass(frozen=True)
class Table:
    """Rows to read: headings, and for each row its key, its title and a text for each heading."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Shown:
    """One answer to read. `text` always holds it; `paragraphs`, `items` and `table` hold it in its own shape.

    reason: why it could not be answered. key: the grade or option chosen, for a tag's colour.
    """

    question: str
    kind: str
    label: str
    text: str
    blank: bool
    key: str = ""
    paragraphs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    table: Table | None = None
    reason: str = ""
    confidential: bool = False


def grade_label(scale: Scale, key: str | None) -> str:
    """Always in the scale's words; empty for no grade."""
    return scale.label(key)


def long_date(iso: str | None) -> str:
    """ "2026-03-03" as "3 March 2026"."""
    if not iso:
        return ""
    date = dt.date.fromisoformat(iso)
    return f"{date.day} {date:%B} {date.year}"


def to_text(question: AnyQuestion, value: Any, *, scale: Scale, people: People | None = None) -> str:
    """One answer as plain text; empty for none. Rows are one paragraph each, `label: answer` on each line."""
    if is_blank(question, value):
        return ""
    if isinstance(question, RowsQuestion):
        rows = filled_rows(question, value)
        return "\n\n".join(_row_text(question, row, scale, people) for row in rows)
    if question.kind == "person":
        return (people or {}).get(value, NOBODY_LISTED)
    return _simple_text(question, value, scale)


def _simple_text(question: Simple, value: Any, scale: Scale) -> str:
    match question.kind:
        case "grade":
            return scale.label(value)
        case "choice" | "choices":
            return "; ".join(_labels(question.options, value))
        case "yes_no":
            return "Yes" if value else "No"
        case "date":
            return long_date(value)
        case _:
            return str(value)


def _labels(options: tuple[Option, ...], value: Any) -> tuple[str, ...]:
    chosen = value if isinstance(value, list) else [value]
    return tuple(option.label for option in options if option.key in chosen)


def _row_text(question: RowsQuestion, row: Mapping[str, Any], scale: Scale, people: People | None) -> str:
    cells = ((c.label, to_text(c, row.get(c.key), scale=scale, people=people)) for c in question.columns)
    title = next((fixed.label for fixed in question.fixed if fixed.key == row["key"]), "")
    lines = [f"{label}: {text}" for label, text in cells if text]
    return "\n".join([title, *lines] if title else lines)


def to_page(
    question: AnyQuestion, value: Any, *, scale: Scale, people: People | None = None, reason: str = ""
) -> Shown:
    """One answer, ready for a template to lay out."""
    text = to_text(question, value, scale=scale, people=people)
    return Shown(
        question=question.key,
        kind=question.kind,
        label=question.label,
        text=text,
        blank=not text,
        key=value if question.kind in ("grade", "choice") and isinstance(value, str) else "",
        paragraphs=tuple(text.split("\n\n")) if question.kind == "text" and text else (),
        items=_items(question, value),
        table=_table(question, value, scale, people) if isinstance(question, RowsQuestion) else None,
        reason=reason,
        confidential=question.confidential,
    )


def _items(question: AnyQuestion, value: Any) -> tuple[str, ...]:
    return _labels(question.options, value) if question.kind == "choices" else ()


def _table(question: RowsQuestion, value: Any, scale: Scale, people: People | None) -> Table:
    titles = {row.key: row.label for row in question.fixed}
    rows = []
    for number, row in enumerate(filled_rows(question, value), 1):
        cells = tuple(to_text(c, row.get(c.key), scale=scale, people=people) for c in question.columns)
        rows.append((row["key"], titles.get(row["key"], f"{question.row_title} {number}"), cells))
    return Table(tuple(column.label for column in question.columns), tuple(rows))


def show_part(
    template: FormTemplate,
    part_key: str,
    answers: Mapping[str, Any],
    *,
    people: People | None = None,
    confidential: bool = False,
) -> list[Shown]:
    """A whole part to read. Confidential questions are left out unless asked for, and so is an empty answer
    that nothing calls for; a part of which nothing would be left shows what could have been answered."""
    part = template.part(part_key)
    reasons = answers.get(MISSING) or {}
    whole = _whole_reason(reasons.get("part", ""))
    open_to_reader = [q for q in part.questions if confidential or not part.hidden(q)]
    wanted = [q for q in open_to_reader if _says_something(part, q, answers)]
    if not wanted and not whole:
        wanted = open_to_reader
    return whole + [
        to_page(q, answers.get(q.key), scale=template.scale, people=people, reason=reasons.get(q.key, ""))
        for q in wanted
    ]


def _says_something(part: Part, question: AnyQuestion, answers: Mapping[str, Any]) -> bool:
    """An answer, the reason why there is none, or that one is still wanted."""
    if not is_blank(question, answers.get(question.key)) or (answers.get(MISSING) or {}).get(question.key):
        return True
    return not question.optional or question.key in needed(part.questions, answers)


def _whole_reason(reason: str) -> list[Shown]:
    if not reason:
        return []
    label, paragraphs = "Why this could not be answered", tuple(reason.split("\n\n"))
    return [Shown("part", "text", label, reason, False, paragraphs=paragraphs)]


def without_confidential(template: FormTemplate, answers: Mapping[str, Mapping[str, Any]]) -> dict[str, Answers]:
    """All parts' answers as the worker, the manager and the issued record may have them."""
    given = [part for part in template.parts if part.key in answers]
    return {part.key: _open_answers(part, answers[part.key]) for part in given}


def _open_answers(part: Part, answers: Mapping[str, Any]) -> Answers:
    hidden = {q.key for q in part.questions if part.hidden(q)}
    kept: Answers = {key: value for key, value in answers.items() if key not in hidden}
    if MISSING in kept:
        away = hidden | ({"part"} if part.confidential else set())
        kept[MISSING] = {key: reason for key, reason in kept[MISSING].items() if key not in away}
    return kept


# What changed


def changed(part: Part, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of the questions whose answers differ, and "missing" where a reason does. Empty rows count
    for nothing."""
    keys = [q.key for q in part.questions if _core(q, old.get(q.key)) != _core(q, new.get(q.key))]
    reasons = (old.get(MISSING) or {}) != (new.get(MISSING) or {})
    return (*keys, MISSING) if reasons else tuple(keys)


def _core(question: AnyQuestion, value: Any) -> Any:
    if isinstance(question, RowsQuestion):
        return filled_rows(question, value)
    return None if is_blank(question, value) else value


def diff_part(
    template: FormTemplate,
    part_key: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    *,
    people: People | None = None,
    confidential: bool = False,
) -> list[tuple[str, str, list[tuple[Op, str]]]]:
    """(question key, label, words) for every answer that differs, in form order."""
    before, after = (
        {shown.question: shown for shown in show_part(template, part_key, x, people=people, confidential=confidential)}
        for x in (old, new)
    )
    order = ("part", *(q.key for q in template.part(part_key).questions))
    pairs = [(key, before.get(key), after.get(key)) for key in order]
    return [_diff(key, a, b) for key, a, b in pairs if _full(a) != _full(b)]


def _diff(key: str, old: Shown | None, new: Shown | None) -> tuple[str, str, list[tuple[Op, str]]]:
    shown = new or old
    return key, shown.label if shown else "", diff_words(_full(old), _full(new))


def _full(shown: Shown | None) -> str:
    return "\n\n".join(filter(None, (shown.text, shown.reason))) if shown else ""


def diff_words(old: str, new: str) -> list[tuple[Op, str]]:
    """What was kept, struck out and put in, by words. The kept and removed words together are `old` again,
    the kept and added ones `new`.

    Lines first and words only inside lines that differ: quick for long texts, and a text made to be slow
    is answered with the whole passage struck and put in.
    """
    ops: list[tuple[Op, str]] = []
    for same, a, b in _blocks(old.splitlines(keepends=True), new.splitlines(keepends=True)):
        if same:
            ops.append(("same", "".join(a)))
        else:
            ops += _word_ops(_words("".join(a)), _words("".join(b)))
    return _joined(ops)


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|[^\s]+\s*", text)


def _word_ops(a: list[str], b: list[str]) -> list[tuple[Op, str]]:
    ops: list[tuple[Op, str]] = []
    for same, kept, put in _blocks(a, b):
        if same:
            ops.append(("same", "".join(kept)))
        else:
            ops += [("removed", "".join(kept)), ("added", "".join(put))]
    return ops


def _blocks(a: list[str], b: list[str]) -> list[tuple[bool, list[str], list[str]]]:
    if _work(a, b) > WORK_AT_MOST:
        return [(False, a, b)]
    codes = difflib.SequenceMatcher(None, a, b).get_opcodes()
    return [(tag == "equal", a[i:j], b[k:m]) for tag, i, j, k, m in codes]


def _work(a: list[str], b: list[str]) -> int:
    """How many pairs of equal words there are: what comparing them costs."""
    in_a, in_b = Counter(a), Counter(b)
    return sum(count * in_b[word] for word, count in in_a.items())


def _joined(ops: list[tuple[Op, str]]) -> list[tuple[Op, str]]:
    joined: list[tuple[Op, str]] = []
    for op, text in ops:
        if text and joined and joined[-1][0] == op:
            joined[-1] = (op, joined[-1][1] + text)
        elif text:
            joined.append((op, text))
    return joined
