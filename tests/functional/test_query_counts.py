"""A list costs as many statements with thirty rows as with one (no query for each row)."""

from __future__ import annotations

from datetime import date

import pytest

from app import clock
from app.queries import activities as queries
from app.services import activities, gate, panel_items, panel_readings
from app.services.activity_recommendations import NewRecommendation, recommend
from tests.support import panels, stages
from tests.support.panels import PanelStory
from tests.support.people_at_work import visitor
from tests.support.stages import Story, review_at
from tests.support.statements import counted
from tests.support.world import TODAY, World
from workflows.states import ReviewState

pytestmark = pytest.mark.slow

MANY = 30
SLACK = 3  # a page that has something to list may ask two or three things more about all of it


def statements(world: World, login: str, url: str) -> list[str]:
    """What one page asks. The page is opened once before, so that nothing is asked for the first time."""
    client = visitor(world, login)
    assert client.get(url).status_code == 200, url
    with counted(world) as said:
        client.get(url)
    return said


def grew(before: list[str], after: list[str]) -> str:
    """What was asked more often, most often first."""
    more = {each: after.count(each) - before.count(each) for each in set(after)}
    worst = sorted(more, key=lambda each: -more[each])[:4]
    return "\n".join(f"{more[each]:+d}: {each[:400]}" for each in worst if more[each] > 0)


LISTS = [
    ("head.qa", "/"),
    ("head.qa", "/reviews"),
    ("head.qa", "/recommendations?view=all"),
    ("head.qa", "/recommendations?status=all&sort=owner"),
    ("head.qa", "/recommendations?theme=neglect&stands=no_forecast"),
    ("head.qa", "/recommendations/views"),
    ("head.qa", "/recommendations/export.csv?status=all"),
    ("head.qa", "/programme"),
    ("worker", "/"),
    ("worker", "/reviews"),
    ("worker", "/recommendations"),
    ("manager", "/recommendations?status=all"),
    ("external.reviewer", "/"),
    ("external.reviewer", "/reviews"),
    ("deputy.qa", "/"),
    ("agency", "/reviews"),
    ("director", "/reviews"),
]
MIXED = (ReviewState.DRAFTING, ReviewState.DISCUSSION, ReviewState.HOS_MODERATION, ReviewState.TRACKING)


def some(world: World, how_many: int) -> None:
    """Reviews at several stages; those in tracking are issued, so that their owners have something to do.

    The people differ: a list in which all rows have the same people would hide a query for each person.
    """
    others = ("siobhan.doyle", "joseph.mbeki")
    for number in range(how_many):
        state = MIXED[number % len(MIXED)]
        changes = {}
        if state is ReviewState.DRAFTING:
            changes = {"worker": world.public_id(others[number % 2]), "line_manager": world.public_id("head.service")}
        story = review_at(world, state, planned_month=date(2026, 9 + number % 4, 1), **changes)
        if state is ReviewState.TRACKING:
            story.issued()


def test_lists_cost_the_same_with_one_of_each_and_with_thirty(sqlite_world: World) -> None:
    with sqlite_world.context():
        some(sqlite_world, len(MIXED))
    few = {place: statements(sqlite_world, *place) for place in LISTS}
    with sqlite_world.context():
        some(sqlite_world, MANY)
    dear = []
    for place in LISTS:
        many = statements(sqlite_world, *place)
        print(*place, len(few[place]), len(many))
        if len(many) > len(few[place]) + SLACK:
            dear.append(f"{place}: {len(few[place])}, then {len(many)}\n{grew(few[place], many)}")
    assert not dear, "\n".join(dear)


def test_one_review_costs_the_same_however_long_its_history(sqlite_world: World) -> None:
    """Its own page, the history and the discussion, with one amendment and with thirty."""
    with sqlite_world.context():
        story = review_at(sqlite_world, ReviewState.DISCUSSION)
        _amend(sqlite_world, story, 1)
        url = f"/reviews/{story.review.public_id}"
    places = [("external.reviewer", url), ("worker", f"{url}/discussion"), ("external.reviewer", f"{url}/discussion")]
    few = {place: statements(sqlite_world, *place) for place in places}
    with sqlite_world.context():
        _amend(sqlite_world, story, MANY)
    _no_dearer(sqlite_world, few)


def test_a_history_costs_the_same_however_long(sqlite_world: World) -> None:
    """Taken back and shared again many times, then issued: many steps, revisions and grades."""
    counts: dict[str, list[list[str]]] = {}
    for rounds in (1, 10):
        with sqlite_world.context():
            story = _issued_after(sqlite_world, rounds)
            url = f"/reviews/{story.review.public_id}"
        for page in ("", "/history", "/discussion", "/moderation", "/recommendations", "/documents"):
            counts.setdefault(page, []).append(statements(sqlite_world, "head.qa", url + page))
    dear = {page: grew(*pair) for page, pair in counts.items() if len(pair[1]) > len(pair[0]) + SLACK}
    assert not dear, dear


def test_the_panel_costs_the_same_with_few_reviews_and_with_many(sqlite_world: World) -> None:
    """The meetings, one meeting, my work and the register: one review in each state of an item, then many.

    Half of the reviews have another reviewer, and one of them is another member's own.
    """
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        before_the_panel(world, meeting, 4)
    places = [
        (login, url)
        for login in ("head.qa", "director", "chair", "head.service", "deputy.qa")
        for url in ("/", "/panel", f"/panel/meetings/{meeting}", "/panel/agreement", "/reviews")
        if (login, url[:10]) != ("deputy.qa", "/panel/mee")
    ]
    with world.context():
        starts = panels.day_of(meeting)
    with clock.set_to(starts):
        few = {place: statements(world, *place) for place in places}
        with world.context():
            before_the_panel(world, meeting, 12)
        for place, before in few.items():
            print(*place, len(before), len(statements(world, *place)))
        _no_dearer(world, few)


def before_the_panel(world: World, meeting: str, how_many: int) -> None:
    """Reviews at one meeting: read by nobody yet, being read, adjourned, decided."""
    reviewers = ("external.reviewer", "yusuf.demir")
    with clock.set_to(TODAY):
        stories = [
            PanelStory(
                world,
                meeting,
                reviewer_login=reviewers[number % 2],
                manager_login="head.service" if number == 1 else "manager",
            )
            for number in range(how_many)
        ]
        for story in stories:
            story.panel_moderation()
        for story in stories[3::4]:
            story.read_by_all()
        for story in stories[1::4]:
            row = story.reading("director")
            panel_readings.save(world.actor("director"), row.id, {}, expected_version=row.version)
        for story in stories[2::4]:
            panel_items.adjourn(world.actor("head.qa"), story.item.id, story.item.version, reason="Another day.")
    with clock.set_to(panels.day_of(meeting)):
        for story in stories[3::4]:
            story.opened()
            story.decided()


def test_activities_cost_the_same_with_one_of_each_and_with_thirty(sqlite_world: World) -> None:
    """The list, and one activity with its agencies and recommendations, some for a child."""
    world, head = sqlite_world, "head.qa"
    with world.context():
        url = f"/activities/{_activity(world, 1)}"
    few = {place: statements(world, *place) for place in ((head, "/activities"), (head, url))}
    with world.context():
        for number in range(MANY):
            _activity(world, number % 3)
        _recommended(world, url.rsplit("/", 1)[1], MANY)
    _no_dearer(world, few)


def _activity(world: World, recommended: int) -> str:
    agencies = ("Police", "Health", "Schools")
    details = activities.Details(
        kind="multi_agency_audit", title="Neglect", held_on=date(2026, 10, 1), agencies=agencies
    )
    public_id = activities.record(world.actor("head.qa"), details)
    _recommended(world, public_id, recommended)
    return public_id


def _recommended(world: World, public_id: str, times: int) -> None:
    head = world.actor("head.qa")
    activity = queries.get(head, gate.office(), public_id).id
    owners = ("head.service", "worker", "siobhan.doyle")
    for number in range(times):
        new = NewRecommendation(
            level="child", action="Agree one template.", owner=world.public_id(owners[number % 3]),
            case_system_id=f"Q{number}", child_name=f"Child{chr(65 + number % 26)} Alder", born_on=date(2016, 5, 4),
        )  # fmt: skip
        recommend(head, activity, new)


def _amend(world: World, story: Story, times: int) -> None:
    from app.services import drafting

    actor = world.actor("external.reviewer")
    for _ in range(times):
        number = len(story.review.revisions)
        changed = stages.answers(world)["needs"] | {"difference": f"Now for the {number}th time."}
        stages.write(actor, story.review, {"needs": changed})
        drafting.amend(actor, story.id, story.review.version)


def _issued_after(world: World, rounds: int) -> Story:
    from app.services import moderation, review_facts

    story = Story(world)
    story.drafting()
    for _ in range(rounds):
        story.discussion()
        story.hos_moderation()
        head = world.actor("head.qa")
        moderation.return_to_reviewer(head, story.id, story.review.version, reason="Say more.")
    story.discussion()
    story.hos_moderation()
    row = story.review
    given = stages.moderation_answers(row)
    begun = review_facts.moderation_of(row)
    moderation.save(world.actor("head.qa"), story.id, given, expected_version=begun.version if begun else 0)
    head = world.actor("head.qa")
    moderation.agree_without_panel(head, story.id, story.review.version, reason="Well evidenced.")
    story.issued()
    return story


def _no_dearer(world: World, few: dict[tuple[str, str], list[str]]) -> None:
    dear = []
    for place, before in few.items():
        after = statements(world, *place)
        if len(after) > len(before) + SLACK:
            dear.append(f"{place}: {len(before)}, then {len(after)}\n{grew(before, after)}")
    assert not dear, "\n".join(dear)
