"""A meeting of the panel as a calendar file (RFC 5545): when and where, and nothing of any child.

The times are instants in UTC, so that no programme has to know when the clocks change. The UID never changes and
SEQUENCE grows with every change, so that a file opened again moves the entry, or strikes it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

SUMMARY = "Moderation panel"
MAKER = "-//Plumbline//Moderation panel//EN"


@dataclass(frozen=True)
class Appointment:
    """One meeting. `made_at` is when the file was made, `url` the meeting's page."""

    uid: str
    starts_at: datetime
    minutes: int
    place: str
    sequence: int
    cancelled: bool
    made_at: datetime


def calendar_file(appointment: Appointment, url: str) -> bytes:
    """The file, with lines that end and fold as the standard asks; text that was typed is text."""
    calendar = Calendar()
    calendar.add("prodid", MAKER)
    calendar.add("version", "2.0")
    calendar.add_component(_event(appointment, url))
    return bytes(calendar.to_ical())


def _event(appointment: Appointment, url: str) -> Event:
    starts = _instant(appointment.starts_at)
    event = Event()
    event.add("uid", appointment.uid)
    event.add("dtstamp", _instant(appointment.made_at))
    event.add("dtstart", starts)
    event.add("dtend", starts + timedelta(minutes=appointment.minutes))
    event.add("sequence", appointment.sequence)
    event.add("status", "CANCELLED" if appointment.cancelled else "CONFIRMED")
    event.add("summary", SUMMARY)
    if appointment.place:
        event.add("location", appointment.place)
    event.add("url", url)
    return event


def _instant(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
