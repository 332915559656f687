"""What of the panel a page would offer to whom: where a legal move is drawn from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app import clock
from app.extensions import session
from app.models.panel import PanelItem, PanelMeeting, PanelReading
from app.models.people import Person
from app.models.reviews import Review
from app.policy.actor import Actor
from app.policy.panel import chairing, item_of
from app.services import gate, panel_decision, panel_facts, panel_meetings
from app.services.panel_steps import items_on
from tests.property.panel_moves import ITEM_MOVES, READING_MOVES, suitable
from workflows.panel import ITEM, READING
from workflows.states import PanelItemState

FEW = 4  # meetings to come, so that there is one to refer to


def tied_to(row: Any) -> list[Person]:
    """Those of the panel who could do something to it, beside the Head's office."""
    if isinstance(row, PanelReading):
        return [row.person, *chair_of(row.item)]
    if isinstance(row, PanelItem):
        return [*chair_of(row), *(reading.person for reading in row.readings), row.review.reviewer]
    if isinstance(row, PanelMeeting):
        return [row.chair]
    item = item_of(row)
    return chair_of(item) if item else []


def chair_of(item: PanelItem) -> list[Person]:
    found = chairing(item)
    person = session.get(Person, found.person_id) if found else None
    return [person] if person else []


def open_on_item(actor: Actor, item: PanelItem) -> Iterator[str]:
    """As the page of an item offers it. What the decision needs is given with it, so that it is open where its
    guards on the item are."""
    facts = panel_facts.item_facts(actor, item)
    names = {each.trigger for each in ITEM.available(item, gate.command(actor, facts)) if each.open}
    for name in sorted(names & set(ITEM_MOVES)):
        if name not in ("move", "relist", "relist_opened") or elsewhere(item):
            yield f"panel_item.{name}"
    if "decide" in names:
        yield "review.decide"
    if "share_comments" in names:
        yield "panel_item.save_agreed"
    if panel_decision.may_record_own(actor, item):
        yield "panel_item.dissent"


def elsewhere(item: PanelItem) -> bool:
    here = item.meeting.public_id if item.meeting else None
    return any(each != here for each in suitable(item.review, 0))


def open_on_reading(actor: Actor, reading: PanelReading) -> Iterator[str]:
    facts = panel_facts.reading_facts(reading)
    names = {each.trigger for each in READING.available(reading, gate.command(actor, facts)) if each.open}
    if "save" in names:
        names.add("submit")
    if reading.item.state is PanelItemState.LEFT or not reading.item.latest:
        names.discard("declare")
    for name in sorted(names & set(READING_MOVES)):
        yield f"panel_reading.{name}"


def open_on_meeting(actor: Actor, meeting: PanelMeeting) -> Iterator[str]:
    if meeting.ended_at is not None or meeting.cancelled_at is not None:
        return
    office = gate.office().holds(actor.id)
    runs = office or actor.id in (meeting.chair_id, meeting.deputy_chair_id)
    begun, today = meeting.started_at is not None, clock.day_of(meeting.starts_at) == clock.today()
    listed = bool(items_on(meeting))
    offered = {
        "attend": runs and not begun and today and listed,
        "end": runs and begun and not listed,
        "change": office and not begun and meeting.starts_at > clock.now(),
        "substitute": office and free_substitutes(meeting),
        "order": office and listed,
        "cancel": office and not begun and not listed,
        "themes": office and begun,
    }
    if office and len(panel_facts.upcoming()) < FEW:
        yield "panel_meeting.set_up"
    yield from (f"panel_meeting.{name}" for name, is_open in offered.items() if is_open)


def free_substitutes(meeting: PanelMeeting) -> bool:
    seated = {seat.person_id for seat in meeting.seats}
    here = any(seat.left_at is None for seat in meeting.seats)
    return here and any(row.id not in seated for row in panel_meetings.who_may_sit(substitutes=True))


def open_on_review(review: Review, open_steps: set[str]) -> set[str]:
    """Which of the panel's steps on a review are open with what `good` gives; `open_steps` as a page has them."""
    found = open_steps & {"send_back", "refer_to_panel", "reopen_decision"}
    far = bool(found & {"refer_to_panel", "reopen_decision"}) and suitable(review, panel_facts.FAR_ENOUGH)
    return found if far else found & {"send_back"}
