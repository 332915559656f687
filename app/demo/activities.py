"""The other quality activities of the demonstration's year, and what became of what they recommended.

Days are working days from today; a recommendation's steps are counted from the day it was raised. The texts are in
`texts/activities.yaml`.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from app import clock, working_days
from app.demo import answers as made
from app.demo.answers import Case
from app.demo.days import Days, fill, on_or_before
from app.demo.following import Following
from app.demo.stage import Act, Person, Stage
from app.extensions import session
from app.models.activities import Activity
from app.models.recommendations import Recommendation
from app.models.reviews import Child, Review
from app.policy.actor import Actor
from app.services import activities, activity_recommendations

HEAD = "head.qa"
FIRST_MINUTE, MINUTES = 9 * 60 + 20, 6 * 60
Timed = tuple[datetime, Callable[[], None]]


def some_time_of(day: date, seed: str) -> datetime:
    """A moment in the middle of the day, the same at every load."""
    chance = random.Random(zlib.crc32(f"{seed} {day}".encode()))  # noqa: S311 - not a secret
    minutes = FIRST_MINUTE + chance.randrange(MINUTES)
    return datetime.combine(day, time(minutes // 60, minutes % 60, 23), clock.LONDON)


class Activities:
    """Every activity, act by act."""

    def __init__(self, days: Days, people: dict[str, Person], stage: Stage, first_place: int) -> None:
        self.days, self.people, self.stage, self.first_place = days, people, stage, first_place

    def acts(self) -> Iterator[Act]:
        """Each at working hours of a working day; `first_place` comes after the stories and the meetings."""
        for place, said in enumerate(made.case("activities")["activities"], self.first_place):
            one = OneActivity(self, said)
            for number, (at, do) in enumerate(one.acts()):
                yield Act(at, place, number, do, f"the activity that is called {said['key']}")

    def moment(self, day: int, seed: str) -> datetime:
        return some_time_of(self.days.at(day), seed)

    @property
    def head(self) -> Actor:
        return self.people[HEAD].actor


class OneActivity:
    """One activity: recorded, divided, recommended from, and each recommendation followed."""

    def __init__(self, all_of_them: Activities, said: Case) -> None:
        self.all, self.said, self.id = all_of_them, said, 0

    def acts(self) -> Iterator[Timed]:
        key, day = self.said["key"], self.said["day"]
        begins = self.all.moment(day, key)
        yield begins, self._record
        for number, row in enumerate(self.said["recommendations"]):
            yield begins + timedelta(minutes=12 + 9 * number), partial(self._recommend, number, row)
            for place, (trigger, after, *words) in enumerate(row.get("then") or ()):
                at = self.all.moment(day + max(1, after), f"{key} {number}") + timedelta(minutes=7 * place)
                yield at, partial(self._step, number, trigger, words)

    def text(self, written: str | None) -> str:
        """Its dates are counted from the day it is said on."""
        return fill(written, clock.today(), {}) if written else ""

    def _record(self) -> None:
        said = self.said
        details = activities.Details(
            kind=said["kind"],
            title=self.text(said["title"]),
            held_on=self.all.days.at(said["held"]),
            summary=self.text(said["summary"]),
            new_kind=said.get("new_kind", ""),
        )
        public_id = activities.record(self.all.head, details)
        self.id = session.scalars(select(Activity.id).where(Activity.public_id == public_id)).one()
        for version, part in enumerate(said.get("parts") or (), 1):
            given = activities.PartDetails(
                agency=part["agency"], contact=part.get("contact", ""), found=self.text(part.get("found"))
            )
            activities.add_part(self.all.head, self.id, version, given)

    def _recommend(self, number: int, row: Case) -> None:
        new = activity_recommendations.NewRecommendation(
            level="child" if "child" in row else "service",
            action=self.text(row["do"]),
            effect=self.text(row.get("so")),
            owner=self.all.people[row["who"]].public_id,
            due_on=on_or_before(clock.today() + timedelta(days=row["by"])),
            finding=self._finding(row.get("answers", "")),
            themes=row.get("themes") or (),
            framework=row.get("nf") or (),
            partner=activity_recommendations.Partner(**row.get("partner", {"agency": ""})),
            **self._child(row.get("child")),
        )
        raised = activity_recommendations.recommend(self.all.head, self.id, new)
        query = select(Recommendation.id).where(Recommendation.public_id == raised.public_id)
        self.all.stage.raised[self._key(number)] = session.scalars(query).one()

    def _key(self, number: int) -> str:
        return f"{self.said['key']}/{number}"

    def _finding(self, agency: str) -> str:
        activity = session.get_one(Activity, self.id)
        found = {part.agency: activities.finding_of(part) for part in activity.parts}
        return found[agency] if agency else ""

    def _child(self, child: Any) -> dict[str, Any]:
        """Of a story by its key, or somebody whom no review is about: a name and an age in years."""
        if isinstance(child, str):
            wanted = select(Child.case_system_id).join(Review, Review.child_id == Child.id)
            key = session.scalars(wanted.where(Review.public_id == self.all.stage.planned[child])).one()
            return {"case_system_id": key}
        if child is None:
            return {}
        number = str(random.Random(zlib.crc32(child["name"].encode())).randrange(310_000, 990_000))  # noqa: S311
        return {"case_system_id": number, "child_name": child["name"], "born_on": _born_on(child["age"])}

    def _step(self, number: int, trigger: str, words: list[Any]) -> None:
        session.rollback()
        row = session.get_one(Recommendation, self.all.stage.raised[self._key(number)])
        Following(self.all.people, self.all.stage, self.text).take(row, trigger, words)


def _born_on(age: int) -> date:
    return working_days.add_months(clock.today(), -12 * age - 5)
