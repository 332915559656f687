"""The tables of steps as a page: a Mermaid drawing and a table each. The check step compares it with docs/."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workflows.concern import CONCERN
from workflows.engine import Guard, Step, Workflow
from workflows.panel import ITEM, READING
from workflows.permissions import Permission
from workflows.recommendation import RECOMMENDATION
from workflows.review import REVIEW

HEAD = "the Head of QA, or who acts for the Head on this review (R4)"
CHAIR = "who chairs this item: the chair, or the deputy chair where the chair is absent or in conflict (R4)"
REVIEWER = "the reviewer, after both declarations (R7)"

# In words; the rules themselves are in app/policy/rules.py. A permission that is not here is named as it is.
WHO = {
    Permission.START_REVIEW: "the reviewer",
    Permission.REASSIGN_REVIEW: HEAD,
    Permission.EDIT_DRAFT: REVIEWER,
    Permission.SHARE_DRAFT: REVIEWER,
    Permission.RESPOND: "the worker, the line manager",
    Permission.TAKE_BACK: REVIEWER,
    Permission.SUBMIT_REVIEW: REVIEWER,
    Permission.FIRST_MODERATE: HEAD,
    Permission.CHAIR_DECISION: CHAIR,
    Permission.CHAIR_ITEM: CHAIR,
    Permission.ADJOURN_ITEM: f"{CHAIR}; before it is opened also {HEAD}",
    Permission.LIST_ITEM: HEAD,
    Permission.WITHDRAW_ITEM: HEAD,
    Permission.READ_ALONE: "the member whose reading it is",
    Permission.LEAVE_ITEM: "the member whose reading it is",
    Permission.EXCUSE_READER: f"{CHAIR}; the chair is excused by the Head of QA",
    Permission.SEAT_READER: "whoever lists the item or fills the seats of its meeting",
    Permission.SET_UP_PANEL: "the Head of QA, or a deputy in the Head's place",
    Permission.ISSUE_REVIEW: HEAD,
    Permission.CLOSE_REVIEW: HEAD,
    Permission.WITHDRAW_REVIEW: HEAD,
    Permission.AGREE_RECOMMENDATION: "whoever decides the review",
    Permission.OWN_RECOMMENDATION: "the owner",
    Permission.VERIFY_RECOMMENDATION: "the verifier",
    Permission.STEER_RECOMMENDATION: HEAD,
    Permission.DIRECT_RECOMMENDATION: "the director who was given the dispute",
    Permission.REACH_PARTNER: "owner, Head of QA",
    Permission.TELL_FAMILY: "owner, verifier, worker, line manager, Head of QA",
    Permission.HANDLE_CONCERN: "the Head of QA or a deputy; the assistant director once it has gone up (R6)",
    Permission.ACT_ON_CONCERN: "the same, and those it was given to",
}

INTRODUCTION = """\
# The workflows

Made from the tables of steps in `workflows/` by `./run flask diagrams`; the checks fail where the two differ.
A drawing shows the steps that move; the table below it shows all of them. A step is refused with every reason
that does not hold, to be put right at once, and to anybody else with one sentence.
"""


def page() -> str:
    """The whole page."""
    return "\n".join(
        [INTRODUCTION, *(_section(workflow) for workflow in (REVIEW, ITEM, READING, RECOMMENDATION, CONCERN))]
    )


def _section(workflow: Workflow) -> str:
    return "\n".join(
        [f"## {workflow.kind.capitalize().replace('_', ' ')}", "", *drawing(workflow), "", *table(workflow), ""]
    )


def drawing(workflow: Workflow) -> list[str]:
    """A Mermaid state diagram of the steps that move; ends are the states without one."""
    moves = [row for row in _rows(workflow) if row.dest]
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {_value(workflow, next(iter(workflow.states)))}"]
    lines += [f"    {source} --> {row.dest}: {row.step.label}" for row in moves for source in row.sources]
    left = {source for row in moves for source in row.sources}
    lines += [f"    {state.value} --> [*]" for state in workflow.state_type if state.value not in left]
    return [*lines, "```"]


def table(workflow: Workflow) -> list[str]:
    """Every step: from, to, who, what must hold, whom it tells."""
    lines = [
        "| action | from → to | who | what must hold first | what comes with it | tells |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    return lines + [_line(row) for row in _rows(workflow)]


@dataclass(frozen=True)
class _Row:
    """The steps of one trigger that lead to the same state."""

    trigger: str
    step: Step
    sources: tuple[str, ...]
    dest: str | None


def _rows(workflow: Workflow) -> Iterator[_Row]:
    grouped: dict[tuple[str, str | None], list[Step]] = {}
    for trigger, step in workflow.steps():
        dest = None if step.dest is None else _value(workflow, step.dest)
        grouped.setdefault((trigger, dest), []).append(step)
    for (trigger, dest), steps in grouped.items():
        yield _Row(trigger, steps[0], tuple(_value(workflow, step.source) for step in steps), dest)


def _value(workflow: Workflow, name: str) -> str:
    return workflow.state_type[name].value


def _line(row: _Row) -> str:
    cells = [
        f"{row.step.label} (`{row.trigger}`)",
        f"{', '.join(row.sources)} → {row.dest or 'stays'}",
        WHO.get(row.step.permission, str(row.step.permission).replace("_", " ")),
        _words((*row.step.when, *row.step.guards)),
        _words(row.step.needs),
        ", ".join(name.replace("_", " ") for name in row.step.notify),
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _words(guards: Sequence[Guard]) -> str:
    return "<br>".join(meaning(guard) for guard in guards)


def meaning(guard: Guard) -> str:
    """A guard in words: the first sentence of its docstring, else its name."""
    written = (guard.__doc__ or "").strip().split("\n\n")[0]
    if written:
        return " ".join(written.split())
    name = str(getattr(guard, "__name__", "something must hold"))
    return name.replace("_", " ").capitalize() + "."
