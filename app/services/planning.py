"""Planning a review: the child, the people, the month; and the first two declarations (R4, R7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError

from app import clock, working_days
from app.extensions import session
from app.models.base import new_public_id
from app.models.forms import FormState, FormTemplateVersion
from app.models.people import Person, RoleName
from app.models.records import Counter
from app.models.reviews import (
    Child,
    ChildStatus,
    ConflictDeclaration,
    DeclarationStep,
    LookBackWorker,
    Review,
    ReviewerKind,
    ReviewerSpell,
    RevisionKind,
)
from app.policy.actor import Actor
from app.policy.conflicts import reviewer_conflicts
from app.policy.rules import has_declared_conflict
from app.services import gate, settings
from app.services.form_versions import published, template_of
from app.services.steps import lock_review, person_by_public_id, snapshot, take
from app.services.unit_of_work import Work, unit_of_work
from app.services.words import words
from workflows.engine import GuardFailed, NotPermitted, Reason
from workflows.permissions import Permission
from workflows.states import ReviewState

OLDEST = 25  # a care leaver is reviewed up to 25
MONTHS_BACK, MONTHS_AHEAD = 12, 24


@dataclass(frozen=True, kw_only=True)
class NewChild:
    """A child as the case system has one: a date of birth, or an expected one for an unborn child."""

    case_system_id: str
    name: str
    born_on: date | None = None
    expected_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the Head of QA decides when planning; people by public id."""

    child: NewChild
    child_status: str
    reviewer: str
    worker: str
    line_manager: str
    planned_month: date
    case_open: bool = True
    theme: str = ""
    independent_chair: str | None = None
    look_back_workers: Sequence[str] = ()
    asked: Sequence[str] = field(default=())
    form_version: str | None = None
    sibling_of: str | None = None


def plan_review(actor: Actor, plan: Plan) -> Review:
    """Put one review into the programme. Raises GuardFailed with every reason, each naming its field."""
    plan = _cleaned(plan)
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.PLAN_REVIEW)
        people = _People.of(plan)
        if reasons := [*people.reasons(), *child_reasons(plan.child), *_month_reasons(plan.planned_month)]:
            raise GuardFailed(*reasons)
        review = work.add(_new_review(work, plan, people, put_child(work, plan.child)))
        for person in people.look_back:
            session.add(LookBackWorker(review_id=review.id, person_id=person.id, asked=person.public_id in plan.asked))
        session.add(ReviewerSpell(review_id=review.id, person_id=people.reviewer.id, from_at=work.at))
        if plan.sibling_of:
            _join_siblings(work, review, plan.sibling_of)
        work.record("review.plan", review, version=review.version)
        work.tell([people.reviewer.id], "review.plan", review)
        return review


def _join_siblings(work: Work, review: Review, public_id: str) -> None:
    """A sibling group is a linked set: one review each, the same reviewer, heard together (handbook 1)."""
    found = session.scalars(select(Review.id).where(Review.public_id == public_id)).one_or_none()
    if found is None:
        raise GuardFailed(Reason("There is no such review to join.", "case_system_id"))
    other = lock_review(work, found, None)
    if other.state not in (ReviewState.PLANNED, ReviewState.DRAFTING):
        raise GuardFailed(Reason("The brother's or sister's review has gone too far to be joined.", "case_system_id"))
    if other.child_id == review.child_id:
        raise GuardFailed(Reason("This is the same child.", "case_system_id"))
    if other.reviewer_id != review.reviewer_id:
        raise GuardFailed(Reason("Brothers and sisters have the same reviewer.", "reviewer"))
    if other.form_version_id != review.form_version_id:
        raise GuardFailed(Reason("Brothers and sisters are reviewed on the same form.", "form_version"))
    other.sibling_set = review.sibling_set = other.sibling_set or new_public_id()
    session.flush()
    work.record("review.join_siblings", review, other=other.id)


def _cleaned(plan: Plan) -> Plan:
    """What was typed, as long as its columns and without what a database cannot hold."""
    child = plan.child
    named = replace(
        child,
        case_system_id=words(child.case_system_id, "case_system_id", 40),
        name=words(child.name, "child_name", 120),
    )
    return replace(plan, child=named, theme=words(plan.theme, "theme", 200))


@dataclass(frozen=True)
class _People:
    reviewer: Person
    worker: Person
    line_manager: Person
    chair: Person | None
    look_back: list[Person]

    @classmethod
    def of(cls, plan: Plan) -> _People:
        return cls(
            reviewer=person_by_public_id(plan.reviewer, "reviewer"),
            worker=person_by_public_id(plan.worker, "worker"),
            line_manager=person_by_public_id(plan.line_manager, "line_manager"),
            chair=person_by_public_id(plan.independent_chair, "independent_chair") if plan.independent_chair else None,
            look_back=[person_by_public_id(each, "look_back_workers") for each in plan.look_back_workers],
        )

    def reasons(self) -> list[Reason]:
        found = []
        if self.worker.id == self.line_manager.id:
            found.append(Reason("The line manager is somebody other than the worker.", "line_manager"))
        if RoleName.REVIEWER not in self.reviewer.role_names:
            found.append(Reason(f"{self.reviewer.name} is not a reviewer.", "reviewer"))
        if self.chair is not None and self.chair.id == self.reviewer.id:
            found.append(Reason(f"{self.reviewer.name} was the child's independent chair.", "reviewer"))
        close = reviewer_conflicts(
            self.reviewer, worker=self.worker, line_manager=self.line_manager, look_back=self.look_back
        )
        return found + [Reason(sentence, "reviewer") for sentence in close]


def child_reasons(child: NewChild) -> list[Reason]:
    """Dates that cannot be; a missing date; a name without letters."""
    found = []
    today = clock.today()
    if not child.case_system_id.strip():
        found.append(Reason("Enter the case-system ID.", "case_system_id"))
    if not initials_of(child.name):
        found.append(Reason("Enter the child's name.", "child_name"))
    if (child.born_on is None) == (child.expected_on is None):
        found.append(Reason("Enter the date of birth, or the expected one for an unborn child.", "born_on"))
    elif child.born_on and child.born_on > today:
        found.append(Reason("The date of birth is in the future.", "born_on"))
    elif child.born_on and child.born_on <= working_days.add_months(today, -12 * (OLDEST + 1)):
        found.append(Reason(f"This person is older than {OLDEST}: check the date of birth.", "born_on"))
    elif child.expected_on and child.expected_on > working_days.add_months(today, 10):
        found.append(Reason("The expected date of birth is more than ten months away.", "expected_on"))
    elif child.expected_on and child.expected_on < working_days.add_months(today, -2):
        found.append(Reason("The expected date of birth is long past: enter the date of birth.", "expected_on"))
    return found


def _month_reasons(month: date) -> list[Reason]:
    """A year is planned at a time; a month much further off is a slip of the hand."""
    today = clock.today()
    if working_days.add_months(today, -MONTHS_BACK) <= month <= working_days.add_months(today, MONTHS_AHEAD):
        return []
    return [Reason(f"Choose a month from {MONTHS_BACK} months ago to {MONTHS_AHEAD} months ahead.", "planned_month")]


def initials_of(name: str) -> str:
    """`Ana-Maria Kowalska` → `A.K.`: what lists show in place of the name (R11)."""
    words = [word for word in name.split() if word[:1].isalpha()]
    chosen = [words[0], words[-1]] if len(words) > 1 else words
    return "".join(f"{word[0].upper()}." for word in chosen)


def put_child(work: Work, new: NewChild) -> Child:
    """The child of that case-system ID, or a new one; an ID that belongs to another child is refused."""
    key = new.case_system_id
    known = session.scalars(select(Child).where(Child.case_system_id == key)).one_or_none()
    if known is None:
        return _new_child(work, new)
    born_again = known.born_on and new.born_on and known.born_on != new.born_on
    if known.name.casefold() != new.name.casefold() or born_again:
        raise GuardFailed(
            Reason(
                f"This ID belongs to {known.initials}, another child: check the ID, the name and the date of birth.",
                "case_system_id",
            )
        )
    if known.unborn and new.born_on:
        known.born_on, known.expected_on = new.born_on, None
        work.record("child.born", known)
    return known


def _new_child(work: Work, new: NewChild) -> Child:
    """Two planners may add the same child at once; the database then refuses the second."""
    child = Child(
        case_system_id=new.case_system_id,
        name=new.name,
        initials=initials_of(new.name),
        born_on=new.born_on,
        expected_on=new.expected_on,
    )
    try:
        work.add(child)
    except IntegrityError as error:
        sentence = "Somebody planned a review of this child at the same moment. Send it again."
        raise GuardFailed(Reason(sentence, "case_system_id")) from error
    work.record("child.add", child)
    return child


def _new_review(work: Work, plan: Plan, people: _People, child: Child) -> Review:
    month = plan.planned_month.replace(day=1)
    today = clock.today()
    return Review(
        reference=next_reference(month.year),
        child_id=child.id,
        form_version_id=_form_version(plan.form_version).id,
        planned_month=month,
        theme=plan.theme.strip(),
        child_status=_status(plan.child_status),
        case_open=plan.case_open,
        reviewer_id=people.reviewer.id,
        reviewer_kind=ReviewerKind.EXTERNAL if people.reviewer.agency_id else ReviewerKind.INTERNAL,
        worker_id=people.worker.id,
        line_manager_id=people.line_manager.id,
        independent_chair_id=people.chair.id if people.chair else None,
        allocated_on=today,
        due_on=settings.deadline(max(today, month), settings.load().drafting_days),
        planned_at=work.at,
        planned_by_id=work.actor.id,
    )


def _status(key: str) -> ChildStatus:
    if key not in tuple(ChildStatus):
        raise GuardFailed(Reason("Choose the child's status.", "child_status"))
    return ChildStatus(key)


def _form_version(public_id: str | None) -> FormTemplateVersion:
    """The version chosen, or the newest published one."""
    choices = published()
    if public_id:
        choices = [version for version in choices if version.public_id == public_id]
    if not choices or choices[0].state is not FormState.PUBLISHED:
        raise GuardFailed(Reason("No practice review form is published yet.", "form_version"))
    return choices[0]


def next_number(key: str) -> int:
    """The next number under a key."""
    return next_numbers(key, 1)[0]


def next_numbers(key: str, how_many: int) -> range:
    """The next numbers under a key, raised in one statement, so that two planners never share one."""
    asked = {"counted": key, "more": how_many}
    last = int(session.execute(_raised(session.connection().dialect.name), asked).scalar_one())
    return range(last - how_many + 1, last + 1)


@cache
def _raised(dialect: str) -> Any:
    """Made once: putting it together takes longer than raising the number."""
    insert = pg_insert if dialect == "postgresql" else sqlite_insert
    counter: Any = Counter.__table__
    statement = insert(counter).values(key=bindparam("counted"), last=bindparam("more"))
    more = {"last": counter.c.last + bindparam("more")}
    return statement.on_conflict_do_update(index_elements=["key"], set_=more).returning(counter.c.last)


def next_reference(year: int) -> str:
    """`2026-014`: the fourteenth review planned for 2026."""
    return f"{year}-{next_number(f'review-{year}'):03d}"


def declare(actor: Actor, review_id: int, *, conflicted: bool, reason: str = "") -> None:
    """The reviewer says whether there is a conflict: first on the facts, then on the name (R7).

    A conflict ends access at once and brings the review to the Head of QA; it needs its reason.
    """
    reason = words(reason, "reason")
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, None)
        gate.require(actor, Permission.DECLARE_CONFLICT, review)
        if review.state not in (ReviewState.PLANNED, ReviewState.DRAFTING, ReviewState.DISCUSSION):
            raise NotPermitted(Reason("A conflict found now is told to the Head of QA directly."))
        if conflicted and not reason.strip():
            raise GuardFailed(Reason("Say what the conflict is; only the Head of QA reads it.", "reason"))
        step = next_step(actor, review)
        if step is None and not conflicted:
            return
        session.add(
            ConflictDeclaration(
                review_id=review.id,
                person_id=actor.id,
                step=step or DeclarationStep.NAME,
                conflicted=conflicted,
                reason=reason.strip(),
                at=work.at,
            )
        )
        work.record("review.declare", review, step=str(step or "later"), conflicted=conflicted)
        if conflicted:
            office = gate.office()
            work.tell([*office.heads, *office.deputies], "review.conflict", review)


def next_step(actor: Actor, review: Review) -> DeclarationStep | None:
    """Which declaration comes next for this person; None when both are made."""
    if has_declared_conflict(actor, review):
        return None
    made = {said.step for said in review.declarations if said.person_id == actor.id}
    return next((step for step in DeclarationStep if step not in made), None)


def start(actor: Actor, review_id: int, version: int) -> None:
    """Open the record: the review date, the look-back and the people are fixed at this day."""
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, version)
        take_start(work, review)


def take_start(work: Work, review: Review) -> None:
    today = clock.today()
    months = settings.load().look_back_months
    review.started_at, review.started_by_id = work.at, work.actor.id
    review.reviewed_on, review.look_back_from = today, working_days.add_months(today, -months)
    take(work, review, "start")


def reassign(actor: Actor, review_id: int, version: int, *, new_reviewer: str, reason: str) -> None:
    """Give the review to another reviewer before submission: draft and authorship kept, both named.

    The new reviewer passes R4 here and makes the declarations of R7 before the draft opens; every grade
    is confirmed anew.
    """
    reason = words(reason, "reason")
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, version)
        chosen = person_by_public_id(new_reviewer, "new_reviewer")
        close = _reassign_reasons(chosen, review)
        take(work, review, "reassign", {"reason": reason}, new_reviewer_conflicts=tuple(close))
        _hand_over(work, review, chosen, reason)


def _reassign_reasons(chosen: Person, review: Review) -> list[Reason]:
    look_back = [listed.person for listed in review.look_back_workers]
    close = reviewer_conflicts(chosen, worker=review.worker, line_manager=review.line_manager, look_back=look_back)
    reasons = [Reason(sentence, "new_reviewer") for sentence in close]
    if chosen.id == review.reviewer_id:
        reasons.append(Reason("This person is the reviewer already.", "new_reviewer"))
    if RoleName.REVIEWER not in chosen.role_names:
        reasons.append(Reason(f"{chosen.name} is not a reviewer.", "new_reviewer"))
    if any(said.conflicted for said in review.declarations if said.person_id == chosen.id):
        reasons.append(Reason(f"{chosen.name} has declared a conflict with this review.", "new_reviewer"))
    return reasons


def _ask_grades_again(work: Work, review: Review) -> None:
    """The text stays; a grade is a judgement and is given anew by whoever signs it (handbook 2)."""
    for part, question in template_of(review.form_version).grade_questions:
        for row in review.parts:
            if row.part == part.key and row.answers.get(question.key):
                row.answers = {**row.answers, question.key: None}
                row.version += 1
                work.record("review.grade_reopened", review, part=part.key, part_version=row.version)


def _hand_over(work: Work, review: Review, chosen: Person, reason: str) -> None:
    spells = session.scalars(
        select(ReviewerSpell).where(ReviewerSpell.review_id == review.id, ReviewerSpell.to_at.is_(None))
    )
    for spell in spells:
        spell.to_at = work.at
    former, review.reviewer_id = review.reviewer_id, chosen.id
    review.reviewer_kind = ReviewerKind.EXTERNAL if chosen.agency_id else ReviewerKind.INTERNAL
    review.due_on = settings.deadline(clock.today(), settings.load().drafting_days)
    session.add(ReviewerSpell(review_id=review.id, person_id=chosen.id, from_at=work.at, reason=reason.strip()))
    if review.parts:
        snapshot(work, review, RevisionKind.HANDED_OVER, author_id=former)
        _ask_grades_again(work, review)
    work.tell([chosen.id], "review.plan", review)
