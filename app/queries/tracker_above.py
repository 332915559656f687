"""What stands above the register of recommendations: the counts, and what the filters offer to choose from.

All of it is one question, whose answer is one row: each list comes as one text, and a text that came before is not
taken apart again. A service has hundreds of people, and a row for each of them at every page cost more than finding
them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    String,
    and_,
    bindparam,
    func,
    literal_column,
    null,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.functions import FunctionElement

from app import clock
from app.extensions import session
from app.models.activities import ActivityKind
from app.models.forms import FormTemplateVersion
from app.models.people import Person, Team
from app.models.recommendations import Recommendation
from app.models.reviews import Review
from app.models.tracker import SavedView
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.visibility import hidden_from_head, made_once, visible_beyond_dates, visible_in_register
from app.queries.people import names_told_apart
from app.queries.tracker_filters import ALL, OPEN_ONLY, past_due, quarter_span, waits_for_impact
from workflows.states import Outcome

KEPT_LISTS = 64

_raised = Recommendation


@dataclass(frozen=True)
class Strip:
    """The counts above the register, of everything this person may know of."""

    open: int
    overdue: int
    waiting: int
    verified: int
    all: int | None = None  # where counting it is no work

    def of(self, shape: tuple[str, ...]) -> int | None:
        """How many rows a view has that is counted here; None for any other."""
        known: dict[tuple[str, ...], int | None] = {
            ("status=open",): self.open,
            ("stands=overdue",): self.overdue,
            ("status=action_complete",): self.waiting,
            (f"status={ALL}",): self.all,
        }
        return known.get(shape)

    @property
    def at_least(self) -> int:
        """No fewer than these are there in all: none is both open and verified."""
        return self.open + self.verified


@dataclass(frozen=True)
class Offered:
    """Who and what may be chosen, of what this person may know of: public id or key to name."""

    owners: Mapping[str, str] = field(default_factory=dict)
    teams: Mapping[str, str] = field(default_factory=dict)
    workers: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    views: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # name and query
    forms: frozenset[str] = frozenset()  # checksums of those ever published: their tags may be in use


@dataclass(frozen=True)
class Above:
    """The counts, and what may be chosen."""

    strip: Strip
    offered: Offered


def above(actor: Actor, office: Office) -> Above:
    """Everything above the register for one person. The counts are exact."""
    given = {"today": clock.today(), "me": actor.id, **quarter_span()}
    row = session.connection().execute(_above(actor, office), given).one()
    counts = (row.open or 0, row.overdue or 0, row.waiting or 0, row.verified or 0, row.all)
    owners, teams = _owners_and_teams(row.owners, row.teams)
    views = {key: (name, query) for key, name, query in _rows_of(row.views)}
    forms = frozenset(checksum for (checksum,) in _rows_of(row.forms))
    workers = names_told_apart(_people(row.workers))
    offered = Offered(names_told_apart(owners), teams, workers, dict(_rows_of(row.kinds)), views, forms)
    return Above(Strip(*counts), offered)


class rows_as_text(FunctionElement[str]):  # noqa: N801 - read as a function
    """The rows of a query as one text: a list of lists in JSON."""

    type = String()
    name = "rows_as_text"
    inherit_cache = True


@compiles(rows_as_text)
def _rows_as_text(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST(json_agg(json_build_array({compiler.process(element.clauses, **options)})) AS TEXT)"


@compiles(rows_as_text, "sqlite")
def _rows_as_text_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_group_array(json_array({compiler.process(element.clauses, **options)}))"


def _rows_of(text: str | None) -> list[Any]:
    """The rows again; PostgreSQL says nothing of none."""
    return list(json.loads(text)) if text else []


@lru_cache(KEPT_LISTS)
def _people(text: str | None) -> dict[str, str]:
    return _by_name(dict(_rows_of(text)))


@lru_cache(KEPT_LISTS)
def _owners_and_teams(owners: str | None, teams: str | None) -> tuple[dict[str, str], dict[str, str]]:
    """Nobody's are a row without a name. A team is offered where one of them is in it."""
    rows = [row for row in _rows_of(owners) if row[0] is not None]
    asked = {team for _key, _name, team in rows}
    named = {key: name for team, key, name in _rows_of(teams) if team in asked}
    return _by_name({key: name for key, name, _team in rows}), _by_name(named)


def _by_name(names: dict[str, str]) -> dict[str, str]:
    return dict(sorted(names.items(), key=lambda each: each[1]))


# The question


@made_once
def _above(actor: Actor, office: Office) -> Select[Any]:
    """The counts with everything else beside them."""
    return _counts(actor, office).add_columns(
        _workers(actor, office).label("workers"),
        _listed(Team.id, Team.public_id, Team.name).label("teams"),
        _listed(ActivityKind.key, ActivityKind.name).label("kinds"),
        _views().label("views"),
        _forms().label("forms"),
    )


def _counts(actor: Actor, office: Office) -> Select[Any]:
    """Three ways, by how much of all somebody sees: all but a little, row by row, or few. With each, who owns any."""
    if actor.id in office.heads:
        return _of_all_but_hidden(actor, office)
    return _of_nearly_all(actor, office) if office.holds(actor.id) else _of_few(actor, office)


def _open_parts() -> dict[str, Any]:
    """What is counted of the open ones."""
    return {"open": OPEN_ONLY, "overdue": past_due(), "waiting": waits_for_impact()}


def _verified() -> ColumnElement[bool]:
    closed = (_raised.closed_at >= bindparam("closed_from"), _raised.closed_at < bindparam("closed_before"))
    return and_(_raised.outcome == Outcome.IMPACT_VERIFIED, *closed)


def _of_all_but_hidden(actor: Actor, office: Office) -> Select[Any]:
    """A Head is kept from few: those are gone through, and taken from what the indexes count without a look at any."""
    hidden = _summed(_open_parts()).where(OPEN_ONLY, hidden_from_head(actor, office)).subquery()
    counts = [
        (_counted(part) - func.coalesce(hidden.c[name], 0)).label(name) for name, part in _open_parts().items()
    ]  # fmt: skip
    return select(*counts, *_beside(actor, office)).select_from(hidden)


def _of_nearly_all(actor: Actor, office: Office) -> Select[Any]:
    """Who acts for a Head: the open ones are gone through once."""
    counted = _summed(_open_parts()).where(OPEN_ONLY, visible_in_register(actor, office)).subquery()
    return select(*counted.c, *_beside(actor, office))


def _beside(actor: Actor, office: Office) -> tuple[Any, ...]:
    """What is found by itself for who sees nearly all."""
    verified = _counted(_verified(), visible_in_register(actor, office))
    return verified.label("verified"), null().label("all"), _owners_of_any(actor, office).label("owners")


def _counted(*asked: Any) -> ScalarSelect[Any]:
    return select(func.count()).select_from(_raised).where(*asked).scalar_subquery()


def _of_few(actor: Actor, office: Office) -> Select[Any]:
    """For who sees few, all of them are gone through once, owner by owner."""
    parts = {**_open_parts(), "verified": _verified()}
    counted = (
        _summed(parts)
        .add_columns(func.count().label("all"), _raised.owner_id)
        .where(visible_in_register(actor, office))
        .group_by(_raised.owner_id)
        .subquery()
    )
    owner = aliased(Person)
    sums = [func.sum(counted.c[name]).label(name) for name in (*parts, "all")]
    query = select(*sums, _with_team(owner).label("owners")).select_from(counted)
    return query.outerjoin(owner, owner.id == counted.c.owner_id)


def _summed(parts: Mapping[str, Any]) -> Select[Any]:
    """Of how many rows each is true."""
    counts: list[Any] = [func.count().filter(and_(part)).label(name) for name, part in parts.items()]
    return select(*counts)


# Lists to choose from


def _with_team(person: Any) -> rows_as_text:
    return rows_as_text(person.public_id, person.name, person.team_id)


def _owners_of_any(actor: Actor, office: Office) -> ScalarSelect[Any]:
    """One of each person's is soon found where nearly all are seen."""
    owner = aliased(Person)
    owned = select(_raised.id).where(_raised.owner_id == owner.id, visible_in_register(actor, office))
    return select(_with_team(owner)).where(_any(owned, owner)).scalar_subquery()


def _workers(actor: Actor, office: Office) -> ScalarSelect[Any]:
    """The workers of reviews of which this person sees more than dates: as the filter by worker is asked."""
    worker = aliased(Person)
    decided = and_(Review.decided_at.is_not(None), visible_beyond_dates(actor, office))
    if office.holds(actor.id):
        works = _any(select(Review.id).where(Review.worker_id == worker.id, decided), worker)
    else:
        works = worker.id.in_(select(Review.worker_id).where(decided).distinct())  # once, and not for each person
    return select(rows_as_text(worker.public_id, worker.name)).where(works).scalar_subquery()


def _any(query: Select[Any], person: Any) -> ColumnElement[bool]:
    """One of each person: asked with EXISTS, PostgreSQL would go through all of everybody's first. Nothing of it is
    read, so that the index alone answers."""
    return query.with_only_columns(literal_column("1")).correlate(person).limit(1).scalar_subquery().is_not(None)


def _listed(*columns: Any) -> ScalarSelect[Any]:
    return select(rows_as_text(*columns)).scalar_subquery()


def _views() -> ScalarSelect[Any]:
    own = select(SavedView.public_id, SavedView.name, SavedView.query).where(SavedView.person_id == bindparam("me"))
    ordered = own.order_by(SavedView.name, SavedView.id).subquery()
    return _listed(ordered.c.public_id, ordered.c.name, ordered.c.query)


def _forms() -> ScalarSelect[Any]:
    published = FormTemplateVersion.published_at.is_not(None)
    return select(rows_as_text(FormTemplateVersion.checksum)).where(published).scalar_subquery()
