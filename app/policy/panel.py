"""Who is what on the panel for one review: who chairs, who reads, who is out (R3, R4).

It follows from the stored item, its readings and the meeting's seats; nobody chooses it on a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, false, inspect, or_, select, true
from sqlalchemy.orm import contains_eager, defer, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from app import clock
from app.extensions import session
from app.models.base import among
from app.models.panel import Attendance, PanelItem, PanelMeeting, PanelReading, PanelSeat
from app.models.people import Person, Role, RoleName
from app.models.reviews import DecidedHow, Review, ReviewerSpell
from app.policy.accounts import asked_of, beside_roles
from app.policy.acting import Office
from app.policy.actor import Actor
from workflows.states import PanelItemState, ReadingState, ReviewState

ON_PANEL = (RoleName.PANEL_MEMBER, RoleName.PANEL_CHAIR, RoleName.DEPUTY_CHAIR)
# Senior leaders who may sit for an absent member, beside the panel's own.
MAY_SUBSTITUTE = (*ON_PANEL, RoleName.DIRECTOR, RoleName.ASSISTANT_DIRECTOR, RoleName.OPERATIONAL_MANAGER)
AFTER_PANEL = (ReviewState.TRACKING, ReviewState.CLOSED)
# A chair who was excused from an item is as good as absent from it: only one who has submitted may open.
NOT_CHAIRING = {ReadingState.EXEMPT: "in conflict", ReadingState.EXCUSED: "excused"}
CURRENT = (PanelItemState.READING, PanelItemState.DISCUSSING, PanelItemState.ADJOURNED)


@dataclass(frozen=True)
class Chairing:
    """Who chairs an item, and why it is not the chair; `why` is empty for the chair (R4)."""

    person_id: int
    why: str = ""


def had_panel(review: Review) -> bool:
    """Whether a panel item says anything about who sees this review now."""
    if review.state is ReviewState.PANEL_MODERATION:
        return True
    return review.state in AFTER_PANEL and review.decided_how is DecidedHow.PANEL


def with_panel(query: Select[Any]) -> Select[Any]:
    """With the form of an item and its meeting, to be asked by `read_items`. To be made once: putting it together takes
    longer than asking it."""
    return query.options(joinedload(PanelItem.form_version), joinedload(PanelItem.meeting))


def read_items(query: Select[Any], given: Mapping[str, Any] | None = None) -> list[PanelItem]:
    """The items of a `with_panel` query with what the rules ask of them: who reads them, who sits at their meetings."""
    items = list(session.scalars(query, given).unique())
    with_people(items)
    return items


def _asked_of_items() -> tuple[Select[Any], Select[Any], Select[Any]]:
    """The latest items of some reviews, the seats of their meetings, their readings without the text."""
    latest = select(PanelItem).where(PanelItem.review_id.in_(bindparam("reviews", expanding=True)), PanelItem.latest)
    latest = with_panel(latest)
    seats, role = beside_roles(select(PanelSeat).join(PanelSeat.person))
    seats = seats.where(PanelSeat.meeting_id.in_(bindparam("meetings", expanding=True))).order_by(PanelSeat.id)
    holder = contains_eager(PanelSeat.person)
    seats = seats.options(
        holder.load_only(*asked_of()),
        holder.contains_eager(Person.roles.of_type(role)),
        joinedload(PanelSeat.substitute_for).load_only(Person.name),
    )
    readings = select(PanelReading).where(PanelReading.item_id.in_(bindparam("items", expanding=True)))
    readings = readings.options(joinedload(PanelReading.person).load_only(Person.name), defer(PanelReading.answers))
    return latest, seats, readings.order_by(PanelReading.id)


_LATEST, _SEATS, _READINGS = _asked_of_items()
_WITH_TEXTS = _LATEST.options(joinedload(PanelItem.revision), joinedload(PanelItem.agreed))


def item_of(review: Review, *, with_texts: bool = False) -> PanelItem | None:
    """The item that counts for this review now, None where no panel has a say in it.

    Kept with the review for as long as the transaction keeps the review: several rules ask it on one page.
    `with_texts`: with what the panel read and the agreed form, for who asks for both anyway.
    """
    if not had_panel(review):
        return None
    if "latest_item" not in inspect(review).dict:
        set_committed_value(review, "latest_item", items_of([review], with_texts=with_texts).get(review.id))
    found: PanelItem | None = review.latest_item
    return found


def items_of(reviews: Iterable[Review], *, with_texts: bool = False) -> dict[int, PanelItem]:
    """The same of several reviews, asked at once; by the review's id."""
    wanted = [review.id for review in reviews if had_panel(review)]
    if not wanted:
        return {}
    items = read_items(_WITH_TEXTS if with_texts else _LATEST, {"reviews": wanted})
    return {item.review_id: item for item in items}


def with_people(items: Sequence[PanelItem]) -> None:
    """Their readings without the text, and the seats of their meetings with who sits there, where not known yet."""
    _fill(items, "readings", _READINGS, "items", lambda reading: reading.item_id)
    with_seats({item.meeting.id: item.meeting for item in items if item.meeting is not None}.values())


def with_seats(meetings: Iterable[PanelMeeting]) -> None:
    """The same of meetings: who sits there, and for whom."""
    _fill(meetings, "seats", _SEATS, "meetings", lambda seat: seat.meeting_id)


def _fill(owners: Iterable[Any], name: str, query: Select[Any], asked: str, of: Callable[[Any], int]) -> None:
    """A collection of each of them, asked for at once where it is not known yet. A loader would do the same, and put
    its question together anew each time."""
    wanted = [owner for owner in owners if name not in inspect(owner).dict]
    found: dict[int, list[Any]] = {owner.id: [] for owner in wanted}
    if found:
        for row in session.scalars(query, {asked: list(found)}).unique():
            found[of(row)].append(row)
    for owner in wanted:
        set_committed_value(owner, name, found[owner.id])


def reading_of(person_id: int | None, item: PanelItem) -> PanelReading | None:
    """This person's reading of the item, whatever its state."""
    return next((row for row in item.readings if row.person_id == person_id), None)


def reads(actor: Actor, item: PanelItem | None) -> PanelReading | None:
    """The reading of somebody who is of the panel for this item: not exempt, and still of the panel."""
    row = reading_of(actor.id, item) if item is not None else None
    if row is None or row.state is ReadingState.EXEMPT:
        return None
    return row if row.as_substitute or actor.has(*ON_PANEL) else None


def is_let_in(actor: Actor, item: PanelItem | None) -> bool:
    """Present with a submitted reading since the discussion was opened: sees all readings of the item (R11)."""
    row = reads(actor, item)
    return row is not None and row.let_in_at is not None


def chairing(item: PanelItem, today: date | None = None) -> Chairing | None:
    """The chair, or the deputy chair in the chair's place; None where neither can (R4)."""
    meeting = item.meeting
    if meeting is None:
        return None
    out = _why_out(meeting.chair_id, item, meeting, today)
    if out is None:
        return Chairing(meeting.chair_id)
    deputy = meeting.deputy_chair_id
    if deputy is None or _why_out(deputy, item, meeting, today) is not None:
        return None
    return Chairing(deputy, f"the chair is {out}")


def chairs(actor: Actor, item: PanelItem | None) -> bool:
    """Whether this person chairs the item now."""
    found = chairing(item) if item is not None else None
    return found is not None and found.person_id == actor.id


def _why_out(person_id: int, item: PanelItem, meeting: PanelMeeting, today: date | None) -> str | None:
    seat = next((row for row in meeting.seats if row.person_id == person_id), None)
    reading = reading_of(person_id, item)
    if reading is not None and reading.state in NOT_CHAIRING:
        return NOT_CHAIRING[reading.state]
    here = seat is not None and sits(seat, today) and seat.attendance is not Attendance.ABSENT
    return None if here else "absent"


def sits(seat: PanelSeat, today: date | None = None) -> bool:
    """Whether who has this seat could come: it was not given up, the account works, and its holder is still of the
    panel, or a named substitute. What such a one read before is kept, waits for nobody and counts for no quorum."""
    if seat.left_at is not None or not works(seat.person, today):
        return False
    return seat.substitute_for_id is not None or not seat.person.role_names.isdisjoint(ON_PANEL)


def works(person: Person, today: date | None = None) -> bool:
    """Whether the account can be used."""
    return person.active and (person.ends_on is None or person.ends_on >= (today or clock.today()))


def why_exempt(person_id: int, review: Review) -> str | None:
    """Why a member is out of an item (R4), as a key; None for one who reads. Being higher in the line is no reason."""
    if person_id == review.reviewer_id or _ever_wrote(person_id, review):
        return "reviewer"
    if person_id == review.worker_id:
        return "worker"
    if person_id == review.line_manager_id:
        return "line_manager"
    said = any(each.conflicted and each.person_id == person_id for each in review.declarations)
    return "declared" if said else None


_WROTE = select(ReviewerSpell.id).limit(1)
_WROTE = _WROTE.where(ReviewerSpell.review_id == bindparam("review"), ReviewerSpell.person_id == bindparam("person"))


def _ever_wrote(person_id: int, review: Review) -> bool:
    """Whoever wrote any part of it, a former reviewer too, whose text went on."""
    return session.scalar(_WROTE, {"review": review.id, "person": person_id}) is not None


def chair_in_office(review: Review) -> int | None:
    """Who may reopen a decision: a chair in office, or the deputy where every chair is in conflict; None: nobody."""
    for role in (RoleName.PANEL_CHAIR, RoleName.DEPUTY_CHAIR):
        query = select(Person).join(Person.roles).where(Role.name == role).order_by(Person.id)
        for person in session.scalars(query):
            if works(person) and why_exempt(person.id, review) is None:
                return person.id
    return None


def panel_condition(actor: Actor) -> ColumnElement[bool]:
    """`reads` as SQL over `Review`: those before the panel, or decided by it, that this person reads."""
    if actor.id is None:
        return false()
    of_panel = [] if actor.has(*ON_PANEL) else [PanelReading.as_substitute]
    mine = (
        select(PanelItem.review_id)
        .join(PanelItem.readings)
        .where(
            PanelItem.latest, PanelReading.person_id == actor.id, PanelReading.state != ReadingState.EXEMPT, *of_panel
        )
    )
    decided = and_(among(Review.state, AFTER_PANEL), Review.decided_how == DecidedHow.PANEL)
    now = or_(Review.state == ReviewState.PANEL_MODERATION, decided)
    # As a case, so that no database starts from the index of stages: nearly every review is tracked or closed.
    return and_(Review.id.in_(mine), case((now, true()), else_=false()))


def of_meetings(actor: Actor, office: Office) -> bool:
    """Whether every meeting is this person's to know of: the Head of QA, and the deputies who act for the Head."""
    return actor.id is not None and actor.id in (*office.heads, *office.deputies)


def known_meetings(actor: Actor, office: Office) -> ColumnElement[bool]:
    """The meetings whose existence this person may know of, as SQL over `PanelMeeting`.

    Whoever has a seat or had one: the absent member's name stays beside the substitute's. A seat is worth nothing
    to somebody who is not of the panel any more.
    """
    if actor.id is None:
        return false()
    if of_meetings(actor, office):
        return true()
    of_panel = [] if actor.has(*ON_PANEL) else [PanelSeat.substitute_for_id.is_not(None)]
    return PanelMeeting.id.in_(select(PanelSeat.meeting_id).where(PanelSeat.person_id == actor.id, *of_panel))
