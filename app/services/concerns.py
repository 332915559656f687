"""What people do with an immediate concern (R6): raise, acknowledge, give, act, close; and its going up.

Each is one transaction with its audit event, which holds keys and ids, never a word of what was written.
Whoever may not know of a concern is told that there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.concerns import Concern, ConcernGiven, ConcernKind
from app.models.people import Person, Role, RoleName
from app.models.reviews import Review
from app.policy.accounts import shown_no_child
from app.policy.acting import Office
from app.policy.actor import SYSTEM, Actor, actor_of
from app.policy.concerns import (
    above_the_head,
    end_of_day,
    first_to_know,
    gone_up,
    has_gone_up,
    is_hidden_from,
    sees_concern,
)
from app.policy.visibility import Aspect, sees
from app.services import gate
from app.services.planning import next_number
from app.services.unit_of_work import NotFound, Stale, Work, unit_of_work
from forms.clean import clean_line, clean_text
from workflows.concern import CONCERN
from workflows.concern_guards import ConcernFacts
from workflows.engine import Availability, GuardFailed, Reason
from workflows.permissions import Permission
from workflows.states import ConcernState

MOST = 20_000
SHORT = 40
CANNOT_HAVE = Reason("Choose somebody else: this person's roles are shown no child.", "person")
SEES_ALREADY = Reason("Choose somebody else: this person sees the concern already.", "person")
CHOOSE = Reason("Choose somebody from the list.", "person")


@dataclass(frozen=True, kw_only=True)
class NewConcern:
    """What somebody says when raising one.

    `review` is a public id: the person saw which child it is, as far as he or she may, and confirmed it (R11).
    The child's ID is then the review's and is not copied; `case_system_id` is what was typed without one.
    """

    kind: str | None
    text: str
    about_head: bool | None
    case_system_id: str = ""
    review: str = ""


# --- raising ------------------------------------------------------------------------------------------------


def raise_concern(actor: Actor, new: NewConcern) -> str:
    """Raise a concern and tell those it reaches at once; its public id. Raises GuardFailed naming the fields."""
    text, case_id = clean_text(new.text), clean_line(new.case_system_id)
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.RAISE_CONCERN)
        office = gate.office()
        review = _known_review(actor, clean_line(new.review), office) if new.review else None
        if reasons := [*_missing(new, text, case_id), *_review_gone(new.review, review)]:
            raise GuardFailed(*reasons)
        about_head = bool(new.about_head)
        concern = work.add(
            Concern(
                reference=_next_reference(about_head),
                kind=ConcernKind(str(new.kind)),
                text=text,
                about_head=about_head,
                head_id=office.heads[0] if about_head and office.heads else None,
                review_id=review.id if review else None,
                case_system_id=case_id,
                raised_at=work.at,
                raised_by_id=work.person_id,
                acknowledge_before=end_of_day(work.at),
            )
        )
        work.record("concern.raise", concern, version=1)
        work.tell(_reached(concern, office), "concern.raise", concern)
        return concern.public_id


def _missing(new: NewConcern, text: str, case_id: str) -> list[Reason]:
    found = []
    if new.kind not in tuple(ConcernKind):
        found.append(Reason("Choose what the concern is about.", "kind"))
    if reason := _length("text", text, "Write what you have seen or heard."):
        found.append(reason)
    if len(case_id) > SHORT:
        found.append(Reason(f"The child's ID must be {SHORT} characters or fewer.", "case_system_id"))
    if new.about_head is None:
        found.append(Reason("Say whether it is about the Head of QA.", "about_head"))
    return found


def _length(key: str, text: str, empty: str = "") -> Reason | None:
    """Why these words cannot be kept: there are none, where they are needed, or far too many."""
    if empty and not text:
        return Reason(empty, key)
    over = len(text) - MOST
    return Reason(f"This must be {MOST:,} characters or fewer: shorten it by {over:,}.", key) if over > 0 else None


def _known_review(actor: Actor, public_id: str, office: Office) -> Review | None:
    """The review the concern was raised from, if this person may know of it."""
    review = session.scalars(select(Review).where(Review.public_id == public_id)).one_or_none()
    if review is None or not sees(actor, review, office).aspects & {Aspect.EXISTS, Aspect.PROGRESS}:
        return None
    return review


def _review_gone(wanted: str, review: Review | None) -> list[Reason]:
    if not wanted or review is not None:
        return []
    return [Reason("That review is not open to you. Raise the concern without it.", "about_review")]


def _next_reference(about_head: bool) -> str:
    """`C-2026-001`. One about the Head counts apart: a gap in the numbers would tell the Head of it."""
    year = clock.today().year
    series = "CA" if about_head else "C"
    return f"{series}-{year}-{next_number(f'concern-{series}-{year}'):03d}"


def _reached(concern: Concern, office: Office) -> list[int]:
    """Whom it reaches at once: the Head and the deputies; those above, about the Head or where there is none."""
    if not concern.about_head and first_to_know(office):
        return list(first_to_know(office))
    return _above(concern, office)


def _above(concern: Concern, office: Office) -> list[int]:
    """The assistant directors, or the directors where there is none; never somebody it is hidden from."""
    people = above_the_head(office) or _directors(office)
    return [person_id for person_id in people if person_id != concern.head_id]


def _directors(office: Office) -> tuple[int, ...]:
    query = select(Person.id).join(Person.roles).where(Role.name == RoleName.DIRECTOR, Person.active)
    return tuple(row for row in session.scalars(query.order_by(Person.id)) if row not in office.heads)


# --- handling -----------------------------------------------------------------------------------------------


def available(actor: Actor, concern: Concern) -> list[Availability]:
    """What this person can do to this concern now."""
    return CONCERN.available(concern, gate.command(actor, _facts(concern)))


def acknowledge(actor: Actor, concern_id: int, version: int) -> None:
    """Say that it is seen. Later than its day, it had gone up first: that is written down before."""
    with unit_of_work(actor) as work:
        concern = _open(work, concern_id, version)
        if concern.state is ConcernState.RAISED:
            _go_up(work, concern)
        _take(work, concern, "acknowledge")
        concern.acknowledged_at, concern.acknowledged_by_id = work.at, work.person_id


def act(actor: Actor, concern_id: int, version: int, *, done: str) -> None:
    """Record what was done."""
    with unit_of_work(actor) as work:
        concern = _open(work, concern_id, version)
        words = _words(done=done)
        _take(work, concern, "act", words)
        concern.done = words["done"]
        concern.acted_on_at, concern.acted_on_by_id = work.at, work.person_id


def close(actor: Actor, concern_id: int, version: int, *, outcome: str, recorded_where: str) -> None:
    """Close it with its outcome and where it was put on the case record."""
    with unit_of_work(actor) as work:
        concern = _open(work, concern_id, version)
        words = _words(outcome=outcome, recorded_where=recorded_where)
        _take(work, concern, "close", words)
        concern.outcome, concern.recorded_where = words["outcome"], words["recorded_where"]
        concern.closed_at, concern.closed_by_id = work.at, work.person_id


def give(actor: Actor, concern_id: int, version: int, *, person: str | None) -> None:
    """Give it to somebody, who sees it from now on and may record what was done."""
    with unit_of_work(actor) as work:
        concern = _open(work, concern_id, version)
        chosen = _person(person)
        _take(work, concern, "give", receiver_refused=_receiver_refused(chosen, concern))
        if chosen is None:  # the step has refused it
            raise GuardFailed(CHOOSE)
        row = work.add(
            ConcernGiven(concern_id=concern.id, person_id=chosen.id, given_at=work.at, given_by_id=work.person_id)
        )
        work.record("concern.given", row, key="given")
        work.tell([chosen.id], "concern.give", concern)


def take_back(actor: Actor, concern_id: int, version: int, *, person: str | None) -> None:
    """End the sight of somebody it was given to; that it was given stays in the record."""
    with unit_of_work(actor) as work:
        concern = _open(work, concern_id, version)
        held = [row for row in concern.given if row.ended_at is None and row.person.public_id == person]
        _take(work, concern, "take_back", holder_unknown=() if held else (CHOOSE,))
        for row in held:
            row.ended_at, row.ended_by_id = work.at, work.person_id
            work.record("concern.taken_back", row, key="given")


def _open(work: Work, concern_id: int, version: int) -> Concern:
    """The concern, locked. Who may not know of it learns neither that it exists nor that it changed."""
    concern = work.lock(Concern, concern_id)
    session.expire(concern, ["given"])
    if not sees_concern(work.actor, concern, gate.office()):
        raise NotFound(f"Concern {concern_id}")
    if concern.version != version:
        raise Stale(concern, version)
    return concern


def _take(work: Work, concern: Concern, trigger: str, given: dict[str, Any] | None = None, **facts: Any) -> None:
    """Fire one step and tell those whom the table names."""
    found = _facts(concern, **facts)
    work.fire(CONCERN, concern, trigger, gate.command(work.actor, found, given), audience=partial(_audience, concern))


def _facts(concern: Concern, **known: Any) -> ConcernFacts:
    return ConcernFacts(held_by_somebody=any(row.ended_at is None for row in concern.given), **known)


def _audience(concern: Concern) -> dict[str, Iterable[int | None]]:
    """The people behind the names in the table of steps."""
    return {
        "raiser": [concern.raised_by_id],
        "handlers": [concern.acknowledged_by_id],
        "holders": [row.person_id for row in concern.given if row.ended_at is None],
    }


def _words(**typed: str) -> dict[str, str]:
    """What was typed, cleaned. Raises GuardFailed where it is too long to keep."""
    cleaned = {key: clean_text(text or "") for key, text in typed.items()}
    if reasons := [reason for key, text in cleaned.items() if (reason := _length(key, text))]:
        raise GuardFailed(*reasons)
    return cleaned


def _person(public_id: str | None) -> Person | None:
    query = select(Person).where(Person.public_id == clean_line(public_id or ""), Person.active)
    return session.scalars(query).one_or_none()


def _receiver_refused(chosen: Person | None, concern: Concern) -> Sequence[Reason]:
    """Why this person may not be given it. The Head is not told apart from a stranger where it is hidden."""
    if chosen is None or is_hidden_from(actor_of(chosen), concern, gate.office()):
        return (CHOOSE,)
    if not may_be_given(chosen):
        return (CANNOT_HAVE,)
    if sees_concern(actor_of(chosen), concern, gate.office()) and chosen.id != concern.raised_by_id:
        return (SEES_ALREADY,)
    if any(row.person_id == chosen.id and row.ended_at is None for row in concern.given):
        return (SEES_ALREADY,)
    return ()


def may_be_given(person: Person) -> bool:
    """Somebody of the house whose roles may be shown a child (handbook 1)."""
    ended = person.ends_on is not None and person.ends_on < clock.today()
    return not shown_no_child(person.role_names) and person.agency_id is None and person.active and not ended


# --- going up -----------------------------------------------------------------------------------------------


def escalate() -> int:
    """Write down the concerns that went up and tell those above; how many. Run again, it finds nothing.

    They see them without it: going up follows from the clock. This is the moment and the message.
    """
    waiting = select(Concern.id).where(gone_up(), Concern.went_up_at.is_(None)).order_by(Concern.id)
    return sum(_escalate_one(concern_id) for concern_id in list(session.scalars(waiting)))


def _escalate_one(concern_id: int) -> bool:
    with unit_of_work(SYSTEM) as work:
        return _go_up(work, work.lock(Concern, concern_id))


def _go_up(work: Work, concern: Concern) -> bool:
    """Write it down once. The version stays: nobody's open page is out of date for it."""
    if concern.went_up_at is not None or not has_gone_up(concern, work.at):
        return False
    concern.went_up_at = work.at
    work.record("concern.went_up", concern, why="not acknowledged that day")
    work.tell(_above(concern, gate.office()), "concern.went_up", concern)
    return True
