"""Loading the demonstration: only into an empty database, or one in which nobody but the cast is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time

from flask import current_app
from sqlalchemy import func, select

from app import clock
from app.demo.activities import Activities
from app.demo.days import Days
from app.demo.meetings import MEETINGS
from app.demo.panel import Panel
from app.demo.script import Script
from app.demo.stage import DRAWN, Act, Draw, Person, Stage
from app.demo.tracker import Tracker
from app.demo.year import YEAR
from app.extensions import session
from app.models import people as tables
from app.models.forms import FormState
from app.models.recommendations import Recommendation
from app.models.reviews import Review
from app.policy.actor import actor_of
from app.services import cast, drafting, form_versions, settings
from app.services.unit_of_work import NotFound
from forms.shipped import LIBRARY

BEGINNING = -262  # working days before today on which the service was set up
FORMS = (("practice-review", "2024-04"), ("moderation", "2024-04"))
COMING = ("practice-review", "2026-04")  # loaded and not published: what an administrator may look at
SETTINGS = {
    "authority_name": "Wexmoor Borough Council",
    "duty_team_phone": "01632 960123",
}
PANEL_RULE = {"kind": "sample", "percent": DRAWN}


class NotEmpty(RuntimeError):
    """There is something in the database that the demonstration must not be mixed with."""


@dataclass(frozen=True)
class Loaded:
    """What was made."""

    reviews: int
    recommendations: int


def load(today: date | None = None) -> Loaded:
    """Make the year up to `today`; inside an application context. Raises NotEmpty."""
    refuse_unless_empty()
    days = Days(today or clock.today())
    with _seeded_draw() as draw:
        _set_up(days)
        for act in _in_order(days, draw):
            with clock.set_to(act.at):
                _do(act)
    session.rollback()
    return Loaded(_count(Review), _count(Recommendation))


def _do(act: Act) -> None:
    """An act that is refused says whose story it belongs to: a text is then at fault, or a service."""
    try:
        act.do()
    except Exception as error:
        error.add_note(f"This was act {act.number} of the story of {act.whose}, on {act.at:%d %B %Y}.")
        raise


def refuse_unless_empty() -> None:
    """Raise NotEmpty, with a sentence, where a year of invented reviews has no place."""
    if current_app.config["MODE"] == "production":
        raise NotEmpty("The demonstration is never loaded in production.")
    if reviews := _count(Review):
        noun = "review" if reviews == 1 else "reviews"
        raise NotEmpty(f"The database has {reviews} {noun} already. The demonstration goes into an empty one only.")
    known = {part.email for part in cast.CAST}
    strangers = [email for email in session.scalars(select(tables.Person.email)) if email not in known]
    if strangers:
        noun = "account that is" if len(strangers) == 1 else "accounts that are"
        raise NotEmpty(f"The database has {len(strangers)} {noun} not the demonstration's. It goes into an empty one.")


def _count(kind: type[Review] | type[Recommendation]) -> int:
    return session.scalar(select(func.count(kind.id))) or 0


@contextmanager
def _seeded_draw() -> Iterator[Draw]:
    """The draw of the demonstration in place of the real one, for the length of loading."""
    real = drafting.DRAW
    draw = Draw(28)
    drafting.DRAW = draw  # type: ignore[assignment]
    try:
        yield draw
    finally:
        drafting.DRAW = real


def _in_order(days: Days, draw: Draw) -> list[Act]:
    """All acts of all stories as they happened, so that numbers and the log run with time."""
    people = _people()
    stage = Stage(draw)
    scripts = [Script(number, story, days, people, stage) for number, story in enumerate(YEAR)]
    panel = Panel(days, people, stage, {script.story.key: script for script in scripts})
    others = Activities(days, people, stage, len(scripts) + len(MEETINGS))
    tracker = Tracker(days, people, stage, len(scripts) + len(MEETINGS) + 100)
    of_reviews = [*(act for script in scripts for act in script.acts()), *panel.acts()]
    return sorted([*of_reviews, *others.acts(), *tracker.acts()])


def _people() -> dict[str, Person]:
    rows = session.scalars(select(tables.Person)).all()
    return {row.email.split("@")[0]: Person(actor_of(row), row.public_id) for row in rows}


def _set_up(days: Days) -> None:
    """The people, the forms and the settings. The accounts begin today: their last day is a year ahead."""
    with clock.set_to(datetime.combine(days.today, time(8, 30), clock.LONDON)):
        _create_cast()
    people = _people()
    with clock.set_to(datetime.combine(days.at(BEGINNING), time(10, 5), clock.LONDON)):
        settings.change(people["admin"].actor, SETTINGS)
        settings.change(people["head.qa"].actor, {"panel_rule": PANEL_RULE})
        for key, number in (*FORMS, COMING):
            _put_form(key, number, publish=(key, number) != COMING)


def _create_cast() -> None:
    from app import security

    if session.scalar(select(tables.Person.id).limit(1)) is None:
        cast.create_cast(security.hash_password(cast.PASSWORD))


def _put_form(key: str, number: str, *, publish: bool) -> None:
    """A form that is there already stays as it is."""
    admin = _people()["admin"].actor
    try:
        version = form_versions.find(key, number)
    except NotFound:
        version = form_versions.load(admin, (LIBRARY / f"{key}-{number}.yaml").read_text(encoding="utf-8"))
    if publish and version.state is FormState.DRAFT:
        form_versions.publish(admin, version.id)
