"""The plans and the tracker meetings of the demonstration: what is kept of the year beside the recommendations.

The texts are in `texts/tracker.yaml`. Days are working days from today.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from app import clock
from app.demo import answers as made
from app.demo.activities import HEAD, Timed, some_time_of
from app.demo.answers import Case
from app.demo.days import Days, fill, on_or_before
from app.demo.stage import Act, Person, Stage
from app.extensions import session
from app.models.plans import Plan, PlanLine
from app.models.recommendations import Recommendation
from app.models.reviews import Review
from app.models.tracker import TrackerItem, TrackerMeeting
from app.policy.actor import Actor
from app.services import plans, tracker_asks, tracker_items, tracker_meetings


class Tracker:
    """Every plan and every meeting, act by act."""

    def __init__(self, days: Days, people: dict[str, Person], stage: Stage, first_place: int) -> None:
        self.days, self.people, self.stage, self.first_place = days, people, stage, first_place

    def acts(self) -> Iterator[Act]:
        said = made.case("tracker")
        told = [
            *((OnePlan(self, plan).acts(), plan["name"]) for plan in said["plans"]),
            *(
                (OneMeeting(self, meeting).acts(), f"tracker meeting on {meeting['held']}")
                for meeting in said["meetings"]
            ),
            ([(self.moment(-1, "asks"), self._ask)], "what the service asks by itself"),
        ]
        for place, (acts, name) in enumerate(told, self.first_place):
            for number, (at, do) in enumerate(acts):
                yield Act(at, place, number, do, name)

    def moment(self, day: int, seed: str) -> datetime:
        return some_time_of(self.days.at(day), seed)

    def _ask(self) -> None:
        tracker_asks.ask()

    @property
    def head(self) -> Actor:
        return self.people[HEAD].actor


def text(written: str | None) -> str:
    """Its dates are counted from the day it is said on."""
    return fill(written, clock.today(), {}) if written else ""


class OnePlan:
    """One plan: made, its lines written, looked at each quarter, its comments kept."""

    def __init__(self, tracker: Tracker, said: Case) -> None:
        self.tracker, self.said = tracker, said
        self.lines: dict[tuple[int, int], str] = {}

    def acts(self) -> Iterator[Timed]:
        begins = self.tracker.moment(self.said["day"], self.said["name"])
        yield begins, self._make
        for place, section in enumerate(self.said.get("sections") or ()):
            yield begins + timedelta(minutes=4 + 3 * place), partial(self._section, place, section)
            for number, line in enumerate(section["lines"]):
                for after, changed in line.get("then") or ():
                    at = self.tracker.moment(self.said["day"] + after, f"{self.said['name']} {place} {number}")
                    yield at, partial(self._change, place, number, changed)
        for day, notes in self.said.get("looks") or ():
            yield self.tracker.moment(day, f"{self.said['name']} looked at"), partial(self._look, notes)

    def _make(self) -> None:
        days, said = self.said.get("look_in"), self.said
        review_on = on_or_before(clock.today() + timedelta(days=days)) if days else None
        made_id = plans.make(self.tracker.head, name=said["name"], kind=said["kind"], review_on=review_on)
        self.tracker.stage.plans[said["name"]] = made_id

    @property
    def plan(self) -> Plan:
        session.rollback()
        public_id = self.tracker.stage.plans[self.said["name"]]
        return session.scalars(select(Plan).where(Plan.public_id == public_id)).one()

    def _section(self, place: int, section: Case) -> None:
        plan_id = self.plan.id
        heading = plans.add_section(self.tracker.head, plan_id, title=section["title"])
        for number, line in enumerate(section["lines"]):
            given = {**_columns(line), "section": heading}
            self.lines[place, number] = plans.add_line(self.tracker.head, plan_id, given)

    def _change(self, place: int, number: int, changed: Case) -> None:
        """Some columns in other words; the rest as they stand."""
        session.rollback()
        row = session.scalars(select(PlanLine).where(PlanLine.public_id == self.lines[place, number])).one()
        section = next(each.public_id for each in self.plan.sections if each.id == row.section_id)
        stands = {key: getattr(row, key) for key in plans.COLUMNS}
        given = {**stands, **{key: text(value) for key, value in changed.items()}, "section": section}
        plans.change_line(self.tracker.head, row.id, row.version, given)

    def _look(self, notes: str) -> None:
        plan = self.plan
        plans.record_review(self.tracker.head, plan.id, plan.version, held_on=clock.today(), notes=text(notes))


def _columns(line: Case) -> dict[str, Any]:
    """A line's columns; `due` is in calendar days from the day it is written."""
    given: dict[str, Any] = {key: text(line.get(key)) for key in plans.TEXTS}
    due: date | None = on_or_before(clock.today() + timedelta(days=line["due"])) if "due" in line else None
    return {**given, "due_on": due, "rag": line.get("rag")}


class OneMeeting:
    """One tracker meeting: planned, its agenda built; held where its day is over."""

    def __init__(self, tracker: Tracker, said: Case) -> None:
        self.tracker, self.said, self.public_id = tracker, said, ""

    def acts(self) -> Iterator[Timed]:
        said, held = self.said, self.tracker.days.at(self.said["held"])
        seed = f"tracker meeting {said['held']}"
        yield self.tracker.moment(said["planned"], seed), self._plan
        yield self.tracker.moment(said["built"], seed), self._build
        if said["held"] >= 0:
            return
        begins = datetime(held.year, held.month, held.day, 10, 2, tzinfo=clock.LONDON)
        yield begins, self._attend
        for number, note in enumerate(said["notes"]):
            yield begins + timedelta(minutes=5 + 6 * number), partial(self._note, note)
        end = begins + timedelta(minutes=8 + 6 * len(said["notes"]))
        yield end, self._keep_notes
        yield end + timedelta(minutes=3), self._end

    @property
    def meeting(self) -> TrackerMeeting:
        session.rollback()
        return session.scalars(select(TrackerMeeting).where(TrackerMeeting.public_id == self.public_id)).one()

    def _ids(self, logins: list[str]) -> list[str]:
        return [self.tracker.people[login].public_id for login in logins]

    def _plan(self) -> None:
        wanted = tracker_meetings.Plan(
            held_on=self.tracker.days.at(self.said["held"]),
            place=self.said["place"],
            people=self._ids(self.said["people"]),
        )
        self.public_id = tracker_meetings.plan(self.tracker.head, wanted)

    def _build(self) -> None:
        row = self.meeting
        tracker_items.build(self.tracker.head, row.id, row.version, weeks=self.said["weeks"], ask_owners=True)

    def _attend(self) -> None:
        here = [login for login in self.said["people"] if login not in self.said.get("stayed_away", ())]
        row = self.meeting
        tracker_meetings.attend(self.tracker.head, row.id, row.version, self._ids(here))

    def _note(self, said: Case) -> None:
        """What was said of one; it is put on the agenda where it was not due."""
        wanted = self._recommendation(said["of"])
        meeting = self.meeting
        if all(item.recommendation_id != wanted.id for item in meeting.items):
            tracker_items.add(self.tracker.head, meeting.id, meeting.version, wanted.reference)
        session.rollback()
        query = select(TrackerItem).where(TrackerItem.recommendation_id == wanted.id)
        item = session.scalars(query.where(TrackerItem.meeting.has(TrackerMeeting.public_id == self.public_id))).one()
        words: dict[str, Any] = {key: text(said.get(key)) for key in tracker_items.TEXTS}
        note = tracker_items.Note(**words, forecast=said.get("forecast"))
        tracker_items.save(self.tracker.head, item.id, note, expected_version=item.version, record=True)

    def _recommendation(self, of: str) -> Recommendation:
        """By an activity's key and its place there, or by a story's key and the key of its row."""
        session.rollback()
        if of in self.tracker.stage.raised:
            return session.get_one(Recommendation, self.tracker.stage.raised[of])
        story, key = of.split("/")
        review = select(Review.id).where(Review.public_id == self.tracker.stage.planned[story])
        query = select(Recommendation).where(Recommendation.review_id.in_(review), Recommendation.row_key == key)
        return session.scalars(query).one()

    def _keep_notes(self) -> None:
        row = self.meeting
        tracker_meetings.keep_notes(self.tracker.head, row.id, row.version, text(self.said["said"]))

    def _end(self) -> None:
        row = self.meeting
        tracker_meetings.end(self.tracker.head, row.id, row.version)
