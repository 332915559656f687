"""What the two records are made of: plain data out of the case, checked as it comes in.

The queries room reads it from the database for a viewer and hands it over as JSON, because neither room may
import the other; here it gets its shape, and anything missing, misspelt or too much is refused. The same JSON is
what the SHA-256 covers, so that the document shows exactly what was hashed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar, TypeVar

from pydantic import ConfigDict, TypeAdapter

from forms.descriptor import FormTemplate

Answers = dict[str, dict[str, Any]]


class Closed:
    """No key that is not known: a field that nobody draws would be hashed and not seen."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Child(Closed):
    """The child block. An unborn child has the date expected and no date of birth."""

    name: str
    case_system_id: str
    born_on: date | None
    expected_on: date | None
    status: str
    case_open: bool


@dataclass(frozen=True)
class Conduct(Closed):
    """The review block: by whom, on whom, when."""

    theme: str
    reviewer: str
    reviewer_kind: str
    worker: str
    line_manager: str
    due_on: date
    reviewed_on: date
    look_back_from: date
    submitted_on: date


@dataclass(frozen=True)
class Decided(Closed):
    """The decision in force. `acting` says for whom a deputy acted, and why."""

    how: str
    by: str
    acting: str
    on: date
    reason: str


@dataclass(frozen=True)
class Graded(Closed):
    """A section's two grades in the words of the form, and the decision's reason."""

    part: str
    title: str
    reviewer: str
    final: str
    reason: str


@dataclass(frozen=True)
class Disagreement(Closed):
    """One that stands: the words of who disagrees, and the reviewer's answer."""

    part: str
    who: str
    text: str
    reply: str


@dataclass(frozen=True)
class Recommended(Closed):
    """A recommendation as it was decided, whatever became of it since."""

    reference: str
    level: str
    finding: str
    action: str
    effect: str
    owner: str
    due_on: date | None


@dataclass(frozen=True)
class Closing(Closed):
    """The closing block but for the upload date, which comes after the document."""

    sent_on: date | None
    tracker_meeting_on: date | None
    by_panel: bool


@dataclass(frozen=True)
class Correction(Closed):
    """An addendum to an issued review."""

    on: date
    text: str
    reason: str


@dataclass(frozen=True)
class Reopened(Closed):
    """That this decision is in force no more: which one it was, counted from 1, and when it was taken up again.

    Why is not here: the record is the same for everybody who may have it.
    """

    number: int
    on: date


@dataclass(frozen=True)
class ReviewContent(Closed):
    """A decided review. `answers` are the deciding revision's without what was said in confidence; `people`
    are the names of those whom answers name."""

    template: FormTemplate
    reference: str
    authority: str
    id_label: str
    child: Child
    conduct: Conduct
    decided: Decided
    answers: Answers
    people: dict[str, str]
    grades: tuple[Graded, ...]
    disagreements: tuple[Disagreement, ...]
    recommendations: tuple[Recommended, ...]
    closing: Closing
    corrections: tuple[Correction, ...]
    reopened: Reopened | None = None


@dataclass(frozen=True)
class Dissent(Closed):
    """A member of the panel, or the reviewer, who did not agree with the decision."""

    who: str
    text: str


@dataclass(frozen=True)
class Substitute(Closed):
    """Somebody who sat for a member: both names stay in the record (R4)."""

    who: str
    instead_of: str


@dataclass(frozen=True)
class Sitting(Closed):
    """Who heard the review at the panel, who was out or excused, and how the decision was reached.

    Why somebody was out is between that person and the Head of QA, and is not here.
    """

    on: date
    took_part: tuple[str, ...]
    out: tuple[str, ...]
    excused: tuple[str, ...]
    substitutes: tuple[Substitute, ...]
    reached: str = ""


@dataclass(frozen=True)
class ModerationContent(Closed):
    """The one agreed form of a review. `template`, `asked` (the parts of it) and `answers` are the moderation
    form's; without a panel there is no such form, and the decision and its grades are the record."""

    template: FormTemplate | None
    review_form: str
    reference: str
    authority: str
    id_label: str
    child: Child
    reviewer: str
    reviewed_on: date
    decided: Decided
    panel: Sitting | None
    asked: tuple[str, ...]
    answers: Answers
    people: dict[str, str]
    grades: tuple[Graded, ...]
    dissents: tuple[Dissent, ...]
    reopened: Reopened | None = None


Content = TypeVar("Content", ReviewContent, ModerationContent)
_REVIEW, _MODERATION = TypeAdapter(ReviewContent), TypeAdapter(ModerationContent)


def read_review(template: FormTemplate, data: Mapping[str, Any]) -> ReviewContent:
    """The data of a review's record. pydantic.ValidationError where it is not one."""
    return _REVIEW.validate_python({**data, "template": template})


def read_moderation(template: FormTemplate | None, data: Mapping[str, Any]) -> ModerationContent:
    """The same for a moderation record."""
    return _MODERATION.validate_python({**data, "template": template})


def content_sha256(content: ReviewContent | ModerationContent) -> str:
    """SHA-256 of the content as canonical JSON: sorted keys, no spaces, the form by its own checksum.

    A record in force says nothing of reopening, so that its figure is the one it was issued with.
    """
    adapter: Any = _REVIEW if isinstance(content, ReviewContent) else _MODERATION
    form = content.template.checksum if content.template else None
    left_out = {"template"} if content.reopened else {"template", "reopened"}
    return sha256({**adapter.dump_python(content, mode="json", exclude=left_out), "form": form})


def sha256(data: Mapping[str, Any]) -> str:
    """SHA-256 of plain data as canonical JSON."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def in_force(content: Content) -> Content:
    """The record as it was before its decision was taken up again: what is on the case file."""
    return replace(content, reopened=None)


def before_corrections(content: ReviewContent) -> ReviewContent:
    """The record as it was first issued."""
    return replace(content, corrections=(), reopened=None)
