"""What the settings pages read: who set each value and when, closing days, cover, the forms and their versions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from app.extensions import session
from app.models.forms import FormTemplate, FormTemplateVersion
from app.models.people import Delegation, Person
from app.models.records import ClosingDay, Setting
from app.models.reviews import Review
from app.policy.acting import Office

PAST_AT_MOST = 30


# The authority's values


@dataclass(frozen=True)
class Author:
    """Who set a value, and when; no name for what the service set itself."""

    name: str
    at: datetime


def authors() -> dict[str, Author]:
    """By the key of each setting that somebody has set; the rest are starting values."""
    rows = session.execute(
        select(Setting.key, Person.name, Setting.set_at).outerjoin(Person, Person.id == Setting.set_by_id)
    )
    return {key: Author(name or "", at) for key, name, at in rows}


@dataclass(frozen=True)
class ClosedOn:
    """A day on which the authority is closed."""

    day: date
    why: str


def closing_days() -> list[ClosedOn]:
    """All of them, the earliest first."""
    rows = session.execute(select(ClosingDay.day, ClosingDay.why).order_by(ClosingDay.day))
    return [ClosedOn(day, why) for day, why in rows]


# Cover


@dataclass(frozen=True)
class Cover:
    """One span; `state` is "now", "coming" or "past"."""

    head: str
    deputy: str
    deputy_public_id: str
    kind: str
    from_on: date
    to_on: date
    reason: str
    state: str


def cover(today: date) -> list[Cover]:
    """What runs now, what is coming, then the last that are past; one query."""
    head, deputy = aliased(Person), aliased(Person)
    rows = session.execute(
        select(Delegation, head.name, deputy.name, deputy.public_id)
        .join(head, head.id == Delegation.head_id)
        .join(deputy, deputy.id == Delegation.deputy_id)
        .order_by(Delegation.to_on.desc(), Delegation.id.desc())
        .limit(PAST_AT_MOST * 2)
    )
    lines = [_cover(row, head_name, name, public_id, today) for row, head_name, name, public_id in rows]
    open_ones = sorted((line for line in lines if line.state != "past"), key=lambda line: (line.from_on, line.deputy))
    past = [line for line in lines if line.state == "past"][:PAST_AT_MOST]
    return sorted(open_ones, key=lambda line: line.state != "now") + past


def _cover(row: Delegation, head: str, deputy: str, public_id: str, today: date) -> Cover:
    state = "past" if row.to_on < today else "coming" if row.from_on > today else "now"
    return Cover(head, deputy, public_id, str(row.kind), row.from_on, row.to_on, row.reason, state)


def deputies(office: Office) -> dict[str, str]:
    """The deputies who may be chosen, public id -> name, by name."""
    rows = session.execute(
        select(Person.public_id, Person.name).where(Person.id.in_(office.deputies)).order_by(func.lower(Person.name))
    )
    return dict(rows.all())


# Forms


@dataclass(frozen=True)
class VersionLine:
    """One version of a form: where it stands, who put it there, how many reviews are on it."""

    id: int
    public_id: str
    key: str
    title: str
    number: str
    state: str
    checksum: str
    loaded_at: datetime
    published_at: datetime | None
    published_by: str
    retired_at: datetime | None
    retired_by: str
    reviews: int


@dataclass(frozen=True)
class FormLine:
    """One form with its versions, the newest loaded first."""

    key: str
    title: str
    versions: list[VersionLine] = field(default_factory=list)


def forms() -> dict[str, FormLine]:
    """Every form by its key; one query however many there are."""
    found: dict[str, FormLine] = {}
    newest_first = (FormTemplate.title, FormTemplate.key, FormTemplateVersion.loaded_at.desc())
    for row in session.execute(_versions().order_by(*newest_first, FormTemplateVersion.id.desc())).all():
        line = VersionLine(*row)
        found.setdefault(line.key, FormLine(line.key, line.title)).versions.append(line)
    return found


def form_version(public_id: str) -> VersionLine | None:
    """One version by the id that addresses carry."""
    row = session.execute(_versions().where(FormTemplateVersion.public_id == public_id)).one_or_none()
    return None if row is None else VersionLine(*row)


def _versions() -> Select[*tuple[Any, ...]]:
    version, publisher, retirer = FormTemplateVersion, aliased(Person), aliased(Person)
    reviews = select(func.count(Review.id)).where(Review.form_version_id == version.id).scalar_subquery()
    return (
        select(
            version.id,
            version.public_id,
            FormTemplate.key,
            FormTemplate.title,
            version.number,
            version.state,
            version.checksum,
            version.loaded_at,
            version.published_at,
            func.coalesce(publisher.name, ""),
            version.retired_at,
            func.coalesce(retirer.name, ""),
            reviews,
        )
        .join(FormTemplate, FormTemplate.id == version.template_id)
        .outerjoin(publisher, publisher.id == version.published_by_id)
        .outerjoin(retirer, retirer.id == version.retired_by_id)
    )
