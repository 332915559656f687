"""What the panel left of a review: who sat, the agreed form, the dissents, each recommendation as it was decided.

Nobody's reading is in it, nor the Head of QA's view, nor why somebody was out. Whether a person may have any of it is
asked by who calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload, selectinload

from app import clock
from app.extensions import session
from app.models.panel import AgreedForm, Attendance, PanelDissent, PanelItem, PanelMeeting, PanelReading, PanelSeat
from app.models.people import Person
from app.models.recommendations import Recommendation, RecommendationEntry
from app.models.reviews import Decision, Review, Revision
from app.policy.panel import read_items, with_panel
from app.queries import recorded
from app.queries.recorded import Data, iso, template_of
from forms import moderation
from forms.descriptor import FormTemplate


@dataclass(frozen=True)
class Agreed:
    """The panel's one agreed form, with what it decided on; `answers` is the form's part of it."""

    template: FormTemplate
    asked: tuple[str, ...]
    answers: Mapping[str, Mapping[str, Any]]
    sitting: Data
    dissents: list[Data]


def agreed(decision: Decision, reviewer: Person) -> Agreed | None:
    """What the panel left of this decision; None where no panel made it. `reviewer`: whose review it was then."""
    item = decided_item(decision)
    if item is None or item.agreed is None or item.meeting is None:
        return None
    form, asked = form_of(item)
    return Agreed(
        template=form,
        asked=asked,
        answers=item.agreed.answers["form"],
        sitting={**sitting(item, item.meeting, decision.decided_at), "reached": str(item.reached)},
        dissents=dissents(item, reviewer.id),
    )


def decided_item(decision: Decision) -> PanelItem | None:
    """The item that came to this decision."""
    return next(iter(read_items(_BY_DECISION, {"decision": decision.id})), None)


_BY_DECISION = with_panel(select(PanelItem).where(PanelItem.decision_id == bindparam("decision"))).options(
    joinedload(PanelItem.agreed), selectinload(PanelItem.dissents).joinedload(PanelDissent.person)
)


def form_of(item: PanelItem) -> tuple[FormTemplate, tuple[str, ...]]:
    """The moderation form of an item, and the parts of it that this review is asked."""
    own, form = template_of(item.review.form_version), template_of(item.form_version)
    return form, tuple(part.key for part in moderation.asked(own, form))


def dissents(item: PanelItem, reviewer: int) -> list[Data]:
    """Who did not agree, in their words; the reviewer is said to be the reviewer (R5)."""
    return [
        {"who": f"{row.person.name}, reviewer" if row.person_id == reviewer else row.person.name, "text": row.text}
        for row in item.dissents
    ]


# --- who sat --------------------------------------------------------------------------------------------


def sitting(item: PanelItem, meeting: PanelMeeting, at: datetime, *, reasons: bool = False) -> Data:
    """Who heard this item at a meeting, as it was at one moment: a conflict declared later changes no record.

    reasons: why somebody was excused, which is the panel's own business and on no child's file.
    """
    readings = {row.person_id: row for row in item.readings}
    pairs = [(seat, readings.get(seat.person_id)) for seat in meeting.seats if seat.left_at is None]
    return {
        "on": iso(clock.day_of(meeting.starts_at)),
        "took_part": [seat.person.name for seat, row in pairs if _took_part(seat, row, at)],
        "out": [seat.person.name for seat, row in pairs if row is not None and _is_out(row, at)],
        "excused": [
            f"{seat.person.name}: {row.excused_reason}" if reasons else seat.person.name
            for seat, row in pairs
            if row is not None and row.excused_at is not None
        ],
        "substitutes": substitutes(meeting),
    }


def _took_part(seat: PanelSeat, row: PanelReading | None, at: datetime) -> bool:
    """Present, with a reading submitted by then, and not out."""
    if row is None or row.submitted_at is None or _is_out(row, at):
        return False
    return seat.attendance is Attendance.PRESENT and row.submitted_at <= at


def _is_out(row: PanelReading, at: datetime) -> bool:
    return row.exempt_at is not None and row.exempt_at <= at


def substitutes(meeting: PanelMeeting) -> list[Data]:
    """Whoever sits for somebody else, and for whom: both names stay in the record (R4)."""
    seats = {seat.person_id: seat for seat in meeting.seats}
    return [
        {"who": seat.person.name, "instead_of": _replaced(seat, seats)}
        for seat in meeting.seats
        if seat.left_at is None and seat.substitute_for is not None
    ]


def _replaced(seat: PanelSeat, seats: Mapping[int, PanelSeat]) -> str:
    """Where a substitute could not come either, the names of both."""
    found: list[str] = []
    while seat.substitute_for_id is not None and len(found) < len(seats):
        seat = seats[seat.substitute_for_id]
        found.append(seat.person.name)
    return ", who sat for ".join(found)


# --- the recommendations, as decided --------------------------------------------------------------------


@dataclass(frozen=True)
class Round:
    """One decision of a review: what the revision said, and what the panel made of it where it sat."""

    at: datetime
    written: Mapping[str, Data]
    added: Mapping[str, Data]
    settled: Mapping[str, Mapping[str, Any]]


@dataclass
class Words:
    """The words of one recommendation while the decisions are gone through; `owner` is a public id or a name."""

    said: Data | None = None
    dropped: bool = False


def as_decided(review: Review, decision: Decision, rows: Iterable[Recommendation]) -> dict[int, Data]:
    """Each recommendation's words as this decision of the panel left them, by id; one that was dropped is not there.

    Where an earlier decision raised it, what the tracker did in between counts: the panel had that before it.
    """
    rounds = _rounds(review, decision)
    followed = {row.id: (row, _followed(row, rounds)) for row in rows}
    found = {key: words.said or recorded.tracked(row) for key, (row, words) in followed.items() if not words.dropped}
    named = recorded.names(said["owner"] for said in found.values() if said["owner"])
    return {key: {**said, "owner": named.get(said["owner"], said["owner"])} for key, said in found.items()}


def _rounds(review: Review, decision: Decision) -> list[Round]:
    query = select(Decision).where(Decision.review_id == review.id, Decision.id <= decision.id).order_by(Decision.id)
    decisions = list(session.scalars(query))
    forms = _forms(each.id for each in decisions)
    return [_round(review, each, forms.get(each.id)) for each in decisions]


def _forms(decisions: Iterable[int]) -> dict[int, AgreedForm]:
    """What the panel wrote in the meeting, by the decision's id; nothing for a decision without a panel."""
    query = (
        select(PanelItem.decision_id, AgreedForm)
        .join(AgreedForm, AgreedForm.item_id == PanelItem.id)
        .where(PanelItem.decision_id.in_(list(decisions)))
    )
    return {row.decision_id: row.AgreedForm for row in session.execute(query)}


def _round(review: Review, decision: Decision, form: AgreedForm | None) -> Round:
    revision = session.get_one(Revision, decision.revision_id)
    return Round(
        at=decision.decided_at,
        written=recorded.written(template_of(review.form_version), revision),
        added={key: _given(row) for key, row in added(form).items()},
        settled=form.answers.get("recommendations") or {} if form is not None else {},
    )


def added(form: AgreedForm | None) -> dict[str, Mapping[str, Any]]:
    """The recommendations the panel added, by their key in the tracker: there it may name the item too, since a
    decision that is reopened may add another under the same key."""
    rows = form.answers.get("added") or () if form is not None else ()
    item = form.item_id if form is not None else 0
    return {key: row for row in rows for key in (row["key"], f"added_{item}_{row['key']}")}


def _given(row: Mapping[str, Any]) -> Data:
    return {
        "action": row.get("action") or "",
        "effect": row.get("impact") or "",
        "owner": row.get("owner") or "",
        "due_on": row.get("due") or None,
    }


def _followed(row: Recommendation, rounds: list[Round]) -> Words:
    words, since = Words(), row.raised_at
    key = row.row_key or str(row.id)
    steps = row.entries if len(rounds) > 1 else []
    for each in rounds:
        _tracked_since(words, steps, since, each.at)
        if each.at == row.raised_at:
            words.said = each.written.get(key) or each.added.get(key)
        _settle(words, each.settled.get(key) or {})
        since = each.at
    return words


def _tracked_since(words: Words, steps: Iterable[RecommendationEntry], since: datetime, until: datetime) -> None:
    """What the tracker changed after one decision and before the next: the action, the owner, the date."""
    for step in steps:
        if words.said is not None and since <= step.at < until:
            words.said = {**words.said, **dict(_changes(step.details))}


def _changes(details: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("action", "owner", "due_on"):
        if details.get(key):
            yield key, str(details[key])


def _settle(words: Words, answer: Mapping[str, Any]) -> None:
    if answer:
        words.dropped = answer.get("what") == "drop"
    if answer.get("what") == "change":
        words.said = _given(answer)
