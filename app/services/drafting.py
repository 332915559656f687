"""The reviewer's side: saving parts, sharing, amending, answering, submitting."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from app import clock
from app.extensions import session
from app.models.reviews import (
    ContactAttempt,
    PanelDraw,
    ReplyKind,
    RespondsAs,
    Response,
    ResponseItem,
    Review,
    ReviewPart,
    RevisionKind,
    Stance,
)
from app.policy.actor import Actor
from app.services import gate, settings
from app.services.form_versions import template_of
from app.services.review_facts import answers_of, grades_in
from app.services.steps import lock_review, snapshot, take
from app.services.unit_of_work import NotFound, Stale, Work, digest, unit_of_work
from app.services.words import words
from forms.answers import validate_answers
from workflows.engine import GuardFailed, NotPermitted, Reason
from workflows.permissions import Permission

INADEQUATE = 1
DRAW = random.SystemRandom()  # the operating system's source: nobody can foresee or repeat the draw


_OTHER = aliased(Review)
# Made once: a draft saves itself every few seconds, and putting these together takes as long as asking them.
_WITH_SIBLINGS = (
    select(Review)
    .where(
        or_(
            Review.id == bindparam("review"),
            Review.sibling_set == select(_OTHER.sibling_set).where(_OTHER.id == bindparam("review")).scalar_subquery(),
        )
    )
    .order_by(Review.id)
    .options(joinedload(Review.form_version, innerjoin=True), selectinload(Review.declarations))
    .with_for_update(of=Review)
    .execution_options(populate_existing=True)
)
_PART = (
    select(ReviewPart)
    .where(ReviewPart.review_id == bindparam("review"), ReviewPart.part == bindparam("part"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


class Saved(NamedTuple):
    """What a page says of a save: the part's version from now on, and when it was. Read before the commit, after
    which the row would have to be asked for again."""

    version: int
    at: datetime


def save_part(actor: Actor, review_id: int, part: str, answers: Mapping[str, Any], *, expected_version: int) -> Saved:
    """Save one part of the draft. `expected_version` is 0 for a part nobody has saved yet.

    Raises Stale where somebody saved in between (nothing is overwritten), forms.answers.AnswerError for
    answers of the wrong shape, NotPermitted outside drafting and discussion.
    """
    with unit_of_work(actor) as work:
        review, siblings = _lock_with_siblings(review_id)
        if not gate.allows(work.actor, Permission.EDIT_DRAFT, review):
            raise NotPermitted(Reason("The draft cannot be changed now: it is no longer with you."))
        template = template_of(review.form_version)
        if part not in {each.key for each in template.parts}:
            raise NotFound(f"There is no part {part[:60]} in this form.")
        checked = validate_answers(template, part, answers)
        row = _lock_part(review, part, expected_version)
        if row is not None and row.answers == checked:
            return Saved(row.version, row.saved_at)
        saved = _write(work, review, part, checked, row)
        if template.part(part).kind == "feedback":
            _write_in_siblings(work, siblings, part, checked)
        return Saved(saved.version, saved.saved_at)


def _write(work: Work, review: Review, part: str, checked: Any, row: ReviewPart | None) -> ReviewPart:
    row = row or ReviewPart(review_id=review.id, part=part, version=0)
    row.answers, row.version = checked, row.version + 1
    row.saved_at, row.saved_by_id = work.at, work.person_id
    work.add(row)
    work.record("review.save_part", review, part=part, part_version=row.version, digest=digest(checked))
    return row


def _lock_with_siblings(review_id: int) -> tuple[Review, list[Review]]:
    """The review and the others of its set, locked in one order, so that two savers never wait in a ring."""
    locked = {each.id: each for each in session.scalars(_WITH_SIBLINGS, {"review": review_id})}
    if review_id not in locked:
        raise NotFound(f"Review {review_id}")
    return locked.pop(review_id), list(locked.values())


def _write_in_siblings(work: Work, siblings: list[Review], part: str, checked: Any) -> None:
    """What family, worker and manager said of brothers and sisters is written once and shown in each."""
    for sibling in siblings:
        if gate.allows(work.actor, Permission.EDIT_DRAFT, sibling):
            found = next((row for row in sibling.parts if row.part == part), None)
            if found is None or found.answers != checked:
                _write(work, sibling, part, checked, found)


def _lock_part(review: Review, part: str, expected: int) -> ReviewPart | None:
    row = session.scalars(_PART, {"review": review.id, "part": part}).one_or_none()
    if row is not None and row.version != expected:
        raise Stale(row, expected)
    if row is None and expected:
        raise NotFound(f"part {part}")
    return row


def share(actor: Actor, review_id: int, version: int) -> None:
    """Let the worker and the line manager read the draft; their window to respond begins."""
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, version)
        again = any(revision.kind is RevisionKind.SHARED for revision in review.revisions)
        take(work, review, "share")
        values = settings.load()
        days = values.redraft_shared_days if again else values.response_days
        review.responses_due_on = settings.deadline(clock.today(), days)
        snapshot(work, review, RevisionKind.SHARED)


def amend(actor: Actor, review_id: int, version: int) -> None:
    """Show the worker and the manager what was changed in place, as a new revision."""
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, version)
        take(work, review, "amend")
        snapshot(work, review, RevisionKind.AMENDED)


def take_back(actor: Actor, review_id: int, version: int, *, reason: str) -> None:
    """Back to drafting for a redraft; what was shared and answered stays in the history."""
    reason = words(reason, "reason")
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, version)
        take(work, review, "take_back", {"reason": reason})
        review.due_on = settings.deadline(clock.today(), settings.load().redraft_days)


def answer(actor: Actor, review_id: int, item_id: int, *, reply: str, text: str) -> None:
    """The reviewer's answer to one correction or disagreement: corrected, or kept with a reason."""
    answer_all(actor, review_id, {item_id: (reply, text)})


def answer_all(actor: Actor, review_id: int, answers: Mapping[int, tuple[str, str]]) -> None:
    """Several answers at once: all of them are kept, or none and every reason is said."""
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, None)
        gate.require(actor, Permission.ANSWER_RESPONSE, review)
        reasons: list[Reason] = []
        for item_id, (reply, text) in answers.items():
            reasons.extend(_answer(work, review, item_id, reply, text))
        if reasons:
            raise GuardFailed(*reasons)


def _answer(work: Work, review: Review, item_id: int, reply: str, text: str) -> list[Reason]:
    """Keep one answer; or why it cannot be kept, naming its field."""
    item = _item(work, review, item_id)
    said = words(text, f"reply-{item_id}-reply_text").strip()
    if item.reply is not None:
        return [Reason("This was answered meanwhile. Read the answer before you add to it.", f"reply-{item_id}-reply")]
    if reply not in tuple(ReplyKind):
        return [Reason("Say whether you corrected it or kept it.", f"reply-{item_id}-reply")]
    kind = ReplyKind(reply)
    if kind is ReplyKind.KEPT and not said:
        return [Reason("Give the reason for keeping it.", f"reply-{item_id}-reply_text")]
    item.reply, item.reply_text = kind, said
    item.replied_at, item.replied_by_id = work.at, work.actor.id
    work.record("review.answer", review, item=item.id, reply=str(kind), digest=digest(said))
    return []


def _item(work: Work, review: Review, item_id: int) -> ResponseItem:
    item = work.lock(ResponseItem, item_id)
    response = session.get(Response, item.response_id)
    if response is None or response.review_id != review.id or item.stance is Stance.AGREE:
        raise NotFound(f"response item {item_id}")
    return item


def log_attempt(actor: Actor, review_id: int, *, as_who: str, how: str) -> None:
    """A try to reach somebody who has not responded, so that submission need not wait for ever."""
    how = words(how, "attempts", 200)
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, None)
        gate.require(actor, Permission.ANSWER_RESPONSE, review)
        if as_who not in tuple(RespondsAs) or not how.strip():
            raise GuardFailed(Reason("Say whom you tried to reach, and how.", "attempts"))
        attempt = ContactAttempt(
            review_id=review.id,
            as_who=RespondsAs(as_who),
            how=how,
            tried_on=clock.today(),
            logged_at=work.at,
            logged_by_id=work.actor.id,
        )
        work.add(attempt)
        work.record("review.attempt", review, as_who=as_who)


def submit(actor: Actor, review_id: int, version: int) -> None:
    """Send the review to the Head of QA: the last revision is made and the draw for the panel is held."""
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, version)
        review.submitted_at, review.submitted_by_id = work.at, work.actor.id
        _hold_draw(work, review)
        take(work, review, "submit")
        review.moderation_due_on = settings.deadline(clock.today(), settings.load().moderation_days)
        snapshot(work, review, RevisionKind.SUBMITTED)


def _hold_draw(work: Work, review: Review) -> None:
    """By the panel rule, once: a resubmission keeps its draw, save that an inadequate grade always counts."""
    rule = settings.load().panel_rule
    if review.panel_draw in (None, PanelDraw.NOT_SAMPLED) and rule.kind == "sample" and _any_inadequate(review):
        drawn, number = PanelDraw.INADEQUATE, None
    elif review.panel_draw is not None:
        return
    elif rule.kind == "sample":
        number = DRAW.randrange(100)
        drawn = PanelDraw.SAMPLED if number < rule.percent else PanelDraw.NOT_SAMPLED
    else:
        drawn, number = (PanelDraw.ALL if rule.kind == "all" else PanelDraw.NO_PANEL), None
    review.panel_draw, review.drawn_at, review.drawn_by_id = drawn, work.at, work.actor.id
    work.record("review.draw", review, rule=rule.kind, percent=rule.percent, number=number, drawn=str(drawn))


def _any_inadequate(review: Review) -> bool:
    """R13: without an overall grade a review counts as inadequate if any section is; so it does with one."""
    grades = grades_in(template_of(review.form_version), answers_of(review))
    return INADEQUATE in grades.values()
