"""What is still to do before a review may be shared or submitted (R1), and how far each part has come.

Pure: (template, answers by part) -> gaps in form order, each naming its field by the id it has on the page.
The same list refuses the step and fills "Still to do".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from forms.ids import field_id, first_input, missing_id
from forms.schema import AnyQuestion, FormTemplate, Option, Part, RowsQuestion
from forms.shapes import MISSING, chosen_options, filled_rows, is_blank, is_blank_part, needed

Stage = Literal["share", "submit"]
ByPart = Mapping[str, Mapping[str, Any]]
LEVELS = ("child_level", "service_level")


@dataclass(frozen=True)
class Gap:
    """Something still to do. `field` is the id of the input to go to; `message` begins with the part."""

    part: str
    question: str
    field: str
    message: str


class Progress(StrEnum):
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    COMPLETE = "complete"


def gaps(template: FormTemplate, answers: ByPart, *, stage: Stage, unborn: bool = False) -> list[Gap]:
    """Everything missing, in form order. At "share" what may be finished in discussion is left out.

    unborn: the child is not born yet, so that "seen alone" and its like are not asked.
    """
    return [gap for part in template.parts for gap in _Checker(template, answers, part, stage, unborn).gaps()]


def progress(template: FormTemplate, answers: ByPart, *, unborn: bool = False) -> dict[str, Progress]:
    """How far each part has come, by its key, in form order."""
    return {part.key: _progress(template, answers, part, unborn) for part in template.parts}


def _progress(template: FormTemplate, answers: ByPart, part: Part, unborn: bool) -> Progress:
    if not _Checker(template, answers, part, "submit", unborn).gaps():
        return Progress.COMPLETE
    blank = is_blank_part(part, answers.get(part.key) or {})
    return Progress.NOT_STARTED if blank else Progress.IN_PROGRESS


def recommendation_rows(template: FormTemplate, answers: ByPart) -> list[tuple[str, dict[str, Any]]]:
    """(level, row) for every recommendation in which something stands, child level first."""
    part = template.recommendations_part
    if part is None:
        return []
    given = answers.get(part.key) or {}
    found = ((level, part.question(level)) for level in LEVELS)
    return [(lvl, row) for lvl, q in found if isinstance(q, RowsQuestion) for row in filled_rows(q, given.get(lvl))]


class _Checker:
    """One part, checked."""

    def __init__(self, template: FormTemplate, answers: ByPart, part: Part, stage: Stage, unborn: bool) -> None:
        self.template, self.part, self.stage, self.unborn = template, part, stage, unborn
        self.all = answers
        self.answers: Mapping[str, Any] = answers.get(part.key) or {}
        self.reasons: Mapping[str, str] = self.answers.get(MISSING) or {}
        self.needed = needed(part.questions, self.answers)

    def gaps(self) -> list[Gap]:
        return [*self._reason(), *(gap for q in self._asked() for gap in self._question(q)), *self._rest()]

    def _asked(self) -> list[AnyQuestion]:
        """With a reason for the whole part nothing more is asked; a row that answers it is itself finished."""
        if self.reasons.get("part") or self._wants_reason():
            return []
        due = [question for question in self.part.questions if self._is_due(question)]
        return [q for q in due if isinstance(q, RowsQuestion)] if self._answered_by_a_row() else due

    def _is_due(self, question: AnyQuestion) -> bool:
        return self.stage == "submit" or self.part.stage(question) == "drafting"

    def _chosen(self) -> Iterator[tuple[AnyQuestion, Option]]:
        """The options chosen in the part's own questions."""
        for question in self.part.questions:
            yield from ((question, o) for o in chosen_options(question, self.answers.get(question.key)))

    def _wants_reason(self) -> bool:
        return any(option.needs_reason for _, option in self._chosen()) and not self.reasons.get("part")

    def _answered_by_a_row(self) -> bool:
        rows = [q for q in self.part.questions if isinstance(q, RowsQuestion)]
        cells = ((c, row.get(c.key)) for q in rows for row in self.answers.get(q.key) or () for c in q.columns)
        return any(option.answers_part for column, value in cells for option in chosen_options(column, value))

    def _reason(self) -> Iterator[Gap]:
        if self._wants_reason() and (self.stage == "submit" or self.part.completed_in == "drafting"):
            yield self._gap("part", missing_id(self.part.key), "say why this could not be obtained")

    def _question(self, question: AnyQuestion) -> Iterator[Gap]:
        value = self.answers.get(question.key)
        if isinstance(question, RowsQuestion):
            yield from self._rows(question, value)
        elif is_blank(question, value) and self._must(question):
            yield self._ask(question)

    def _must(self, question: AnyQuestion) -> bool:
        if question.reason_when_missing and self.reasons.get(question.key):
            return False
        return not question.optional or question.key in self.needed

    def _ask(self, question: AnyQuestion) -> Gap:
        base = field_id(self.part.key, question.key)
        return self._gap(question.key, first_input(question.kind, base), _to_do(question))

    def _gap(self, question: str, field: str, what: str) -> Gap:
        return Gap(self.part.key, question, field, f"{self.part.title}: {what}")

    # Rows

    def _rows(self, question: RowsQuestion, value: Any) -> Iterator[Gap]:
        rows = value or ()
        if is_blank(question, rows) and self._must(question) and not question.fixed:
            yield self._ask(question)
        by_key = {row["key"]: row for row in rows}
        for fixed in question.fixed:
            yield from self._row(question, by_key.get(fixed.key, {"key": fixed.key}), fixed.label, self._spared(fixed))
        if not question.fixed:
            for number, row in enumerate(rows, 1):
                if row in filled_rows(question, [row]):
                    yield from self._row(question, row, f"{question.row_title} {number}")

    def _spared(self, fixed: Any) -> bool:
        return self.unborn and fixed.unborn_not_applicable

    def _row(self, question: RowsQuestion, row: Mapping[str, Any], title: str, spared: bool = False) -> Iterator[Gap]:
        wanted = needed(question.columns, row)
        if question.key == "standards" and row.get("action"):
            wanted.add("route")
        for column in question.columns:
            must = column.key in wanted or not (column.optional or spared)
            if must and is_blank(column, row.get(column.key)):
                base = field_id(self.part.key, question.key, row["key"], column.key)
                yield self._gap(question.key, first_input(column.kind, base), f"{title}: {_to_do(column)}")

    # What the recommendations must hold

    def _none_given(self) -> bool:
        given = recommendation_rows(self.template, self.all)
        return self.part is self.template.recommendations_part and not given and not self.reasons.get("part")

    def _rest(self) -> Iterator[Gap]:
        """No recommendation at all; or an answer that promises one, and none answers this part."""
        if self._none_given():
            base = field_id(self.part.key, LEVELS[0])
            yield self._gap(LEVELS[0], base, "add at least one, or say why there are none")
        for question, base, level in self._promises():
            if self._is_due(question) and not self._recommended(level):
                where = "for this child" if level == "child" else "for it"
                yield self._gap(
                    question.key,
                    base,
                    f"{question.label}: add a recommendation {where} that answers this part",
                )

    def _promises(self) -> Iterator[tuple[AnyQuestion, str, str]]:
        for question in self.part.questions:
            value = self.answers.get(question.key)
            base = field_id(self.part.key, question.key)
            yield from (
                (question, base, o.needs_recommendation)
                for o in chosen_options(question, value)
                if o.needs_recommendation
            )
            if isinstance(question, RowsQuestion):
                yield from self._row_promises(question, value or ())

    def _row_promises(self, question: RowsQuestion, rows: Any) -> Iterator[tuple[AnyQuestion, str, str]]:
        for row in rows:
            for column in question.columns:
                for option in chosen_options(column, row.get(column.key)):
                    if option.needs_recommendation:
                        base = field_id(self.part.key, question.key, row["key"], column.key)
                        yield question, base, option.needs_recommendation

    def _recommended(self, level: str) -> bool:
        levels = LEVELS[:1] if level == "child" else LEVELS
        rows = recommendation_rows(self.template, self.all)
        return any(lvl in levels and row.get("finding") == self.part.key and row.get("action") for lvl, row in rows)


def _to_do(question: AnyQuestion) -> str:
    if question.to_do:
        return question.to_do
    return "choose a grade" if question.kind == "grade" else f"answer “{question.label}”"
