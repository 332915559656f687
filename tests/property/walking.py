"""What a walk stands on: a database with reviews at every stage, and the tables of what may come with what."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from app import clock, extensions
from app.models.people import Delegation, DelegationKind, Person
from app.services import invariants, panel_items, plans
from app.services.unit_of_work import NotFound, Stale, unit_of_work
from forms.reading import AnswerError
from tests.support import panels
from tests.support.panels import PanelStory
from tests.support.stages import Story, review_at
from tests.support.world import TODAY, SqliteWorlds, World, point_at
from workflows.engine import Refused
from workflows.recommendation import JOINED_FROM
from workflows.states import ReviewState

STATES = (
    ReviewState.PLANNED, ReviewState.DRAFTING, ReviewState.DISCUSSION, ReviewState.HOS_MODERATION, ReviewState.TRACKING,
)  # fmt: skip
# Backwards, out or again and again: legal, and taken seldom, so that lives go on.
SELDOM = {
    "review.withdraw", "review.take_back", "review.return", "review.reassign", "review.reopen", "review.correct",
    "review.reopen_moderation", "review.send_back", "review.reopen_decision", "recommendation.set_aside",
    "recommendation.move_to_plan", "recommendation.dispute", "recommendation.join", "panel_item.adjourn",
    "panel_item.move",
    "panel_item.save_agreed", "panel_item.dissent", "panel_reading.declare", "panel_reading.excuse",
    "panel_reading.add", "panel_meeting.change", "panel_meeting.substitute",
    "panel_meeting.order", "panel_meeting.themes", "panel_meeting.cancel",
}  # fmt: skip
# What a full walk does at least once.
LIFE_OF_A_PANEL = (
    "review.refer_to_panel", "panel_reading.submit", "panel_meeting.attend", "panel_item.open", "review.decide",
    "panel_item.adjourn", "panel_item.relist", "panel_item.relist_opened", "panel_item.move", "review.send_back",
    "review.reopen_decision", "panel_reading.confirm", "panel_reading.declare", "panel_reading.excuse",
    "panel_reading.invite_again", "panel_reading.add", "panel_meeting.substitute", "panel_meeting.end",
    "panel_item.dissent",
)  # fmt: skip
# Too seldom for the dice to be sure of in one run; each has its own test on both databases.
RARE = {"review.refer_to_panel", "review.reopen_decision", "panel_meeting.substitute", "panel_reading.invite_again"}
INVITED = {"panel_reading.invite", "panel_reading.exempt", "panel_reading.sit_again"}
SETTLED = {f"recommendation.{each}" for each in ("agree", "drop", "change", "decide_against")}
PARTED = {f"recommendation.{each}" for each in JOINED_FROM.values()}
# Events that come with another one, in the same transaction.
BESIDE = {
    "review.plan": {"child.add"},
    "review.submit": {"review.draw"},
    "review.agree_without_panel": {"recommendation.agree"},
    "review.reassign": {"review.grade_reopened"},
    "review.withdraw": {"recommendation.set_aside", "panel_item.withdraw", *PARTED},
    "review.refer_to_panel": {"panel_item.refer", *INVITED},
    "review.reopen_decision": {"panel_item.refer", *INVITED},
    "review.decide": {"panel_item.decide", "panel_item.save_agreed", "panel_item.dissent", *SETTLED},
    "review.send_back": {"panel_item.send_back"},
    "recommendation.move_to_plan": {"plan_line.add", "plan_line.put_back", "plan_line.change"},
    "recommendation.reopen": {"plan_line.remove"},
    "panel_item.move": INVITED,
    "panel_item.relist": INVITED,
    "panel_item.relist_opened": INVITED,
    "panel_reading.submit": {"panel_reading.save"},
    "panel_meeting.change": {"panel_reading.leave", *INVITED},
    "panel_meeting.substitute": {"panel_reading.leave", *INVITED},
}
# Done, and nothing to be done.
IDLE = {"review.declare", "review.save_part"}
REFUSALS = (Refused, Stale, NotFound, AnswerError)
SQL_INVARIANTS = [each for each in invariants.INVARIANTS if isinstance(each.look, str)]
# The database refuses orphans itself while foreign keys are on; asking every table costs half a second.
OTHER_INVARIANTS = [
    each for each in invariants.INVARIANTS if not isinstance(each.look, str) and each.name != "no_orphans"
]


class Base:
    """A database with a review at every stage, copied for each walk."""

    def __init__(self, worlds: SqliteWorlds, folder: Path) -> None:
        self.app, self.template, self.file = worlds.app, folder / "stages.db", folder / "walk.db"
        self.counts: Counter[str] = Counter()
        self.seconds = 0.0
        with worlds.fresh() as world:
            with world.context():
                source = Path(str(extensions.engine().url.database))
                before_the_panel(world)
                plans.make(world.actor("head.qa"), name="The plan of the service", kind="service_development")
                with clock.set_to(TODAY):
                    for state in STATES:
                        review_at(world, state)
                    ready(world)
                    away(world)
            point_at(self.app, None)
            shutil.copy(source, self.template)

    @contextmanager
    def walk(self) -> Iterator[World]:
        """A copy of its own, an application context, and the clock at the start."""
        began = time.perf_counter()
        for old in self.file.parent.glob(f"{self.file.name}*"):
            old.unlink()
        shutil.copy(self.template, self.file)
        point_at(self.app, extensions.make_engine(f"sqlite:///{self.file}"))
        world = World(self.app, "sqlite")
        with world.context():
            yield world
        point_at(self.app, None)
        self.seconds += time.perf_counter() - began


def before_the_panel(world: World) -> None:
    """Read, half read, ready to be opened, adjourned before and after the opening, sent back and referred again, under
    discussion with a member who is out, decided; five meetings, one of them today."""
    with clock.set_to(TODAY - timedelta(days=14)):
        today, soon = panels.set_up(world, 14), panels.set_up(world, 17)
        decided, discussed = PanelStory(world, today), PanelStory(world, today, manager_login="head.service")
        begun, back, waiting = PanelStory(world, today), PanelStory(world, soon), PanelStory(world, today)
        read, half, put_off = PanelStory(world, soon), PanelStory(world, soon, owner="manager"), PanelStory(world, soon)
        for story in (decided, discussed, begun, waiting, read, half, put_off, back):
            story.panel_moderation()
        for story in (decided, discussed, begun, waiting, read, back):
            story.read_by_all()
        half.read("director")
        panel_items.send_back(world.actor("chair"), back.id, back.review.version, reason="Say more of May.")
        back.referred_again()
    with clock.set_to(TODAY):
        panels.set_up(world, 10, members=("director", "assistant.director", "head.qa"))
        panels.set_up(world, 24)
        for story in (decided, discussed, begun):
            story.opened()
        decided.decided()
        for story in (put_off, begun):
            panel_items.adjourn(world.actor("chair"), story.item.id, story.item.version, reason="Not enough time.")


def ready(world: World) -> None:
    """Two more: a draft that waits to be shared, and one where the Head was the child's independent chair."""
    Story(world).drafting()
    story = Story(world, reviewer_login="yusuf.demir", independent_chair=world.public_id("head.qa"))
    story.drafting()
    story.discussion()
    story.responded("disagree", "The grade does not see the visits of May.")


def away(world: World) -> None:
    """The Head is away next week, and the deputy acts."""
    with unit_of_work(world.actor("admin")) as work:
        head, deputy = world.person("head.qa"), world.person("deputy.qa")
        start = clock.today() + timedelta(days=5)
        span = Delegation(head_id=head.id, deputy_id=deputy.id, kind=DelegationKind.AWAY, from_on=start,
                          to_on=start + timedelta(days=6), reason="Leave")  # fmt: skip
        work.record("account.delegated", work.add(span))


def login_of(person: Person) -> str:
    return person.email.partition("@")[0]
