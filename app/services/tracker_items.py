"""What is on the agenda of a tracker meeting, and what is said of each recommendation there (handbook 6, R4).

Who may steer a recommendation puts it on the agenda and writes what was said: a deputy where the Head is in conflict.
Locks are taken in one order, the meeting first, then the review, the recommendation and the item.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from app import clock
from app.extensions import session
from app.models.people import Person
from app.models.plans import Plan, PlanLine
from app.models.recommendations import Forecast, Recommendation
from app.models.reviews import Review
from app.models.tracker import TrackerAttendance, TrackerItem, TrackerMeeting
from app.policy.actor import Actor
from app.policy.rules import may
from app.policy.tracker import MAY_COME, of_tracker
from app.policy.visibility import visible_among_few
from app.services import gate
from app.services.raising import take_recommendation
from app.services.unit_of_work import NotFound, Work, digest, unit_of_work
from app.services.words import words
from workflows.engine import GuardFailed, NotPermitted, Reason, WrongStage
from workflows.guards import why_no_new_date
from workflows.permissions import Permission
from workflows.recommendation import OPEN
from workflows.states import RecommendationState

TALKED_ABOUT = (*OPEN, RecommendationState.IN_PLAN)
MOST = 200  # on one agenda: more is not a meeting
EVERYTHING = 0  # weeks ahead: every open one

# With what the rules ask of each (R4) and a line of the agenda shows.
_REVIEW = joinedload(Recommendation.review).options(
    joinedload(Review.worker).load_only(Person.line_manager_id),
    joinedload(Review.line_manager).load_only(Person.line_manager_id),
)
WITH_REVIEW = (_REVIEW, joinedload(Recommendation.owner).joinedload(Person.roles))


# --- the agenda -----------------------------------------------------------------------------------------


def build(actor: Actor, meeting_id: int, version: int, *, weeks: int, ask_owners: bool) -> tuple[int, int]:
    """Put on the agenda what is due for a look; (how many were added, how many more there was no room for).

    Open ones due within so many weeks, overdue, without a date or waiting for impact, and those in a plan whose date
    or whose plan's review comes by then; of these, those that this person steers.
    """
    with unit_of_work(actor) as work:
        meeting = _lock_agenda(work, actor, meeting_id, version)
        listed = {item.recommendation_id for item in meeting.items}
        found = [row for row in due_for_a_look(actor, meeting, weeks) if row.id not in listed]
        room = max(0, MOST - len(meeting.items))
        added = sorted(found[:room], key=_by_owner)
        for row in added:
            _insert(meeting, row)
        if ask_owners:
            _ask_owners(work, meeting, added)
        if added:
            _changed(work, meeting, "tracker_meeting.agenda", number=len(added))
        return len(added), len(found) - len(added)


def _by_owner(row: Recommendation) -> tuple[str, date, int]:
    return (row.owner.name.casefold() if row.owner else "", row.due_on or date.min, row.id)


def due_for_a_look(actor: Actor, meeting: TrackerMeeting, weeks: int) -> list[Recommendation]:
    """The soonest date first; only those this person steers."""
    issued = select(Review.id).where(Review.id == Recommendation.review_id, Review.issued_at.is_not(None)).exists()
    query = (
        select(Recommendation)
        .where(
            _wants_a_look(meeting.held_on + timedelta(weeks=weeks), weeks),
            or_(Recommendation.review_id.is_(None), issued),
            visible_among_few(actor, gate.office()),
        )
        .options(*WITH_REVIEW)
        .order_by(Recommendation.due_on, Recommendation.id)
    )
    return [row for row in session.scalars(query).unique() if steers(actor, row)]


def _wants_a_look(until: date, weeks: int) -> ColumnElement[bool]:
    state, due = Recommendation.state, Recommendation.due_on
    by_then = or_(due.is_(None), due <= until) if weeks != EVERYTHING else true()
    open_ones = and_(state.in_(OPEN), or_(state == RecommendationState.ACTION_COMPLETE, by_then))
    reviewed = select(PlanLine.id).join(Plan, Plan.id == PlanLine.plan_id).where(
        PlanLine.recommendation_id == Recommendation.id, Plan.ended_at.is_(None), Plan.review_on <= until,
    ).exists()  # fmt: skip
    in_plan = and_(state == RecommendationState.IN_PLAN, or_(due <= until, reviewed))
    return or_(open_ones, in_plan)


def steers(actor: Actor, row: Recommendation) -> bool:
    """Whether this person does the Head's work on it (R4)."""
    return may(actor, Permission.STEER_RECOMMENDATION, row, gate.office())


def add(actor: Actor, meeting_id: int, version: int, reference: str) -> None:
    """One more, by its reference."""
    wanted = words(reference, "reference", 40)
    if not wanted:
        raise GuardFailed(Reason("Enter a reference.", "reference"))
    with unit_of_work(actor) as work:
        meeting = _lock_agenda(work, actor, meeting_id, version)
        row = _by_reference(actor, wanted)
        if any(item.recommendation_id == row.id for item in meeting.items):
            raise GuardFailed(Reason("It is on the agenda already.", "reference"))
        if len(meeting.items) >= MOST:
            raise GuardFailed(Reason(f"An agenda holds {MOST} at most.", "reference"))
        _insert(meeting, row)
        _changed(work, meeting, "tracker_meeting.agenda", number=1)


def _by_reference(actor: Actor, reference: str) -> Recommendation:
    query = select(Recommendation).where(Recommendation.reference == reference, visible_among_few(actor, gate.office()))
    row = session.scalars(query.options(*WITH_REVIEW)).unique().one_or_none()
    if row is None:
        raise GuardFailed(Reason("There is no such recommendation.", "reference"))
    if not steers(actor, row):
        raise GuardFailed(Reason("It is not yours to steer: the deputy adds it.", "reference"))
    if row.state not in TALKED_ABOUT:
        raise GuardFailed(Reason("It is settled: there is nothing to talk about.", "reference"))
    if row.review is not None and row.review.issued_at is None:
        raise GuardFailed(Reason("Its review has not been issued yet.", "reference"))
    return row


def remove(actor: Actor, meeting_id: int, version: int, item: str) -> None:
    """Off the agenda, as long as nothing was said of it."""
    with unit_of_work(actor) as work:
        meeting = _lock_agenda(work, actor, meeting_id, version)
        found = next((row for row in meeting.items if row.public_id == item), None)
        if found is None or not steers(actor, found.recommendation):
            raise NotFound(item)
        if found.discussed_at is not None or written(found):
            raise WrongStage(Reason("Something was written of it: it stays on the agenda."))
        session.delete(found)
        _changed(work, meeting, "tracker_meeting.agenda", number=1)


def order(actor: Actor, meeting_id: int, version: int, items: Sequence[str]) -> None:
    """The agenda in another order. `items`: public ids; what the page did not know keeps its place (R4)."""
    with unit_of_work(actor) as work:
        meeting = _lock_agenda(work, actor, meeting_id, version)
        wanted = {public_id: number for number, public_id in enumerate(items)}
        rows = [row for row in meeting.items if row.public_id in wanted]
        places = sorted(row.place for row in rows)
        for place, row in zip(places, sorted(rows, key=lambda row: wanted[row.public_id]), strict=True):
            row.place = place
        _changed(work, meeting, "tracker_meeting.order", number=len(rows))


def _lock_agenda(work: Work, actor: Actor, meeting_id: int, version: int) -> TrackerMeeting:
    if not of_tracker(actor, gate.office()):
        raise NotPermitted(Reason("This is not yours to do."))
    meeting = work.lock(TrackerMeeting, meeting_id, version)
    if meeting.cancelled_at is not None:
        raise WrongStage(Reason("The meeting was cancelled."))
    if meeting.ended_at is not None:
        raise WrongStage(Reason("The meeting has ended: its minutes are fixed."))
    _load_items(meeting)
    return meeting


def _load_items(meeting: TrackerMeeting) -> None:
    """With what the rules ask of each, at once."""
    query = select(TrackerItem).where(TrackerItem.meeting_id == meeting.id)
    rows = session.scalars(query.options(joinedload(TrackerItem.recommendation).options(*WITH_REVIEW))).unique().all()
    set_committed_value(meeting, "items", sorted(rows, key=lambda row: (row.place, row.id)))


def _insert(meeting: TrackerMeeting, row: Recommendation) -> None:
    """After the last of the same owner, else at the end; the places stay one after another."""
    items = meeting.items
    after = [number for number, item in enumerate(items, 1) if item.recommendation.owner_id == row.owner_id]
    at = after[-1] if after else len(items)
    items.insert(at, TrackerItem(recommendation=row, place=at + 1))
    for place, item in enumerate(items, 1):
        item.place = place


def _ask_owners(work: Work, meeting: TrackerMeeting, added: Sequence[Recommendation]) -> None:
    """Whoever owns something on the agenda is asked to come, where he or she may be."""
    asked = {row.person_id for row in meeting.people}
    owners = {row.owner.id: row.owner for row in added if row.owner is not None}
    for person_id, owner in owners.items():
        if person_id not in asked and owner.active and owner.agency_id is None and owner.role_names & set(MAY_COME):
            work.add(TrackerAttendance(meeting_id=meeting.id, person_id=person_id))
            work.tell([person_id], "tracker_meeting.plan", meeting)


def _changed(work: Work, meeting: TrackerMeeting, kind: str, *, number: int) -> None:
    meeting.version += 1
    work.record(kind, meeting, number=number, version=meeting.version)


# --- what is said of one of them ------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Note:
    """What the page asks of one recommendation."""

    progress: str = ""
    evidence: str = ""
    impact: str = ""
    decision: str = ""
    next_step: str = ""
    forecast: str | None = None
    new_due_on: date | None = None
    new_due_reason: str = ""


@dataclass(frozen=True)
class Saved:
    version: int
    at: datetime


TEXTS = {
    "progress": "Progress",
    "evidence": "Evidence",
    "impact": "Impact heard",
    "decision": "Decision",
    "next_step": "What comes next",
}
FIELDS = (*TEXTS, "forecast", "new_due_on", "new_due_reason")


def written(item: TrackerItem) -> bool:
    """Whether anything was written of it."""
    return any(getattr(item, name) for name in FIELDS)


def unrecorded(actor: Actor, meeting: TrackerMeeting) -> list[str]:
    """References of those this person steers of which something was written that is in no history yet."""
    _load_items(meeting)
    return [
        item.recommendation.reference
        for item in meeting.items
        if item.discussed_at is None and written(item) and _talked_about(item) and steers(actor, item.recommendation)
    ]


def _talked_about(item: TrackerItem) -> bool:
    return item.recommendation.state in TALKED_ABOUT


def save(actor: Actor, item_id: int, note: Note, *, expected_version: int, record: bool = False) -> Saved:
    """Keep what was written; `record`: it was discussed, and goes into the recommendation's history, with the
    forecast and the new date. All of it or nothing. Raises Stale where somebody else wrote since."""
    given = _cleaned(note)
    with unit_of_work(actor) as work:
        item = _lock_item(work, item_id, expected_version, whole=record)
        gate.require(actor, Permission.STEER_RECOMMENDATION, item.recommendation)
        _can_be_written(item)
        _no_name(item.recommendation, given)
        changed = _keep(item, given)
        if record and (changed or item.discussed_at is None):
            _record(work, item)
        elif changed:
            item.discussed_at = item.discussed_by_id = None  # it says something else than the history does
        if changed or record:
            kind = "tracker_item.record" if record else "tracker_item.save"
            work.record(kind, item, version=item.version, digest=digest(_plain(given)))
        return Saved(item.version, work.at)


def why_not_moved_to(day: date | None) -> str:
    """Why a new date that was typed will not be recorded; it is kept all the same, as everything typed is."""
    return why_no_new_date(day, clock.today()) if day else ""


def _cleaned(note: Note) -> Note:
    """Texts as they will be kept. Raises GuardFailed naming what is too long or no forecast."""
    given = asdict(note)
    for name in (*TEXTS, "new_due_reason"):
        given[name] = words(given[name], name)
    given["forecast"] = given["forecast"] or None
    if given["forecast"] is not None and given["forecast"] not in tuple(Forecast):
        raise GuardFailed(Reason("Choose how it is going.", "forecast"))
    return Note(**given)


def _lock_item(work: Work, item_id: int, version: int, *, whole: bool) -> TrackerItem:
    """The meeting, so that it does not end meanwhile; `whole`: what the workflow moves as well."""
    item, row = TrackerItem, Recommendation
    query = select(item.meeting_id, row.id, row.review_id).join(item.recommendation).where(item.id == item_id)
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound(f"TrackerItem {item_id}")
    meeting_id, recommendation_id, review_id = found
    work.lock(TrackerMeeting, meeting_id)
    if whole and review_id is not None:
        work.lock(Review, review_id)
    if whole:
        work.lock(Recommendation, recommendation_id)
    return work.lock(TrackerItem, item_id, version)


def _can_be_written(item: TrackerItem) -> None:
    meeting = item.meeting
    if meeting.ended_at is not None:
        raise WrongStage(Reason("The meeting has ended: its minutes are fixed."))
    if meeting.started_at is None:
        raise WrongStage(Reason("The meeting has not begun: say first who is here."))
    if not _talked_about(item):
        raise WrongStage(Reason("This recommendation was settled meanwhile: nothing more is written of it here."))


def _no_name(row: Recommendation, note: Note) -> None:
    """Initials stand for the child: the page is on a shared screen, and the minutes go to many."""
    child = row.review.child if row.review else row.child
    name = " ".join(child.name.casefold().split()) if child else ""
    for field in (*TEXTS, "new_due_reason"):
        if name and name in " ".join(str(getattr(note, field)).casefold().split()):
            raise GuardFailed(Reason("Write initials in place of the child’s name.", field))


def _plain(note: Note) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in asdict(note).items()}


def _keep(item: TrackerItem, note: Note) -> bool:
    """Whether anything changed."""
    given = {**asdict(note), "forecast": Forecast(note.forecast) if note.forecast else None}
    if all(getattr(item, name) == value for name, value in given.items()):
        return False
    for name, value in given.items():
        setattr(item, name, value)
    item.version += 1
    return True


def _record(work: Work, item: TrackerItem) -> None:
    """One line of history with what was said, and one more where the date moves."""
    row, text = item.recommendation, said(item)
    then = {"action_then": row.action, "owner_then": row.owner.name if row.owner else "", "due_then": row.due_on}
    given = {"text": text, "item": item.id, "forecast": str(item.forecast) if item.forecast else None, **then}
    _take(work, row, "discuss", given, text, {"text": "progress"})
    if item.forecast is not None:
        row.forecast = item.forecast
    _extend(work, item)
    item.discussed_at, item.discussed_by_id = work.at, work.person_id


def said(item: TrackerItem) -> str:
    """Everything that was written of it, under its headings, for the line of history."""
    return "\n\n".join(f"{label}: {getattr(item, name)}" for name, label in TEXTS.items() if getattr(item, name))


def _extend(work: Work, item: TrackerItem) -> None:
    row, reason = item.recommendation, item.new_due_reason
    if item.new_due_on is None and reason:
        raise GuardFailed(Reason("Enter the new date.", "new_due_on"))
    if item.new_due_on is None or item.new_due_on == row.due_on:
        return
    if row.state not in OPEN:
        raise GuardFailed(Reason("It was moved to a plan: its date is changed there.", "new_due_on"))
    given = {"due_on": item.new_due_on, "reason": reason}
    _take(work, row, "extend", given, reason, {"due_on": "new_due_on", "reason": "new_due_reason"})
    row.due_on = item.new_due_on


def _take(
    work: Work, row: Recommendation, trigger: str, given: dict[str, Any], text: str, fields: dict[str, str]
) -> None:
    """A step of the recommendation; a guard's reason names the field of this page."""
    try:
        take_recommendation(work, row, trigger, given, text=text)
    except GuardFailed as refused:
        named = (Reason(each.text, fields.get(each.target or "", each.target)) for each in refused.reasons)
        raise GuardFailed(*named) from refused
