"""Keeping a plan, and a recommendation that moves into one and back (R9, handbook 6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from app import clock
from app.extensions import session
from app.models.plans import Plan, PlanLine, PlanLineEntry, PlanReview
from app.models.recommendations import Level, Recommendation
from app.policy.acting import load_office
from app.queries import plans as queries
from app.queries.reviews import NotVisible
from app.services import invariants, plans, recommendations
from app.services.unit_of_work import Stale
from tests.support.stages import Story, answers, review_at, write
from tests.support.world import TODAY, World
from workflows.engine import GuardFailed, NotPermitted
from workflows.states import RecommendationState, ReviewState

pytestmark = pytest.mark.slow

HEAD = "head.qa"
LINE = {"why": "Audit", "who": "HoS", "what": "Book rooms", "by_when": "Weekly", "rag": "amber"}


@pytest.fixture
def inside(world: World) -> Iterator[World]:
    with world.context():
        yield world


def a_plan(world: World, name: str = "Service Development Plan") -> Plan:
    public_id = plans.make(world.actor(HEAD), name=name, kind="service_development")
    return session.query(Plan).filter_by(public_id=public_id).one()


def the_line() -> PlanLine:
    session.rollback()
    return session.query(PlanLine).one()


def service_level(world: World, **rest: Any) -> Recommendation:
    """A service-level recommendation of an issued review, owned by the line manager."""
    story = Story(world, **rest)
    story.drafting()
    given = answers(world, owner="manager")
    [row] = given["recommendations"]["child_level"]
    given["recommendations"] = {"child_level": [], "service_level": [row]}
    write(world.actor("external.reviewer"), story.review, given)
    story.written = lambda: None  # type: ignore[method-assign]
    for step in ("discussion", "hos_moderation", "tracking", "issued"):
        getattr(story, step)()
    found = story.recommendation()
    assert found.level is Level.SERVICE
    return found


def move(world: World, row: Recommendation, plan: Plan | str, **rest: Any) -> None:
    chosen = plan if isinstance(plan, str) else plan.public_id
    given = {"plan": chosen, "reason": "It is the year's work.", **rest}
    recommendations.act(world.actor(HEAD), row.id, "move_to_plan", row.version, given)
    session.refresh(row)


def seen(world: World, login: str, plan: Plan) -> list[queries.Line]:
    session.rollback()
    return queries.table(world.actor(login), load_office(session, clock.today()), plan).lines


# --- the plan ---------------------------------------------------------------------------------------------


def test_a_plan_is_looked_at_each_quarter(inside: World) -> None:
    plan = a_plan(inside)
    assert plan.review_on == date(2027, 2, 23)
    given: dict[str, Any] = {"held_on": clock.today(), "notes": "Three lines are late."}
    plans.record_review(inside.actor(HEAD), plan.id, 1, **given, next_on=clock.today() + timedelta(days=60))
    plans.record_review(inside.actor(HEAD), plan.id, 2, **given)
    session.rollback()
    assert [row.due_on for row in session.query(PlanReview)] == [date(2027, 2, 23), date(2027, 1, 22)]
    assert session.get_one(Plan, plan.id).review_on == date(2027, 2, 23)
    for wrong in ({"held_on": None}, {"held_on": clock.today() + timedelta(days=1)}, {"notes": " "}):
        with pytest.raises(GuardFailed):
            plans.record_review(inside.actor(HEAD), plan.id, 3, **{**given, **wrong})


def test_two_plans_never_have_one_name(inside: World) -> None:
    a_plan(inside)
    with pytest.raises(GuardFailed, match="with this name already"):
        a_plan(inside, "service development plan")


@pytest.mark.parametrize("login", ["manager", "director", "worker", "admin", "external.reviewer"])
@pytest.mark.databases("sqlite")
def test_only_the_office_keeps_a_plan(inside: World, login: str) -> None:
    plan = a_plan(inside)
    with pytest.raises(NotPermitted):
        plans.add_line(inside.actor(login), plan.id, LINE)
    with pytest.raises(NotPermitted):
        plans.make(inside.actor(login), name="Mine", kind="other")


@pytest.mark.parametrize(("login", "sees"), [("manager", True), ("chair", True), ("worker", False), ("admin", False)])
@pytest.mark.databases("sqlite")
def test_managers_and_directors_see_plans_and_nobody_else(inside: World, login: str, sees: bool) -> None:
    plan = a_plan(inside)
    actor, office = inside.actor(login), load_office(session, clock.today())
    assert [row.plan.id for row in queries.listing(actor, office)] == ([plan.id] if sees else [])
    if not sees:
        with pytest.raises(NotVisible):
            queries.get(actor, office, plan.public_id)


def test_a_change_of_a_line_keeps_what_stood_there(inside: World) -> None:
    plan = a_plan(inside)
    plans.add_line(inside.actor(HEAD), plan.id, LINE)
    line = the_line()
    plans.change_line(inside.actor(HEAD), line.id, 1, {**LINE, "what": "Book two rooms", "due_on": date(2027, 3, 1)})
    [entry] = the_line().entries
    assert entry.before == {"what": "Book rooms", "due_on": None}
    assert entry.after == {"what": "Book two rooms", "due_on": "2027-03-01"}
    with pytest.raises(Stale):
        plans.change_line(inside.actor(HEAD), line.id, 1, LINE)
    plans.change_line(inside.actor(HEAD), line.id, 2, {**LINE, "what": "Book two rooms", "due_on": date(2027, 3, 1)})
    assert len(the_line().entries) == 1  # nothing differed
    assert invariants.broken() == {}


def test_a_removed_line_is_marked_and_can_be_put_back(inside: World) -> None:
    plan = a_plan(inside)
    plans.add_line(inside.actor(HEAD), plan.id, LINE)
    plans.remove_line(inside.actor(HEAD), the_line().id, 1)
    assert seen(inside, HEAD, plan) == []
    with pytest.raises(GuardFailed, match="was removed"):
        plans.change_line(inside.actor(HEAD), the_line().id, 2, LINE)
    plans.put_back(inside.actor(HEAD), the_line().id, 2)
    assert len(seen(inside, HEAD, plan)) == 1
    assert [entry.after for entry in the_line().entries] == [{"removed": True}, {"removed": False}]


def test_a_heading_with_lines_under_it_stays(inside: World) -> None:
    plan = a_plan(inside)
    heading = plans.add_section(inside.actor(HEAD), plan.id, title="Children in care")
    plans.add_line(inside.actor(HEAD), plan.id, {**LINE, "section": heading})
    section_id = the_line().section_id or 0
    with pytest.raises(GuardFailed, match="Lines stand under"):
        plans.remove_section(inside.actor(HEAD), section_id)
    with pytest.raises(GuardFailed, match="Somebody else changed it to"):
        plans.change_section(inside.actor(HEAD), section_id, title="Care", seen="Another")
    plans.change_section(inside.actor(HEAD), section_id, title="Care leavers", seen="Children in care")
    other = a_plan(inside, "Another")
    with pytest.raises(GuardFailed, match="section of this plan"):
        plans.add_line(inside.actor(HEAD), other.id, {**LINE, "section": heading})


@pytest.mark.parametrize(
    "wrong",
    [
        {"what": "", "why": ""},
        {"rag": "pink"},
        {"due_on": date(1900, 1, 1)},
        {"due_on": date(9999, 1, 1)},
        {"section": "x"},
    ],
)
@pytest.mark.databases("sqlite")
def test_a_line_that_says_nothing_or_nonsense_is_refused(inside: World, wrong: dict[str, Any]) -> None:
    plan = a_plan(inside)
    with pytest.raises(GuardFailed):
        plans.add_line(inside.actor(HEAD), plan.id, {**LINE, **wrong})
    assert session.query(PlanLine).count() == 0


def test_an_ended_plan_takes_nothing_more(inside: World) -> None:
    plan = a_plan(inside)
    plans.end(inside.actor(HEAD), plan.id, 1)
    with pytest.raises(GuardFailed, match="has ended"):
        plans.add_line(inside.actor(HEAD), plan.id, LINE)


# --- a recommendation in it -------------------------------------------------------------------------------


def test_a_tracker_recommendation_moves_into_a_plan_with_its_words(inside: World) -> None:
    plan, row = a_plan(inside), service_level(inside)
    heading = plans.add_section(inside.actor(HEAD), plan.id, title="From reviews")
    move(inside, row, plan, section=heading)
    line = the_line()
    assert (row.state, row.plan) == (RecommendationState.IN_PLAN, "Service Development Plan")
    assert (line.recommendation_id, line.what, line.experience, line.due_on) == (
        row.id, row.action, row.effect, row.due_on,
    )  # fmt: skip
    assert line.who == "Priya Raman"
    assert line.why.startswith("Practice review: ")
    assert row.reference not in " ".join((line.why, line.who, line.what, line.how_known, line.experience))
    assert invariants.broken() == {}


def test_a_childs_own_recommendation_moves_into_no_plan(inside: World) -> None:
    plan = a_plan(inside)
    story = review_at(inside, ReviewState.TRACKING)
    story.issued()
    with pytest.raises(GuardFailed, match="Only a service-level recommendation"):
        move(inside, story.recommendation(), plan)
    assert session.query(PlanLine).count() == 0


@pytest.mark.parametrize("chosen", ["", "nobody's", "p" * 400, "\x00"])
@pytest.mark.databases("sqlite")
def test_a_plan_is_chosen_and_not_typed(inside: World, chosen: str) -> None:
    a_plan(inside)
    row = service_level(inside)
    with pytest.raises(GuardFailed):
        move(inside, row, chosen)
    session.rollback()
    assert session.get_one(Recommendation, row.id).state is RecommendationState.AGREED


def test_progress_in_a_plan_is_seen_by_those_who_may(inside: World) -> None:
    plan, row = a_plan(inside), service_level(inside)
    move(inside, row, plan)
    given = {"text": "Two teams have begun.", "forecast": "at_risk"}
    recommendations.act(inside.actor("manager"), row.id, "progress", row.version, given)
    for login in (HEAD, "manager"):  # the Head, and its owner
        [line] = seen(inside, login, plan)
        assert line.followed is not None
        assert (line.followed.reference, line.followed.latest) == (row.reference, "Two teams have begun.")
    [line] = seen(inside, "director", plan)  # reads the plan, and knows of no review
    assert line.followed is None
    assert line.row.what == row.action


def test_reopened_it_leaves_the_plan_and_moved_again_it_has_its_line_back(inside: World) -> None:
    plan, row = a_plan(inside), service_level(inside)
    move(inside, row, plan)
    with pytest.raises(GuardFailed, match="Reopen the recommendation"):
        plans.remove_line(inside.actor(HEAD), the_line().id, the_line().version)
    recommendations.act(inside.actor(HEAD), row.id, "reopen", row.version, {"reason": "It needs its owner."})
    assert the_line().removed_at is not None
    assert seen(inside, HEAD, plan) == []
    with pytest.raises(GuardFailed, match="Move the recommendation"):
        plans.put_back(inside.actor(HEAD), the_line().id, the_line().version)
    session.refresh(row)
    assert (row.state, row.plan) == (RecommendationState.IN_PROGRESS, "")
    move(inside, row, plan)
    assert the_line().removed_at is None
    assert session.query(PlanLineEntry).count() == 2
    assert invariants.broken() == {}


def test_my_work_says_when_the_look_at_a_plan_is_due(inside: World) -> None:
    from app.queries.my_work import my_work

    a_plan(inside)
    with clock.set_to(TODAY + timedelta(days=80)):
        session.rollback()
        office = load_office(session, clock.today())
        told = [item.what for item in my_work(inside.actor(HEAD), office).waiting]
        assert told == ["Look at Service Development Plan and record it"]
        assert my_work(inside.actor("manager"), office).waiting == []
