"""What the guards of the panel ask, found out in one place from the stored rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, select

from app import clock, working_days
from app.extensions import session
from app.models.forms import FormTemplateVersion
from app.models.panel import Attendance, PanelItem, PanelMeeting, PanelReading, PanelSeat
from app.models.reviews import Review
from app.policy.actor import Actor
from app.policy.panel import CURRENT, chairing, reading_of, sits, why_exempt, with_seats
from app.services import settings
from app.services.form_versions import published, template_of
from forms import moderation as forms
from workflows.engine import Reason
from workflows.guards import MeetingFacts
from workflows.panel_guards import ItemFacts, ReadingFacts
from workflows.states import PanelItemState, ReadingState

UNREAD = (ReadingState.INVITED, ReadingState.READING)
FAR_ENOUGH = 5  # working days from the reference to the meeting (handbook 2)


def form_for(review: Review) -> FormTemplateVersion | None:
    """The newest published moderation form that fits this review's form; None where there is none."""
    own = template_of(review.form_version)
    return next((each for each in published("moderation") if forms.fits(own, template_of(each))), None)


# --- meetings -------------------------------------------------------------------------------------------


def upcoming() -> list[PanelMeeting]:
    """The meetings that have not ended, soonest first."""
    open_ = select(PanelMeeting).where(PanelMeeting.ended_at.is_(None), PanelMeeting.cancelled_at.is_(None))
    found = list(session.scalars(open_.order_by(PanelMeeting.starts_at, PanelMeeting.id)))
    with_seats(found)
    return found


def out_of(review: Review, meeting: PanelMeeting) -> dict[int, str]:
    """Who of the meeting would be out of this review, and why (R4): shown before a meeting is chosen."""
    found = {seat.person_id: why_exempt(seat.person_id, review) for seat in sitting(meeting)}
    return {person_id: why for person_id, why in found.items() if why}


def sitting(meeting: PanelMeeting) -> list[PanelSeat]:
    """The seats that somebody holds who could come."""
    return [seat for seat in meeting.seats if sits(seat)]


def meeting_facts(review: Review, meeting: PanelMeeting) -> MeetingFacts:
    """How far away it is, and whether the item could be decided there: enough of them free, a chair among them."""
    out = out_of(review, meeting)
    free = {seat.person_id for seat in sitting(meeting)} - set(out)
    chair = bool(free & {meeting.chair_id, meeting.deputy_chair_id})
    day = clock.day_of(meeting.starts_at) or clock.today()
    return MeetingFacts(
        working_days_away=working_days.between(clock.today(), day, settings.closing_days()),
        quorate=chair and len(free) >= settings.load().quorum,
    )


def best_meeting(review: Review) -> MeetingFacts | None:
    """The facts of the soonest meeting that would do; of the soonest that would not, where there is none."""
    found = [meeting_facts(review, meeting) for meeting in upcoming()]
    good = [each for each in found if each.quorate and each.working_days_away >= FAR_ENOUGH]
    return next(iter(good or found), None)


# --- items ----------------------------------------------------------------------------------------------


def item_facts(actor: Actor, item: PanelItem, meeting: MeetingFacts | None = None) -> ItemFacts:
    """What the guards of an item ask; `meeting` is the one it would be listed at."""
    on = item.meeting
    chair = chairing(item)
    ready = ready_of(item)
    own = reading_of(actor.id, item)
    return ItemFacts(
        meeting_started=on is not None and on.started_at is not None,
        meeting_ended=on is None or on.ended_at is not None,
        still_reading=tuple(row.person.name for row in still_reading(item)),
        chair_submitted=own is not None and own.state is ReadingState.SUBMITTED,
        ready=len(ready),
        quorum=settings.load().quorum,
        chair_ready=chair is not None and chair.person_id in {row.person_id for row in ready},
        opened=item.opened_at is not None,
        shared=item.shared_at is not None,
        meeting=meeting,
    )


def still_reading(item: PanelItem) -> list[PanelReading]:
    """Those whose reading is awaited: with a seat at its meeting, neither submitted nor out."""
    here = {seat.person_id for seat in sitting(item.meeting)} if item.meeting else set()
    return [row for row in item.readings if row.state in UNREAD and row.person_id in here]


def ready_of(item: PanelItem, seats: Sequence[PanelSeat] | None = None) -> list[PanelReading]:
    """Who counts for quorum: present, with a submitted reading, not exempt (R4). `seats`: as `sitting` found those of
    its meeting, where they were asked for already."""
    if item.meeting is None:
        return []
    seats = sitting(item.meeting) if seats is None else seats
    here = {seat.person_id for seat in seats if seat.attendance is Attendance.PRESENT}
    return [row for row in item.readings if row.state is ReadingState.SUBMITTED and row.person_id in here]


def is_current(item: PanelItem) -> bool:
    return item.latest and item.state in CURRENT


# --- readings -------------------------------------------------------------------------------------------


def reading_facts(reading: PanelReading) -> ReadingFacts:
    """What the guards of one reading ask."""
    item = reading.item
    readable = item.state is PanelItemState.READING or (
        item.state in (PanelItemState.ADJOURNED, PanelItemState.DISCUSSING) and reading.let_in_at is None
    )
    return ReadingFacts(
        missing=tuple(missing(item, reading.answers)),
        may_still_read=item.latest and readable,
        sealed=item.opened_at is None and is_current(item),
        let_in=reading.let_in_at is not None,
        has_earlier=earlier(reading) is not None,
        out=why_exempt(reading.person_id, item.review) is not None,
    )


def missing(item: PanelItem, answers: dict[str, Any]) -> Iterable[Reason]:
    """What a reading lacks, each naming its field."""
    review, form = template_of(item.review.form_version), template_of(item.form_version)
    return [Reason(gap.message, gap.field) for gap in forms.missing(review, form, answers)]


_EARLIER = (
    select(PanelReading)
    .join(PanelReading.item)
    .where(
        PanelItem.review_id == bindparam("review"),
        PanelItem.id < bindparam("item"),
        PanelReading.person_id == bindparam("person"),
        PanelReading.state == ReadingState.SUBMITTED,
    )
    .order_by(PanelReading.id.desc())
    .limit(1)
)


def earlier(reading: PanelReading) -> PanelReading | None:
    """The last reading this person submitted on an earlier item of the review, which may be confirmed."""
    asked = {"review": reading.item.review_id, "item": reading.item_id, "person": reading.person_id}
    return session.scalars(_EARLIER, asked).one_or_none()
