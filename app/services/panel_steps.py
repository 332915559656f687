"""Taking one step of a panel item or of a reading, and what several of them share.

Locks are taken in one order, reviews, items, then a reading or the meeting, so that two who finish at once never wait
in a ring; a reading is changed only while its item is locked, or both would see "one still missing".
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import joinedload

from app.extensions import session
from app.models.panel import PanelItem, PanelListing, PanelMeeting, PanelReading
from app.models.reviews import Review
from app.policy.acting import may_act
from app.policy.actor import Actor
from app.policy.panel import CURRENT, chairing, with_people
from app.services import gate
from app.services.panel_facts import item_facts, reading_facts, ready_of
from app.services.unit_of_work import NotFound, Stale, Work
from app.services.words import words
from workflows.engine import Availability, GuardFailed, Reason
from workflows.guards import MeetingFacts
from workflows.panel import ITEM, READING
from workflows.panel_guards import ReadingFacts
from workflows.states import PanelItemState, ReadingState


def lock_item(work: Work, item_id: int, version: int | None = None, *, with_review: bool = True) -> PanelItem:
    """The item, locked and fresh, and before it its review where the step writes there as well."""
    if with_review:
        review_id = session.scalar(select(PanelItem.review_id).where(PanelItem.id == item_id))
        if review_id is None:
            raise NotFound(f"PanelItem {item_id}")
        work.lock(Review, review_id, options=OF_REVIEW)
    return lock_item_alone(work, item_id, version)


def lock_item_alone(work: Work, item_id: int, version: int | None = None) -> PanelItem:
    """The item by itself, with its readings and the seats of its meeting. Those are read once it is locked: PostgreSQL
    joins to a row that it had to wait for what stood before."""
    item = work.lock(PanelItem, item_id, version, options=OF_ITEM)
    with_people([item])
    return item


OF_REVIEW = (joinedload(Review.form_version),)
OF_ITEM = (joinedload(PanelItem.form_version),)
IDS = select(PanelReading.item_id, PanelItem.review_id).join(PanelReading.item)
IDS = IDS.where(PanelReading.id == bindparam("reading"))


def lock_reading(work: Work, reading_id: int, *, with_review: bool = True) -> PanelReading:
    """The reading, with its item locked before it."""
    ids = session.execute(IDS, {"reading": reading_id}).one_or_none()
    if ids is None:
        raise NotFound(f"PanelReading {reading_id}")
    if with_review:
        work.lock(Review, ids.review_id, options=OF_REVIEW)
    lock_item_alone(work, ids.item_id)
    return work.lock(PanelReading, reading_id)


def fresh(reading: PanelReading, expected: int | None) -> None:
    """Raise Stale where the page had another text than the one that is saved."""
    if expected is not None and reading.version != expected:
        raise Stale(reading, expected)


def take_item(
    work: Work,
    item: PanelItem,
    trigger: str,
    given: dict[str, Any] | None = None,
    *,
    meeting: MeetingFacts | None = None,
) -> None:
    """Fire one step of an item. `meeting`: the facts of the one it would be listed at."""
    command = gate.command(work.actor, item_facts(work.actor, item, meeting), given)
    work.fire(ITEM, item, trigger, command, audience=partial(item_audience, item))


def available(actor: Actor, item: PanelItem) -> list[Availability]:
    """What this person can do to the item now, with the reasons for what is not open yet."""
    return ITEM.available(item, gate.command(actor, item_facts(actor, item)))


def available_on(actor: Actor, reading: PanelReading) -> list[Availability]:
    """The same of one reading."""
    return READING.available(reading, gate.command(actor, reading_facts(reading)))


def take_reading(
    work: Work,
    reading: PanelReading,
    trigger: str,
    given: dict[str, Any] | None = None,
    *,
    facts: ReadingFacts | None = None,
) -> None:
    """Fire one step of a reading. `facts`: where they were found out already, for the text as it stands."""
    command = gate.command(work.actor, facts or reading_facts(reading), given)
    work.fire(READING, reading, trigger, command, audience=partial(_reading_audience, reading))


def item_audience(item: PanelItem) -> dict[str, Iterable[int | None]]:
    """The people behind the names in the table of steps; nobody who is out of the item hears of it (R4)."""
    return {
        "panel": [row.person_id for row in item.readings if row.state is not ReadingState.EXEMPT],
        "reviewer": [item.review.reviewer_id],
        "head_of_qa": [acting.person_id for acting in may_act(item.review, gate.office())],
    }


def _reading_audience(reading: PanelReading) -> dict[str, Iterable[int | None]]:
    heads = [acting.person_id for acting in may_act(reading.item.review, gate.office())]
    return {"reader": [reading.person_id], "head_of_qa": heads}


def standing(work: Work, item: PanelItem) -> str:
    """Why somebody other than the chair acts as chair; empty for the chair. Both names stay (R4)."""
    found = chairing(item)
    return f"deputy chair: {found.why}" if found and found.why and found.person_id == work.actor.id else ""


def let_in(work: Work, item: PanelItem) -> None:
    """From now on those who are present with a submitted reading see all readings of the opened item (R11)."""
    if item.opened_at is not None:
        for reading in ready_of(item):
            reading.let_in_at = reading.let_in_at or work.at


_LISTINGS: Any = PanelListing.__table__
_LISTED = update(_LISTINGS).where(_LISTINGS.c.item_id == bindparam("item"), _LISTINGS.c.ended_at.is_(None))
_LISTED = _LISTED.values({name: bindparam(name) for name in ("outcome", "reason", "ended_at", "ended_by_id")})


def end_listing(work: Work, item: PanelItem, outcome: str, reason: str = "") -> None:
    """How the item left the agenda it is on. Nobody reads the listing again in the same action."""
    how = {"outcome": outcome, "reason": reason.strip(), "ended_at": work.at, "ended_by_id": work.actor.id}
    session.execute(_LISTED, {"item": item.id, **how})


def put_on_agenda(work: Work, item: PanelItem, meeting: PanelMeeting) -> None:
    """List the item, after its siblings where they are heard at this meeting, else last.

    No other item is written: they are not locked here, and who holds one of them may be waiting for the meeting.
    """
    agenda = items_on(meeting, (*CURRENT, PanelItemState.DECIDED))  # what is decided keeps its place
    others = [row for row in agenda if row.id != item.id]
    kin = [row for row in others if row.review.sibling_set and row.review.sibling_set == item.review.sibling_set]
    item.position = _after(kin[-1].position if kin else None, [row.position for row in others])
    session.add(PanelListing(item_id=item.id, meeting_id=meeting.id, listed_at=work.at))


GAP = 1024  # between two places, so that a sibling finds room in between


def _after(kin: int | None, taken: list[int]) -> int:
    """The place after `kin`, half way to the next one; the last place where it has none, or no room."""
    later = [place for place in taken if kin is not None and place > kin]
    if kin is not None and later and min(later) - kin > 1:
        return (kin + min(later)) // 2
    return max(taken, default=0) + GAP


def items_on(meeting: PanelMeeting, states: Iterable[PanelItemState] = CURRENT) -> list[PanelItem]:
    """The items on a meeting's agenda now, in order: those still to be heard, unless other states are asked for."""
    query = select(PanelItem).where(PanelItem.meeting_id == meeting.id, PanelItem.state.in_(states))
    return list(session.scalars(query.order_by(PanelItem.position, PanelItem.id)))


def lock_agenda(work: Work, meeting_id: int, version: int | None) -> PanelMeeting:
    """The meeting with all that is on its agenda: reviews, then items, then the meeting."""
    listed = select(PanelItem.id, PanelItem.review_id).where(
        PanelItem.meeting_id == meeting_id, PanelItem.state.in_(CURRENT)
    )
    rows = session.execute(listed.order_by(PanelItem.review_id)).all()
    for row in rows:
        work.lock(Review, row.review_id)
    items = [work.lock(PanelItem, row.id) for row in rows]
    meeting = work.lock(PanelMeeting, meeting_id, version)
    with_people(items)
    if {item.id for item in items_on(meeting)} - {row.id for row in rows}:
        raise GuardFailed(Reason("A review was listed at this meeting at the same moment: look at it again."))
    return meeting


def meeting_by_public_id(public_id: str | None) -> PanelMeeting:
    """An upcoming meeting by the id a form carries, locked: who lists an item and who ends the meeting take turns.

    Raises GuardFailed naming the field.
    """
    query = select(PanelMeeting).where(
        PanelMeeting.public_id == words(public_id, "meeting"),
        PanelMeeting.ended_at.is_(None),
        PanelMeeting.cancelled_at.is_(None),
    )
    found = session.scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise GuardFailed(Reason("Choose a meeting from the list.", "meeting"))
    return found
