"""Tables of who may, and what the workflow and the policy say of the same cell: for the matrices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from app import clock
from app.extensions import session
from app.models.people import Delegation, DelegationKind, Person
from app.models.reviews import Review
from app.policy.actor import actor_of
from app.services import gate
from app.services.cast import LOGINS
from app.services.unit_of_work import unit_of_work
from tests.support.world import World
from workflows.engine import Command, GuardFailed, NotPermitted, Workflow, WrongStage

PEOPLE = [part.login for part in LOGINS]
HEAD = "whoever acts as Head of QA"
Table = dict[str, tuple[set[str], str]]  # step: (who, the stages it can be taken at)
# Who acts as Head of QA (R4): on an ordinary day; the Head away; the Head in conflict; a deputy in conflict too.
CASES = {
    "the Head": {"head.qa"},
    "the Head is away": {"head.qa", "deputy.qa"},
    "the Head is in conflict": {"deputy.qa"},
    "a deputy is in conflict too": {"assistant.director"},
}


def expected(table: Table, step: str, state: str, login: str, acting: set[str]) -> str:
    """What the table says of one cell."""
    who, stages = table[step]
    if state not in stages.split():
        return "not at this stage"
    named = {login for each in who for login in (acting if each == HEAD else {each})}
    return "allowed" if login in named else "not permitted"


def found(workflow: Workflow, row: Any, step: str, command: Command) -> str:
    """What the workflow and the policy say; the row is put back as it was."""
    before = row.state
    try:
        workflow.fire(row, step, command)
    except WrongStage:
        return "not at this stage"
    except NotPermitted:
        return "not permitted"
    except GuardFailed:
        return "allowed"
    finally:
        row.state = before
    return "allowed"


def disagreements(
    world: World, workflow: Workflow, row: Any, table: Table, acting: set[str], facts: Any
) -> Iterator[str]:
    commands = {login: gate.command(actor_of(world.person(login)), facts) for login in PEOPLE}
    for login, command in commands.items():
        for step in table:
            said, wanted = found(workflow, row, step, command), expected(table, step, row.state, login, acting)
            if said != wanted:
                yield f"{login}, {step} at {row.state}: {said}, the table says {wanted}"


def away(world: World) -> None:
    """The Head is away from today on."""
    head, deputy, today = world.person("head.qa"), world.person("deputy.qa"), clock.today()
    with unit_of_work(world.actor("admin")) as work:
        span = {"kind": DelegationKind.AWAY, "from_on": today, "to_on": today + timedelta(days=30), "reason": "Leave"}
        work.add(Delegation(head_id=head.id, deputy_id=deputy.id, **span))


def back(world: World) -> None:
    with unit_of_work(world.actor("admin")):
        for row in session.query(Delegation):
            session.delete(row)


def arrange(world: World, case: str, review_id: int) -> None:
    """Make the case true of this review."""
    if case == "the Head is away":
        away(world)
    elif case != "the Head":
        back(world)
        conflicted(world, case, review_id)


def conflicted(world: World, case: str, review_id: int) -> None:
    """The Head was the child's independent chair; the deputy directly supervises the line manager."""
    with unit_of_work(world.actor("admin")) as work:
        work.lock(Review, review_id).independent_chair_id = world.person("head.qa").id
        if case == "a deputy is in conflict too":
            work.lock(Person, world.person("manager").id).line_manager_id = world.person("deputy.qa").id
