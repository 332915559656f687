"""Meetings of the panel and reviews before it, made through the services: `PanelStory(world, meeting).decided()`.

Five sit: the chair, the director, the assistant director, the head of social care and the Head of QA; the deputy chair
is named beforehand and sits too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.panel import PanelItem, PanelMeeting, PanelReading
from app.models.people import Person
from app.models.records import AuditEvent, OutboxMessage
from app.models.reviews import Review
from app.services import drafting, panel_decision, panel_items, panel_meetings, panel_readings
from app.services.form_versions import template_of
from app.services.unit_of_work import NotFound, Stale
from forms import moderation as forms
from forms.reading import AnswerError
from tests.support.remembering import remembered
from tests.support.stages import Story
from tests.support.world import World
from workflows.engine import Refused

CHAIR, DEPUTY = "chair", "deputy.chair"
MEMBERS = ("director", "assistant.director", "head.service", "head.qa")
ALL = (CHAIR, *MEMBERS, DEPUTY)
DAYS_AHEAD = 10  # from Monday to the Thursday of the next week


def plan(world: World, days: int = DAYS_AHEAD, members: Iterable[str] = MEMBERS, **changes: Any) -> panel_meetings.Plan:
    """A meeting at ten in the morning, `days` days from now."""
    starts = clock.now().astimezone(clock.LONDON).replace(hour=10, minute=0, second=0, microsecond=0)
    values: dict[str, Any] = {
        "starts_at": starts + timedelta(days=days),
        "minutes": 90,
        "place": "Committee room 2",
        "chair": world.public_id(CHAIR),
        "deputy_chair": world.public_id(DEPUTY),
        "members": [world.public_id(login) for login in members],
    }
    return panel_meetings.Plan(**{**values, **changes})


@remembered
def set_up(world: World, days: int = DAYS_AHEAD, members: Iterable[str] = MEMBERS, **changes: Any) -> str:
    """A meeting set up by the Head of QA; its public id."""
    return panel_meetings.set_up(world.actor("head.qa"), plan(world, days, members, **changes))


def meeting(public_id: str) -> PanelMeeting:
    """The meeting as the database has it now."""
    session.rollback()
    return session.query(PanelMeeting).filter_by(public_id=public_id).one()


@remembered
def attend(world: World, public_id: str, present: Iterable[str] = ALL) -> None:
    """Say who is here; starts the meeting. The clock must be at its day."""
    row = meeting(public_id)
    here = [world.public_id(login) for login in present]
    panel_meetings.attend(world.actor("head.qa"), row.id, row.version, here)


def day_of(public_id: str) -> datetime:
    """The moment the meeting begins."""
    return meeting(public_id).starts_at


@contextmanager
def on_the_day(public_id: str, minutes: int = 0) -> Iterator[None]:
    """The clock at the meeting's beginning, or some minutes later."""
    with clock.set_to(day_of(public_id) + timedelta(minutes=minutes)):
        yield


def reading_answers(item: PanelItem, grade: str = "good", comment: str = "", **sections: str) -> dict[str, Any]:
    """A complete moderation form: `grade` in every section, or another in the sections named."""
    own, form = template_of(item.review.form_version), template_of(item.form_version)
    graded = {part: section for section, part in forms.sections(own, form).items()}
    with_grade = {part.key for part, _question in form.grade_questions}
    found: dict[str, Any] = {}
    for part in forms.asked(own, form):
        if part.key in with_grade:
            given = sections.get(graded.get(part.key, ""), grade)
            same = "agree" if given == "good" else "disagree"
            found[part.key] = {"agree": same, "grade": given, "comment": comment or f"On {part.key}: {given}."}
        elif part.key == "feedback":
            found[part.key] = {"family": "agree", "staff": "agree", "comment": comment}
        elif part.key == "actions":
            found[part.key] = {"any_actions": "none", "actions": []}
        else:
            found[part.key] = {"agree": "agree", "comment": comment}
    return found


class PanelStory(Story):
    """One review before the panel, at a meeting that was set up."""

    def __init__(self, world: World, meeting_id: str, **changes: Any) -> None:
        super().__init__(world, **changes)
        self.meeting_id = meeting_id

    @property
    def item(self) -> PanelItem:
        session.rollback()
        return session.query(PanelItem).filter_by(review_id=self.id, latest=True).one()

    def reading(self, login: str) -> PanelReading:
        item = self.item
        person = self.world.person(login).id
        return session.query(PanelReading).filter_by(item_id=item.id, person_id=person).one()

    @remembered
    def panel_moderation(self) -> None:
        """From the plan to the panel."""
        self.to_be_referred()
        self.referred()

    @remembered
    def to_be_referred(self) -> None:
        """From the plan to a first moderation with everything in order."""
        for step in ("drafting", "discussion", "hos_moderation", "moderated"):
            getattr(self, step)()

    @remembered
    def referred(self) -> None:
        review: Review = self.review
        panel_items.refer(self.world.actor("head.qa"), self.id, review.version, meeting=self.meeting_id)

    @remembered
    def referred_again(self) -> None:
        """Sent back, and nothing changed: shared, answered, submitted, moderated and referred once more."""
        reviewer = self.world.actor(self.reviewer)
        drafting.share(reviewer, self.id, self.review.version)
        self.hos_moderation()
        self.moderated()
        self.referred()

    @remembered
    def read(self, login: str, grade: str = "good", comment: str = "", **sections: str) -> None:
        """This member reads alone and submits."""
        row = self.reading(login)
        given = reading_answers(row.item, grade, comment, **sections)
        panel_readings.submit(self.world.actor(login), row.id, expected_version=row.version, answers=given)

    @remembered
    def read_by_all(self, **grades: str) -> None:
        """Everybody who is invited; grades by login with `_` for the dot."""
        for login in [row.person.email.partition("@")[0] for row in self.item.readings if row.submitted_at is None]:
            if str(self.reading(login).state) in ("invited", "reading"):
                self.read(login, grades.get(login.replace(".", "_"), "good"))

    @remembered
    def opened(self, login: str = CHAIR) -> None:
        """On the day, everybody here: the discussion is open. Leaves the clock to the caller."""
        item = self.item
        if item.meeting is not None and item.meeting.started_at is None:
            attend(self.world, self.meeting_id)
        panel_items.open_discussion(self.world.actor(login), self.item.id, self.item.version)

    def agreed_form(self, grade: str = "good", **changes: Any) -> dict[str, Any]:
        """A complete agreed form, every recommendation kept."""
        item = self.item
        rows = panel_decision.open_rows(item.review, item)
        given: dict[str, Any] = {
            "form": reading_answers(item, grade, "As discussed."),
            "reasons": dict.fromkeys(("journey", "needs", "summary"), "The panel weighed it otherwise."),
            "recommendations": {row["key"]: {"what": "keep"} for row in rows},
            "added": [],
            "reached": "agreed",
            "reached_reason": "",
            "themes": ["Chronologies"],
            "dissents": {},
        }
        return {**given, **changes}

    @remembered
    def opened_on_the_day(self, login: str = CHAIR) -> None:
        """Read by all who were asked, and opened at the meeting's beginning."""
        self.read_by_all()
        with clock.set_to(day_of(self.meeting_id)):
            self.opened(login)

    @remembered
    def decided_on_the_day(self, login: str = CHAIR, grade: str = "good", **changes: Any) -> None:
        """From the first reading to the decision; the clock is as it was after it."""
        self.opened_on_the_day(login)
        with clock.set_to(day_of(self.meeting_id) + timedelta(minutes=20)):
            self.decided(login, grade, **changes)

    @remembered
    def decided(self, login: str = CHAIR, grade: str = "good", **changes: Any) -> None:
        """The decision, by who chairs the item."""
        answers = self.agreed_form(grade, **changes)
        panel_decision.decide(self.world.actor(login), self.id, self.review.version, answers=answers)


@remembered
def panel_story(world: World, **changes: Any) -> PanelStory:
    """A review before the panel, at a meeting of its own ten days away."""
    story = PanelStory(world, set_up(world), **changes)
    story.panel_moderation()
    return story


def told(kind: str) -> set[str]:
    """The logins of those to whom a message of this kind is on its way."""
    session.rollback()
    query = select(Person.email).join(OutboxMessage, OutboxMessage.recipient_id == Person.id)
    return {email.partition("@")[0] for email in session.scalars(query.where(OutboxMessage.kind == kind))}


def refusal(act: Callable[[], object]) -> str:
    """What is said to somebody who is refused; nothing was written. Anything else that is raised is raised."""
    before, said = count_events(), ""
    try:
        act()
    except (Refused, Stale, NotFound, AnswerError) as why:
        said = f"{type(why).__name__}: {why}"
    assert said.partition(": ")[2].strip(), "it was done, or refused without a word"
    assert count_events() == before
    return said


def count_events() -> int:
    session.rollback()
    return session.query(AuditEvent).count()
