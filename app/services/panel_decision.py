"""The decision of the panel (R5): one agreed form, written in the meeting and confirmed by who chairs the item."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from app import clock
from app.extensions import session
from app.models.panel import AgreedForm, PanelAction, PanelDissent, PanelItem, Reached
from app.models.people import Person
from app.models.recommendations import Level, Recommendation
from app.models.reviews import DecidedHow, Decision, GradeStage, Review
from app.policy.actor import Actor
from app.policy.panel import had_panel, item_of
from app.services import gate, raising, settings
from app.services.form_versions import template_of
from app.services.panel_agreed import (
    Rows,
    arising,
    checked,
    decision_missing,
    grades_missing,
    open_rows,
    owners_named,
    raised_by,
)
from app.services.panel_readings import Saved
from app.services.panel_steps import end_listing, lock_item, standing, take_item
from app.services.steps import give_grades, take
from app.services.unit_of_work import Stale, Work, digest, into, unit_of_work
from app.services.words import words
from forms import moderation as forms
from workflows.engine import GuardFailed, NotPermitted, Reason, WrongStage
from workflows.permissions import Permission
from workflows.states import PanelItemState, ReadingState

__all__ = [
    "decide",
    "decision_missing",
    "dissent",
    "grades_missing",
    "may_dissent",
    "may_record_own",
    "open_rows",
    "save",
]

Answers = Mapping[str, Any]


def save(actor: Actor, item_id: int, answers: Answers, *, expected_version: int) -> Saved:
    """Keep the form as it stands in the meeting. Version 0 for a first save; Stale where another window saved."""
    with unit_of_work(actor) as work:
        item = lock_item(work, item_id, with_review=False)
        gate.require(actor, Permission.CHAIR_ITEM, item)
        form = _keep(work, item, answers, expected_version)
        return Saved(form.version, work.at)


def _keep(work: Work, item: PanelItem, answers: Answers, expected: int) -> AgreedForm:
    if item.state is not PanelItemState.DISCUSSING:
        raise WrongStage(Reason("This item is not under discussion now."))
    row = item.agreed
    if row is not None and row.version != expected:
        raise Stale(row, expected)
    row = row or AgreedForm(item_id=item.id, version=0)
    row.answers, row.version = checked(item, answers), row.version + 1
    row.saved_at, row.saved_by_id = work.at, work.person_id
    work.add(row)
    set_committed_value(item, "agreed", row)
    work.record("panel_item.save_agreed", item, version=row.version, digest=digest(row.answers))
    return row


# --- the decision ---------------------------------------------------------------------------------------


def decide(
    actor: Actor, review_id: int, version: int, *, expected_form: int | None = None, answers: Answers | None = None
) -> None:
    """Confirm: the final grades, the recommendations, the actions, the dissents, in one transaction.

    `expected_form`: the version of the agreed form that was looked at; Stale where another window saved since.
    `answers`: saved first, on top of that version. Whose it is comes first: being stale tells that there is something.
    """
    with unit_of_work(actor) as work:
        review = work.lock(Review, review_id, options=WITH_RULES)
        item = _lock_item_of(review)
        gate.require(actor, Permission.CHAIR_ITEM, item)
        if review.version != version:
            raise Stale(review, version)
        if answers is not None:
            _keep(work, item, answers, expected_form or 0)
        elif expected_form is not None and item.agreed is not None and item.agreed.version != expected_form:
            raise Stale(item.agreed, expected_form)
        given = item.agreed.answers if item.agreed else {}
        raised = raised_by(review)
        rows = open_rows(review, item, raised)
        people = owners_named(rows, given)
        acting = standing(work, item)
        review.decided_at, review.decided_by_id, review.decided_how = work.at, actor.id, DecidedHow.PANEL
        take(
            work,
            review,
            "decide",
            acting=acting,
            final_grades_missing=tuple(grades_missing(review, item, given)),
            decision_missing=tuple(decision_missing(rows, given, people)),
        )
        _close(work, review, item, given, acting)
        _final_grades(work, review, item, given)
        review.issue_due_on = settings.deadline(clock.today(), settings.load().issue_days)
        new = sum(row["key"] not in raised for row in rows) + len(_added(given)) + len(arising(given))
        together = raising.Together.of(review, people, new)
        _settle(work, review, item, given, rows, raised, together)
        _actions(work, review, item, given, together)
        for public_id, text in given["dissents"].items():
            if text:
                _dissent(work, item, public_id, text)


# What the rules of a decision ask of its review: read with it, or each would be asked for by itself.
WITH_RULES = (
    joinedload(Review.form_version),
    joinedload(Review.worker).load_only(Person.line_manager_id),
    joinedload(Review.line_manager).load_only(Person.line_manager_id),
)
LATEST = select(PanelItem.id).where(PanelItem.review_id == bindparam("review"), PanelItem.latest).with_for_update()


def _lock_item_of(review: Review) -> PanelItem:
    """The latest item, locked first and read after: PostgreSQL joins to a row it had to wait for what stood before."""
    held = session.scalar(LATEST, {"review": review.id}) if had_panel(review) else None
    item = item_of(review, with_texts=True) if held is not None else None
    if item is None or item.id != held:
        raise WrongStage(Reason("This review is not before the panel."))
    return item


MADE = into(Decision).returning(Decision.id)


def _close(work: Work, review: Review, item: PanelItem, given: Answers, acting: str) -> None:
    decision = {
        "review_id": review.id,
        "revision_id": item.revision_id,
        "how": DecidedHow.PANEL,
        "person_id": work.person_id,
        "acting": acting,
        "reason": given["reached_reason"] or "Agreed by the panel.",
        "decided_at": work.at,
    }
    item.decision_id = session.execute(MADE, decision).scalar_one()
    item.decided_at, item.decided_by_id = work.at, work.actor.id
    item.reached = Reached(given["reached"])
    take_item(work, item, "decide")
    end_listing(work, item, "decided")


def _final_grades(work: Work, review: Review, item: PanelItem, given: Answers) -> None:
    own, template = template_of(review.form_version), template_of(item.form_version)
    give_grades(work, item.revision, GradeStage.FINAL, forms.grades(own, template, given["form"]), given["reasons"])


def _settle(
    work: Work,
    review: Review,
    item: PanelItem,
    given: Answers,
    rows: Rows,
    known: Mapping[str, Recommendation],
    together: raising.Together,
) -> None:
    """Keep, change, drop and add: raised and agreed where new, changed in place where an earlier decision raised it."""
    for row in rows:
        answer, raised = given["recommendations"][row["key"]], known.get(row["key"])
        if raised is None:
            raising.raise_one(work, review, row, answer, together)
        else:
            raising.settle_again(work, raised, answer)
    for row in _added(given):
        key = f"added_{item.id}_{row['key']}"  # a decision that is reopened may add another
        words = {**row, "key": key, "due": _date(row["due"])}
        raising.raise_one(work, review, words, {"what": "keep"}, together)


def _added(given: Answers) -> list[Mapping[str, Any]]:
    return [row for row in given["added"] if row["action"]]


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _actions(work: Work, review: Review, item: PanelItem, given: Answers, together: raising.Together) -> None:
    """Actions arising go to the tracker, each with its link to this item (handbook 6)."""
    for row in arising(given):
        wanted = {"key": f"panel_{item.id}_{row['key']}", "level": str(Level.SERVICE), "action": row["action"],
                  "impact": "", "owner": row.get("owner") or "", "due": None}  # fmt: skip
        made = raising.raise_one(work, review, wanted, {"what": "keep"}, together)
        action = {"item_id": item.id, "timescale": row.get("timescale") or ""}
        work.line(PanelAction, made, "recommendation_id", action)


# --- dissent --------------------------------------------------------------------------------------------


def _dissent(work: Work, item: PanelItem, public_id: str, text: str) -> None:
    person = session.scalars(select(Person).where(Person.public_id == public_id)).one_or_none()
    if person is None or person.id not in may_dissent(item):
        raise GuardFailed(Reason("A dissent is a member's who took part, or the reviewer's.", f"dissent-{public_id}"))
    _record(work, item, person.id, text)


def _record(work: Work, item: PanelItem, person_id: int, text: str) -> None:
    if any(row.person_id == person_id for row in item.dissents):
        raise GuardFailed(Reason("This dissent is recorded already.", "text"))
    session.add(
        PanelDissent(
            item_id=item.id, person_id=person_id, text=text, recorded_at=work.at, recorded_by_id=work.person_id
        )
    )
    session.flush()
    session.expire(item, ["dissents"])
    work.record("panel_item.dissent", item, digest=digest(text))


def may_dissent(item: PanelItem) -> list[int]:
    """The members who took part in the discussion, and the reviewer (R5)."""
    took_part = [
        row.person_id for row in item.readings if row.let_in_at is not None and row.state is ReadingState.SUBMITTED
    ]
    return list(dict.fromkeys([*took_part, item.review.reviewer_id]))


def dissent(actor: Actor, item_id: int, *, text: str) -> None:
    """One's own dissent in one's own words, after the decision and until the review is issued."""
    text = words(text, "text")
    with unit_of_work(actor) as work:
        item = lock_item(work, item_id)
        if not may_record_own(actor, item):
            raise NotPermitted(Reason("A dissent is recorded by who took part, after the decision and before issue."))
        if not text:
            raise GuardFailed(Reason("Write what you do not agree with, and why.", "text"))
        _record(work, item, work.person_id, text)


def may_record_own(actor: Actor, item: PanelItem) -> bool:
    """Whether this person may still have a dissent recorded."""
    open_to = item.latest and item.state is PanelItemState.DECIDED and item.review.issued_at is None
    mine = actor.id is not None and actor.id in may_dissent(item)
    return open_to and mine and all(row.person_id != actor.id for row in item.dissents)
