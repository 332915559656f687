"""One action on many recommendations: what would happen to each, and then each by itself.

A row is never more than a person could do on its own page: the same steps, guards and versions are asked. Each is a
transaction of its own, so that one which cannot be done (somebody changed it meanwhile, it is closed by now) is said to
be so, and holds up none of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.people import Person
from app.models.recommendations import Recommendation, RecommendationTag
from app.policy.acting import Office
from app.policy.actor import Actor
from app.services import gate, recommendations
from app.services.raising import default_verifier, facts_for, independent, take_recommendation
from app.services.steps import holder_by_public_id
from app.services.unit_of_work import NotFound, Stale, unit_of_work
from app.services.words import words
from workflows.engine import GuardFailed, Reason, Refused
from workflows.recommendation import RECOMMENDATION
from workflows.states import RecommendationState

Given = Mapping[str, Any]
STALE = "Somebody changed it since you opened the list."
MOST = 200  # more than any page shows


@dataclass(frozen=True)
class Ticked:
    """A row that somebody ticked, and the version the list showed."""

    row: Recommendation
    version: int


@dataclass(frozen=True)
class Planned:
    """What would be done to one row: the step and what comes with it, or why it cannot be."""

    id: int
    public_id: str
    reference: str
    version: int
    given: dict[str, Any] = field(default_factory=dict)
    becomes: dict[str, str] = field(default_factory=dict)  # what a preview shows: words by what they are of
    reasons: tuple[str, ...] = ()


def may_try(actor: Actor, office: Office) -> bool:
    """Who can have rows at all: the Head's office, deputies and the assistant director where they act (R4)."""
    return actor.id in (*office.heads, *office.deputies, *office.assistant_directors)


def plan(actor: Actor, ticked: Sequence[Ticked], action: str, given: Given) -> list[Planned]:
    """Row by row what this action would do. Raises GuardFailed for what is wrong for all of them, naming its field."""
    prepared = {**PREPARE[action](_typed(given)), "apart": cache(independent)}  # the same two people in many rows
    return [_planned(actor, each, action, prepared) for each in ticked[:MOST]]


def take(actor: Actor, planned: Sequence[Planned], action: str) -> list[Planned]:
    """Do it, each row in its own transaction; those that could not be done say why."""
    return [row if row.reasons else _taken(actor, row, action) for row in planned]


def _typed(given: Given) -> dict[str, Any]:
    return {key: words(value, key) if isinstance(value, str) else value for key, value in given.items()}


def _planned(actor: Actor, ticked: Ticked, action: str, prepared: Given) -> Planned:
    row = ticked.row
    known = Planned(row.id, row.public_id, row.reference, ticked.version)
    try:
        if row.version != ticked.version:
            raise GuardFailed(Reason(STALE))
        given, becomes = EACH[action](row, prepared)
        trigger = TRIGGERS[action]
        command = gate.command(actor, facts_for(row, today=clock.today(), apart=prepared["apart"]), given)
        RECOMMENDATION.step(row, trigger).check(row, command)
    except Refused as refused:
        return replace(known, reasons=tuple(reason.text for reason in refused.reasons))
    return replace(known, given=given, becomes=becomes)


def _taken(actor: Actor, row: Planned, action: str) -> Planned:
    try:
        if action == "tag":
            _add_tag(actor, row)
        else:
            recommendations.act(actor, row.id, TRIGGERS[action], row.version, row.given)
    except (Stale, NotFound):
        return replace(row, reasons=(STALE,))
    except Refused as refused:
        return replace(row, reasons=tuple(reason.text for reason in refused.reasons))
    return row


# Each action: what is asked once, and what it is for one row

TRIGGERS = {"extend": "extend", "set_aside": "set_aside", "give": "name", "tag": "tag"}


def _dated(typed: dict[str, Any]) -> Given:
    reasons = []
    if not isinstance(typed.get("due_on"), date):
        reasons.append(Reason("Enter the new date.", "due_on"))
    elif typed["due_on"] < clock.today():
        reasons.append(Reason("The new date cannot be in the past.", "due_on"))
    if not typed.get("reason"):
        reasons.append(Reason("Give the reason.", "reason"))
    if reasons:
        raise GuardFailed(*reasons)
    return typed


def _reasoned(typed: dict[str, Any]) -> Given:
    if not typed.get("reason"):
        raise GuardFailed(Reason("Give the reason.", "reason"))
    return typed


def _owned(typed: dict[str, Any]) -> Given:
    """The new owner, and who would verify by default (R9)."""
    owner = holder_by_public_id(typed.get("owner"), "owner")
    return {"owner": owner, "default": default_verifier(owner)}


def _tagged(typed: dict[str, Any]) -> Given:
    tag = str(typed.get("tag") or "")
    if not tag or len(tag) > 60:
        raise GuardFailed(Reason("Choose the tag.", "tag"))
    return {"tag": tag}


PREPARE: dict[str, Callable[[dict[str, Any]], Given]] = {
    "extend": _dated, "set_aside": _reasoned, "give": _owned, "tag": _tagged,
}  # fmt: skip


def _extend_one(row: Recommendation, prepared: Given) -> tuple[dict[str, Any], dict[str, str]]:
    if row.state is RecommendationState.ACTION_COMPLETE:
        raise GuardFailed(Reason("The action is complete: only its impact is still to be checked."))
    if row.due_on is not None and prepared["due_on"] <= row.due_on:
        raise GuardFailed(Reason("Its date is not before the new one."))
    return {"due_on": prepared["due_on"], "reason": prepared["reason"]}, {"due_on": prepared["due_on"].isoformat()}


def _set_aside_one(_row: Recommendation, prepared: Given) -> tuple[dict[str, Any], dict[str, str]]:
    return {"reason": prepared["reason"]}, {}


def _give_one(row: Recommendation, prepared: Given) -> tuple[dict[str, Any], dict[str, str]]:
    """The verifier stays where independent of the new owner; else the one by default."""
    owner: Person = prepared["owner"]
    if row.owner_id == owner.id:
        raise GuardFailed(Reason("It is owned by this person already."))
    kept = row.verifier if row.verifier is not None and prepared["apart"](row.verifier, owner) else None
    verifier = kept or prepared["default"]
    if verifier is None:
        raise GuardFailed(Reason("Nobody verifies it by default: name the owner and the verifier on its own page."))
    given = {"owner": owner.public_id, "verifier": verifier.public_id}
    return given, {"owner": owner.name, "verifier": verifier.name}


def _tag_one(row: Recommendation, prepared: Given) -> tuple[dict[str, Any], dict[str, str]]:
    if prepared["tag"] in row.tags:
        raise GuardFailed(Reason("It has this tag already."))
    return {"tag": prepared["tag"]}, {"tag": prepared["tag"]}


EACH: dict[str, Callable[[Recommendation, Given], tuple[dict[str, Any], dict[str, str]]]] = {
    "extend": _extend_one, "set_aside": _set_aside_one, "give": _give_one, "tag": _tag_one,
}  # fmt: skip


def _add_tag(actor: Actor, planned: Planned) -> None:
    with unit_of_work(actor) as work:
        row = work.lock(Recommendation, planned.id, planned.version)
        tag = planned.given["tag"]
        there = select(RecommendationTag.id).where(
            RecommendationTag.recommendation_id == row.id, RecommendationTag.tag == tag
        )
        if session.scalar(there) is not None:
            raise GuardFailed(Reason("It has this tag already."))
        take_recommendation(work, row, "tag", {"tag": tag})
        work.add(RecommendationTag(recommendation_id=row.id, tag=tag))
