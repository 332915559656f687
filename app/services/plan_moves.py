"""A recommendation that moves into a plan, and the way back (R9): one line of the plan follows it meanwhile."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.extensions import session
from app.models.forms import FormTemplateVersion
from app.models.plans import Plan, PlanLine
from app.models.recommendations import Recommendation
from app.services.form_versions import template_of
from app.services.plans import find_section, mark_removed, put_back_line, put_change, put_line
from app.services.unit_of_work import Work
from app.services.words import words
from workflows.engine import GuardFailed, Reason

NO_PLAN = Reason("Choose the plan it moves to.", "plan")

__all__ = ["into_plan", "out_of_plan"]


def into_plan(work: Work, row: Recommendation, given: dict[str, Any]) -> None:
    """The plan's name into the recommendation, and its words into a line that keeps the link.

    One that was in this plan before has its line back, with the words as they are now.
    """
    plan = _plan(work, given.get("plan"))
    section = find_section(plan.id, given.get("section"))
    row.plan = plan.name
    values = {**_words_of(row), "section_id": section.id if section else None}
    before = session.scalars(
        select(PlanLine).where(PlanLine.plan_id == plan.id, PlanLine.recommendation_id == row.id).with_for_update()
    ).one_or_none()
    if before is not None:
        put_back_line(work, before)
        put_change(work, before, values)
        return
    del values["section_id"]
    line = put_line(work, plan, values, section, recommendation_id=row.id)
    work.record("plan_line.add", line, version=1)


def out_of_plan(work: Work, row: Recommendation) -> None:
    """Reopened: the line is marked removed, with its history, and the recommendation is worked on again."""
    lines = select(PlanLine).where(PlanLine.recommendation_id == row.id, PlanLine.removed_at.is_(None))
    for line in session.scalars(lines.with_for_update()):
        mark_removed(work, line)


def _plan(work: Work, public_id: Any) -> Plan:
    wanted = words(str(public_id or ""), "plan", 36)
    found = session.scalar(select(Plan.id).where(Plan.public_id == wanted, Plan.ended_at.is_(None)))
    if found is None:
        raise GuardFailed(NO_PLAN)
    plan = work.lock(Plan, found)
    if plan.ended_at is not None:
        raise GuardFailed(NO_PLAN)
    return plan


def _words_of(row: Recommendation) -> dict[str, Any]:
    """In the plan's columns. Where it came from is named without a reference: a reader of the plan may know of no
    review."""
    return {
        "why": _why(row),
        "who": row.owner.name if row.owner else row.partner_agency,
        "what": row.action,
        "by_when": "",
        "due_on": row.due_on,
        "how_known": row.evidence,
        "experience": row.effect,
    }


def _why(row: Recommendation) -> str:
    if row.review is not None:
        found = _finding(row.finding, row.review.form_version)
        return f"Practice review: {found}" if found else "Practice review"
    if row.activity is not None:
        return f"{row.activity.kind.name}, {row.activity.held_on:%B %Y}"
    return "Quality assurance"


def _finding(finding: str, version: FormTemplateVersion) -> str:
    """The title of the part it answers; a key of the form says nothing to a reader."""
    titles = {part.key: part.title for part in template_of(version).parts}
    return titles.get(finding, "")
