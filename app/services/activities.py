"""Quality activities other than practice reviews: recorded, changed, and each agency's part in them (handbook 6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app import clock
from app.extensions import session
from app.models.activities import Activity, ActivityKind, ActivityPart
from app.models.recommendations import Recommendation
from app.policy.actor import Actor
from app.services import gate
from app.services.planning import next_number
from app.services.unit_of_work import NotFound, Work, digest, unit_of_work
from app.services.words import words
from workflows.engine import GuardFailed, Reason
from workflows.permissions import Permission

ANOTHER = "another"  # in place of a kind's key: one that the person adds
OLDEST = date(1990, 1, 1)
TITLE, AGENCY, CONTACT, KIND = 200, 120, 200, 120
MOST_AGENCIES = 40


@dataclass(frozen=True, kw_only=True)
class Details:
    """What is recorded of an activity. `kind` is a kind's key, or `ANOTHER` with the new kind's name."""

    kind: str
    title: str
    held_on: date | None
    summary: str = ""
    agencies: Sequence[str] = ()
    new_kind: str = ""
    new_kind_several: bool = False


@dataclass(frozen=True, kw_only=True)
class PartDetails:
    """One agency's part: who answered for it, what was found."""

    agency: str
    contact: str = ""
    found: str = ""


def record(actor: Actor, details: Details) -> str:
    """Write down one activity; its public id. Each agency named has an empty part to be filled in."""
    details = _cleaned(details)
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.RECORD_ACTIVITY)
        agencies = _agencies(details.agencies)
        _refuse(_reasons(details))
        held_on = details.held_on or clock.today()
        activity = work.add(
            Activity(
                reference=f"A-{held_on.year}-{next_number(f'activity-{held_on.year}'):03d}",
                version=1,
                kind=_kind(work, details),
                title=details.title,
                held_on=held_on,
                summary=details.summary,
                recorded_at=work.at,
                recorded_by_id=work.person_id,
                parts=[ActivityPart(agency=agency) for agency in agencies],
            )
        )
        work.record("activity.record", activity, key=activity.kind.key, number=len(agencies), version=1)
        return activity.public_id


def change(actor: Actor, activity_id: int, version: int, details: Details) -> None:
    """Correct what was recorded. The reference stays, whatever the date becomes: it is written elsewhere."""
    details = _cleaned(details)
    with unit_of_work(actor) as work:
        activity = _lock(work, activity_id, version)
        _refuse(_reasons(details))
        activity.kind = _kind(work, details)
        activity.title, activity.summary = details.title, details.summary
        activity.held_on = details.held_on or activity.held_on
        _changed(work, activity, "change", key=activity.kind.key, digest=digest([details.title, details.summary]))


def add_part(actor: Actor, activity_id: int, version: int, details: PartDetails) -> None:
    """One more agency."""
    details = _cleaned_part(details)
    with unit_of_work(actor) as work:
        activity = _lock(work, activity_id, version)
        _refuse(_part_reasons(activity, details))
        part = ActivityPart(
            activity_id=activity.id, agency=details.agency, contact=details.contact, found=details.found
        )
        work.add(part)
        _changed(work, activity, "add_part", part=part.id)


def change_part(actor: Actor, activity_id: int, part_id: int, version: int, details: PartDetails) -> None:
    """What an agency found, who answered for it."""
    details = _cleaned_part(details)
    with unit_of_work(actor) as work:
        activity = _lock(work, activity_id, version)
        part = _part(activity, part_id)
        _refuse(_part_reasons(activity, details, besides=part))
        part.agency, part.contact, part.found = details.agency, details.contact, details.found
        _changed(work, activity, "change_part", part=part.id, digest=digest([part.agency, part.contact, part.found]))


def remove_part(actor: Actor, activity_id: int, part_id: int, version: int) -> None:
    """Take an agency out again, unless a recommendation answers what it found."""
    with unit_of_work(actor) as work:
        activity = _lock(work, activity_id, version)
        part = _part(activity, part_id)
        if answered := _answering(activity, part):
            raise GuardFailed(Reason(f"Recommendation {answered} answers this part: it stays."))
        _changed(work, activity, "remove_part", part=part.id)
        session.delete(part)
        session.flush()
        session.expire(activity, ["parts"])


def lock_activity(work: Work, activity_id: int, version: int | None = None) -> Activity:
    """Locked and fresh, for somebody who may record activities."""
    return _lock(work, activity_id, version)


def finding_of(part: ActivityPart) -> str:
    """What a recommendation keeps as the finding it answers."""
    return f"part_{part.id}"


def _lock(work: Work, activity_id: int, version: int | None) -> Activity:
    gate.require(work.actor, Permission.RECORD_ACTIVITY)
    return work.lock(Activity, activity_id, version)


def _changed(work: Work, activity: Activity, what: str, **data: str | int) -> None:
    activity.version += 1
    work.record(f"activity.{what}", activity, version=activity.version, **data)


def _refuse(reasons: Iterator[Reason]) -> None:
    if found := list(reasons):
        raise GuardFailed(*found)


# --- what was typed -------------------------------------------------------------------------------------


def _cleaned(details: Details) -> Details:
    return replace(
        details,
        kind=words(details.kind, "kind", 60),
        title=_line(details.title, "title", TITLE),
        summary=words(details.summary, "summary"),
        new_kind=_line(details.new_kind, "new_kind", KIND),
    )


def _cleaned_part(details: PartDetails) -> PartDetails:
    return PartDetails(
        agency=_line(details.agency, "agency", AGENCY),
        contact=_line(details.contact, "contact", CONTACT),
        found=words(details.found, "found"),
    )


def _line(text: str, field: str, longest: int) -> str:
    """On one line, as a list shows it."""
    return " ".join(words(text, field, longest).split())


def _reasons(details: Details) -> Iterator[Reason]:
    if not details.title:
        yield Reason("Enter a title.", "title")
    if details.held_on is None:
        yield Reason("Enter the date.", "held_on")
    elif details.held_on > clock.today():
        yield Reason("The date cannot be in the future: record what has taken place.", "held_on")
    elif details.held_on < OLDEST:
        yield Reason(f"Check the year: it is before {OLDEST.year}.", "held_on")


def _agencies(typed: Sequence[str]) -> list[str]:
    """Each once, whatever letters it was typed in."""
    once: dict[str, str] = {}
    for line in (_line(each, "agencies", AGENCY) for each in typed):
        once.setdefault(line.casefold(), line)
    found = [line for line in once.values() if line]
    if len(found) > MOST_AGENCIES:
        raise GuardFailed(Reason(f"There are {len(found)} agencies: name {MOST_AGENCIES} or fewer.", "agencies"))
    return found


def _kind(work: Work, details: Details) -> ActivityKind:
    if details.kind == ANOTHER:
        return _added_kind(work, details)
    kind = session.scalars(select(ActivityKind).where(ActivityKind.key == details.kind)).one_or_none()
    if kind is None:
        raise GuardFailed(Reason("Choose what kind of activity it was.", "kind"))
    return kind


def _added_kind(work: Work, details: Details) -> ActivityKind:
    """One of the same name is that kind: a second would divide what belongs together."""
    name = details.new_kind
    if not name:
        raise GuardFailed(Reason("Enter the name of the kind.", "new_kind"))
    same = select(ActivityKind).where(func.lower(ActivityKind.name) == name.lower())
    known = session.scalars(same).one_or_none()
    if known is not None:
        return known
    kind = ActivityKind(
        key=f"own_{next_number('activity-kind')}",
        name=name,
        several=details.new_kind_several,
        added_at=work.at,
        added_by_id=work.person_id,
    )
    try:
        work.add(kind)
    except IntegrityError as error:
        sentence = "Somebody added this kind at the same moment. Send it again."
        raise GuardFailed(Reason(sentence, "new_kind")) from error
    work.record("activity_kind.add", kind, key=kind.key)
    return kind


# --- parts ----------------------------------------------------------------------------------------------


def _part(activity: Activity, part_id: int) -> ActivityPart:
    for part in activity.parts:
        if part.id == part_id:
            return part
    raise NotFound(f"part {part_id} of activity {activity.id}")


def _part_reasons(activity: Activity, details: PartDetails, besides: ActivityPart | None = None) -> Iterator[Reason]:
    others = {part.agency.casefold() for part in activity.parts if part is not besides}
    if not details.agency:
        yield Reason("Enter the agency.", "agency")
    elif details.agency.casefold() in others:
        yield Reason(f"{details.agency} has a part in this activity already.", "agency")
    if besides is None and len(activity.parts) >= MOST_AGENCIES:
        yield Reason(f"This activity has {len(activity.parts)} agencies: that is the most it can have.", "agency")


def _answering(activity: Activity, part: ActivityPart) -> str | None:
    query = select(Recommendation.reference).where(
        Recommendation.activity_id == activity.id, Recommendation.finding == finding_of(part)
    )
    return session.scalars(query.order_by(Recommendation.id).limit(1)).one_or_none()
