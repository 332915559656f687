"""One agenda in words: how each review stands, one's own reading, who has submitted, whether it is quorate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for

from app import clock
from app.policy.actor import Actor
from app.policy.panel import chairing, reading_of
from app.policy.rules import may
from app.policy.visibility import Aspect
from app.queries import my_work
from app.queries.initials import told_apart
from app.queries.panel_meetings import Agenda, Listed
from app.services import panel_facts
from app.services.form_versions import template_of
from app.web import access, panel_links, panel_words, words
from app.web.wording import count_noun, day
from forms import moderation as forms
from workflows.permissions import Permission

UNREAD = ("invited", "reading")
MAY_COUNT = (*UNREAD, "submitted")
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def rows(shown: Agenda, meeting: Any, quorum: int) -> list[dict[str, Any]]:
    """The agenda for the page, in its order."""
    initials = told_apart(row.review.child for row in (*shown.on, *shown.left))
    movable = [row.item.id for row in shown.undecided]
    room = _Room(meeting, panel_facts.sitting(meeting), quorum)
    return [_row(row, room, initials, movable) for row in shown.on]


@dataclass(frozen=True)
class _Room:
    """What every item of the agenda is asked against: who sits, and how many are needed."""

    meeting: Any
    seats: list[Any]
    quorum: int

    @property
    def begun(self) -> bool:
        return self.meeting.started_at is not None


def left_rows(shown: Agenda) -> list[dict[str, Any]]:
    """What left the agenda, and how."""
    initials = told_apart(row.review.child for row in (*shown.on, *shown.left))
    return [
        {
            **_known_by(row, initials),
            "tag": panel_words.LEFT.get(row.outcome, panel_words.ITEM["left"]),
            "reason": row.reason,
        }
        for row in shown.left
    ]


def _known_by(row: Listed, initials: dict[int, str]) -> dict[str, Any]:
    return {"reference": row.review.reference, "initials": initials[row.review.child.id]}


def _row(row: Listed, room: _Room, initials: dict[int, str], movable: list[int]) -> dict[str, Any]:
    item, open_now = row.item, row.item.id in movable
    place = movable.index(item.id) if open_now else -1
    tells = open_now and Aspect.WHO_SUBMITTED in row.sight
    return {
        **_known_by(row, initials),
        "number": row.number,
        "public_id": item.public_id,
        "url": panel_links.offered("panel_item.show", public_id=item.public_id) if item.latest else "",
        "reviewer": row.review.reviewer.name,
        "tag": panel_words.item_tag(item),
        "chairs": _who_chairs(item) if open_now else "",
        "own": _own(row) if row.own is not None else None,
        "people": _people(item, room) if tells else [],
        "quorum": _quorum(access.actor(), item, room) if tells else None,
        "up": place > 0,
        "down": open_now and place < len(movable) - 1,
    }


def _who_chairs(item: Any) -> str:
    """Only where it is not the chair, and only to who knows of the item."""
    found = chairing(item)
    name = _name(item, found.person_id) if found is not None and found.why else ""
    return f"{name} chairs this item: {found.why}." if found is not None and name else ""


def _name(item: Any, person_id: int) -> str:
    row = reading_of(person_id, item)
    return row.person.name if row is not None else ""


# --- one's own reading ----------------------------------------------------------------------------------


def _own(row: Listed) -> dict[str, Any]:
    """How one's own reading stands, and the way to it."""
    state = str(row.own.state) if row.own else ""
    awaited = state in UNREAD and str(row.item.state) != "decided"
    due = row.item.due_on if awaited and row.item.due_on else None
    return {
        "tag": panel_words.READING[state],
        "url": panel_links.offered("panel_reading.show", public_id=row.own.public_id) if row.own else "",
        "link": _link(row, state),
        "due": f"due {day(due)}" if due else "",
        "late": words.overdue(my_work.days_late(due)) if due else "",
        "reason": row.own.excused_reason if row.own and state == "excused" else "",
        "main": awaited,
    }


def _link(row: Listed, state: str) -> str:
    if state == "reading":
        done, asked = forms.parts_done(
            template_of(row.review.form_version), template_of(row.item.form_version), row.answers
        )
        return f"Continue · {done} of {asked} parts"
    return {"invited": "Read alone", "submitted": "See what you wrote"}.get(state, "")


# --- who has submitted, and quorum ----------------------------------------------------------------------


def _people(item: Any, room: _Room) -> list[dict[str, Any]]:
    """Each who sits: how far the reading has come, never what is in it."""
    found = []
    for seat in room.seats:
        row = reading_of(seat.person_id, item)
        if row is not None:
            found.append(
                {
                    "name": seat.person.name,
                    "tag": panel_words.READING[str(row.state)],
                    "note": _note(row, seat, room.meeting),
                }
            )
    return found


def _note(row: Any, seat: Any, meeting: Any) -> str:
    if str(row.state) == "excused":
        return str(row.excused_reason)
    return "not here" if meeting.started_at and str(seat.attendance) != "present" else ""


def _quorum(actor: Actor, item: Any, room: _Room) -> dict[str, Any] | None:
    """Whether the item can be decided at this meeting; where it cannot, what can be done (R4)."""
    begun, needed, counted = room.begun, room.quorum, _who_counts(item, room)
    chair = chairing(item)
    reasons = []
    if len(counted) < needed:
        here = "here with a submitted reading" if begun else "free to read it and to come"
        reasons.append(f"{len(counted)} of the {needed} needed {'is' if len(counted) == 1 else 'are'} {here}.")
    if chair is None or chair.person_id not in counted:
        able = "is here with a submitted reading" if begun else "is free to chair it"
        reasons.append(f"Neither the chair nor the deputy chair {able}.")
    if not reasons:
        said = (
            f"Quorate: {count_noun(len(counted), 'person', 'people')} here with a submitted reading." if begun else ""
        )
        return {"short": False, "text": said, "ways": []} if said else None
    lead = "Not quorate now." if begun else "This item would not be quorate."
    return {"short": True, "text": " ".join([lead, *reasons]), "ways": _ways(actor, item, room.meeting)}


def _who_counts(item: Any, room: _Room) -> set[int]:
    if room.begun:
        return {row.person_id for row in panel_facts.ready_of(item, room.seats)}
    here = {seat.person_id for seat in room.seats}
    return {row.person_id for row in item.readings if str(row.state) in MAY_COUNT and row.person_id in here}


def _ways(actor: Actor, item: Any, meeting: Any) -> list[dict[str, str]]:
    """What this person can do about it."""
    office, found = access.office(), []
    if may(actor, Permission.RUN_MEETING, meeting, office) and can_attend(meeting):
        found.append(("Say who has arrived", url_for("panel.attend", public_id=meeting.public_id)))
    if may(actor, Permission.SET_UP_PANEL, meeting, office):
        found.append(("Name a substitute", url_for("panel.substitute", public_id=meeting.public_id)))
    for trigger, label, permission in (
        ("move", "Move it to another meeting", Permission.LIST_ITEM),
        ("adjourn", "Adjourn it", Permission.ADJOURN_ITEM),
    ):
        url = panel_links.offered("panel_item.act", public_id=item.public_id, action=trigger)
        opened = trigger == "move" and item.opened_at is not None
        if url and not opened and may(actor, permission, item, office):
            found.append((label, url))
    return [{"text": text, "url": url} for text, url in found]


def can_attend(meeting: Any) -> bool:
    """On the day, and for as long as a meeting that began goes on."""
    if meeting.ended_at is not None or meeting.cancelled_at is not None:
        return False
    return meeting.started_at is not None or clock.day_of(meeting.starts_at) == clock.today()


def quorum_words(quorum: int) -> str:
    """The rule in a sentence."""
    number = NUMBERS[quorum] if quorum < len(NUMBERS) else str(quorum)
    return (
        f"{number.capitalize()} present, each with a submitted reading of the item, one of them the chair or the "
        "deputy chair."
    )
