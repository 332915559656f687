"""Cover for the Head of QA: who acts in the Head's place, from when to when, and why (handbook 1, R4).

The Head alone says so. A deputy who acts by delegation does not extend the delegation, and an administrator
gives nobody sight of a review in this way. A span is kept after it has passed: both names stay in the record.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.people import Delegation, DelegationKind, Person
from app.policy.actor import Actor
from app.services import gate
from app.services.unit_of_work import NotFound, unit_of_work
from workflows.engine import GuardFailed, NotPermitted, Reason

THE_HEAD_ALONE = "Only the Head of QA says who covers."
LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class Span:
    """What the Head says: which deputy (by public id), away or delegated, both days included."""

    deputy: str | None
    kind: str | None
    from_on: date | None
    to_on: date | None
    reason: str = ""


def arrange(actor: Actor, span: Span) -> None:
    """Let a deputy act for the Head on these days. Raises GuardFailed with every reason at once."""
    with unit_of_work(actor) as work:
        _must_be_head(actor)
        deputy = _deputy(span.deputy)
        reasons = [*_incomplete(span), *_days(span)]
        if deputy is not None:
            reasons += [*_account_ends(deputy, span), *_twice(deputy, span)]
        if reasons or deputy is None or span.from_on is None or span.to_on is None:
            raise GuardFailed(*([Reason("Choose a deputy", "deputy")] if deputy is None else []), *reasons)
        row = work.add(
            Delegation(
                head_id=work.person_id,
                deputy_id=deputy.id,
                kind=DelegationKind(span.kind or ""),
                from_on=span.from_on,
                to_on=span.to_on,
                reason=span.reason.strip(),
            )
        )
        work.record("cover.arranged", row, why=str(row.kind), ends_on=row.to_on, item=deputy.id)


def end(actor: Actor, deputy: str, from_on: date) -> None:
    """End a span early: today is its last day, and one that has not begun is called off.

    Today counts, since the deputy may have acted today already. Raises NotFound, GuardFailed.
    """
    with unit_of_work(actor) as work:
        _must_be_head(actor)
        row = _find(deputy, from_on)
        today = clock.today()
        if row.to_on <= today:
            raise GuardFailed(Reason("This cover ends today or has ended already."))
        if row.from_on > today:
            work.record("cover.called_off", row, item=row.deputy_id)
            session.delete(row)
            return
        row.to_on = today
        work.record("cover.ended", row, ends_on=today, item=row.deputy_id)


def _must_be_head(actor: Actor) -> None:
    if actor.id is None or actor.id not in gate.office().heads:
        raise NotPermitted(Reason(THE_HEAD_ALONE))


def _find(deputy: str, from_on: date) -> Delegation:
    """One deputy's spans never overlap, so the day it begins tells one from another."""
    query = (
        select(Delegation)
        .join(Person, Person.id == Delegation.deputy_id)
        .where(Person.public_id == deputy, Delegation.from_on == from_on)
        .order_by(Delegation.to_on.desc())
        .limit(1)
        .with_for_update(of=Delegation)
    )
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound(f"cover from {from_on}")
    return row


def _deputy(public_id: str | None) -> Person | None:
    """The deputy's row, locked, so that two spans entered at once are compared; None for anybody else."""
    row = session.scalars(
        select(Person)
        .where(Person.public_id == (public_id or ""))
        .with_for_update(of=Person, key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    return row if row is not None and row.id in gate.office().deputies else None


# What must hold


def _incomplete(span: Span) -> Iterator[Reason]:
    if span.kind not in tuple(DelegationKind):
        yield Reason("Say whether you are away or delegate this work", "kind")
    if not 0 < len(span.reason.strip()) <= 500:
        yield Reason("Give the reason, in 500 characters or fewer", "reason")


def _days(span: Span) -> Iterator[Reason]:
    if span.from_on is None:
        yield Reason("Enter the first day", "from_on")
    elif span.from_on < clock.today():
        yield Reason("The first day cannot be past: nobody can act for you after the event", "from_on")
    if span.to_on is None:
        yield Reason("Enter the last day", "to_on")
    elif span.from_on is not None and span.to_on < span.from_on:
        yield Reason("The last day cannot be before the first", "to_on")
    elif span.from_on is not None and span.to_on - span.from_on > LONGEST:
        yield Reason("Enter a last day within a year of the first", "to_on")


def _account_ends(deputy: Person, span: Span) -> Iterator[Reason]:
    if deputy.ends_on is not None and span.to_on is not None and deputy.ends_on < span.to_on:
        yield Reason(f"The account of {deputy.name} ends on {_day(deputy.ends_on)}, before this cover does", "to_on")


def _twice(deputy: Person, span: Span) -> Iterator[Reason]:
    """Two deputies may cover on the same days, one deputy not twice: the record says one reason for each act."""
    if span.from_on is None or span.to_on is None:
        return
    other = session.scalars(
        select(Delegation)
        .where(Delegation.deputy_id == deputy.id, Delegation.from_on <= span.to_on, Delegation.to_on >= span.from_on)
        .order_by(Delegation.from_on)
        .limit(1)
    ).one_or_none()
    if other is not None:
        days = f"from {_day(other.from_on)} to {_day(other.to_on)}"
        yield Reason(f"{deputy.name} covers already {days}: choose days outside it, or end it first", "from_on")


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
