"""What the panel's own documents are made of: a meeting, the reviews one member reads, what became of each.

Plain data for one reader, checked as it comes in like the records' (`content`); the minutes' SHA-256 covers it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from app.documents.content import Answers, Child, Closed, Conduct, Decided, Dissent, Graded, Sitting, sha256
from forms.descriptor import FormTemplate


@dataclass(frozen=True)
class Meeting(Closed):
    """When and where, and who chairs. Times are London's, as "10:00"."""

    on: date
    begins: str
    ends: str
    place: str
    chair: str
    deputy_chair: str


# --- the pre-read pack ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said(Closed):
    """What the worker or the line manager said of one part, and the reviewer's answer to it."""

    part: str
    stance: str
    text: str
    reply: str
    reply_text: str


@dataclass(frozen=True)
class Answered(Closed):
    """One response: whose, and in whose words."""

    who: str
    name: str
    on: date
    proud_of: str
    do_differently: str
    said: tuple[Said, ...]


@dataclass(frozen=True)
class ToRead(Closed):
    """A review as it was submitted, with the moderation form that is asked of it.

    `answers` hold what was said in confidence: the panel reads it. `told`: what the panel is told beside it (R4).
    """

    template: FormTemplate
    form: FormTemplate
    asked: tuple[str, ...]
    reference: str
    initials: str
    due_on: date | None
    child: Child
    conduct: Conduct
    answers: Answers
    people: dict[str, str]
    responses: tuple[Answered, ...]
    told: tuple[str, ...]


@dataclass(frozen=True)
class PackContent(Closed):
    """What one member reads before a meeting."""

    authority: str
    id_label: str
    reader: str
    meeting: Meeting
    reviews: tuple[ToRead, ...]


# --- the minutes ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attended(Closed):
    """Somebody with a seat: as what, whether there, and for whom or by whom replaced."""

    name: str
    seat: str
    attendance: str
    note: str


@dataclass(frozen=True)
class Left(Closed):
    """How an item left the agenda undecided: adjourned, moved, sent back, withdrawn."""

    how: str
    by: str
    reason: str


@dataclass(frozen=True)
class Settled(Closed):
    """A recommendation as the decision settled it: kept, changed, added or dropped."""

    what: str
    action: str
    effect: str
    owner: str
    due_on: date | None
    reason: str


@dataclass(frozen=True)
class Arising(Closed):
    """An action arising at the panel."""

    action: str
    owner: str
    timescale: str


@dataclass(frozen=True)
class Outcome(Closed):
    """A decision as the minutes have it; `reopened_on` where it was taken up again."""

    decided: Decided
    grades: tuple[Graded, ...]
    recommendations: tuple[Settled, ...]
    actions: tuple[Arising, ...]
    themes: tuple[str, ...]
    dissents: tuple[Dissent, ...]
    reopened_on: date | None
    reopened_reason: str


@dataclass(frozen=True)
class Minuted(Closed):
    """One item. `state` is how it stands; what this reader may not see of it is None."""

    reference: str
    initials: str
    state: str
    chaired_by: str
    chaired_why: str
    sitting: Sitting | None
    left: tuple[Left, ...]
    outcome: Outcome | None


@dataclass(frozen=True)
class MinutesContent(Closed):
    """The minutes of one meeting as one person may have them."""

    authority: str
    reader: str
    meeting: Meeting
    began: str
    ended: str
    attendance: tuple[Attended, ...]
    items: tuple[Minuted, ...]


_PACK, _MINUTES = TypeAdapter(PackContent), TypeAdapter(MinutesContent)


def read_pack(data: Mapping[str, Any]) -> PackContent:
    """The data of a pack. pydantic.ValidationError where it is not one."""
    return _PACK.validate_python(data)


def read_minutes(data: Mapping[str, Any]) -> MinutesContent:
    """The same for the minutes."""
    return _MINUTES.validate_python(data)


def minutes_sha256(content: MinutesContent) -> str:
    """SHA-256 of all that the minutes say."""
    return sha256(_MINUTES.dump_python(content, mode="json"))
