"""The answers of one part of a form as blocks, in the form's own order and words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.documents.model import Block, Heading, KeyValues, Paragraph, Table
from forms.rendering import NOT_ANSWERED, Shown, show_part
from forms.schema import FormTemplate, RowsQuestion

NONE = "None"
IN_CONFIDENCE = "not for the shared draft or the record"


def part_blocks(
    template: FormTemplate,
    part: str,
    answers: Mapping[str, Any],
    people: Mapping[str, str],
    grade: Iterable[Block] = (),
    *,
    confidential: bool = False,
    level: int = 3,
) -> Iterator[Block]:
    """Short answers in lines, texts below their question, rows as a table; `grade` where it is asked.

    confidential: for who may read what was said in confidence, which is marked as such. level: of the questions.
    """
    facts: list[tuple[str, str]] = []
    given = list(grade)
    for shown in show_part(template, part, answers, people=people, confidential=confidential):
        if _left_out(template, part, shown):
            continue
        if shown.kind not in ("text", "rows") and not (shown.kind == "grade" and given):
            facts.append((_label(template, part, shown), _short(shown)))
            continue
        if facts:
            yield KeyValues(tuple(facts))
            facts = []
        if shown.kind == "grade":
            yield from given
            given = []
        else:
            yield from _long(template, part, shown, level)
    if facts:
        yield KeyValues(tuple(facts))
    yield from given


def _label(template: FormTemplate, part: str, shown: Shown) -> str:
    hidden = shown.confidential or template.part(part).confidential
    return f"{shown.label} ({IN_CONFIDENCE})" if hidden else shown.label


def _left_out(template: FormTemplate, part: str, shown: Shown) -> bool:
    """A note that need not be written and was not: its empty question would only be in the way."""
    question = template.part(part).question(shown.question)
    return shown.blank and not shown.reason and shown.kind == "text" and question is not None and question.optional


def _short(shown: Shown) -> str:
    said = "; ".join(shown.items) if shown.items else shown.text
    return _with_reason(said, shown)


def _with_reason(said: str, shown: Shown) -> str:
    if not shown.reason:
        return said or NOT_ANSWERED
    return f"{said or NOT_ANSWERED}\n\nWhy: {shown.reason}"


def _long(template: FormTemplate, part: str, shown: Shown, level: int) -> Iterator[Block]:
    if shown.table is not None and shown.table.rows:
        yield _table(template, part, shown)
        return
    yield Heading(level, _label(template, part, shown))
    nothing = NONE if shown.kind == "rows" and not shown.reason else ""
    yield Paragraph(_with_reason(nothing or shown.text, shown), quiet=shown.blank)


def _table(template: FormTemplate, part: str, shown: Shown) -> Table:
    question = template.part(part).question(shown.question)
    first = question.row_title if isinstance(question, RowsQuestion) else ""
    rows = shown.table.rows if shown.table else ()
    columns = shown.table.columns if shown.table else ()
    return Table(
        _label(template, part, shown), (first, *columns), tuple((title, *cells) for _key, title, cells in rows)
    )
