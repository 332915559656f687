"""Who is too close to review (R4): the team, the worker, the managers up to team manager; somebody higher may."""

from __future__ import annotations

from app.models.people import Person, RoleName
from app.policy.conflicts import reviewer_conflicts, team_managers_of
from tests.unit.policy.people import person

HIGHER = person(RoleName.OPERATIONAL_MANAGER)
MANAGER = person(RoleName.LINE_MANAGER, line_manager=HIGHER, team_id=1)
DEPUTY = person(RoleName.LINE_MANAGER, line_manager=MANAGER, team_id=1)
WORKER = person(RoleName.WORKER, line_manager=DEPUTY, team_id=1)


def conflicts(reviewer: Person, *look_back: Person, line_manager: Person = DEPUTY) -> list[str]:
    return reviewer_conflicts(reviewer, worker=WORKER, line_manager=line_manager, look_back=look_back)


def test_a_stranger_may_review() -> None:
    assert conflicts(person(RoleName.REVIEWER, team_id=2)) == []
    assert conflicts(person(RoleName.REVIEWER)) == []


def test_the_worker_may_not() -> None:
    assert conflicts(WORKER) == [f"{WORKER.name} is or was the child's worker in the look-back."]


def test_a_worker_of_the_look_back_may_not() -> None:
    former = person(RoleName.WORKER, team_id=2)
    assert conflicts(former, former) == [f"{former.name} is or was the child's worker in the look-back."]


def test_somebody_of_the_same_team_may_not() -> None:
    colleague = person(RoleName.REVIEWER, team_id=1)
    assert conflicts(colleague) == [f"{colleague.name} is in the same team as {WORKER.name}."]


def test_somebody_of_a_former_workers_team_may_not() -> None:
    former, colleague = person(RoleName.WORKER, team_id=2), person(RoleName.REVIEWER, team_id=2)
    assert conflicts(colleague, former) == [f"{colleague.name} is in the same team as {former.name}."]


def test_people_without_a_team_are_in_no_team_together() -> None:
    assert reviewer_conflicts(person(), worker=person(), line_manager=person()) == []


def test_the_managers_up_to_team_manager_may_not() -> None:
    assert list(team_managers_of(WORKER)) == [DEPUTY, MANAGER]
    for manager in (DEPUTY, MANAGER):
        assert f"{manager.name} manages {WORKER.name}." in conflicts(manager, line_manager=person())


def test_somebody_higher_may() -> None:
    assert conflicts(HIGHER) == []


def test_the_line_manager_named_on_the_review_may_not() -> None:
    named = person(RoleName.LINE_MANAGER, team_id=3)
    assert conflicts(named, line_manager=named) == [f"{named.name} is the line manager named on this review."]


def test_each_reason_is_said_once() -> None:
    assert len(conflicts(DEPUTY, WORKER)) == 2


def test_a_line_that_runs_in_a_circle_ends() -> None:
    one = person(RoleName.LINE_MANAGER)
    two = person(RoleName.LINE_MANAGER, line_manager=one)
    one.line_manager = two
    assert list(team_managers_of(person(line_manager=one))) == [one, two]
