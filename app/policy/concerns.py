"""Who handles an immediate concern, who sees it, and when it goes up (R6).

It stands outside the stages, so nothing here asks for a review's phase. A concern reaches the Head of QA and
the deputies at once; not acknowledged by the end of that day in London it goes up to the assistant director;
one about the Head goes there straight away, and the Head does not know of it. Going up needs nobody: it is a
comparison of stored moments with the clock, the same in every list, page and message.

Seen by the person who raised it, those who handle it and those it was given to. Being its subject, or having
a tie to the review it came from, gives no sight.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, exists, false, not_, or_

from app import clock
from app.models.base import UtcDateTime
from app.models.concerns import Concern, ConcernGiven
from app.models.people import RoleName
from app.policy.acting import Office
from app.policy.actor import Actor


def end_of_day(moment: datetime) -> datetime:
    """The midnight in London that ends the day of `moment`: 23, 24 or 25 hours long."""
    tomorrow = moment.astimezone(clock.LONDON).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), clock.LONDON).astimezone(moment.tzinfo)


def has_gone_up(concern: Concern, now: datetime) -> bool:
    """Whether the day ended before anybody acknowledged it; acknowledging late does not undo that."""
    if concern.about_head or now < concern.acknowledge_before:
        return False
    return concern.acknowledged_at is None or concern.acknowledged_at >= concern.acknowledge_before


# The moment of the asking: a query that was put together before asks the clock again.
NOW = bindparam("now", callable_=clock.now, type_=UtcDateTime, unique=True)


def gone_up() -> ColumnElement[bool]:
    """`has_gone_up` as SQL."""
    late = or_(Concern.acknowledged_at.is_(None), Concern.acknowledged_at >= Concern.acknowledge_before)
    return and_(not_(Concern.about_head), Concern.acknowledge_before <= NOW, late)


def first_to_know(office: Office) -> tuple[int, ...]:
    """The Head and the deputies: whom an ordinary concern reaches at once. Empty where there is none."""
    return (*office.heads, *office.deputies)


def above_the_head(office: Office) -> tuple[int, ...]:
    """The assistant directors who are not the Head as well. Empty: the directors stand in (`is_above`)."""
    return tuple(person_id for person_id in office.assistant_directors if person_id not in office.heads)


def is_above(actor: Actor, office: Office) -> bool:
    """Whether a concern that goes up, or is about the Head, reaches this person: never nobody's."""
    if actor.id in office.heads:
        return False
    known = above_the_head(office)
    return actor.id in known if known else actor.has(RoleName.DIRECTOR)


def is_hidden_from(actor: Actor, concern: Concern, office: Office) -> bool:
    """One about the Head, from the Head of today and from whoever was Head when it was raised."""
    return concern.about_head and (actor.id in office.heads or actor.id == concern.head_id)


def handles(actor: Actor, concern: Concern, office: Office) -> bool:
    """Whether this person may acknowledge it, give it to somebody and close it."""
    if actor.id is None or is_hidden_from(actor, concern, office):
        return False
    if concern.about_head:
        return is_above(actor, office)
    if actor.id in first_to_know(office):
        return True
    return is_above(actor, office) and (not first_to_know(office) or has_gone_up(concern, clock.now()))


def holds(actor: Actor, concern: Concern, office: Office) -> bool:
    """Whether it was given to this person, and not taken back."""
    given = any(row.person_id == actor.id and row.ended_at is None for row in concern.given)
    return given and not is_hidden_from(actor, concern, office)


def acts_on(actor: Actor, concern: Concern, office: Office) -> bool:
    """Whether this person may record what was done."""
    return handles(actor, concern, office) or holds(actor, concern, office)


def sees_concern(actor: Actor, concern: Concern, office: Office) -> bool:
    """Whether this person may know of it at all."""
    raised = actor.id is not None and actor.id == concern.raised_by_id
    return raised or acts_on(actor, concern, office)


def may_raise(actor: Actor, _subject: object, _office: Office) -> bool:
    """Anybody who is signed in, whatever the role."""
    return actor.id is not None


def handled_concerns(actor: Actor, office: Office) -> ColumnElement[bool]:
    """`handles` as SQL."""
    if actor.id is None:
        return false()
    ordinary = not_(Concern.about_head) if actor.id in first_to_know(office) else false()
    if not is_above(actor, office):
        return ordinary
    about = and_(Concern.about_head, _not_head(actor))
    nobody_first = not_(Concern.about_head) if not first_to_know(office) else false()
    return or_(ordinary, about, nobody_first, gone_up())


def held_concerns(actor: Actor, office: Office) -> ColumnElement[bool]:
    """`holds` as SQL."""
    given = exists().where(
        ConcernGiven.concern_id == Concern.id, ConcernGiven.person_id == actor.id, ConcernGiven.ended_at.is_(None)
    )
    shown = false() if actor.id in office.heads else _not_head(actor)
    return and_(given, or_(not_(Concern.about_head), shown))


def visible_concerns(actor: Actor, office: Office) -> ColumnElement[bool]:
    """`sees_concern` as SQL: where every list and count begins."""
    if actor.id is None:
        return false()
    return or_(Concern.raised_by_id == actor.id, handled_concerns(actor, office), held_concerns(actor, office))


def _not_head(actor: Actor) -> ColumnElement[bool]:
    """Not the Head of the day it was raised; null where there was none."""
    return or_(Concern.head_id.is_(None), Concern.head_id != actor.id)
