"""From a story and its texts to acts: each a moment, and a call of the product's own services.

Nothing here writes a row. What the services refuse, the demonstration cannot show.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import select

from app import clock, working_days
from app.demo import answers as made
from app.demo.answers import Answers, Case, Setting
from app.demo.days import Days, fill
from app.demo.following import Following
from app.demo.stage import Act, Person, Stage
from app.demo.year import Step, Story
from app.extensions import session
from app.models.concerns import Concern
from app.models.panel import PanelItem
from app.models.recommendations import Recommendation
from app.models.reviews import RespondsAs, Response, ResponseItem, Review, Stance
from app.policy.actor import Actor
from app.services import (
    concerns,
    discussion,
    drafting,
    form_versions,
    issuing,
    moderation,
    panel_items,
    planning,
)
from app.services.review_facts import changed_since_read, last_read, moderation_of

MORNING = 9 * 60 + 4
LATEST = 16 * 60 + 50
CHECKS = ("matches", "complete")


class Script:
    """One story, act by act."""

    def __init__(self, number: int, story: Story, days: Days, people: dict[str, Person], stage: Stage) -> None:
        self.number, self.story, self.days, self.people, self.stage = number, story, days, people, stage
        self.texts: Case = made.case(story.key) if story.key else {}
        self.id = 0
        self.start_day = story.start - (days.of_month() if story.with_month else 0)

    # What it is made of

    @cached_property
    def setting(self) -> Setting:
        story = self.story
        names = {
            "child": story.child.split()[0],
            "worker": self.people[story.worker].actor.name,
            "manager": self.people[story.manager].actor.name,
            **story.names,
        }
        return Setting(self.days, self.start_day, names, self._public_id)

    @cached_property
    def parts(self) -> dict[str, Answers]:
        return made.parts_of(self.texts, self.setting)

    def _public_id(self, who: str) -> str:
        login = {"worker": self.story.worker, "manager": self.story.manager}.get(who, who)
        return self.people[login].public_id

    def actor(self, login: str) -> Actor:
        return self.people[login].actor

    @property
    def reviewer(self) -> Actor:
        """Whoever is the reviewer now."""
        person_id = self.review.reviewer_id
        return next(person.actor for person in self.people.values() if person.actor.id == person_id)

    @property
    def review(self) -> Review:
        """The row as the database has it now."""
        session.rollback()
        return session.get_one(Review, self.id)

    def text(self, written: str | None) -> str:
        """A text said on the day the clock stands at: its dates are counted from there."""
        return fill(written, clock.today(), self.setting.names) if written else ""

    # When

    def acts(self) -> Iterator[Act]:
        """Every act of the story, at working hours of working days."""
        by_day: dict[int, list[Callable[[], None]]] = {}
        for day, do in self._all():
            by_day.setdefault(day, []).append(do)
        number = 0
        for day in sorted(by_day):
            for at, do in zip(self._hours(day, len(by_day[day])), by_day[day], strict=True):
                yield Act(at, self.number, number, do, self.story.child)
                number += 1

    def _hours(self, day: int, count: int) -> Iterator[datetime]:
        """`count` moments of one day, in order, a different quarter of an hour for every story."""
        chance = random.Random(zlib.crc32(f"{self.story.child} {day}".encode()))  # noqa: S311 - not a secret
        first = MORNING + chance.randrange(90) + (150 if self.story.sibling_of else 0)  # after the first child
        apart = min(47, (LATEST - first) // count)
        for n in range(count):
            minutes = first + n * apart + chance.randrange(max(1, apart - 2))
            yield datetime.combine(self.days.at(day), time(minutes // 60, minutes % 60, 11 + n), clock.LONDON)

    def _all(self) -> Iterator[tuple[int, Callable[[], None]]]:
        start = self.start_day
        yield start - self.story.planned, self.plan
        for step in self.story.timeline():
            if step.verb in ("begin", "write"):
                yield from self._writing(step)
            else:
                yield start + step.first, getattr(self, step.verb)
        yield from self._tracking()

    # Planning and drafting

    def plan(self) -> None:
        story = self.story
        chance = random.Random(zlib.crc32(story.child.encode()))  # noqa: S311 - not a secret
        made_plan = planning.Plan(
            child=planning.NewChild(
                case_system_id=str(chance.randrange(310_000, 990_000)),
                name=story.child,
                born_on=self._born_on(chance),
                expected_on=self.days.today + timedelta(days=story.born_in) if story.age is None else None,
            ),
            child_status=story.status,
            reviewer=self._public_id(story.begun_by or story.reviewer),
            worker=self._public_id(story.worker),
            line_manager=self._public_id(story.manager),
            planned_month=working_days.add_months(self.days.today.replace(day=1), story.month),
            theme=story.theme,
            independent_chair=self._public_id(story.chair) if story.chair else None,
            look_back_workers=[self._public_id(login) for login in story.look_back],
            asked=[self._public_id(login) for login in story.look_back],
            sibling_of=self.stage.planned[story.sibling_of] if story.sibling_of else None,
        )
        planned = planning.plan_review(self.actor("head.qa"), made_plan)
        self.id, self.stage.planned[story.key] = planned.id, planned.public_id

    def _born_on(self, chance: random.Random) -> date | None:
        """So old when the review begins, and some days more."""
        if self.story.age is None:
            return None
        years, months = self.story.age
        return working_days.add_months(self.setting.base, -12 * years - months) - timedelta(days=chance.randrange(28))

    def start(self) -> None:
        self.declare()
        planning.start(self.reviewer, self.id, self.review.version)

    def declare(self) -> None:
        """Twice: on the facts, then on the name (R7)."""
        for _ in range(2):
            planning.declare(self.reviewer, self.id, conflicted=False)

    def conflict(self) -> None:
        planning.declare(self.reviewer, self.id, conflicted=True, reason=self.text(self.texts["conflict"]))

    def reassign(self) -> None:
        head, reason = self.actor("head.qa"), self.text(self.texts["reassigned"])
        new = self._public_id(self.story.reviewer)
        planning.reassign(head, self.id, self.review.version, new_reviewer=new, reason=reason)

    def _writing(self, step: Step) -> Iterator[tuple[int, Callable[[], None]]]:
        """The parts one after the other over the days, the talks and what follows from them on the last."""
        parts = list(self.parts)[:5] if step.verb == "begin" else list(self.parts)
        early = [part for part in parts if part in made.FORM[:7]]
        for n, part in enumerate(parts):
            day = step.first + n * (step.last - step.first) // len(early) if part in early else step.last
            yield self.start_day + day, lambda part=part: self.save(part, self.parts[part])  # type: ignore[misc]

    def save(self, part: str, answers: Answers) -> None:
        versions = {row.part: row.version for row in self.review.parts}
        drafting.save_part(self.reviewer, self.id, part, answers, expected_version=versions.get(part, 0))

    def edit(self) -> None:
        """The changes that the texts give for after the first sharing: old words for new ones."""
        for change in self.texts["edits"]:
            part, key = change["part"], change["field"]
            row = next(row for row in self.review.parts if row.part == part)
            old, new = self.setting.text(change["old"]), self.setting.text(change["new"])
            if old not in row.answers[key]:
                raise ValueError(f"{self.story.key}: {part} does not say {old!r}")
            self.save(part, {**row.answers, key: row.answers[key].replace(old, new)})

    def share(self) -> None:
        drafting.share(self.reviewer, self.id, self.review.version)

    def amend(self) -> None:
        drafting.amend(self.reviewer, self.id, self.review.version)

    def take_back(self) -> None:
        drafting.take_back(self.reviewer, self.id, self.review.version, reason=self.text(self.texts["taken_back"]))

    def submit(self) -> None:
        self.stage.draw.wanted = self.story.drawn
        drafting.submit(self.reviewer, self.id, self.review.version)

    # Discussion

    def worker(self) -> None:
        self._respond(RespondsAs.WORKER, self.story.worker)

    def manager(self) -> None:
        self._respond(RespondsAs.LINE_MANAGER, self.story.manager)

    def _respond(self, as_who: RespondsAs, login: str) -> None:
        read = last_read(self.review)
        number = read.number if read else 0
        before = session.scalar(
            select(Response.id).where(Response.review_id == self.id, Response.as_who == as_who).limit(1)
        )
        said = self.texts["responses"][f"{as_who}_again" if before else str(as_who)]
        discussion.respond(self.actor(login), self.id, self._response(said), revision_number=number)

    def _response(self, said: Case) -> dict[str, Any]:
        parts: dict[str, Any] = {
            part.key: {"stance": str(Stance.AGREE), "text": ""}
            for part in form_versions.template_of(self.review.form_version).parts
        }
        for part, item in (said.get("parts") or {}).items():
            parts[part] = {"stance": item["stance"], "text": self.setting.text(item.get("text"))}
        proud, differently = self.setting.text(said.get("proud")), self.setting.text(said.get("differently"))
        return {"parts": parts, "proud_of": proud, "do_differently": differently}

    def keep_manager(self) -> None:
        """A response that is being written and not yet sent."""
        said = self._response(self.texts["responses"]["line_manager"])
        said["parts"] = {part: item for part, item in said["parts"].items() if part in made.FORM[:5]}
        discussion.save_draft(self.actor(self.story.manager), self.id, said, expected_version=0)

    def attempt_manager(self) -> None:
        how = self.text(next(self._attempts))
        drafting.log_attempt(self.reviewer, self.id, as_who="line_manager", how=how)

    @cached_property
    def _attempts(self) -> Iterator[str]:
        return iter(self.texts["attempts"])

    def reply(self) -> None:
        """The reviewer's answer to each correction and disagreement."""
        said = self.texts["responses"]
        for response in session.scalars(select(Response).where(Response.review_id == self.id)).all():
            texts = said[str(response.as_who)].get("parts") or {}
            for item_id, part in [(item.id, item.part) for item in response.items if _asks(item)]:
                reply = texts[part]
                drafting.answer(
                    self.reviewer, self.id, item_id, reply=reply["reply"], text=self.setting.text(reply["with"])
                )

    # First moderation

    @property
    def head(self) -> Actor:
        return self.actor("head.qa")

    def moderate(self) -> None:
        """A review that was returned has texts for its first round too."""
        row = moderation_of(self.review)
        again = self.review.moderation_due_on is not None and len(self.review.revisions) > 2
        first = not again and "first_moderation" in self.texts
        said: Case = self.texts["first_moderation" if first else "moderation"]
        given = self._moderation(said)
        moderation.save(self.head, self.id, given, expected_version=row.version if row else 0)

    def _moderation(self, said: Case) -> dict[str, Any]:
        """The checklist; `only` names the parts that have been checked so far."""
        parts = said.get("only") or made.FORM
        notes, faults = said.get("notes") or {}, said.get("faults") or {}
        checks = {
            part: {
                **{check: "no" if check in faults.get(part, ()) else "yes" for check in CHECKS},
                "comment": self.setting.text(notes.get(part)),
            }
            for part in parts
        }
        graded = [part for part in (*made.SECTIONS, "summary") if part in parts]
        views = {part: self._view(part, said) for part in graded}
        once = {key: self._once(said.get(key)) for key in ("issues", "clear") if "only" not in said}
        return {"checks": checks, "views": views, **once}

    def _view(self, part: str, said: Case) -> dict[str, str]:
        other = (said.get("views") or {}).get(part)
        if other:
            return {"grade": other[0], "reason": self.setting.text(other[1])}
        return {"grade": self.texts[part]["grade"], "reason": ""}

    def _once(self, said: str | None) -> dict[str, str]:
        return {"answer": "no" if (said or "").startswith("No:") else "yes", "comment": self.setting.text(said)}

    def agree(self) -> None:
        reason = self.setting.text(self.texts["moderation"]["reason"])
        moderation.agree_without_panel(self.head, self.id, self.review.version, reason=reason)

    def hand_back(self) -> None:
        said = self.texts["returned"]
        moderation.return_to_reviewer(
            self.head,
            self.id,
            self.review.version,
            reason=self.setting.text(said["reason"]),
            part_reasons={part: self.setting.text(text) for part, text in (said.get("parts") or {}).items()},
        )

    # The panel: what is said and decided there is in `app.demo.panel`

    def refer(self) -> None:
        panel_items.refer(self.head, self.id, self.review.version, meeting=self.stage.meetings[self.story.panel])

    def relist(self) -> None:
        """An item that was adjourned, at a later meeting."""
        row, meeting = self.item, self.stage.meetings[self.story.heard_again]
        panel_items.relist(self.head, row.id, row.version, meeting=meeting)

    @property
    def item(self) -> PanelItem:
        """Before the panel, as the database has it now."""
        session.rollback()
        return session.scalars(select(PanelItem).where(PanelItem.review_id == self.id, PanelItem.latest)).one()

    # From issue to close

    def issue(self) -> None:
        """Where the panel changed something, the Head has told the worker and the manager first, in conversation."""
        today = clock.today()
        moved = changed_since_read(self.review)
        issuing.issue(
            self.head,
            self.id,
            self.review.version,
            sent_on=today,
            tracker_meeting_on=working_days.add(today, 9 + self.number % 7),
            told_by=self.head.name if moved else "",
            told_on=today if moved else None,
        )

    def upload(self) -> None:
        issuing.record_upload(self.head, self.id, self.review.version, uploaded_on=clock.today())

    def supervise(self) -> None:
        issuing.record_supervision(self.head, self.id, self.review.version, supervision_on=clock.today())

    def close(self) -> None:
        issuing.close(self.head, self.id, self.review.version)

    def withdraw(self) -> None:
        issuing.withdraw(self.head, self.id, self.review.version, reason=self.text(self.texts["withdrawn"]))

    # An immediate concern (R6)

    def concern(self) -> None:
        said = self.texts["concern"]
        raised = concerns.NewConcern(
            kind=said["kind"],
            text=self.setting.text(said["text"]),
            about_head=False,
            review=self.review.public_id,
        )
        concerns.raise_concern(self.reviewer, raised)

    def _concern(self) -> Concern:
        session.rollback()
        return session.scalars(select(Concern).where(Concern.review_id == self.id)).one()

    def acknowledge(self) -> None:
        row = self._concern()
        concerns.acknowledge(self.head, row.id, row.version)

    def act_on(self) -> None:
        row = self._concern()
        concerns.act(self.head, row.id, row.version, done=self.text(self.texts["concern"]["done"]))

    def settle(self) -> None:
        row, said = self._concern(), self.texts["concern"]
        concerns.close(
            self.head, row.id, row.version, outcome=self.text(said["outcome"]), recorded_where=self.text(said["where"])
        )

    # The tracker

    def _tracking(self) -> Iterator[tuple[int, Callable[[], None]]]:
        """The steps of each recommendation, in working days after the issue."""
        issued = next((step.first for step in self.story.timeline() if step.verb == "issue"), None)
        if issued is None:
            return
        for key, row in self._rows():
            for trigger, day, *rest in row.get("then") or ():
                yield self.start_day + issued + day, self._tracked(key, trigger, rest)

    def _rows(self) -> Iterator[tuple[str, Case]]:
        """Each recommendation by the end of its row's key; the actions that arose at the panel are among them."""
        for level in made.LEVELS:
            for n, row in enumerate(self.texts["recommendations"].get(level) or (), 1):
                yield made.row_key(level, n), row
        for row in ((self.texts.get("panel") or {}).get("decision") or {}).get("actions") or ():
            yield row["key"], row

    def _tracked(self, key: str, trigger: str, rest: list[Any]) -> Callable[[], None]:
        def act() -> None:
            session.rollback()
            row = session.scalars(
                select(Recommendation).where(
                    Recommendation.review_id == self.id, Recommendation.row_key.endswith(key, autoescape=True)
                )
            ).one()
            Following(self.people, self.stage, self.text).take(row, trigger, rest)

        return act


def _asks(item: ResponseItem) -> bool:
    return item.stance is not Stance.AGREE and item.reply is None
