"""Two people at once with a file, a plan and a recommendation: one clean outcome, nothing twice (PostgreSQL)."""

from __future__ import annotations

import pytest

from app.extensions import session
from app.models.people import Person, Role, RoleName
from app.models.plans import ImportBatch, ImportDraft, Plan, PlanLine, PlanSection
from app.models.recommendations import Recommendation
from app.services import imports, invariants, plans, recommendations
from app.services.imports import Into
from app.services.unit_of_work import unit_of_work
from tests.concurrency.panel_racing import TIMES, count
from tests.concurrency.racing import race
from tests.integration.test_tracker_plans import service_level
from tests.support.messy import messy
from tests.support.world import World
from workflows.states import RecommendationState

pytestmark = pytest.mark.postgres


def two_heads(world: World) -> None:
    """A second person of the office."""
    with unit_of_work(world.actor("admin")) as work:
        role = session.query(Role).filter_by(name=RoleName.HEAD_OF_QA).one()
        person = work.lock(Person, world.person("assistant.director").id)
        person.roles.append(role)


def draft_of(world: World, login: str, plan: str) -> tuple[int, int]:
    public_id = imports.begin(world.actor(login), Into(plan=plan), "plan.xlsx", messy())
    row = session.query(ImportDraft).filter_by(public_id=public_id).one()
    return row.id, row.version


@pytest.mark.parametrize("number", TIMES)
def test_one_import_confirmed_twice_at_once_is_taken_in_once(pg: World, number: int) -> None:
    with pg.context():
        head = pg.actor("head.qa")
        plan = plans.make(head, name="Plan", kind="other")
        draft = draft_of(pg, "head.qa", plan)
    assert sorted(race(pg, *[lambda: imports.take_in(head, *draft)] * 2)) == ["GuardFailed", "done"]
    with pg.context():
        assert (count(PlanLine), count(PlanSection), count(ImportBatch), count(ImportDraft)) == (9, 4, 1, 0)
        assert invariants.broken() == {}


@pytest.mark.parametrize("number", TIMES)
def test_two_people_importing_the_same_file_at_once_add_nothing_twice(pg: World, number: int) -> None:
    with pg.context():
        two_heads(pg)
        plan = plans.make(pg.actor("head.qa"), name="Plan", kind="other")
        acts = []
        for login in ("head.qa", "assistant.director"):
            actor, draft = pg.actor(login), draft_of(pg, login, plan)
            acts.append(lambda actor=actor, draft=draft: imports.take_in(actor, *draft))
    assert race(pg, *acts) == ["done", "done"]
    with pg.context():
        assert (count(PlanLine), count(PlanSection), count(ImportBatch)) == (9, 4, 2)
        assert [line.place for line in session.query(PlanLine).order_by(PlanLine.place)] == list(range(1, 10))


@pytest.mark.parametrize("number", TIMES)
def test_an_import_undone_twice_at_once_is_undone_once(pg: World, number: int) -> None:
    with pg.context():
        head = pg.actor("head.qa")
        plan = plans.make(head, name="Plan", kind="other")
        imports.take_in(head, *draft_of(pg, "head.qa", plan))
        batch = session.query(ImportBatch).one().id
    assert sorted(race(pg, *[lambda: imports.undo(head, batch, seen=0)] * 2)) == ["GuardFailed", "done"]
    with pg.context():
        assert {line.version for line in session.query(PlanLine)} == {2}


@pytest.mark.parametrize("number", TIMES)
def test_a_line_is_changed_while_its_import_is_undone(pg: World, number: int) -> None:
    """Either the change came first, and the undoing is told of it; or the line was gone."""
    with pg.context():
        head = pg.actor("head.qa")
        plan = plans.make(head, name="Plan", kind="other")
        imports.take_in(head, *draft_of(pg, "head.qa", plan))
        batch, line = session.query(ImportBatch).one().id, session.query(PlanLine).order_by(PlanLine.place).first()
        assert line is not None
        line_id = line.id
    change = lambda: plans.change_line(head, line_id, 1, {"what": "Mine"})  # noqa: E731
    outcomes = race(pg, change, lambda: imports.undo(head, batch, seen=0))
    assert "done" in outcomes
    assert set(outcomes) & {"GuardFailed", "Stale"}
    with pg.context():
        row = session.get_one(PlanLine, line_id)
        assert (row.removed_at is None) == (row.what == "Mine")


@pytest.mark.parametrize("number", TIMES)
def test_a_recommendation_moves_into_a_plan_once(pg: World, number: int) -> None:
    with pg.context():
        head, row = pg.actor("head.qa"), service_level(pg)
        plan = plans.make(head, name="Plan", kind="other")
        row_id, version = row.id, row.version
    given = {"plan": plan, "reason": "It is the year's work."}
    act = lambda: recommendations.act(head, row_id, "move_to_plan", version, given)  # noqa: E731
    assert sorted(race(pg, act, act)) == ["Stale", "done"]
    with pg.context():
        assert count(PlanLine) == 1
        assert session.get_one(Recommendation, row_id).state is RecommendationState.IN_PLAN


@pytest.mark.parametrize("number", TIMES)
def test_a_plan_ends_while_a_recommendation_moves_into_it(pg: World, number: int) -> None:
    with pg.context():
        head, row = pg.actor("head.qa"), service_level(pg)
        plan = plans.make(head, name="Plan", kind="other")
        plan_id, row_id, version = session.query(Plan).one().id, row.id, row.version
    given = {"plan": plan, "reason": "It is the year's work."}
    outcomes = race(
        pg,
        lambda: plans.end(head, plan_id, 1),
        lambda: recommendations.act(head, row_id, "move_to_plan", version, given),
    )
    assert outcomes[0] == "done"
    with pg.context():
        moved = session.get_one(Recommendation, row_id).state is RecommendationState.IN_PLAN
        assert moved == (outcomes[1] == "done") == (count(PlanLine) == 1)
