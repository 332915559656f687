"""The minutes of a meeting as one person may have them (R4, R5, R11).

Of each item only what the visibility shows this reader; a review that this person is out of is not there at all, with
no gap and no number that would tell. That somebody was out is said, never why; no reading is in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload, selectinload

from app import clock
from app.extensions import session
from app.models.panel import Attendance, PanelDissent, PanelItem, PanelListing, PanelMeeting, PanelSeat
from app.models.people import Person
from app.models.recommendations import Recommendation
from app.models.reviews import Decision
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.panel import items_of, read_items, reading_of, with_panel
from app.policy.visibility import Aspect, Sight, Tie, sees
from app.queries import panel_records, recorded
from app.queries.initials import told_apart
from app.queries.panel_documents import REVIEW, Made, knows, meeting_at, time_of, when_and_where
from app.queries.recorded import Data, iso, template_of
from app.queries.reviews import NotVisible
from workflows.states import PanelItemState, ReadingState

DECIDED = "decided"


@dataclass(frozen=True)
class Heard:
    """One item on the agenda of that day, how it left it, and what this reader sees of its review."""

    item: PanelItem
    listings: list[PanelListing]
    sight: Sight

    @property
    def decision(self) -> Decision | None:
        """The decision of this meeting, where this reader may know it."""
        here = any(row.outcome == DECIDED for row in self.listings)
        return self.item.decision if here and Aspect.FINAL in self.sight else None


def minutes(actor: Actor, office: Office, public_id: str) -> Made:
    """For who may know of the meeting, and who acts as Head of QA on an item, once it has begun. Raises NotVisible."""
    meeting = meeting_at(public_id)
    heard = list(_heard(actor, office, meeting)) if meeting.started_at is not None else []
    if meeting.started_at is None or not (knows(actor, office, meeting) or heard):
        raise NotVisible
    reviews = [each.item.review for each in heard]
    initials = told_apart(review.child for review in reviews)
    data = {
        "authority": recorded.authority(),
        "reader": actor.name,
        "meeting": when_and_where(meeting),
        "began": time_of(meeting.started_at),
        "ended": time_of(meeting.ended_at),
        "attendance": [_attended(seat, meeting) for seat in _seats(meeting)],
        "items": [_minuted(each, meeting, initials[each.item.review.child_id]) for each in heard],
    }
    return Made(data, reviews)


# --- who was there --------------------------------------------------------------------------------------


def _seats(meeting: PanelMeeting) -> list[PanelSeat]:
    """Who had a seat on the day, and whoever a substitute sat for; not those who left it before."""
    replaced = {seat.substitute_for_id for seat in meeting.seats}
    return [seat for seat in meeting.seats if seat.left_at is None or seat.person_id in replaced]


def _attended(seat: PanelSeat, meeting: PanelMeeting) -> Data:
    role = {meeting.chair_id: "chair", meeting.deputy_chair_id: "deputy_chair"}.get(seat.person_id, "member")
    absent = seat.left_at is not None
    return {
        "name": seat.person.name,
        "seat": role if seat.substitute_for_id is None else "substitute",
        "attendance": str(Attendance.ABSENT if absent else seat.attendance),
        "note": _note(seat, meeting),
    }


def _note(seat: PanelSeat, meeting: PanelMeeting) -> str:
    """For whom somebody sat; who sat for somebody, and why (R4)."""
    notes = [f"For {seat.substitute_for.name}"] if seat.substitute_for else []
    instead = [each.person.name for each in meeting.seats if each.substitute_for_id == seat.person_id]
    by = instead[0] if instead and seat.left_at is not None else ""
    return ". ".join([*notes, f"{by} sat instead: {seat.left_reason}"] if by else notes)


# --- what was heard -------------------------------------------------------------------------------------


def _heard(actor: Actor, office: Office, meeting: PanelMeeting) -> Iterator[Heard]:
    """The items of the day that this person may know of, in the order of the agenda."""
    listings = _listings(meeting)
    items = _items(listings)
    latest = items_of(item.review for item in items)
    for item in sorted(items, key=lambda row: (row.position, row.id)):
        sight = sees(actor, item.review, office, item=latest.get(item.review_id))
        if Aspect.EXISTS in sight and _has_part(actor, sight, item, latest.get(item.review_id)):
            yield Heard(item, listings[item.id], sight)


def _has_part(actor: Actor, sight: Sight, *items: PanelItem | None) -> bool:
    """As a member who was not out, then or now, or as the Head of QA on this review: another tie opens no minutes."""
    readings = [reading_of(actor.id, item) for item in items if item is not None]
    out = any(row is not None and row.state is ReadingState.EXEMPT for row in readings)
    return not out and bool(sight.ties & {Tie.PANEL_MEMBER, Tie.HEAD_OF_QA})


def _listings(meeting: PanelMeeting) -> Mapping[int, list[PanelListing]]:
    """What was on the agenda on the day or later, by the item; what was moved away before is not of this meeting."""
    day = clock.day_of(meeting.starts_at)
    query = select(PanelListing).where(PanelListing.meeting_id == meeting.id).order_by(PanelListing.id)
    found: dict[int, list[PanelListing]] = {}
    for row in session.scalars(query):
        ended = clock.day_of(row.ended_at)
        if ended is None or day is None or ended >= day:
            found.setdefault(row.item_id, []).append(row)
    return found


def _items(wanted: Iterable[int]) -> list[PanelItem]:
    return read_items(_OF_IDS, {"items": list(wanted)})


_OF_IDS = with_panel(select(PanelItem).where(PanelItem.id.in_(bindparam("items", expanding=True)))).options(
    REVIEW,
    joinedload(PanelItem.agreed),
    joinedload(PanelItem.decision),
    joinedload(PanelItem.revision),
    selectinload(PanelItem.dissents).joinedload(PanelDissent.person),
)


def _minuted(heard: Heard, meeting: PanelMeeting, initials: str) -> Data:
    item, decision = heard.item, heard.decision
    by, why = _chaired(heard)
    return {
        "reference": item.review.reference,
        "initials": initials,
        "state": _state(heard),
        "chaired_by": by,
        "chaired_why": why,
        "sitting": _sitting(heard, meeting),
        "left": [_left(row) for row in heard.listings if row.ended_at is not None and row.outcome != DECIDED],
        "outcome": _outcome(item, decision) if decision is not None else None,
    }


def _state(heard: Heard) -> str:
    """How the item stands at this meeting; a later meeting's part in it is not these minutes'."""
    last = heard.listings[-1]
    if last.ended_at is not None:
        return last.outcome
    return "discussing" if heard.item.state is PanelItemState.DISCUSSING else "waiting"


def _opened_here(heard: Heard) -> bool:
    opened = heard.item.opened_at
    return opened is not None and any(
        row.listed_at <= opened and (row.ended_at is None or opened <= row.ended_at) for row in heard.listings
    )


def _chaired(heard: Heard) -> tuple[str, str]:
    """Who chaired the item, and why it was not the chair (R4)."""
    decision, item = heard.decision, heard.item
    if decision is not None:
        return session.get_one(Person, decision.person_id).name, decision.acting
    if item.opened_by_id is not None and _opened_here(heard):
        return session.get_one(Person, item.opened_by_id).name, item.opened_acting
    return "", ""


def _sitting(heard: Heard, meeting: PanelMeeting) -> Data | None:
    """Who heard it. Before the decision that would tell who has submitted, so only who may know that is told (R11)."""
    decision = heard.decision
    may_know = bool(heard.sight.aspects & {Aspect.READINGS, Aspect.WHO_SUBMITTED})
    if decision is None and not (may_know and _opened_here(heard)):
        return None
    at = decision.decided_at if decision is not None else heard.listings[-1].ended_at or clock.now()
    found = panel_records.sitting(heard.item, meeting, at, reasons=True)
    return {**found, "reached": str(heard.item.reached) if decision is not None else ""}


def _left(row: PanelListing) -> Data:
    by = session.get_one(Person, row.ended_by_id).name if row.ended_by_id is not None else ""
    return {"how": row.outcome, "by": by, "reason": row.reason}


# --- what was decided -----------------------------------------------------------------------------------


def _outcome(item: PanelItem, decision: Decision) -> Data:
    answers: Mapping[str, Any] = item.agreed.answers if item.agreed else {}
    return {
        "decided": recorded.decided(decision),
        "grades": recorded.grades(template_of(item.review.form_version), item.revision),
        "recommendations": list(_settled(item, decision, answers)),
        "actions": _actions(answers),
        "themes": list(answers.get("themes") or ()),
        "dissents": panel_records.dissents(item, item.review.reviewer_id),
        "reopened_on": iso(clock.day_of(decision.reopened_at)),
        "reopened_reason": decision.reopened_reason,
    }


def _settled(item: PanelItem, decision: Decision, answers: Mapping[str, Any]) -> Iterator[Data]:
    """Each recommendation with what became of it; of one that was dropped the words it had."""
    settled = answers.get("recommendations") or {}
    added = panel_records.added(item.agreed)
    query = select(Recommendation).where(Recommendation.review_id == item.review_id).order_by(Recommendation.id)
    rows = {row.row_key or str(row.id): row for row in session.scalars(query)}
    words = panel_records.as_decided(item.review, decision, rows.values())
    for key, row in rows.items():
        if key in settled or key in added:
            answer = settled.get(key) or {"what": "add"}
            said = words.get(row.id) or recorded.tracked(row)
            yield {**said, "what": str(answer["what"]), "reason": str(answer.get("reason") or "")}


def _actions(answers: Mapping[str, Any]) -> list[Data]:
    rows = ((answers.get("form") or {}).get("actions") or {}).get("actions") or ()
    rows = [row for row in rows if row.get("action")]
    named = recorded.names(row["owner"] for row in rows if row.get("owner"))
    return [
        {
            "action": row["action"],
            "owner": named.get(row.get("owner") or "", ""),
            "timescale": row.get("timescale") or "",
        }
        for row in rows
    ]
