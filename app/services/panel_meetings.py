"""The panel's meetings: set up, changed, who sits, who came, ended, and what was learnt (R4, R5)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.panel import Attendance, PanelMeeting, PanelSeat, PanelTheme, ThemeDone
from app.models.people import Person, Role
from app.policy.actor import Actor
from app.policy.panel import MAY_SUBSTITUTE, ON_PANEL, reading_of, works
from app.services import gate
from app.services.panel_facts import UNREAD
from app.services.panel_items import due_on, invite
from app.services.panel_steps import items_on, let_in, lock_agenda, take_reading
from app.services.review_facts import moderation_of
from app.services.unit_of_work import Stale, Work, unit_of_work
from app.services.words import words
from workflows.engine import GuardFailed, Reason, WrongStage
from workflows.permissions import Permission
from workflows.states import PanelItemState


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A meeting as it is set up. `members`: public ids of all who sit, the chair and the deputy among them."""

    starts_at: datetime
    minutes: int
    place: str
    chair: str | None
    deputy_chair: str | None
    members: Collection[str]


def lock_meeting(work: Work, meeting_id: int, version: int | None = None) -> PanelMeeting:
    """The meeting alone, for what changes none of its items; else `panel_steps.lock_agenda`."""
    return work.lock(PanelMeeting, meeting_id, version)


def set_up(actor: Actor, plan: Plan) -> str:
    """A new meeting; its public id. Everybody with a seat is told."""
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.SET_UP_PANEL)
        people = _people(plan, who_may_sit())
        meeting = work.add(
            PanelMeeting(
                starts_at=plan.starts_at,
                minutes=plan.minutes,
                place=words(plan.place, "place", 200),
                chair_id=people.chair.id,
                deputy_chair_id=people.deputy.id if people.deputy else None,
                set_up_at=work.at,
                set_up_by_id=work.person_id,
            )
        )
        for person in people.members:
            work.add(PanelSeat(meeting_id=meeting.id, person_id=person.id))
        work.record("panel_meeting.set_up", meeting, number=len(people.members))
        work.tell([person.id for person in people.members], "panel_meeting.set_up", meeting)
        return meeting.public_id


@dataclass(frozen=True)
class _People:
    chair: Person
    deputy: Person | None
    members: list[Person]


def _people(plan: Plan, may_sit: Sequence[Person]) -> _People:
    """The people of a plan. Raises GuardFailed with every reason why it cannot be."""
    known = {person.public_id: person for person in may_sit}
    if reasons := [*_plan_reasons(plan), *_people_reasons(plan, known)]:
        raise GuardFailed(*reasons)
    wanted = dict.fromkeys([plan.chair, plan.deputy_chair, *plan.members])
    members = [known[each] for each in wanted if each]
    deputy = known[plan.deputy_chair] if plan.deputy_chair else None
    return _People(known[plan.chair or ""], deputy, members)


SHORTEST, LONGEST = 15, 480  # minutes


def _plan_reasons(plan: Plan) -> Iterator[Reason]:
    if plan.starts_at <= clock.now():
        yield Reason("The meeting must be in the future.", "day")
    if not SHORTEST <= plan.minutes <= LONGEST:
        yield Reason(f"Enter a whole number of minutes from {SHORTEST} to {LONGEST}.", "minutes")


def _people_reasons(plan: Plan, known: Collection[str]) -> Iterator[Reason]:
    if plan.chair not in known:
        yield Reason("Choose who chairs.", "chair")
    if plan.deputy_chair and plan.deputy_chair not in known:
        yield Reason("Choose the deputy chair from the list.", "deputy_chair")
    elif plan.deputy_chair and plan.deputy_chair == plan.chair:
        yield Reason("The deputy chair is somebody other than the chair.", "deputy_chair")
    if unknown := set(plan.members) - set(known):
        yield Reason(f"{len(unknown)} of those chosen cannot sit on the panel.", "members")


def who_may_sit(*, substitutes: bool = False) -> list[Person]:
    """Those with a role on the panel and an account that works; for a substitute, senior leaders as well."""
    roles = MAY_SUBSTITUTE if substitutes else ON_PANEL
    query = select(Person).where(Person.active, Person.roles.any(Role.name.in_(roles))).order_by(Person.name)
    return [person for person in session.scalars(query) if works(person)]


def who_may_stay(meeting: PanelMeeting) -> list[Person]:
    """Those of `who_may_sit`, and who has a seat already: a substitute need not be of the panel."""
    may_sit = who_may_sit()
    known = {person.id for person in may_sit}
    seated = [seat.person for seat in meeting.seats if seat.left_at is None and seat.person_id not in known]
    return [*may_sit, *seated]


def change(actor: Actor, meeting_id: int, version: int, plan: Plan) -> None:
    """Another time, place, chair or more members, before it begins; deadlines already given do not move."""
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.SET_UP_PANEL)
        meeting = lock_agenda(work, meeting_id, version)
        _not_begun(meeting)
        people = _people(plan, who_may_stay(meeting))
        _seat(work, meeting, people.members)
        meeting.starts_at, meeting.minutes = plan.starts_at, plan.minutes
        meeting.place = words(plan.place, "place", 200)
        meeting.chair_id = people.chair.id
        meeting.deputy_chair_id = people.deputy.id if people.deputy else None
        meeting.version += 1
        session.flush()
        session.expire(meeting, ["seats", "chair", "deputy_chair"])
        for item in items_on(meeting):
            item.due_on = min(item.due_on or due_on(meeting), due_on(meeting))
            invite(work, item, moderation_of(item.review))
        work.record("panel_meeting.change", meeting, version=meeting.version)
        work.tell([seat.person_id for seat in meeting.seats if seat.left_at is None], "panel_meeting.change", meeting)


def _seat(work: Work, meeting: PanelMeeting, members: Sequence[Person]) -> None:
    """A seat for each of them; who is not among them any more has left the meeting, what they submitted is kept."""
    wanted = {person.id for person in members}
    for seat in meeting.seats:
        if seat.person_id in wanted and seat.left_at is not None:
            _sit_again(work, meeting, seat)
        elif seat.person_id not in wanted and seat.left_at is None:
            _leave(work, meeting, seat, "Not a member of this meeting any more.")
    for person_id in wanted - {seat.person_id for seat in meeting.seats}:
        work.add(PanelSeat(meeting_id=meeting.id, person_id=person_id))


def _sit_again(work: Work, meeting: PanelMeeting, seat: PanelSeat) -> None:
    """Back at the meeting; what was excused with the seat is asked for again, what the chair excused is not."""
    left_at = seat.left_at
    seat.left_at = seat.left_by_id = None
    seat.left_reason = ""
    session.flush()
    for item in items_on(meeting):
        reading = reading_of(seat.person_id, item)
        if reading is not None and reading.excused_at == left_at and item.state is PanelItemState.READING:
            take_reading(work, reading, "sit_again")
            reading.excused_at = reading.excused_by_id = None


def _leave(work: Work, meeting: PanelMeeting, seat: PanelSeat, reason: str) -> None:
    """Off the meeting; a reading not yet submitted is excused, so that the discussion does not wait for it."""
    seat.left_at, seat.left_by_id, seat.left_reason = work.at, work.actor.id, reason
    session.flush()
    for item in items_on(meeting):
        reading = reading_of(seat.person_id, item)
        if reading is not None and reading.state in UNREAD and item.state is PanelItemState.READING:
            reading.excused_at, reading.excused_by_id, reading.excused_reason = work.at, work.actor.id, reason
            take_reading(work, reading, "leave", {"reason": reason})


def _not_begun(meeting: PanelMeeting) -> None:
    if meeting.started_at is not None:
        raise WrongStage(Reason("The meeting has begun: it cannot be changed any more."))
    if meeting.cancelled_at is not None:
        raise WrongStage(Reason("The meeting was cancelled."))


def cancel(actor: Actor, meeting_id: int, version: int, *, reason: str) -> None:
    """A meeting that will not be held; its items are moved or adjourned first."""
    reason = words(reason, "reason")
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.SET_UP_PANEL)
        meeting = lock_meeting(work, meeting_id, version)
        _not_begun(meeting)
        if not reason:
            raise GuardFailed(Reason("Give the reason.", "reason"))
        if items_on(meeting):
            raise GuardFailed(Reason("Reviews are listed at this meeting: move or adjourn them first."))
        meeting.cancelled_at, meeting.cancelled_by_id, meeting.cancelled_reason = work.at, actor.id, reason
        meeting.version += 1
        work.record("panel_meeting.cancel", meeting, version=meeting.version)
        work.tell([seat.person_id for seat in meeting.seats if seat.left_at is None], "panel_meeting.cancel", meeting)


def substitute(actor: Actor, meeting_id: int, version: int, *, absent: str, by: str, reason: str) -> None:
    """A named substitute for an absent member: both names stay in the record (R4)."""
    reason = words(reason, "reason")
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.SET_UP_PANEL)
        meeting = lock_agenda(work, meeting_id, version)
        if meeting.ended_at is not None or meeting.cancelled_at is not None:
            raise WrongStage(Reason("The meeting has ended."))
        seat, person = _swap(meeting, absent, by, reason)
        _leave(work, meeting, seat, reason)
        work.add(PanelSeat(meeting_id=meeting.id, person_id=person.id, substitute_for_id=seat.person_id))
        meeting.version += 1
        session.flush()
        session.expire(meeting, ["seats"])
        for item in items_on(meeting):
            invite(work, item, moderation_of(item.review))
        work.record("panel_meeting.substitute", meeting, version=meeting.version)
        work.tell([person.id, seat.person_id], "panel_meeting.substitute", meeting)


def _swap(meeting: PanelMeeting, absent: str, by: str, reason: str) -> tuple[PanelSeat, Person]:
    seat = next((row for row in meeting.seats if row.person.public_id == absent and row.left_at is None), None)
    seated = {row.person_id for row in meeting.seats}
    free = {row.public_id: row for row in who_may_sit(substitutes=True) if row.id not in seated}
    reasons = []
    if seat is None:
        reasons.append(Reason("Choose the member who cannot come.", "absent"))
    if by not in free:
        reasons.append(Reason("Choose somebody from the list.", "by"))
    if not reason:
        reasons.append(Reason("Give the reason.", "reason"))
    if seat is None or reasons:
        raise GuardFailed(*reasons)
    return seat, free[by]


def order(actor: Actor, meeting_id: int, version: int, items: Sequence[str]) -> None:
    """The agenda in another order. `items`: the items' public ids; what the page did not know keeps its place."""
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.SET_UP_PANEL)
        meeting = lock_agenda(work, meeting_id, version)
        place = {public_id: number for number, public_id in enumerate(items)}
        rows = [row for row in items_on(meeting) if row.public_id in place]
        places = sorted(row.position for row in rows)
        for position, row in zip(places, sorted(rows, key=lambda row: place[row.public_id]), strict=True):
            row.position = position
        meeting.version += 1
        work.record("panel_meeting.order", meeting, number=len(rows))


# --- at the meeting -------------------------------------------------------------------------------------


def attend(actor: Actor, meeting_id: int, version: int, present: Collection[str]) -> None:
    """Who is here: starts the meeting the first time. `present`: public ids; who is not among them is absent."""
    with unit_of_work(actor) as work:
        meeting = lock_agenda(work, meeting_id, version)
        gate.require(actor, Permission.RUN_MEETING, meeting)
        if meeting.ended_at is not None or meeting.cancelled_at is not None:
            raise WrongStage(Reason("The meeting has ended."))
        if clock.day_of(meeting.starts_at) != clock.today() and meeting.started_at is None:
            raise WrongStage(Reason("The meeting is not today."))
        if set(present) - {seat.person.public_id for seat in meeting.seats if seat.left_at is None}:
            raise GuardFailed(Reason("Choose from those who have a seat at this meeting.", "present"))
        if meeting.started_at is None and not present:
            raise GuardFailed(Reason("Choose who is here: a meeting begins with at least one person.", "present"))
        for seat in meeting.seats:
            here = seat.person.public_id in present
            seat.attendance = Attendance.PRESENT if here else Attendance.ABSENT
        if meeting.started_at is None:
            meeting.started_at, meeting.started_by_id = work.at, actor.id
        meeting.version += 1
        session.flush()
        for item in items_on(meeting):
            let_in(work, item)
        work.record("panel_meeting.attend", meeting, number=len(set(present)), version=meeting.version)


def end(actor: Actor, meeting_id: int, version: int) -> None:
    """Every item is decided, or was adjourned, moved or sent back; the minutes are complete from now on."""
    with unit_of_work(actor) as work:
        meeting = lock_meeting(work, meeting_id, version)
        gate.require(actor, Permission.RUN_MEETING, meeting)
        if meeting.started_at is None:
            raise WrongStage(Reason("The meeting has not begun."))
        if meeting.ended_at is not None:
            raise WrongStage(Reason("The meeting has ended."))
        if items_on(meeting):  # how many is not said: who ends the meeting may be out of one of them (R4)
            raise GuardFailed(Reason("Not every item is decided: decide or adjourn first."))
        meeting.ended_at, meeting.ended_by_id = work.at, actor.id
        meeting.version += 1
        work.record("panel_meeting.end", meeting, version=meeting.version)
        office = gate.office()
        work.tell([*office.heads, *office.deputies], "panel_meeting.end", meeting)


# --- afterwards -----------------------------------------------------------------------------------------


def keep_themes(actor: Actor, meeting_id: int, rows: Sequence[Mapping[str, str]]) -> None:
    """The themes of moderation as the Head of QA collates them, and what was done with each (R5).

    A row is {"id": public id or "", "version", "title", "done": a ThemeDone or "", "what"}; one without a title is
    left out. Raises Stale where another window kept a theme since.
    """
    rows = [_theme_words(row, number) for number, row in enumerate(rows)]
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.SET_UP_PANEL)
        meeting = lock_meeting(work, meeting_id)
        if meeting.started_at is None:
            raise WrongStage(Reason("The themes are collated after the meeting."))
        known = {row.public_id: row for row in themes_of(meeting)}
        for row in rows:
            _theme_fresh(known.get(row.get("id", "")), row)
        titles = [theme.title.casefold() for theme in known.values()]
        reasons = [reason for number, row in enumerate(rows) for reason in _theme_reasons(row, number, titles)]
        if {row["id"] for row in rows if row.get("id")} - set(known):
            reasons.append(Reason("One of these themes is not of this meeting: look at them again."))
        if reasons:
            raise GuardFailed(*reasons)
        for row in rows:
            if row.get("title", "").strip():
                _keep_theme(work, meeting, known.get(row.get("id", "")), row)
        work.record("panel_meeting.themes", meeting, number=len(rows))


def themes_of(meeting: PanelMeeting) -> list[PanelTheme]:
    return list(session.scalars(select(PanelTheme).where(PanelTheme.meeting_id == meeting.id).order_by(PanelTheme.id)))


def _theme_fresh(theme: PanelTheme | None, row: Mapping[str, str]) -> None:
    version = row.get("version", "")
    if theme is not None and version and version != str(theme.version):
        plain = version.isascii() and version.isdecimal() and len(version) < 10
        raise Stale(theme, int(version) if plain else -1)


def _theme_words(row: Mapping[str, str], number: int) -> dict[str, str]:
    """As it will be kept, so that nothing is asked of what was only blank space."""
    texts = {"title": words(row.get("title"), f"theme-{number}-title", 200)}
    return {**row, **texts, "what": words(row.get("what"), f"theme-{number}-what")}


def _theme_reasons(row: Mapping[str, str], number: int, kept: Collection[str]) -> list[Reason]:
    done, what = row.get("done", ""), row.get("what", "").strip()
    found = []
    if not row.get("id") and row.get("title", "").strip().casefold() in kept:
        found.append(Reason("This theme is kept already: write what was done beside it.", f"theme-{number}-title"))
    if done and done not in tuple(ThemeDone):
        found.append(Reason("Choose what was done from the list.", f"theme-{number}-done"))
    if done and not what:
        found.append(Reason("Say what was done.", f"theme-{number}-what"))
    if (done or what) and not row.get("title", "").strip():
        found.append(Reason("Name the theme.", f"theme-{number}-title"))
    return found


def _keep_theme(work: Work, meeting: PanelMeeting, known: PanelTheme | None, row: Mapping[str, str]) -> None:
    theme = known or PanelTheme(meeting_id=meeting.id, version=0)
    theme.title = words(row["title"], "title", 200)
    theme.done = ThemeDone(row["done"]) if row.get("done") else None
    theme.what = words(row.get("what"), "what")
    theme.version += 1
    theme.kept_at, theme.kept_by_id = work.at, work.person_id
    work.add(theme)
