"""Every thing a person can do before, at and after a meeting of the panel, done well or badly; see `moves`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.extensions import session
from app.models.panel import PanelItem, PanelMeeting
from app.models.people import Person
from app.models.reviews import Review
from app.policy.panel import item_of
from app.services import panel_decision, panel_facts, panel_items, panel_meetings, panel_readings
from app.services.panel_steps import items_on
from tests.property.moves import LONG, Move
from tests.support import panels

GRADES = ("inadequate", "requires_improvement", "good", "good", "good", "outstanding")


# --- a review before the panel ------------------------------------------------------------------------------------


def suitable(review: Review, days: int) -> list[str]:
    """The meetings that would do for this review, `days` working days away or more."""
    found = []
    for meeting in panel_facts.upcoming():
        facts = panel_facts.meeting_facts(review, meeting)
        if facts.quorate and facts.working_days_away >= days:
            found.append(meeting.public_id)
    return found


def choose_meeting(move: Move, review: Review, days: int) -> str | None:
    good = suitable(review, days)
    if move.good and good:
        return str(move.pick(*good))
    return move.pick(*good, None, "", "nobody", "\x00", LONG, *session.scalars(select(PanelMeeting.public_id)))


def refer(move: Move) -> None:
    chosen = choose_meeting(move, move.row, panel_facts.FAR_ENOUGH)
    panel_items.refer(move.actor, move.row.id, move.version, meeting=chosen)


def agreed_form(move: Move, item: PanelItem) -> dict[str, Any]:
    """A decision: agreed or the chair's, recommendations kept, changed and dropped; badly, with something missing."""
    grade = move.pick(*GRADES)
    settled = {row["key"]: settle(move) for row in panel_decision.open_rows(item.review, item)}
    added = {"key": "rnew1", "level": "service", "action": "Ring each school.", "impact": "", "owner": "", "due": ""}
    form = panels.reading_answers(item, grade, "As discussed.")
    if move.dice.random() < 0.3:
        row = {"key": "ract1", "action": "Look at the chronology tool.", "owner": None, "timescale": "By May"}
        form["actions"] = {"any_actions": "some", "actions": [row]}
    given = {
        "form": form,
        "reasons": dict.fromkeys(("journey", "needs", "summary"), "The panel weighed it otherwise."),
        "recommendations": settled,
        "added": [added] if move.dice.random() < 0.3 else [],
        "reached": move.pick("agreed", "chair_decided"),
        "reached_reason": "The chair weighed it.",
        "themes": ["Chronologies"],
        "dissents": dissents(move, item),
    }
    return given if move.good else spoilt(move, given)


def settle(move: Move) -> dict[str, str]:
    what = move.pick("keep", "keep", "change", "drop")
    rest = {"reason": "It was done.", "action": "Write it in the plan.", "impact": "", "owner": "", "due": ""}
    return {"what": what, **(rest if what != "keep" else {})}


def dissents(move: Move, item: PanelItem) -> dict[str, str]:
    said = {row.person_id for row in item.dissents}
    may = [row for row in panel_decision.may_dissent(item) if row not in said and move.dice.random() < 0.2]
    people = session.scalars(select(Person.public_id).where(Person.id.in_(may)))
    return dict.fromkeys(people, "I read the visits of May otherwise.")


def spoilt(move: Move, given: dict[str, Any]) -> dict[str, Any]:
    key = move.pick(*given)
    bad: dict[str, Any] = {
        "form": {}, "reasons": {"journey": LONG}, "recommendations": {"no_row": {"what": "keep"}},
        "added": [{"key": "x y", "action": LONG}], "reached": "by lot", "reached_reason": LONG, "themes": [LONG],
        "dissents": {"nobody": "I do not agree."},
    }  # fmt: skip
    return {**given, key: move.pick(bad[key], type(given[key])(), given[key])}


def decide(move: Move) -> None:
    item = item_of(move.row)
    form = agreed_form(move, item) if item else {}
    version = item.agreed.version if item and item.agreed else 0
    panel_decision.decide(move.actor, move.row.id, move.version, expected_form=version, answers=form)


def send_back(move: Move) -> None:
    panel_items.send_back(move.actor, move.row.id, move.version, reason=move.words())


def reopen_decision(move: Move) -> None:
    chosen = choose_meeting(move, move.row, panel_facts.FAR_ENOUGH)
    panel_items.reopen_decision(move.actor, move.row.id, move.version, reason=move.words(), meeting=chosen)


# --- an item ------------------------------------------------------------------------------------------------------


def move_item(move: Move) -> None:
    panel_items.move(move.actor, move.row.id, move.version, meeting=other_meeting(move))


def other_meeting(move: Move) -> str | None:
    """Another one than it is listed at."""
    here = move.row.meeting.public_id if move.row.meeting else None
    others = [each for each in suitable(move.row.review, 0) if each != here]
    return str(move.pick(*others)) if move.good and others else choose_meeting(move, move.row.review, 0)


def relist(move: Move) -> None:
    panel_items.relist(move.actor, move.row.id, move.version, meeting=choose_meeting(move, move.row.review, 0))


def open_discussion(move: Move) -> None:
    panel_items.open_discussion(move.actor, move.row.id, move.version)


def share_comments(move: Move) -> None:
    panel_items.share_comments(move.actor, move.row.id, move.version)


def adjourn(move: Move) -> None:
    panel_items.adjourn(move.actor, move.row.id, move.version, reason=move.words())


def save_agreed(move: Move) -> None:
    version = (move.row.agreed.version if move.row.agreed else 0) + (0 if move.good else move.pick(0, 1))
    panel_decision.save(move.actor, move.row.id, agreed_form(move, move.row), expected_version=version)


def dissent(move: Move) -> None:
    panel_decision.dissent(move.actor, move.row.id, text=move.words())


# --- a reading ----------------------------------------------------------------------------------------------------


def reading_answers(move: Move) -> dict[str, Any]:
    given = panels.reading_answers(move.row.item, move.pick(*GRADES))
    if move.good:
        return given
    part = move.pick(*given)
    return {**given, part: move.pick({}, {"grade": "superb"}, {"comment": LONG}, given[part], 7)}


def save_reading(move: Move) -> None:
    panel_readings.save(move.actor, move.row.id, reading_answers(move), expected_version=move.version)


def submit_reading(move: Move) -> None:
    panel_readings.submit(move.actor, move.row.id, expected_version=move.version, answers=reading_answers(move))


def confirm_reading(move: Move) -> None:
    panel_readings.confirm(move.actor, move.row.id, expected_version=move.version)


def excuse(move: Move) -> None:
    panel_readings.excuse(move.actor, move.row.id, reason=move.words())


def invite_again(move: Move) -> None:
    panel_readings.invite_again(move.actor, move.row.id)


def declare_conflict(move: Move) -> None:
    panel_readings.declare_conflict(move.actor, move.row.id, reason=move.words())


def add_to_reading(move: Move) -> None:
    panel_readings.add(move.actor, move.row.id, text=move.words())


# --- a meeting ----------------------------------------------------------------------------------------------------


def set_up(move: Move) -> None:
    given = panels.plan(move.world, move.pick(7, 14, 21)) if move.good else bad_plan(move)
    panel_meetings.set_up(move.actor, given)


def bad_plan(move: Move) -> panel_meetings.Plan:
    changes: dict[str, Any] = move.pick(
        {"minutes": 0}, {"place": LONG}, {"chair": None}, {"chair": move.world.public_id("worker")},
        {"deputy_chair": move.world.public_id("chair")}, {"members": ["nobody"]},
    )  # fmt: skip
    return replace(panels.plan(move.world, move.pick(-1, 14)), **changes)


def attend(move: Move) -> None:
    """All who have a seat, or all but one; the chair now and then among the absent."""
    here = [seat.person.public_id for seat in move.row.seats if seat.left_at is None]
    if move.dice.random() < 0.3 and len(here) > 4:
        here.pop(move.dice.randrange(len(here)))
    panel_meetings.attend(move.actor, move.row.id, move.version, here if move.good else [*here, move.pick("x", "")])


def end(move: Move) -> None:
    panel_meetings.end(move.actor, move.row.id, move.version)


def change(move: Move) -> None:
    there = [seat.person.public_id for seat in move.row.seats if seat.left_at is None and not seat.substitute_for_id]
    if move.dice.random() < 0.3:
        there = [each for each in there if each != move.world.public_id("director")]
    given = replace(panels.plan(move.world), starts_at=move.row.starts_at + timedelta(minutes=30), members=there)
    panel_meetings.change(move.actor, move.row.id, move.version, given if move.good else bad_plan(move))


def substitute(move: Move) -> None:
    absent = [seat.person.public_id for seat in move.row.seats if seat.left_at is None]
    seated = {seat.person_id for seat in move.row.seats}
    free = [row.public_id for row in panel_meetings.who_may_sit(substitutes=True) if row.id not in seated]
    by = move.pick(*free) if move.good and free else move.pick(move.world.public_id("worker"), "", "nobody")
    who = move.pick(*absent) if move.good and absent else move.pick("", "nobody", *absent)
    panel_meetings.substitute(move.actor, move.row.id, move.version, absent=who, by=by, reason=move.words())


def order(move: Move) -> None:
    listed = [row.public_id for row in items_on(move.row)]
    given = move.dice.sample(listed, len(listed)) if move.good else move.pick([], ["nobody"], listed[:1] * 3)
    panel_meetings.order(move.actor, move.row.id, move.version, given)


def cancel(move: Move) -> None:
    panel_meetings.cancel(move.actor, move.row.id, move.version, reason=move.words())


def keep_themes(move: Move) -> None:
    good = [{"id": "", "title": f"Theme {move.dice.random():.6f}", "done": "practice", "what": "Raised."}]
    bad = [{"id": "", "title": "", "done": "danced", "what": ""}, {"id": "nobody", "title": LONG, "what": "x"}]
    panel_meetings.keep_themes(move.actor, move.row.id, good if move.good else bad)


PANEL_REVIEW_STEPS: dict[str, Callable[[Move], None]] = {
    "refer_to_panel": refer,
    "decide": decide,
    "send_back": send_back,
    "reopen_decision": reopen_decision,
}
ITEM_MOVES: dict[str, Callable[[Move], None]] = {
    "move": move_item,
    "open": open_discussion,
    "share_comments": share_comments,
    "adjourn": adjourn,
    "relist": relist,
    "relist_opened": relist,
    "save_agreed": save_agreed,
    "dissent": dissent,
}
READING_MOVES: dict[str, Callable[[Move], None]] = {
    "save": save_reading,
    "submit": submit_reading,
    "confirm": confirm_reading,
    "excuse": excuse,
    "invite_again": invite_again,
    "declare": declare_conflict,
    "add": add_to_reading,
}
MEETING_MOVES: dict[str, Callable[[Move], None]] = {
    "set_up": set_up,
    "attend": attend,
    "end": end,
    "change": change,
    "substitute": substitute,
    "order": order,
    "cancel": cancel,
    "themes": keep_themes,
}
PANEL_MOVES: dict[str, dict[str, Callable[[Move], None]]] = {
    "panel_item": ITEM_MOVES,
    "panel_reading": READING_MOVES,
    "panel_meeting": MEETING_MOVES,
}


def name_for(row: Any, name: str) -> str:
    """One service, two steps: an adjourned item is listed again as it was, sealed or opened."""
    if name in ("relist", "relist_opened"):
        return "relist" if row.opened_at is None else "relist_opened"
    return name
