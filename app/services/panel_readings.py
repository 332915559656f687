"""Reading alone (R3): one person's form on one item, saved, submitted once, added to after the opening."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from app.extensions import session
from app.models.panel import PanelReading, ReadingAddition
from app.models.reviews import ConflictDeclaration, DeclarationStep, GradeStage
from app.policy.actor import Actor
from app.services import gate
from app.services.form_versions import template_of
from app.services.panel_facts import earlier, reading_facts
from app.services.panel_steps import fresh, let_in, lock_reading, take_reading
from app.services.steps import OfRevision, give_grades
from app.services.unit_of_work import Work, unit_of_work
from app.services.words import words
from forms import moderation as forms
from forms.answers import validate_answers
from workflows.engine import GuardFailed, Reason
from workflows.panel_guards import ReadingFacts
from workflows.permissions import Permission


class Saved(NamedTuple):
    """What a page says of a save: the version from now on, and when it was; read before the commit."""

    version: int
    at: datetime


def save(actor: Actor, reading_id: int, answers: Mapping[str, Any], *, expected_version: int) -> Saved:
    """Keep the form as it stands. Raises Stale where another window saved in between, Refused once it is final."""
    with unit_of_work(actor) as work:
        reading = _own(work, reading_id, expected_version, with_review=False)
        _keep(work, reading, answers)
        return Saved(reading.version, work.at)


def _own(work: Work, reading_id: int, expected: int, *, with_review: bool = True) -> PanelReading:
    """One's own reading, locked, of the version the page had. Whose it is comes first: Stale shows what was saved.
    A submitted reading is refused as such, not as a stale page."""
    reading = lock_reading(work, reading_id, with_review=with_review)
    gate.require(work.actor, Permission.READ_ALONE, reading)
    if reading.submitted_at is None:
        fresh(reading, expected)
    return reading


def _keep(work: Work, reading: PanelReading, answers: Mapping[str, Any]) -> ReadingFacts:
    """Save; the facts with these answers, which a submission in the same step asks as well."""
    form = template_of(reading.item.form_version)
    asked = {part.key for part in forms.asked(template_of(reading.item.review.form_version), form)}
    checked = {part: validate_answers(form, part, given) for part, given in answers.items() if part in asked}
    reading.answers, reading.saved_at = checked, work.at
    facts = reading_facts(reading)
    take_reading(work, reading, "save", facts=facts)
    return facts


def submit(actor: Actor, reading_id: int, *, expected_version: int, answers: Mapping[str, Any] | None = None) -> None:
    """Final: from now on it can be added to after the opening, and never changed. `answers`: saved with it first."""
    with unit_of_work(actor) as work:
        reading = _own(work, reading_id, expected_version)
        facts = _keep(work, reading, answers) if answers is not None else None
        _submit(work, reading, "submit", facts)


def _submit(work: Work, reading: PanelReading, trigger: str, facts: ReadingFacts | None = None) -> None:
    reading.submitted_at = work.at
    if reading.item.opened_at is not None:
        reading.counted = False  # made after the item was opened (handbook 2)
    take_reading(work, reading, trigger, facts=facts)
    item = reading.item
    review, form = template_of(item.review.form_version), template_of(item.form_version)
    comments = {
        section: str((reading.answers.get(part) or {}).get("comment") or "")
        for section, part in forms.sections(review, form).items()
    }
    given = OfRevision(item.review_id, item.revision_id)
    give_grades(work, given, GradeStage.READING, forms.grades(review, form, reading.answers), comments)
    session.flush()
    let_in(work, item)


def confirm(actor: Actor, reading_id: int, *, expected_version: int) -> None:
    """The earlier reading of this review stands for the text as it is now; the old one is kept (handbook 2)."""
    with unit_of_work(actor) as work:
        reading = _own(work, reading_id, expected_version)
        before = earlier(reading)
        if before is None:
            raise GuardFailed(Reason("You have no earlier reading of this review to confirm."))
        reading.answers, reading.saved_at, reading.confirms_id = before.answers, work.at, before.id
        reading.counted = reading.counted and before.counted
        _submit(work, reading, "confirm")


def excuse(actor: Actor, reading_id: int, *, reason: str) -> None:
    """The member does not count, and sees the readings after the decision; by the chair, the chair's by the Head."""
    reason = words(reason, "reason")
    with unit_of_work(actor) as work:
        reading = lock_reading(work, reading_id)
        gate.require(actor, Permission.EXCUSE_READER, reading)  # whose it is comes first: how far it is tells
        reading.excused_at, reading.excused_by_id, reading.excused_reason = work.at, actor.id, reason
        take_reading(work, reading, "excuse", {"reason": reason})


def invite_again(actor: Actor, reading_id: int) -> None:
    """Somebody who was excused can read after all, since the item is heard later."""
    with unit_of_work(actor) as work:
        reading = lock_reading(work, reading_id)
        gate.require(actor, Permission.EXCUSE_READER, reading)
        take_reading(work, reading, "invite_again")
        reading.excused_at = reading.excused_by_id = None


def declare_conflict(actor: Actor, reading_id: int, *, reason: str) -> None:
    """At any point: access to the review ends at once, and the Head of QA is told (R4). The text stays sealed."""
    reason = words(reason, "reason")
    with unit_of_work(actor) as work:
        reading = lock_reading(work, reading_id)
        gate.require(actor, Permission.LEAVE_ITEM, reading)
        if reason:
            _declare(work, reading, reason)
        reading.exempt_at, reading.exempt_why = work.at, "declared"
        reading.excused_at = reading.excused_by_id = reading.let_in_at = None
        take_reading(work, reading, "declare", {"reason": reason})


def _declare(work: Work, reading: PanelReading, reason: str) -> None:
    """Before the step, so that it is told to who acts as Head from now on, where it is the Head who is out."""
    work.add(
        ConflictDeclaration(
            review_id=reading.item.review_id,
            person_id=work.person_id,
            step=DeclarationStep.NAME,
            conflicted=True,
            reason=reason,
            at=work.at,
        )
    )


def add(actor: Actor, reading_id: int, *, text: str) -> None:
    """A later view beside one's own submitted reading: a second record, never a change (R3)."""
    text = words(text, "text")
    with unit_of_work(actor) as work:
        reading = lock_reading(work, reading_id)
        gate.require(actor, Permission.READ_ALONE, reading)
        take_reading(work, reading, "add", {"text": text})
        session.add(ReadingAddition(reading_id=reading.id, text=text, added_at=work.at))
