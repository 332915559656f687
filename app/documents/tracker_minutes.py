"""The minutes of a tracker meeting: who was there, and of each recommendation what was said and what comes next.

In the order of the agenda, numbered as this reader's copy has them; those not talked about are one list at the end.
Reference and initials stand for the child.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.documents import words
from app.documents.model import Block, Document, Heading, KeyValues, List, Paragraph, Table
from app.documents.shared import seal
from app.documents.tracker_content import TrackerMinuted, TrackerMinutesContent, tracker_minutes_sha256

Facts = Iterator[tuple[str, str]]
FORECAST = {"on_track": "On track", "at_risk": "At risk", "will_miss": "Will miss its date"}


def tracker_minutes(content: TrackerMinutesContent) -> Document:
    """One person's copy of them."""
    on = words.day(content.on)
    return Document(
        title="Minutes of the tracker meeting",
        subject=f"Meeting of {on}" if content.ended else f"Meeting of {on}, as far as it has gone",
        reference=f"Tracker {on}",
        authority=content.authority,
        footer="Minutes",
        marked_for=f"Confidential: copy of {content.reader}",
        blocks=tuple(_blocks(content)),
    )


def _blocks(content: TrackerMinutesContent) -> Iterator[Block]:
    yield Heading(2, "The meeting")
    yield KeyValues(tuple(_about(content)))
    if content.attendance:
        rows = tuple((each.name, "Present" if each.present else "Absent") for each in content.attendance)
        yield Table("Who was asked", ("Name", "Attendance"), rows)
    if content.notes:
        yield Heading(2, "Notes")
        yield Paragraph(content.notes)
    for number, item in enumerate(filter(_says_something, content.items), 1):
        yield Heading(2, f"{number}. {_name(item)}")
        yield KeyValues(tuple(_facts(item)))
    left = tuple(_name(item) for item in content.items if not _says_something(item))
    if left:
        yield Heading(2, "Not discussed at this meeting")
        yield List(left)
    covers = (
        "This figure was computed from all that this copy of the minutes says. If a single letter of it were changed,"
        " the figure would be another."
    )
    yield from seal(tracker_minutes_sha256(content), covers, what="these minutes")


def _about(content: TrackerMinutesContent) -> Facts:
    yield "Date", words.day(content.on)
    if content.place:
        yield "Place", content.place
    yield "Began", content.began
    yield "Ended", content.ended or "Not yet: these minutes are not complete"


def _name(item: TrackerMinuted) -> str:
    return " ".join(filter(None, (item.reference, item.initials)))


def _says_something(item: TrackerMinuted) -> bool:
    said = (item.progress, item.evidence, item.impact, item.decision, item.next_step, item.forecast)
    return bool(item.recorded_at or any(said) or item.new_due_on or item.new_due_reason)


def _facts(item: TrackerMinuted) -> Facts:
    found = (
        ("What is to be done", item.action),
        ("Owner", item.owner),
        ("Due then", words.day(item.due_on) if item.due_on else ""),
        ("Progress", item.progress),
        ("Evidence", item.evidence),
        ("Impact heard", item.impact),
        ("Forecast", FORECAST.get(item.forecast, "")),
        ("New date", _new_date(item)),
        ("Decision", item.decision),
        ("What comes next", item.next_step),
        ("Recorded", _recorded(item)),
    )
    return ((key, value) for key, value in found if value)


def _recorded(item: TrackerMinuted) -> str:
    if not item.recorded_at:
        return "Not yet: this is not in the recommendation’s history"
    by = f", by {item.recorded_by}" if item.recorded_by else ". What was said is for its owner and its verifier"
    return item.recorded_at + by


def _new_date(item: TrackerMinuted) -> str:
    if item.new_due_on is None:
        return item.new_due_reason
    return "\n\n".join(filter(None, (words.day(item.new_due_on), item.new_due_reason)))
