"""The calendar file of a meeting: its times on either side of a clock change, its number, its text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import icalendar
import pytest

from app.clock import LONDON
from app.documents.calendar_file import Appointment, calendar_file

URL = "https://plumbline.example.org/panel/meetings/4be1"
KNOWN = {"UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "STATUS", "SUMMARY", "LOCATION", "URL"}


def made(**changes: Any) -> bytes:
    values: dict[str, Any] = {
        "uid": "6f1c9a52-7c54-4a50-8a38-0a4c1d1f9e11",
        "starts_at": datetime(2026, 12, 3, 10, 0, tzinfo=LONDON),
        "minutes": 90,
        "place": "Committee room 2",
        "sequence": 3,
        "cancelled": False,
        "made_at": datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=UTC),
    }
    return calendar_file(Appointment(**{**values, **changes}), URL)


def event(content: bytes) -> Any:
    [found] = icalendar.Calendar.from_ical(content).walk("VEVENT")
    return found


def test_it_says_when_where_and_no_more() -> None:
    found = event(made())
    assert set(found) == KNOWN
    assert (str(found["UID"]), found["SEQUENCE"]) == ("6f1c9a52-7c54-4a50-8a38-0a4c1d1f9e11", 3)
    assert (found["SUMMARY"], found["STATUS"], found["LOCATION"]) == (
        "Moderation panel", "CONFIRMED", "Committee room 2",
    )  # fmt: skip
    assert str(found["URL"]) == URL
    assert found["DTSTAMP"].dt == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("local", "utc", "ends"),
    [
        ((2027, 3, 26, 10, 0), (2027, 3, 26, 10, 0), (2027, 3, 26, 11, 30)),  # the Friday before summer time
        ((2027, 3, 29, 10, 0), (2027, 3, 29, 9, 0), (2027, 3, 29, 10, 30)),  # and the Monday after
        ((2027, 10, 29, 10, 0), (2027, 10, 29, 9, 0), (2027, 10, 29, 10, 30)),
        ((2027, 11, 1, 10, 0), (2027, 11, 1, 10, 0), (2027, 11, 1, 11, 30)),
        ((2027, 3, 28, 0, 30), (2027, 3, 28, 0, 30), (2027, 3, 28, 2, 0)),  # over the missing hour itself
    ],
)
def test_ten_o_clock_is_ten_o_clock_on_either_side_of_a_clock_change(
    local: tuple[int, ...], utc: tuple[int, ...], ends: tuple[int, ...]
) -> None:
    found = event(made(starts_at=datetime(*local, tzinfo=LONDON)))  # type: ignore[arg-type, misc]
    assert found["DTSTART"].dt == datetime(*utc, tzinfo=UTC)  # type: ignore[arg-type, misc]
    assert found["DTEND"].dt == datetime(*ends, tzinfo=UTC)  # type: ignore[arg-type, misc]
    assert found["DTSTART"].dt.astimezone(LONDON).hour == local[3]


def test_a_cancelled_meeting_is_struck_out_of_the_calendar() -> None:
    first, then = event(made()), event(made(cancelled=True, sequence=4))
    assert then["STATUS"] == "CANCELLED"
    assert then["UID"] == first["UID"]
    assert then["SEQUENCE"] > first["SEQUENCE"]


HOSTILE = "Room; 2, back\\slash\nEND:VEVENT\nBEGIN:VALARM\nSUMMARY:Another " + "ŵ" * 200


def test_what_was_typed_as_the_place_stays_the_place() -> None:
    content = made(place=HOSTILE)
    found = event(content)
    assert str(found["LOCATION"]) == HOSTILE
    assert set(found) == KNOWN
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")


def test_without_a_place_there_is_no_location() -> None:
    assert set(event(made(place=""))) == KNOWN - {"LOCATION"}
