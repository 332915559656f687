"""The decision of the panel (R5): one agreed form, written in the meeting and confirmed by who chairs the item.

The form's answers: {"form": {part: answers of the moderation form}, "reasons": {section: why the grade moves},
"recommendations": {row key: {"what": keep, change or drop, "reason", "action", "impact", "owner", "due"}},
"added": [{"key", "level", "action", "impact", "owner", "due"}], "reached", "reached_reason", "themes": [text],
"dissents": {public id: words}}.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.panel import AgreedForm, PanelAction, PanelDissent, PanelItem, Reached
from app.models.people import Person
from app.models.recommendations import Level, Recommendation
from app.models.reviews import DecidedHow, Decision, GradeStage, Review
from app.policy.actor import Actor
from app.policy.panel import item_of
from app.services import gate, raising, settings
from app.services.form_versions import template_of
from app.services.panel_readings import Saved
from app.services.panel_steps import end_listing, lock_item, standing, take_item
from app.services.review_facts import grades_in
from app.services.steps import give_grade, lock_review, take
from app.services.unit_of_work import Stale, Work, digest, unit_of_work
from app.services.words import words
from forms import moderation as forms
from forms.answers import validate_answers
from forms.completeness import recommendation_rows
from workflows.engine import GuardFailed, NotPermitted, Reason, WrongStage
from workflows.permissions import Permission
from workflows.states import PanelItemState, ReadingState

WHAT = ("keep", "change", "drop")
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
    row.answers, row.version = _checked(item, answers), row.version + 1
    row.saved_at, row.saved_by_id = work.at, work.person_id
    work.add(row)
    session.expire(item, ["agreed"])
    work.record("panel_item.save_agreed", item, version=row.version, digest=digest(row.answers))
    return row


def _checked(item: PanelItem, answers: Answers) -> dict[str, Any]:
    """Only what the form asks, in its shape, so that nothing else is ever stored."""
    template = template_of(item.form_version)
    asked = {part.key for part in forms.asked(template_of(item.review.form_version), template)}
    given = answers.get("form") or {}
    return {
        "form": {part: validate_answers(template, part, given[part]) for part in given if part in asked},
        "reasons": {key: words(text, f"reason-{key}") for key, text in (answers.get("reasons") or {}).items()},
        "recommendations": {key: _checked_row(row, key) for key, row in (answers.get("recommendations") or {}).items()},
        "added": [
            {"key": str(row["key"]), "level": row.get("level", ""), **_checked_row(row, str(row["key"]))}
            for row in answers.get("added") or ()
        ],
        "reached": str(answers.get("reached") or ""),
        "reached_reason": words(answers.get("reached_reason"), "reached_reason"),
        "themes": [words(text, "themes", 200) for text in answers.get("themes") or () if text.strip()],
        "dissents": {key: words(text, f"dissent-{key}") for key, text in (answers.get("dissents") or {}).items()},
    }


def _checked_row(row: Mapping[str, Any], key: str) -> dict[str, str]:
    texts = {name: words(row.get(name), f"rec-{key}-{name}") for name in ("reason", "action", "impact")}
    return {"what": str(row.get("what") or ""), **texts, "owner": str(row.get("owner") or ""), "due": _day(row, key)}


def _day(row: Mapping[str, Any], key: str) -> str:
    try:
        return date.fromisoformat(row["due"]).isoformat() if row.get("due") else ""
    except (TypeError, ValueError) as error:
        raise GuardFailed(Reason("Enter the date as day, month and year.", f"rec-{key}-due")) from error


# --- what is still to do --------------------------------------------------------------------------------


def grades_missing(review: Review, item: PanelItem, answers: Answers) -> Iterator[Reason]:
    """R5: a final grade of every section, with the reason where it differs from the reviewer's."""
    own, template = template_of(review.form_version), template_of(item.form_version)
    finals = forms.grades(own, template, answers.get("form") or {})
    submitted = grades_in(own, item.revision.content["parts"])
    titles = {part.key: part.title for part in own.parts}
    for section, part in forms.sections(own, template).items():
        if section not in finals:
            yield Reason(f"{titles[section]}: give the final grade.", f"{part}-{forms.GRADE}")
        elif finals[section] != submitted.get(section) and not (answers.get("reasons") or {}).get(section):
            yield Reason(f"{titles[section]}: say why the grade moves.", f"reason-{section}")


def decision_missing(review: Review, item: PanelItem, answers: Answers) -> Iterator[Reason]:
    """How it was reached, each recommendation settled, whatever was added complete."""
    reached = answers.get("reached")
    if reached not in tuple(Reached):
        yield Reason("Say how the decision was reached.", "reached")
    elif reached == Reached.CHAIR_DECIDED and not answers.get("reached_reason"):
        yield Reason("The chair decided: give the reason.", "reached_reason")
    settled = answers.get("recommendations") or {}
    for row in open_rows(review, item):
        yield from _row_missing(row, settled.get(row["key"]) or {})
    for row in answers.get("added") or ():
        if not row.get("action") and (row.get("impact") or row.get("owner")):
            yield Reason("An added recommendation: say what should be done.", f"rec-{row['key']}-action")


def _row_missing(row: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Reason]:
    name, key = f"“{_short(row['action'])}”", row["key"]
    if given.get("what") not in WHAT:
        yield Reason(f"{name}: keep, change or drop this recommendation.", f"rec-{key}-what")
    elif given["what"] != "keep" and not given.get("reason"):
        yield Reason(f"{name}: give the reason.", f"rec-{key}-reason")
    elif given["what"] == "change" and not given.get("action"):
        yield Reason(f"{name}: write the recommendation as it is now.", f"rec-{key}-action")


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"


def open_rows(review: Review, item: PanelItem) -> list[dict[str, Any]]:
    """The recommendations the panel settles: those of the revision, and of an earlier decision what is still open.

    Each is {"key", "level", "action", "impact", "owner": public id, "due": date or None}.
    """
    raised = {row.row_key or str(row.id): row for row in _raised(review)}
    found = []
    for level, row in recommendation_rows(template_of(review.form_version), item.revision.content["parts"]):
        if row["key"] not in raised:
            found.append(
                {
                    **row,
                    "level": str(raising.LEVELS[level]),
                    "action": row.get("action") or "",
                    "impact": row.get("impact") or "",
                    "owner": row.get("owner") or "",
                    "due": date.fromisoformat(row["due"]) if row.get("due") else None,
                }
            )
    return found + [_as_row(key, row) for key, row in raised.items() if row.state in raising.OPEN]


def _as_row(key: str, row: Recommendation) -> dict[str, Any]:
    return {
        "key": key,
        "level": str(row.level),
        "action": row.action,
        "impact": row.effect,
        "owner": row.owner.public_id if row.owner else "",
        "due": row.due_on,
    }


def _raised(review: Review) -> list[Recommendation]:
    """Those an earlier decision raised, save the actions that arose at the panel."""
    arose = select(PanelAction.recommendation_id)
    query = select(Recommendation).where(Recommendation.review_id == review.id, Recommendation.id.not_in(arose))
    return list(session.scalars(query.order_by(Recommendation.id)))


# --- the decision ---------------------------------------------------------------------------------------


def decide(
    actor: Actor, review_id: int, version: int, *, expected_form: int | None = None, answers: Answers | None = None
) -> None:
    """Confirm: the final grades, the recommendations, the actions, the dissents, in one transaction.

    `answers`: saved first, from the page on which it was pressed, on top of form version `expected_form`.
    """
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, version)
        found = item_of(review)
        if found is None:
            raise WrongStage(Reason("This review is not before the panel."))
        item = work.lock(PanelItem, found.id)
        if answers is not None:
            gate.require(actor, Permission.CHAIR_ITEM, item)
            _keep(work, item, answers, expected_form or 0)
        given = item.agreed.answers if item.agreed else {}
        acting = standing(work, item)
        review.decided_at, review.decided_by_id, review.decided_how = work.at, actor.id, DecidedHow.PANEL
        take(
            work,
            review,
            "decide",
            acting=acting,
            final_grades_missing=tuple(grades_missing(review, item, given)),
            decision_missing=tuple(decision_missing(review, item, given)),
        )
        _close(work, review, item, given, acting)
        _final_grades(work, review, item, given)
        review.issue_due_on = settings.deadline(clock.today(), settings.load().issue_days)
        _settle(work, review, item, given)
        _actions(work, review, item, given)
        for public_id, text in given["dissents"].items():
            if text:
                _dissent(work, item, public_id, text)


def _close(work: Work, review: Review, item: PanelItem, given: Answers, acting: str) -> None:
    decision = work.add(
        Decision(
            review_id=review.id,
            revision_id=item.revision_id,
            how=DecidedHow.PANEL,
            person_id=work.person_id,
            acting=acting,
            reason=given["reached_reason"] or "Agreed by the panel.",
            decided_at=work.at,
        )
    )
    item.decided_at, item.decided_by_id, item.decision_id = work.at, work.actor.id, decision.id
    item.reached = Reached(given["reached"])
    take_item(work, item, "decide")
    end_listing(work, item, "decided")


def _final_grades(work: Work, review: Review, item: PanelItem, given: Answers) -> None:
    own, template = template_of(review.form_version), template_of(item.form_version)
    for section, grade in forms.grades(own, template, given["form"]).items():
        give_grade(work, item.revision, section, GradeStage.FINAL, grade, given["reasons"].get(section, ""))


def _settle(work: Work, review: Review, item: PanelItem, given: Answers) -> None:
    """Keep, change, drop and add: raised and agreed where new, changed in place where an earlier decision raised it."""
    known = {row.row_key or str(row.id): row for row in _raised(review)}
    for row in open_rows(review, item):
        answer, raised = given["recommendations"][row["key"]], known.get(row["key"])
        if raised is None:
            raising.raise_one(work, review, row, answer)
        else:
            raising.settle_again(work, raised, answer)
    for added in given["added"]:
        if added["action"]:
            raising.raise_one(work, review, {**added, "due": _date(added["due"])}, {"what": "keep"})


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _actions(work: Work, review: Review, item: PanelItem, given: Answers) -> None:
    """Actions arising go to the tracker, each with its link to this item (handbook 6)."""
    for row in (given["form"].get("actions") or {}).get("actions") or ():
        if row.get("action"):
            arising = {"key": f"panel-{item.id}-{row['key']}", "level": str(Level.SERVICE), "action": row["action"],
                       "impact": "", "owner": row.get("owner") or "", "due": None}  # fmt: skip
            made = raising.raise_one(work, review, arising, {"what": "keep"})
            session.add(PanelAction(item_id=item.id, recommendation_id=made.id, timescale=row.get("timescale") or ""))


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
