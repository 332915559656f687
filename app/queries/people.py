"""What the sign-in, the account page and the administrator's pages read about people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from app import clock
from app.extensions import session
from app.models.people import Agency, Person, Role, RoleName, SignInSession, Team
from app.policy.accounts import IDLE, LONGEST, beside_roles, may_sign_in
from app.policy.actor import Actor, actor_of
from app.queries.paging import Page, a_page, how_many, paged

PAGE = 50
ROLE_WORDS = {
    RoleName.REVIEWER: "Reviewer",
    RoleName.WORKER: "Worker",
    RoleName.LINE_MANAGER: "Line manager",
    RoleName.HEAD_OF_QA: "Head of QA",
    RoleName.DEPUTY_QA: "Deputy for the Head of QA",
    RoleName.PANEL_MEMBER: "Panel member",
    RoleName.PANEL_CHAIR: "Panel chair",
    RoleName.DEPUTY_CHAIR: "Deputy chair",
    RoleName.DIRECTOR: "Director",
    RoleName.ASSISTANT_DIRECTOR: "Assistant director",
    RoleName.OPERATIONAL_MANAGER: "Operational manager",
    RoleName.ADMINISTRATOR: "Administrator",
    RoleName.AGENCY_MANAGER: "Agency manager",
    RoleName.OVERSIGHT: "Oversight",
}


def role_words(names: frozenset[str]) -> list[str]:
    """The roles in words, in the handbook's order."""
    return [words for name, words in ROLE_WORDS.items() if name in names]


def names_told_apart(names: Mapping[str, str]) -> dict[str, str]:
    """Public id to name, as a list to choose from shows it: of two who share a name where each belongs stands behind.

    R8: one person owns a recommendation. Only namesakes are asked about: a list without any costs nothing more.
    """
    times = Counter(names.values())
    namesakes = {key: name for key, name in names.items() if times[name] > 1}
    if not namesakes:
        return dict(names)
    ways = _ways(namesakes)
    again = Counter((name, words) for key, name in namesakes.items() for words in ways[key])
    return {key: _told(name, ways[key], again) if key in namesakes else name for key, name in names.items()}


def _told(name: str, ways: Sequence[str], again: Counter[tuple[str, str]]) -> str:
    """With the first words that none of the others has."""
    words = next((each for each in ways if each and again[name, each] == 1), "")
    return f"{name} ({words})" if words else name


def _places() -> Select[Any]:
    """Where each of some names belongs, a role of theirs, and their address: a row for each role; made once."""
    columns: list[Any] = [Person.public_id, func.coalesce(Team.name, Agency.name, ""), Person.email]
    query, role = beside_roles(select(*columns).outerjoin(Person.team).outerjoin(Person.agency))
    return query.add_columns(role.name).where(Person.name.in_(bindparam("named", expanding=True)))


_PLACES = _places()


def _ways(asked: Mapping[str, str]) -> dict[str, list[str]]:
    """Public id to what could tell each apart: the team or agency; with it what they do; where two of a team do the
    same, the address they sign in with, which nobody else has. Asked for as columns alone."""
    belongs: dict[str, tuple[str, str]] = {}
    roles: dict[str, set[str]] = {}
    for key, place, email, role in session.connection().execute(_PLACES, {"named": sorted(set(asked.values()))}):
        belongs[key] = place, email
        roles.setdefault(key, set()).update([role] if role else ())
    found = {}
    for key in asked:
        place, email = belongs.get(key, ("", ""))
        with_work = ", ".join(filter(None, [place, *role_words(frozenset(roles.get(key, ())))]))
        found[key] = list(dict.fromkeys([place, with_work, email]))
    return found


# Signing in


@dataclass(frozen=True)
class Credentials:
    """What signing in needs to know of an account that exists."""

    actor: Actor
    password: str | None
    may_sign_in: bool


def credentials(email: str) -> Credentials | None:
    """By e-mail address in small letters; None where nobody has it."""
    person = session.scalars(select(Person).where(Person.email == email)).one_or_none()
    if person is None:
        return None
    return Credentials(actor_of(person), person.password, may_sign_in(person, clock.today()))


def credentials_of(person_id: int) -> Credentials | None:
    """The same by id, for somebody who is signed in and types the password again."""
    person = session.get(Person, person_id)
    if person is None:
        return None
    return Credentials(actor_of(person), person.password, may_sign_in(person, clock.today()))


def session_by_digest(sid_digest: str) -> SignInSession | None:
    """A session with its person and the person's roles: one query, asked at every request."""
    found: SignInSession | None = session.scalars(_BY_DIGEST, {"digest": sid_digest}).unique().one_or_none()
    return found


def _with_its_person() -> Select[Any]:
    """Made once: putting it together takes longer than asking it."""
    query, role = beside_roles(select(SignInSession).join(SignInSession.person))
    person = contains_eager(SignInSession.person).contains_eager(Person.roles.of_type(role))
    return query.where(SignInSession.sid_digest == bindparam("digest")).options(person)


_BY_DIGEST = _with_its_person()


# One's own account


@dataclass(frozen=True)
class SessionLine:
    """One of a person's live sessions, named by its digest."""

    digest: str
    started_at: datetime
    seen_at: datetime
    browser: str
    current: bool


def live_sessions(person_id: int, current_digest: str | None = None) -> list[SessionLine]:
    """The sessions a person could use now, the newest first; those that ran out are left away."""
    now = clock.now()
    rows = session.scalars(
        select(SignInSession)
        .where(
            SignInSession.person_id == person_id,
            SignInSession.ended_at.is_(None),
            SignInSession.started_at > now - LONGEST,
            SignInSession.seen_at > now - IDLE,
        )
        .order_by(SignInSession.started_at.desc(), SignInSession.id.desc())
    )
    return [
        SessionLine(row.sid_digest, row.started_at, row.seen_at, row.browser, row.sid_digest == current_digest)
        for row in rows
    ]


@dataclass(frozen=True)
class OwnAccount:
    """What a person is told of the account: who keeps it, and what it is."""

    name: str
    email: str
    roles: list[str]
    team: str
    agency: str
    line_manager: str
    ends_on: date | None


def own_account(person_id: int) -> OwnAccount:
    """The account page's facts."""
    person = session.scalars(_with_places().where(Person.id == person_id)).one()
    return OwnAccount(
        name=person.name,
        email=person.email,
        roles=role_words(person.role_names),
        team=person.team.name if person.team else "",
        agency=person.agency.name if person.agency else "",
        line_manager=person.line_manager.name if person.line_manager else "",
        ends_on=person.ends_on,
    )


# The administrator's pages


@dataclass(frozen=True)
class PersonLine:
    """One line of the list of people."""

    public_id: str
    name: str
    email: str
    roles: list[str]
    place: str
    status: str
    ends_on: date | None


def status_of(person: Person, today: date) -> str:
    """ "Active", "Deactivated" or "Ended"."""
    if not person.active:
        return "Deactivated"
    return "Active" if may_sign_in(person, today) else "Ended"


def listing(search: str = "", status: str = "", page: int = 1) -> Page[PersonLine]:
    """People by name. `search` is part of a name or address; `status` is "", "active" or "closed"."""
    wanted = _filtered(select(Person), search, status)
    shown = paged(Person, wanted, (func.lower(Person.name), Person.id)).options(
        joinedload(Person.team), joinedload(Person.agency), selectinload(Person.roles)
    )
    found = a_page(shown, how_many(wanted), page, PAGE)
    today = clock.today()
    return found.of([_line(person, today) for person in found.rows])


def _filtered(query: Select[Person], search: str, status: str) -> Select[Person]:
    if search:
        query = query.where(
            or_(Person.name.icontains(search, autoescape=True), Person.email.icontains(search, autoescape=True))
        )
    open_now = Person.active & or_(Person.ends_on.is_(None), Person.ends_on >= clock.today())
    if status == "active":
        return query.where(open_now)
    return query.where(~open_now) if status == "closed" else query


def _line(person: Person, today: date) -> PersonLine:
    place = person.team or person.agency
    return PersonLine(
        public_id=person.public_id,
        name=person.name,
        email=person.email,
        roles=role_words(person.role_names),
        place=place.name if place else "",
        status=status_of(person, today),
        ends_on=person.ends_on,
    )


@dataclass(frozen=True)
class Profile:
    """One account as the administrator sees it; team, agency and manager by public id, "" for none."""

    id: int
    public_id: str
    version: int
    name: str
    email: str
    role_names: frozenset[str]
    team: str
    agency: str
    line_manager: str
    ends_on: date | None
    active: bool
    status: str
    password_is_temporary: bool
    has_password: bool
    sessions: int


def profile(public_id: str) -> Profile | None:
    """By the id that addresses carry."""
    person = session.scalars(select(Person).where(Person.public_id == public_id)).one_or_none()
    return None if person is None else _profile(person)


def profile_by_email(email: str) -> Profile | None:
    """By e-mail address in small letters, for the command line."""
    person = session.scalars(select(Person).where(Person.email == email)).one_or_none()
    return None if person is None else _profile(person)


def _profile(person: Person) -> Profile:
    return Profile(
        id=person.id,
        public_id=person.public_id,
        version=person.version,
        name=person.name,
        email=person.email,
        role_names=person.role_names,
        team=_public_id(person.team),
        agency=_public_id(person.agency),
        line_manager=_public_id(person.line_manager),
        ends_on=person.ends_on,
        active=person.active,
        status=status_of(person, clock.today()),
        password_is_temporary=person.password_is_temporary,
        has_password=person.password is not None,
        sessions=len(live_sessions(person.id)),
    )


def _public_id(row: Team | Agency | Person | None) -> str:
    return row.public_id if row else ""


@dataclass(frozen=True)
class Choices:
    """What the form about a person offers, public id -> name; `ids` has the keys they stand for."""

    teams: Mapping[str, str]
    agencies: Mapping[str, str]
    managers: Mapping[str, str]
    ids: Mapping[str, int]


def choices(of: Profile | None = None) -> Choices:
    """Teams, agencies, and the people who may supervise: active ones of the authority, never the person.

    A manager chosen earlier who has left stays in the list, so that saving another field loses nobody.
    """
    own, manager = (of.public_id, of.line_manager) if of else ("", "")
    may_supervise = or_(Person.active & Person.agency_id.is_(None), Person.public_id == manager)
    teams = _named(select(Team.public_id, Team.name, Team.id))
    agencies = _named(select(Agency.public_id, Agency.name, Agency.id))
    managers = _named(select(Person.public_id, Person.name, Person.id).where(may_supervise, Person.public_id != own))
    return Choices(
        teams={key: name for key, name, _ in teams},
        agencies={key: name for key, name, _ in agencies},
        managers={key: name for key, name, _ in managers},
        ids={key: row_id for key, _, row_id in (*teams, *agencies, *managers)},
    )


def _named(query: Select[str, str, int]) -> list[tuple[str, str, int]]:
    rows = [(key, name, row_id) for key, name, row_id in session.execute(query)]
    return sorted(rows, key=lambda row: (row[1].lower(), row[2]))


@dataclass(frozen=True)
class Place:
    """A team or an agency, with how many people belong to it."""

    public_id: str
    name: str
    people: int


def places(kind: str) -> list[Place]:
    """All teams, or all agencies ("team", "agency")."""
    table, belongs = (Team, Person.team_id) if kind == "team" else (Agency, Person.agency_id)
    rows = session.execute(
        select(table.public_id, table.name, func.count(Person.id))
        .outerjoin(Person, belongs == table.id)
        .group_by(table.id, table.public_id, table.name)
        .order_by(func.lower(table.name))
    )
    return [Place(*row) for row in rows]


# Starting


def any_people() -> bool:
    """Whether the database has a single account."""
    return session.scalar(select(Person.id).limit(1)) is not None


def demo_people() -> int:
    """How many accounts of the demonstration there are."""
    return session.scalar(select(func.count(Person.id)).where(Person.demo)) or 0


def holders(role: RoleName) -> Sequence[str]:
    """The addresses of the active people with a role."""
    return session.scalars(
        select(Person.email).join(Person.roles).where(Role.name == role, Person.active).order_by(Person.email)
    ).all()


def _with_places() -> Select[Person]:
    manager = aliased(Person)
    return (
        select(Person)
        .outerjoin(manager, Person.line_manager)
        .options(
            joinedload(Person.team), joinedload(Person.agency), contains_eager(Person.line_manager.of_type(manager))
        )
        .execution_options(populate_existing=True)
    )
