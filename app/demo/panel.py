"""The panel of the demonstration, act by act: set up, read alone, met, decided, and what was learnt from it.

As everything here, each act is a call of the product's own services at the moment of somebody's doing it.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from functools import cache, partial
from typing import Any

from sqlalchemy import select

from app import clock
from app.demo import answers as made
from app.demo.answers import Case
from app.demo.days import Days
from app.demo.meetings import CHAIR, DEPUTY, MEETINGS, Sitting
from app.demo.readings import Writing
from app.demo.script import Script
from app.demo.stage import Act, Person, Stage
from app.extensions import session
from app.models.panel import PanelItem, PanelMeeting, PanelReading
from app.policy.actor import Actor
from app.services import panel_decision, panel_items, panel_meetings, panel_readings

MINUTES = 90
READ_BY = 2  # working days before a meeting
YESTERDAY = -1
Timed = tuple[datetime, Callable[[], None]]


class Panel:
    """The acts of every meeting, and of every review that one of them heard or will hear."""

    def __init__(self, days: Days, people: dict[str, Person], stage: Stage, scripts: dict[str, Script]) -> None:
        self.days, self.people, self.stage, self.scripts = days, people, stage, scripts

    def acts(self) -> Iterator[Act]:
        """After those of the stories where two fall on one moment."""
        for place, sitting in enumerate(MEETINGS, len(self.scripts)):
            meeting = Meeting(self, sitting)
            for number, (at, do) in enumerate(meeting.acts()):
                yield Act(at, place, number, do, f"the panel that is called {sitting.key}")
        for script in self.scripts.values():
            if script.story.panel:
                for number, (at, do) in enumerate(Reading(self, script).acts()):
                    yield Act(at, script.number, 500 + number, do, script.story.child)

    def actor(self, login: str) -> Actor:
        return self.people[login].actor

    def moment(self, day: int, seed: str) -> datetime:
        """Some time in the middle of the day, the same at every load."""
        chance = random.Random(zlib.crc32(f"{seed} {day}".encode()))  # noqa: S311 - not a secret
        minutes = 9 * 60 + 40 + chance.randrange(7 * 60)
        return datetime.combine(self.days.at(day), time(minutes // 60, minutes % 60, 41), clock.LONDON)


class Reading:
    """What happens with one review before the panel meets: declared, read alone, excused."""

    def __init__(self, panel: Panel, script: Script) -> None:
        self.panel, self.script = panel, script
        self.said: Case = script.texts["panel"]
        sitting = next(each for each in MEETINGS if each.key == script.story.panel)
        self.meets = sitting.falls_on(panel.days)

    def acts(self) -> Iterator[Timed]:
        referred = self._day("refer")
        last = min(self.meets - READ_BY, YESTERDAY)
        for login, reason in (self.said.get("conflict") or {}).items():
            yield self._at(referred + 1, login), partial(self._declare, login, reason)
        readings = self.said["readings"]
        for n, (login, said) in enumerate(readings.items()):
            day = referred + 1 + n * (last - referred) // len(readings)
            yield self._at(day, login), partial(self._read, login, said)
        for login, reason in (self.said.get("excused") or {}).items():
            day = min(self.meets - 1, YESTERDAY)
            yield self._at(day, CHAIR + login), partial(self._excuse, login, reason)

    def _day(self, verb: str) -> int:
        steps = self.script.story.timeline()
        return self.script.start_day + next(step.first for step in steps if step.verb == verb)

    def _at(self, day: int, who: str) -> datetime:
        return self.panel.moment(day, f"{self.script.story.key} {who}")

    def _reading(self, login: str) -> PanelReading:
        item, person = self.script.item, self.panel.actor(login)
        query = select(PanelReading).where(PanelReading.item_id == item.id, PanelReading.person_id == person.id)
        return session.scalars(query).one()

    def _read(self, login: str, said: Case) -> None:
        """Submitted, or only begun where the text has some of the parts."""
        row, actor = self._reading(login), self.panel.actor(login)
        given = Writing(row.item, self.script.texts, self.script.setting).reading(said)
        take = panel_readings.save if "only" in said else panel_readings.submit
        take(actor, row.id, expected_version=row.version, answers=given)

    def _declare(self, login: str, reason: str) -> None:
        panel_readings.declare_conflict(self.panel.actor(login), self._reading(login).id, reason=reason)

    def _excuse(self, login: str, reason: str) -> None:
        panel_readings.excuse(self.panel.actor(CHAIR), self._reading(login).id, reason=reason)


class Meeting:
    """One meeting: set up, held where its day is over, and its themes collated."""

    def __init__(self, panel: Panel, sitting: Sitting) -> None:
        self.panel, self.sitting = panel, sitting
        self.day = sitting.falls_on(panel.days)
        self.begins = datetime.combine(panel.days.at(self.day), sitting.at, clock.LONDON)
        self.chairs = panel.actor(DEPUTY if CHAIR in sitting.stayed_away else CHAIR)

    def acts(self) -> Iterator[Timed]:
        sitting, set_up = self.sitting, self.day - self.sitting.set_up
        yield self._at(set_up, "set up"), self._set_up
        if sitting.swap:
            yield self._at(set_up + 1, "swap"), self._swap
        if sitting.heard:
            yield self._at(self.day - 1, "agenda"), self._order
            yield from self._held()
            yield self._at(min(self.day + 2, YESTERDAY), "themes"), self._themes

    def _at(self, day: int, what: str) -> datetime:
        return self.panel.moment(day, f"{self.sitting.key} {what}")

    def _held(self) -> Iterator[Timed]:
        """Each item has its share of the ninety minutes."""
        yield self._minute(1), self._attend
        each = (MINUTES - 6) // len(self.sitting.heard)
        for n, key in enumerate(self.sitting.heard):
            script = self.panel.scripts[key]
            for minute, do in self._heard(script, script.texts["panel"], each):
                yield self._minute(2 + n * each + minute), do
        yield self._minute(MINUTES - 2), self._end

    def _minute(self, number: int) -> datetime:
        return self.begins + timedelta(minutes=number, seconds=7)

    def _heard(self, script: Script, said: Case, minutes: int) -> Iterator[tuple[int, Callable[[], None]]]:
        """Opened and decided, or adjourned: what is heard with another that is adjourned is not opened at all."""
        if "decision" in said or not script.story.sibling_of:
            yield 0, partial(self._open, script)
        if said.get("share"):
            yield 3, partial(self._share, script)
        if "decision" in said:
            yield minutes - 2, partial(self._decide, script, said["decision"])
        else:
            yield minutes - 2, partial(self._adjourn, script, said["adjourned"])

    # What is done

    def _public_id(self, login: str) -> str:
        return self.panel.people[login].public_id

    def _set_up(self) -> None:
        sitting = self.sitting
        plan = panel_meetings.Plan(
            starts_at=self.begins,
            minutes=MINUTES,
            place=sitting.place,
            chair=self._public_id(CHAIR),
            deputy_chair=self._public_id(DEPUTY),
            members=[self._public_id(login) for login in sitting.sits],
        )
        self.panel.stage.meetings[sitting.key] = panel_meetings.set_up(self.panel.actor("head.qa"), plan)

    @property
    def row(self) -> PanelMeeting:
        """The meeting as the database has it now."""
        session.rollback()
        public_id = self.panel.stage.meetings[self.sitting.key]
        return session.scalars(select(PanelMeeting).where(PanelMeeting.public_id == public_id)).one()

    def _swap(self) -> None:
        swap, row = self.sitting.swap, self.row
        assert swap is not None  # noqa: S101 - only asked where there is one
        absent, by = self._public_id(swap.absent), self._public_id(swap.by)
        head = self.panel.actor("head.qa")
        panel_meetings.substitute(head, row.id, row.version, absent=absent, by=by, reason=swap.reason)

    def _order(self) -> None:
        """The agenda as they will be heard."""
        items = [self.panel.scripts[key].item.public_id for key in self.sitting.heard]
        row, head = self.row, self.panel.actor("head.qa")
        panel_meetings.order(head, row.id, row.version, items)

    def _attend(self) -> None:
        row = self.row
        away = {self._public_id(login) for login in self.sitting.stayed_away}
        here = [seat.person.public_id for seat in row.seats if seat.left_at is None]
        panel_meetings.attend(self.chairs, row.id, row.version, [each for each in here if each not in away])

    def _open(self, script: Script) -> None:
        item = script.item
        panel_items.open_discussion(self.chairs, item.id, item.version)

    def _share(self, script: Script) -> None:
        item = script.item
        panel_items.share_comments(self.chairs, item.id, item.version)

    def _decide(self, script: Script, said: Case) -> None:
        given = Writing(script.item, script.texts, script.setting).agreed(said)
        panel_decision.decide(self.chairs, script.id, script.review.version, answers=given)

    def _adjourn(self, script: Script, reason: str) -> None:
        item: PanelItem = script.item
        panel_items.adjourn(self.chairs, item.id, item.version, reason=script.text(reason))

    def _end(self) -> None:
        row = self.row
        panel_meetings.end(self.chairs, row.id, row.version)

    def _themes(self) -> None:
        head = self.panel.actor("head.qa")
        panel_meetings.keep_themes(head, self.row.id, [_theme(row) for row in themes()[self.sitting.key]])


def _theme(row: dict[str, str]) -> dict[str, str]:
    return {"id": "", "title": row["title"], "done": row.get("done", ""), "what": row.get("what", "")}


@cache
def themes() -> dict[str, list[dict[str, Any]]]:
    """The themes by the key of their meeting."""
    return made.case("meetings")
