"""Every thing a person can do to a review or a recommendation, as a function that does it well or badly.

The walk and the matrix share these. `good` gives everything the action asks; otherwise something is left out,
late, or of an older version.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.plans import Plan
from app.models.recommendations import Recommendation
from app.models.reviews import ChildStatus, Response, ResponseItem, Review, RevisionKind, Stance
from app.policy.actor import Actor
from app.services import discussion, drafting, form_versions, issuing, joining, moderation, planning, recommendations
from app.services.review_facts import last_read, moderation_of
from tests.support.stages import answers, moderation_answers, response
from tests.support.world import World
from workflows.recommendation import OPEN

GRADES = ("inadequate", "requires_improvement", "good", "outstanding")
REVIEWERS = ("external.reviewer", "internal.reviewer", "yusuf.demir")
LONG = "x" * 200_000


@dataclass
class Move:
    """One attempt: by whom, on what, how well, and the dice for what is chosen."""

    world: World
    actor: Actor
    row: Any
    good: bool
    dice: Random

    @property
    def version(self) -> int:
        """What the page had: the present version, or now and then an older one."""
        stale = not self.good and self.dice.random() < 0.3
        return int(self.row.version) - (1 if stale else 0)

    def words(self, text: str = "Because the record says so.") -> str:
        return text if self.good else self.dice.choice([text, "", "   ", "\x00", LONG])

    def day(self, ahead: int = 0) -> date | None:
        right = clock.today() + timedelta(days=ahead)
        if self.good:
            return right
        return self.dice.choice([right, None, date(2019, 2, 28), clock.today() + timedelta(days=400)])

    def pick(self, *choices: Any) -> Any:
        return self.dice.choice(choices)


def plan(move: Move) -> None:
    number = move.dice.randrange(10**9)
    planning.plan_review(
        move.actor,
        planning.Plan(
            child=planning.NewChild(
                case_system_id=move.pick(f"WALK{number}", "WALK1"),
                name=move.pick("Wren Alder", "Ivo Marlow") if move.good else move.pick("Wren Alder", "123", ""),
                born_on=date(2016, 5, 4) if move.good else move.pick(date(2016, 5, 4), None, date(2090, 1, 1)),
            ),
            child_status=ChildStatus.CHILD_IN_NEED,
            reviewer=move.world.public_id(move.pick(*REVIEWERS)),
            worker=move.world.public_id(move.pick("worker", "siobhan.doyle", "joseph.mbeki", "luke.tranter")),
            line_manager=move.world.public_id(move.pick("manager", "mei.chen", "head.service", "worker")),
            independent_chair=move.world.public_id("head.qa") if move.dice.random() < 0.2 else None,
            planned_month=date(2026, 11, 1),
            form_version=form_versions.find("practice-review-small", "1").public_id,
        ),
    )


def declare(move: Move) -> None:
    conflicted = not move.good and move.dice.random() < 0.2
    planning.declare(move.actor, move.row.id, conflicted=conflicted, reason=move.words())


def start(move: Move) -> None:
    planning.start(move.actor, move.row.id, move.version)


def reassign(move: Move) -> None:
    to = move.world.public_id(move.pick(*REVIEWERS, "worker")) if move.good else move.pick("nobody", "")
    planning.reassign(move.actor, move.row.id, move.version, new_reviewer=to, reason=move.words())


def save_part(move: Move) -> None:
    given = answers(move.world, move.pick(*GRADES), owner=move.pick("worker", "manager", "siobhan.doyle"))
    if move.dice.random() < 0.5:  # a recommendation that nobody owns yet is allowed
        given["recommendations"]["child_level"][0]["owner"] = None
    part = move.pick(*given)
    held = {saved.part: saved.version for saved in move.row.parts}
    if move.good:
        part = next((each for each in given if each not in held or not held_grade(move.row, each)), part)
    else:
        given[part] = move.pick(given[part], {}, {**given[part], "evidence": move.pick("x", "", 7, LONG)})
    version = held.get(part, 0) + (0 if move.good else move.pick(0, 0, 1, -1))
    drafting.save_part(move.actor, move.row.id, part, given[part], expected_version=version)


def held_grade(review: Review, part: str) -> bool:
    saved = next(row for row in review.parts if row.part == part)
    return "grade" not in saved.answers or bool(saved.answers["grade"])


def share(move: Move) -> None:
    drafting.share(move.actor, move.row.id, move.version)


def amend(move: Move) -> None:
    drafting.amend(move.actor, move.row.id, move.version)


def take_back(move: Move) -> None:
    drafting.take_back(move.actor, move.row.id, move.version, reason=move.words())


def save_response(move: Move) -> None:
    discussion.save_draft(move.actor, move.row.id, {"proud_of": move.words()}, expected_version=0)


def respond(move: Move) -> None:
    read = last_read(move.row)
    number = read.number if read else 0
    stance = move.pick("agree", "agree", "agree", "correction", "disagree")
    given = response(move.row, stance, move.words("The visit of 3 June is missing."))
    if not move.good:
        given = move.pick(given, {}, {"parts": {"journey": {"stance": "maybe"}}}, {"parts": {"no_part": {}}})
        number += move.pick(0, 0, 1)
    discussion.respond(move.actor, move.row.id, given, revision_number=number)


def answer(move: Move) -> None:
    items = open_items(move.row)
    item_id = items[0] if items else 999
    reply = move.pick("corrected", "kept") if move.good else move.pick("corrected", "kept", "perhaps")
    drafting.answer(move.actor, move.row.id, item_id, reply=reply, text=move.words())


def open_items(review: Review) -> list[int]:
    query = (
        select(ResponseItem.id)
        .join(ResponseItem.response)
        .where(Response.review_id == review.id, ResponseItem.stance != Stance.AGREE, ResponseItem.reply.is_(None))
    )
    return list(session.scalars(query))


def log_attempt(move: Move) -> None:
    who = move.pick("worker", "line_manager") if move.good else move.pick("worker", "the cat", "")
    drafting.log_attempt(move.actor, move.row.id, as_who=who, how=move.words("A call to the office."))


def submit(move: Move) -> None:
    drafting.submit(move.actor, move.row.id, move.version)


def save_moderation(move: Move) -> None:
    """The reviewer's grades agreed, or (done badly) anything."""
    row = moderation_of(move.row)
    given = moderation_answers(move.row)
    submitted = [each for each in move.row.revisions if each.kind is RevisionKind.SUBMITTED]
    if submitted and move.good:
        for part, view in given["views"].items():
            view["grade"] = submitted[-1].content["parts"][part]["grade"]
    elif not move.good:
        given = move.pick(given, {}, {**given, "views": {part: {"grade": "superb"} for part in given["views"]}})
    version = (row.version if row else 0) + (0 if move.good else move.pick(0, 0, 1))
    moderation.save(move.actor, move.row.id, given, expected_version=version)


def return_(move: Move) -> None:
    moderation.return_to_reviewer(
        move.actor, move.row.id, move.version, reason=move.words(), part_reasons={"journey": move.words()}
    )


def agree_without_panel(move: Move) -> None:
    moderation.agree_without_panel(move.actor, move.row.id, move.version, reason=move.words())


def issue(move: Move) -> None:
    issuing.issue(
        move.actor, move.row.id, move.version,
        sent_on=move.day(), tracker_meeting_on=move.day(20), told_by=move.words("Nasreen Qureshi"), told_on=move.day(),
    )  # fmt: skip


def record_upload(move: Move) -> None:
    issuing.record_upload(move.actor, move.row.id, move.version, uploaded_on=move.day())


def record_supervision(move: Move) -> None:
    issuing.record_supervision(move.actor, move.row.id, move.version, supervision_on=move.day())


def close(move: Move) -> None:
    issuing.close(move.actor, move.row.id, move.version)


def correct(move: Move) -> None:
    issuing.correct(move.actor, move.row.id, move.version, text=move.words(), reason=move.words())


def reopen(move: Move) -> None:
    issuing.reopen(move.actor, move.row.id, move.version, reason=move.words())


def reopen_moderation(move: Move) -> None:
    moderation.reopen(move.actor, move.row.id, move.version, reason=move.words())


def withdraw(move: Move) -> None:
    issuing.withdraw(move.actor, move.row.id, move.version, reason=move.words())


REVIEW_STEPS: dict[str, Callable[[Move], None]] = {
    "start": start,
    "reassign": reassign,
    "share": share,
    "respond": respond,
    "amend": amend,
    "take_back": take_back,
    "submit": submit,
    "return": return_,
    "agree_without_panel": agree_without_panel,
    "issue": issue,
    "record_upload": record_upload,
    "record_supervision": record_supervision,
    "close": close,
    "correct": correct,
    "reopen": reopen,
    "reopen_moderation": reopen_moderation,
    "withdraw": withdraw,
}
REVIEW_SAVES: dict[str, Callable[[Move], None]] = {
    "plan": plan,
    "declare": declare,
    "save_part": save_part,
    "save_response": save_response,
    "answer": answer,
    "attempt": log_attempt,
    "save_moderation": save_moderation,
}
REVIEW_MOVES = {**REVIEW_STEPS, **REVIEW_SAVES}
RECOMMENDATION_STEPS = (*recommendations.EFFECTS, *sorted(recommendations.JOINING))


def given_for(move: Move, trigger: str) -> dict[str, Any]:
    """What is typed with a step of a recommendation."""
    row: Recommendation = move.row
    given: dict[str, Any] = {
        "text": move.words(), "reason": move.words(), "evidence": move.words(), "impact": move.words(),
        "plan": session.scalar(select(Plan.public_id)) if move.good else move.words("No plan"),
        "action": move.words("Ring the school each Friday."),
        "due_on": move.day(30),
        "agency": move.words("The school nursing service"), "family_words": move.words("Somebody rings each Friday."),
        "sent_on": move.day(), "replied_on": move.day(), "told_on": move.day(),
    }  # fmt: skip
    given |= {
        "agency": move.words("The school"), "contact": move.words("The head"),
        "route": move.pick("direct", "partnership"),
        "reply": move.pick("accepted", "declined", "escalated"), "sent_on": move.row.partner_sent_on or move.day(),
        "replied_on": move.day(), "family_words": move.words("You have one person to ring."), "told_on": move.day(),
        "director": move.world.public_id("director"),
    }  # fmt: skip
    if not move.good:
        given |= {"route": move.pick("direct", "by post", ""), "reply": move.pick("accepted", "perhaps", None)}
    if trigger == "progress":
        given["forecast"] = move.pick("on_track", "at_risk", None) if move.good else move.pick("sunny", "on_track")
    if trigger == "partner":
        given["route"] = move.pick("direct", "partnership") if move.good else move.pick("direct", "pigeon", "")
    if trigger == "partner_replied":
        given["reply"] = move.pick("accepted", "declined") if move.good else move.pick("accepted", "perhaps", "")
    if trigger == "refer_dispute":
        given["director"] = move.world.public_id("director" if move.good else "worker")
    if trigger in ("name", "settle", "settle_as_director"):
        given["owner"] = move.world.public_id("worker") if move.good else move.pick("nobody", None)
        given["verifier"] = move.world.public_id(move.pick("manager", "head.qa")) if move.good else given["owner"]
    if not move.good and row.owner is not None and move.dice.random() < 0.3:
        given["owner"] = given["verifier"] = row.owner.public_id
    return given


def joins(move: Move) -> str:
    """With which: any open one of another address, or (done badly) any at all."""
    rows = session.execute(select(Recommendation.public_id, Recommendation.state, Recommendation.review_id)).all()
    if move.good:
        return str(move.pick(*(likely(move.actor, move.row) or [""])))
    return str(move.pick("", "nobody", *(row.public_id for row in rows)))


def likely(actor: Actor, recommendation: Recommendation) -> list[str]:
    """Those it may be joined with now: open and issued both, the Head's of both, and the newer with none in it."""
    query = select(Recommendation).where(Recommendation.state.in_(OPEN), Recommendation.id != recommendation.id)
    taken = set(
        session.scalars(select(Recommendation.joined_into_id).where(Recommendation.joined_into_id.is_not(None)))
    )
    found = []
    for other in session.scalars(query.order_by(Recommendation.id)):
        kept, aside = sorted((recommendation, other), key=lambda row: (row.raised_at, row.id))
        issued = all(row.review is None or row.review.issued_at is not None for row in (kept, aside))
        if issued and aside.id not in taken and recommendations.may_steer(actor, other):
            found.append(other.public_id)
    return found


def act(move: Move, trigger: str) -> None:
    """One step of a recommendation."""
    if trigger == joining.JOIN:
        joining.join(move.actor, move.row.id, move.version, joins(move), move.words())
        return
    if trigger in joining.PART:
        joining.part(move.actor, move.row.id, move.version, move.words())
        return
    recommendations.act(move.actor, move.row.id, trigger, move.version, given_for(move, trigger))
