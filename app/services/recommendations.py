"""What people do with a recommendation: one function for the shape they share, one for each effect (R9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from app import clock, working_days
from app.models.people import RoleName
from app.models.recommendations import Forecast, PartnerReply, PartnerRoute, Recommendation
from app.policy.actor import Actor
from app.policy.rules import may
from app.services import gate, joining, plan_moves, settings
from app.services.raising import default_verifier, facts_for, independent, take_recommendation
from app.services.steps import holder_by_public_id
from app.services.unit_of_work import Stale, Work, unit_of_work
from app.services.words import LONGEST, words
from workflows.engine import Availability, GuardFailed, Reason, UnknownAction
from workflows.permissions import Permission
from workflows.recommendation import RECOMMENDATION
from workflows.states import Outcome

Given = dict[str, Any]
JOINING = {joining.JOIN, *joining.PART}  # taken in `joining`, with both locked
DIRECTORS = {RoleName.DIRECTOR, RoleName.ASSISTANT_DIRECTOR}
SHORT = {
    "plan": 36,
    "section": 36,
    "owner": 36,
    "verifier": 36,
    "director": 36,
    "agency": 200,
    "contact": 200,
}  # as long as their columns


def act(actor: Actor, recommendation_id: int, trigger: str, version: int, given: Mapping[str, Any]) -> None:
    """Take one step. `given` holds what was typed with it: text, reason, evidence, impact, due_on, plan,
    forecast, action, owner, verifier. Raises Refused naming the field, or Stale."""
    if trigger not in EFFECTS:
        raise UnknownAction(Reason("There is no such action."))
    with unit_of_work(actor) as work:
        row = _lock(work, recommendation_id, version)
        typed = {
            key: words(value, key, SHORT.get(key, LONGEST)) if isinstance(value, str) else value
            for key, value in given.items()
        }
        take_recommendation(work, row, trigger, typed, text=_words(typed))
        EFFECTS[trigger](work, row, typed)


def _lock(work: Work, recommendation_id: int, version: int) -> Recommendation:
    """Its review first, as every action does, and those of what was joined into it: none of them can close while
    it is reopened."""
    row = joining.lock(work, (recommendation_id,))[recommendation_id]
    if row.version != version:
        raise Stale(row, version)
    return row


def available(actor: Actor, recommendation: Recommendation) -> list[Availability]:
    """What this person can do to this recommendation now."""
    facts = facts_for(recommendation, today=clock.today())
    found = RECOMMENDATION.available(recommendation, gate.command(actor, facts))
    return [action for action in found if action.trigger in EFFECTS or action.trigger in JOINING]


def may_steer(actor: Actor, recommendation: Recommendation) -> bool:
    """Whether this person does the Head's work on it (R4)."""
    return may(actor, Permission.STEER_RECOMMENDATION, recommendation, gate.office())


def may_add_evidence(actor: Actor, recommendation: Recommendation) -> bool:
    return may(actor, Permission.ADD_EVIDENCE, recommendation, gate.office())


def _words(given: Given) -> str:
    """Everything that was typed with the step, for its line of history."""
    return "\n\n".join(str(given[key]) for key in ("text", "evidence", "impact", "reason") if given.get(key))


def _nothing(_work: Work, _row: Recommendation, _given: Given) -> None:
    """The step itself and its line of history say it all."""


def _accept(work: Work, row: Recommendation, _given: Given) -> None:
    row.accepted_at, row.accepted_by_id = work.at, work.actor.id


def _dispute(work: Work, row: Recommendation, _given: Given) -> None:
    row.disputed_at, row.disputed_by_id = work.at, work.actor.id


def _settle(work: Work, row: Recommendation, given: Given) -> None:
    """The Head keeps it, changes the action, or gives it to another; both views stay in the history.

    The days to accept it begin again: without that it would be late on the day on which it was settled.
    """
    row.disputed_at = row.disputed_by_id = row.director_id = None
    row.accept_due_on = settings.deadline(clock.today(), settings.load().accept_days)
    row.action = given.get("action") or row.action
    if given.get("owner"):
        owner = holder_by_public_id(given["owner"], "owner")
        verifier = row.verifier if row.verifier and independent(row.verifier, owner) else default_verifier(owner)
        row.owner_id, row.verifier_id = owner.id, verifier.id if verifier else None
        work.tell([owner.id], "recommendation.owned", row)


def _refer_dispute(work: Work, row: Recommendation, given: Given) -> None:
    director = holder_by_public_id(given.get("director"), "director")
    if not director.role_names & DIRECTORS or director.id == row.owner_id:
        raise GuardFailed(Reason("Choose a director who is not the owner.", "director"))
    row.director_id = director.id
    work.tell([director.id], "recommendation.refer_dispute", row)


def _partner(_work: Work, row: Recommendation, given: Given) -> None:
    if given.get("route") not in tuple(PartnerRoute):
        raise GuardFailed(Reason("Say how the agency is reached.", "route"))
    row.partner_agency, row.partner_contact = str(given["agency"]), str(given.get("contact") or "")
    row.partner_route = PartnerRoute(given["route"])
    row.partner_sent_on = row.partner_reply = row.partner_replied_on = None


def _partner_sent(_work: Work, row: Recommendation, given: Given) -> None:
    row.partner_sent_on = given["sent_on"]


def _partner_replied(_work: Work, row: Recommendation, given: Given) -> None:
    if given.get("reply") not in tuple(PartnerReply):
        raise GuardFailed(Reason("Say what the agency answered.", "reply"))
    if row.partner_sent_on and given["replied_on"] < row.partner_sent_on:
        raise GuardFailed(Reason("The reply cannot be before it was sent.", "replied_on"))
    row.partner_reply, row.partner_replied_on = PartnerReply(given["reply"]), given["replied_on"]


def _tell_family(_work: Work, row: Recommendation, given: Given) -> None:
    row.family_words, row.family_told_on = str(given["family_words"]), given.get("told_on")


def _name(_work: Work, row: Recommendation, given: Given) -> None:
    owner = holder_by_public_id(given.get("owner"), "owner")
    verifier = holder_by_public_id(given.get("verifier"), "verifier")
    if not independent(verifier, owner):
        raise GuardFailed(Reason("The verifier may not be the owner, nor somebody the owner manages.", "verifier"))
    if owner.id == row.director_id:
        raise GuardFailed(Reason("This director settles the dispute, and the owner is somebody else.", "owner"))
    row.owner_id, row.verifier_id = owner.id, verifier.id


def _progress(_work: Work, row: Recommendation, given: Given) -> None:
    if given.get("forecast"):
        if given["forecast"] not in tuple(Forecast):
            raise GuardFailed(Reason("Choose how it is going.", "forecast"))
        row.forecast = Forecast(given["forecast"])


def _complete(work: Work, row: Recommendation, given: Given) -> None:
    row.evidence = given.get("evidence") or row.evidence
    row.completed_at, row.completed_by_id = work.at, work.actor.id
    row.impact_due_on = working_days.add_months(clock.today(), settings.load().impact_months)


def _verify(work: Work, row: Recommendation, given: Given) -> None:
    _close(work, row, Outcome.IMPACT_VERIFIED, given.get("impact") or "")


def _cannot_be_known(work: Work, row: Recommendation, given: Given) -> None:
    _close(work, row, Outcome.CANNOT_BE_KNOWN, given.get("reason") or "")


def _close(work: Work, row: Recommendation, outcome: Outcome, words: str) -> None:
    row.outcome, row.impact = outcome, words
    row.closed_at, row.closed_by_id = work.at, work.actor.id


def _not_seen(_work: Work, row: Recommendation, given: Given) -> None:
    row.action = given.get("action") or row.action
    _new_date(row, given)
    _not_complete(row)


def _extend(_work: Work, row: Recommendation, given: Given) -> None:
    _new_date(row, given)


def _new_date(row: Recommendation, given: Given) -> None:
    if isinstance(given.get("due_on"), date):
        row.due_on = given["due_on"]


def _reopen(work: Work, row: Recommendation, _given: Given) -> None:
    if row.plan:
        plan_moves.out_of_plan(work, row)
    row.outcome = row.closed_at = row.closed_by_id = None
    _not_complete(row)
    row.impact = row.plan = ""


def _not_complete(row: Recommendation) -> None:
    """What was shown once does not show it again: the next completion brings evidence of its own."""
    row.completed_at = row.completed_by_id = row.impact_due_on = None
    row.evidence = ""


EFFECTS: dict[str, Callable[[Work, Recommendation, Given], None]] = {
    "accept": _accept,
    "dispute": _dispute,
    "settle": _settle,
    "refer_dispute": _refer_dispute,
    "settle_as_director": _settle,
    "partner": _partner,
    "partner_sent": _partner_sent,
    "partner_replied": _partner_replied,
    "tell_family": _tell_family,
    "name": _name,
    "start": _nothing,
    "progress": _progress,
    "complete": _complete,
    "verify": _verify,
    "cannot_be_known": _cannot_be_known,
    "not_seen": _not_seen,
    "extend": _extend,
    "move_to_plan": plan_moves.into_plan,
    "set_aside": _nothing,
    "reopen": _reopen,
}
