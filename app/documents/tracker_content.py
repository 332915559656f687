"""What the minutes of a tracker meeting are made of: plain data for one reader, checked as it comes in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from app.documents.content import Closed, sha256


@dataclass(frozen=True)
class Came(Closed):
    """Somebody who was asked, and whether he or she came."""

    name: str
    present: bool


@dataclass(frozen=True)
class TrackerMinuted(Closed):
    """One recommendation: its words, owner and date as they were then, and what was said. One that was not reached
    has its reference alone."""

    reference: str
    initials: str
    action: str
    owner: str
    due_on: date | None
    progress: str
    evidence: str
    impact: str
    decision: str
    next_step: str
    forecast: str
    new_due_on: date | None
    new_due_reason: str
    recorded_by: str
    recorded_at: str


@dataclass(frozen=True)
class TrackerMinutesContent(Closed):
    """The minutes as one person may have them. `notes`: what was said of no single recommendation."""

    authority: str
    reader: str
    on: date
    place: str
    began: str
    ended: str
    attendance: tuple[Came, ...]
    notes: str
    items: tuple[TrackerMinuted, ...]


_MINUTES = TypeAdapter(TrackerMinutesContent)


def read_tracker_minutes(data: Mapping[str, Any]) -> TrackerMinutesContent:
    """The data of minutes. pydantic.ValidationError where it is not that."""
    return _MINUTES.validate_python(data)


def tracker_minutes_sha256(content: TrackerMinutesContent) -> str:
    """SHA-256 of all that they say."""
    return sha256(_MINUTES.dump_python(content, mode="json"))
