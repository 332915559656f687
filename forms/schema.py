"""A form as data: what a template may say, and nothing else.

Frozen, strict and closed: an unknown key is refused, so that a template an administrator loads can carry no
code, no expression and no name of a function. A review points at one version for life (R13), so everything
that its pages need (questions, options, scale) is inside; only the criteria's texts are beside it.
"""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

# What a web form or an answer calls its own things.
RESERVED = frozenset(
    {
        "csrf_token",
        "data",
        "errors",
        "form_errors",
        "key",
        "meta",
        "missing",
        "part",
        "populate_obj",
        "post_process",
        "press_row_button",
        "process",
        "reasons",
        "rows",
        "validate",
    }
)
MAX_TEXT = 20_000
MAX_ROWS = 60

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=40)]
TemplateKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
Version = Annotated[str, StringConstraints(pattern=r"^([0-9]{4}-[0-9]{2}|[0-9]{1,4})$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\r\n\t]*$")]
Note = Annotated[str, StringConstraints(max_length=1000)]
Stage = Literal["drafting", "discussion"]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _unique(what: str, keys: list[str] | list[int]) -> None:
    twice = sorted({str(key) for key in keys if keys.count(key) > 1})  # type: ignore[arg-type]
    if twice:
        raise ValueError(f"two {what} are called {', '.join(twice)}")


class GradePoint(Frozen):
    """One grade. `value` is for statistics and order, and is never shown."""

    value: Annotated[int, Field(ge=1, le=9)]
    key: Slug
    label: Line
    means: Note = ""


class Scale(Frozen):
    """The grades, best first."""

    points: Annotated[tuple[GradePoint, ...], Field(min_length=2, max_length=9)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        _unique("grades", [point.key for point in self.points])
        values = [point.value for point in self.points]
        if values != sorted(set(values), reverse=True):
            raise ValueError("the grades' values must fall from the best to the worst")
        return self

    def get(self, key: str | None) -> GradePoint | None:
        return next((point for point in self.points if point.key == key), None)

    def label(self, key: str | None) -> str:
        """The grade in the scale's own words; empty where none was given."""
        point = self.get(key)
        return point.label if point else ""


class Option(Frozen):
    """One answer to choose.

    needs: a question beside this one that must then be answered too.
    needs_reason: the part must then say why it could not be answered (R1).
    answers_part: choosing it in a row answers the whole part (a family that declined is not asked again).
    needs_recommendation: a recommendation must answer this part: "child" a child-level one, "any" either.
    """

    key: Slug
    label: Line
    hint: Note = ""
    group: Annotated[str, StringConstraints(max_length=100)] = ""
    needs: Slug | None = None
    needs_reason: bool = False
    answers_part: bool = False
    needs_recommendation: Literal["child", "any"] | None = None


Options = Annotated[tuple[Option, ...], Field(min_length=2, max_length=80)]


class QuestionBase(Frozen):
    """What all kinds share.

    to_do: the words after the part's title in the list of what is still missing.
    optional: may stay empty for ever. Nothing is ever required to save a draft.
    reason_when_missing: may be left out if a reason is written instead (R1).
    confidential: seen by the reviewer, the Head of QA and the panel alone.
    """

    key: Slug
    label: Line
    hint: Note = ""
    to_do: Annotated[str, StringConstraints(max_length=300)] = ""
    optional: bool = False
    reason_when_missing: bool = False
    confidential: bool = False
    completed_in: Stage | None = None

    @model_validator(mode="after")
    def _not_reserved(self) -> Self:
        if self.key in RESERVED:
            raise ValueError(f"a question may not be called {self.key}")
        return self


class TextQuestion(QuestionBase):
    kind: Literal["text"]
    lines: Annotated[int, Field(ge=1, le=40)] = 6
    max_length: Annotated[int, Field(ge=1, le=MAX_TEXT)] = MAX_TEXT


class GradeQuestion(QuestionBase):
    """A grade on the template's scale; `criteria` names the section of the criteria, or "overall"."""

    kind: Literal["grade"]
    criteria: Slug


class _WithOptions(QuestionBase):
    options: Options

    @model_validator(mode="after")
    def _options_differ(self) -> Self:
        _unique("options", [option.key for option in self.options])
        return self

    def option(self, key: str | None) -> Option | None:
        return next((option for option in self.options if option.key == key), None)


class ChoiceQuestion(_WithOptions):
    kind: Literal["choice"]
    display: Literal["radios", "select"] = "radios"


class ChoicesQuestion(_WithOptions):
    kind: Literal["choices"]


class YesNoQuestion(QuestionBase):
    kind: Literal["yes_no"]


class DateQuestion(QuestionBase):
    """A day. `past`: of something that has happened, so that it cannot lie ahead."""

    kind: Literal["date"]
    past: bool = False


class PersonQuestion(QuestionBase):
    """Somebody with an account; who may be chosen is known only when the page is made."""

    kind: Literal["person"]


Simple = TextQuestion | GradeQuestion | ChoiceQuestion | ChoicesQuestion | YesNoQuestion | DateQuestion | PersonQuestion
Column = Annotated[Simple, Field(discriminator="kind")]


class FixedRow(Frozen):
    """A row the template gives, such as one practice standard."""

    key: Slug
    label: Line
    hint: Note = ""
    unborn_not_applicable: bool = False


class RowsQuestion(QuestionBase):
    """Answers of the same shape, one below the other. `fixed` rows cannot be added to or removed."""

    kind: Literal["rows"]
    columns: Annotated[tuple[Column, ...], Field(min_length=1, max_length=12)]
    row_title: Line
    add_label: Annotated[str, StringConstraints(max_length=100)] = "Add another"
    fixed: Annotated[tuple[FixedRow, ...], Field(max_length=MAX_ROWS)] = ()
    most: Annotated[int, Field(ge=1, le=MAX_ROWS)] = MAX_ROWS

    @model_validator(mode="after")
    def _check(self) -> Self:
        _unique("columns", [column.key for column in self.columns])
        _unique("rows", [row.key for row in self.fixed])
        _check_needs(self.columns)
        return self

    def column(self, key: str) -> Simple | None:
        return next((column for column in self.columns if column.key == key), None)


Question = Annotated[Simple | RowsQuestion, Field(discriminator="kind")]
AnyQuestion = Simple | RowsQuestion

PartKind = Literal["plain", "standards", "graded", "feedback", "summary", "recommendations"]
REQUIRED: dict[str, dict[str, str]] = {
    "plain": {},
    "standards": {"standards": "rows"},
    "graded": {"evidence": "text", "difference": "text", "grade": "grade"},
    "feedback": {"text": "text", "date": "date", "method": "choice", "attempts": "rows"},
    "summary": {"evidence": "text", "difference": "text"},
    "recommendations": {"child_level": "rows", "service_level": "rows"},
}
RECOMMENDATION = {"action": "text", "impact": "text", "owner": "person", "due": "date", "finding": "choice"}
COLUMNS: dict[str, dict[str, str]] = {
    "standards": {"outcome": "choice", "action": "text", "route": "choice", "follow_up": "date"},
    "child_level": RECOMMENDATION,
    "service_level": RECOMMENDATION,
    "attempts": {"on": "date", "how": "choice", "outcome": "choice"},
}


def _check_needs(questions: tuple[Simple, ...] | tuple[AnyQuestion, ...]) -> None:
    keys = {question.key for question in questions}
    for question in questions:
        for option in getattr(question, "options", ()):
            if option.needs is not None and option.needs not in keys - {question.key}:
                raise ValueError(f"{question.key}: {option.key} needs {option.needs}, which is not asked here")


class Part(Frozen):
    """One page of a form. Its `kind` says which questions the rest of the product may rely on."""

    key: Slug
    title: Line
    kind: PartKind
    intro: Note = ""
    prompts: Annotated[tuple[Note, ...], Field(max_length=20)] = ()
    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=30)]
    reason_when_missing: bool = False
    reason_label: Annotated[str, StringConstraints(max_length=300)] = ""
    completed_in: Stage = "drafting"
    confidential: bool = False

    @property
    def names_people(self) -> bool:
        """Whether anybody is chosen in it, in its rows too: else nobody's name need be read to show it."""
        rows = (question.columns for question in self.questions if isinstance(question, RowsQuestion))
        return any(each.kind == "person" for each in (*self.questions, *(column for row in rows for column in row)))

    @model_validator(mode="after")
    def _check(self) -> Self:
        _unique("questions", [question.key for question in self.questions])
        _check_needs(self.questions)
        self._check_kind()
        self._check_reasons()
        return self

    def _check_kind(self) -> None:
        for key, kind in REQUIRED[self.kind].items():
            question = self.question(key)
            if question is None or question.kind != kind:
                raise ValueError(f"a {self.kind} part needs a {kind} question called {key}")
            if isinstance(question, RowsQuestion):
                _check_columns(question)

    def _check_reasons(self) -> None:
        needing = [o.key for q in self.questions for o in _options(q) if o.needs_reason]
        if needing and not self.reason_when_missing:
            raise ValueError(f"{needing[0]} needs a reason: the part must have reason_when_missing")

    def question(self, key: str) -> AnyQuestion | None:
        return next((question for question in self.questions if question.key == key), None)

    @property
    def reason_keys(self) -> tuple[str, ...]:
        """The keys of the reasons this part may carry: "part" for the whole, or a question's."""
        whole = ("part",) if self.reason_when_missing else ()
        return whole + tuple(q.key for q in self.questions if q.reason_when_missing)

    def stage(self, question: AnyQuestion) -> Stage:
        """When the question has to be finished; a part's setting holds for those that say nothing."""
        return question.completed_in or self.completed_in

    def hidden(self, question: AnyQuestion) -> bool:
        return self.confidential or question.confidential


def _options(question: AnyQuestion) -> tuple[Option, ...]:
    """Every option of a question, those of its columns included."""
    if isinstance(question, RowsQuestion):
        return tuple(option for column in question.columns for option in _options(column))
    return getattr(question, "options", ())


def _check_columns(question: RowsQuestion) -> None:
    for key, kind in COLUMNS.get(question.key, {}).items():
        column = question.column(key)
        if column is None or column.kind != kind:
            raise ValueError(f"{question.key} needs a {kind} column called {key}")
    if question.key == "standards" and not question.fixed:
        raise ValueError("the practice standards need their fixed rows")


class FormTemplate(Frozen):
    """A whole form in one version."""

    key: TemplateKey
    version: Version
    title: Line
    purpose: Literal["practice_review", "moderation"]
    has_overall_grade: bool
    criteria: Version
    scale: Scale
    parts: Annotated[tuple[Part, ...], Field(min_length=1, max_length=30)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        _unique("parts", [part.key for part in self.parts])
        if self.has_overall_grade != any(q.criteria == "overall" for _, q in self.grade_questions):
            raise ValueError("has_overall_grade and the questions for an overall grade do not agree")
        self._check_findings()
        return self

    def _check_findings(self) -> None:
        keys = {part.key for part in self.parts}
        for part in self.parts:
            wants = [o.key for q in part.questions for o in _options(q) if o.needs_recommendation]
            if wants and self.recommendations_part is None:
                raise ValueError(f"{part.key}: {wants[0]} needs a recommendation, and the form asks for none")
        for option in self._finding_options():
            if option.key not in keys:
                raise ValueError(f"a recommendation cannot answer {option.key}: there is no such part")

    def _finding_options(self) -> tuple[Option, ...]:
        part = self.recommendations_part
        rows = [q for q in part.questions if isinstance(q, RowsQuestion)] if part else []
        findings = [question.column("finding") for question in rows]
        return tuple(o for column in findings if column is not None for o in _options(column))

    def part(self, key: str) -> Part:
        """The part called `key`. KeyError where there is none."""
        for part in self.parts:
            if part.key == key:
                return part
        raise KeyError(key)

    @property
    def recommendations_part(self) -> Part | None:
        return next((part for part in self.parts if part.kind == "recommendations"), None)

    @property
    def grade_questions(self) -> tuple[tuple[Part, GradeQuestion], ...]:
        """Every grade the form asks for, with its part, in form order."""
        return tuple((p, q) for p in self.parts for q in p.questions if isinstance(q, GradeQuestion))

    @cached_property
    def canonical(self) -> str:
        """Canonical JSON: sorted keys, no spaces, no defaults, so that a later version of this code with one
        more optional setting still gives an old template its old checksum."""
        data = self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of the canonical JSON."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()
