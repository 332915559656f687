"""The monthly tracker meeting: planned, changed, called off, who came, its notes, its end (handbook 6).

What is on its agenda and what is said of each item is in `tracker_items`. After the end nothing of it changes: what
was forgotten is added, with the day and the name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.people import Person, Role, RoleName
from app.models.tracker import TrackerAttendance, TrackerMeeting
from app.policy.actor import Actor
from app.policy.tracker import MAY_COME
from app.services import gate
from app.services.tracker_items import unrecorded
from app.services.unit_of_work import Work, unit_of_work
from app.services.words import words
from workflows.engine import GuardFailed, Reason, WrongStage
from workflows.permissions import Permission

FURTHEST = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A meeting as it is planned. `people`: public ids of those who are asked."""

    held_on: date | None
    place: str
    people: Collection[str]


def who_may_come() -> list[Person]:
    """Those who may be asked, by name."""
    of_role = Person.roles.any(Role.name.in_(MAY_COME))
    query = select(Person).where(Person.active, Person.agency_id.is_(None), of_role).order_by(Person.name)
    return list(session.scalars(query))


def plan(actor: Actor, wanted: Plan) -> str:
    """A new meeting; its public id. Everybody who is asked is told."""
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.RUN_TRACKER)
        day, people = _checked(wanted, who_may_come())
        meeting = work.add(
            TrackerMeeting(
                held_on=day,
                place=words(wanted.place, "place", 200),
                planned_at=work.at,
                planned_by_id=work.person_id,
            )
        )
        for person in people:
            work.add(TrackerAttendance(meeting_id=meeting.id, person_id=person.id))
        work.record("tracker_meeting.plan", meeting, number=len(people))
        work.tell([person.id for person in people], "tracker_meeting.plan", meeting)
        return meeting.public_id


def _checked(wanted: Plan, may_come: Sequence[Person]) -> tuple[date, list[Person]]:
    """The day and the people. Raises GuardFailed with every reason why it cannot be."""
    known = {person.public_id: person for person in may_come}
    reasons = [*_reasons(wanted, known)]
    if wanted.held_on is None or reasons:
        raise GuardFailed(*(reasons or [Reason("Enter the date.", "held_on")]))
    return wanted.held_on, [known[each] for each in dict.fromkeys(wanted.people)]


def _reasons(wanted: Plan, known: Collection[str]) -> Iterator[Reason]:
    today = clock.today()
    if wanted.held_on is None:
        yield Reason("Enter the date.", "held_on")
    elif wanted.held_on < today:
        yield Reason("The meeting cannot be in the past.", "held_on")
    elif wanted.held_on > today + FURTHEST:
        yield Reason("This is more than a year ahead: check the year.", "held_on")
    if not wanted.people:
        yield Reason("Choose who is asked to come.", "people")
    if unknown := set(wanted.people) - set(known):
        yield Reason(f"{len(unknown)} of those chosen cannot be asked.", "people")


def change(actor: Actor, meeting_id: int, version: int, wanted: Plan) -> None:
    """Another day, place or people, before it begins. Who is asked, and who no longer is, is told."""
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.RUN_TRACKER)
        meeting = work.lock(TrackerMeeting, meeting_id, version)
        not_begun(meeting)
        stays = [row.person for row in meeting.people]
        day, people = _checked(wanted, [*who_may_come(), *stays])
        meeting.held_on, meeting.place = day, words(wanted.place, "place", 200)
        _ask(work, meeting, people)
        meeting.version += 1
        work.record("tracker_meeting.change", meeting, version=meeting.version, number=len(people))
        work.tell([*(person.id for person in people), *(each.id for each in stays)], "tracker_meeting.change", meeting)


def _ask(work: Work, meeting: TrackerMeeting, people: Sequence[Person]) -> None:
    wanted, asked = {person.id for person in people}, {row.person_id: row for row in meeting.people}
    for person_id in wanted - set(asked):
        work.add(TrackerAttendance(meeting_id=meeting.id, person_id=person_id))
    for person_id in set(asked) - wanted:
        session.delete(asked[person_id])
    session.flush()
    session.expire(meeting, ["people"])


def not_begun(meeting: TrackerMeeting) -> None:
    """Raise WrongStage where it began or was called off."""
    if meeting.started_at is not None:
        raise WrongStage(Reason("The meeting has begun: it cannot be changed any more."))
    if meeting.cancelled_at is not None:
        raise WrongStage(Reason("The meeting was cancelled."))


def cancel(actor: Actor, meeting_id: int, version: int) -> None:
    """A meeting that will not be held. What was on its agenda stays open and comes to the next."""
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.RUN_TRACKER)
        meeting = work.lock(TrackerMeeting, meeting_id, version)
        not_begun(meeting)
        meeting.cancelled_at, meeting.cancelled_by_id = work.at, actor.id
        meeting.version += 1
        work.record("tracker_meeting.cancel", meeting, version=meeting.version)
        work.tell([row.person_id for row in meeting.people], "tracker_meeting.cancel", meeting)


# --- at the meeting -------------------------------------------------------------------------------------


def attend(actor: Actor, meeting_id: int, version: int, present: Collection[str]) -> None:
    """Who is here; the first time it begins the meeting. `present`: public ids, who is not among them is absent."""
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.RUN_TRACKER)
        meeting = work.lock(TrackerMeeting, meeting_id, version)
        _is_on(meeting)
        if set(present) - {row.person.public_id for row in meeting.people}:
            raise GuardFailed(Reason("Choose from those who were asked.", "present"))
        if meeting.started_at is None and not present:
            raise GuardFailed(Reason("Choose who is here: a meeting begins with at least one person.", "present"))
        for row in meeting.people:
            row.present = row.person.public_id in present
        if meeting.started_at is None:
            meeting.started_at, meeting.started_by_id = work.at, actor.id
        meeting.version += 1
        work.record("tracker_meeting.attend", meeting, number=len(set(present)), version=meeting.version)


def _is_on(meeting: TrackerMeeting) -> None:
    if meeting.cancelled_at is not None:
        raise WrongStage(Reason("The meeting was cancelled."))
    if meeting.ended_at is not None:
        raise WrongStage(Reason("The meeting has ended."))
    if meeting.started_at is None and meeting.held_on != clock.today():
        raise WrongStage(Reason("The meeting is planned for another day: change its date first."))


def end(actor: Actor, meeting_id: int, version: int) -> None:
    """The minutes are fixed from now on. What was not reached stays open; what was written is recorded first."""
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.RUN_TRACKER)
        meeting = work.lock(TrackerMeeting, meeting_id, version)
        if meeting.started_at is None:
            raise WrongStage(Reason("The meeting has not begun."))
        if meeting.ended_at is not None:
            raise WrongStage(Reason("The meeting has ended."))
        if waiting := unrecorded(actor, meeting):
            raise GuardFailed(*(Reason(f"{each}: what was written is not recorded yet.") for each in waiting))
        meeting.ended_at, meeting.ended_by_id = work.at, actor.id
        meeting.version += 1
        work.record("tracker_meeting.end", meeting, version=meeting.version)
        work.tell([row.person_id for row in meeting.people], "tracker_meeting.end", meeting)


def keep_notes(actor: Actor, meeting_id: int, version: int, text: str) -> None:
    """What was said of no single recommendation. Raises Stale where somebody else wrote since."""
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.RUN_TRACKER)
        meeting = work.lock(TrackerMeeting, meeting_id, version)
        if meeting.started_at is None or meeting.ended_at is not None:
            raise WrongStage(Reason("Notes are kept from the beginning of the meeting to its end."))
        meeting.notes = words(text, "text")
        meeting.version += 1
        work.record("tracker_meeting.notes", meeting, version=meeting.version)


def add_to_minutes(actor: Actor, meeting_id: int, version: int, text: str) -> None:
    """After the end: below what stands, with the day and the name, and nothing above it changes."""
    said = words(text, "text", 4000)
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.RUN_TRACKER)
        meeting = work.lock(TrackerMeeting, meeting_id, version)
        if meeting.ended_at is None:
            raise WrongStage(Reason("The meeting has not ended: write in its notes."))
        if not said:
            raise GuardFailed(Reason("Write what is added.", "text"))
        day = clock.today()
        added = f"Added on {day.day} {day:%B %Y} by {actor.name}: {said}"
        meeting.notes = "\n\n".join(each for each in (meeting.notes, added) if each)
        meeting.version += 1
        work.record("tracker_meeting.add", meeting, version=meeting.version)


def usual_people() -> list[str]:
    """Public ids of who is asked unless somebody says otherwise: the operational managers, and who came last time."""
    last = session.scalars(
        select(TrackerMeeting).where(TrackerMeeting.cancelled_at.is_(None)).order_by(TrackerMeeting.id.desc()).limit(1)
    ).one_or_none()
    before = {row.person_id for row in last.people} if last else set()
    found = who_may_come()
    return [each.public_id for each in found if each.id in before or RoleName.OPERATIONAL_MANAGER in each.role_names]
