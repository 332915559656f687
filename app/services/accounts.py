"""Accounts: adding, changing and closing them, and their passwords.

Passwords come here as hashes: working one out takes a tenth of a second, which no transaction waits for.
The log says which fields of an account changed, and roles and ids, never a name or an address.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError

from app import clock
from app.extensions import session
from app.models.people import Agency, Person, Role, RoleName, Team
from app.policy.accounts import OUTSIDE_ROLES, may_sign_in
from app.policy.acting import NO_OFFICE
from app.policy.actor import SYSTEM, Actor
from app.policy.rules import NOT_YOURS, may
from app.services import signing_in
from app.services.unit_of_work import Work, unit_of_work
from workflows.engine import GuardFailed, NotPermitted, Reason
from workflows.permissions import Permission

# Plainer than what mail allows: a bracket or two dots would send it elsewhere, or nowhere.
_ATOM = r"[^@\s,;:<>()\[\]\\\".]+"
ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@{_ATOM}(\.{_ATOM})+")
LONGEST_TYPED = 1_000  # far beyond any address, and still too long to be one


@dataclass(frozen=True)
class Details:
    """What an account says about a person."""

    name: str
    email: str
    role_names: frozenset[str] = field(default_factory=frozenset)
    team_id: int | None = None
    agency_id: int | None = None
    line_manager_id: int | None = None
    ends_on: date | None = None
    active: bool = True


def clean_email(typed: str) -> str:
    """As it is kept: in small letters, and in one writing of letters that look alike (full width, ligatures), so
    that one address is one account. Cut first: normalising takes the square of a text made to be slow."""
    return unicodedata.normalize("NFKC", typed[:LONGEST_TYPED]).strip().lower()


def add(actor: Actor, details: Details, password_hash: str | None = None, *, demo: bool = False) -> int:
    """Add an account; its id. A password set by somebody else is temporary. Raises GuardFailed."""
    _must_administer(actor)
    with unit_of_work(actor) as work:
        return put_new(work, details, password_hash, temporary=password_hash is not None, demo=demo).id


def put_new(
    work: Work, details: Details, password_hash: str | None, *, temporary: bool = False, demo: bool = False
) -> Person:
    """The same inside a transaction that is open already."""
    person = Person(
        name="",
        email="",
        password=password_hash,
        password_is_temporary=temporary,
        fs_uniquifier=secrets.token_hex(32),
        demo=demo,
        created_at=work.at,
    )
    _check(person, details)
    _set(person, details)
    _save(work, person)
    work.record("account.added", person, **_facts(person))
    return person


def change(actor: Actor, person_id: int, expected_version: int, details: Details) -> None:
    """Change an account. Closing it ends its sessions. Raises GuardFailed, Stale, NotFound."""
    _must_administer(actor)
    with unit_of_work(actor) as work:
        person = work.lock(Person, person_id, expected_version)
        _check(person, details)
        before, named = _facts(person), (person.name, person.email)
        _set(person, details)
        changed = _changed(before, named, person)
        if not changed:
            return
        person.version += 1
        _save(work, person)
        work.record("account.changed", person, changed=changed, before=before, after=_facts(person))
        if not may_sign_in(person, clock.today()):
            signing_in.end_all(work, person, "account ended")


def end_sessions(actor: Actor, person_id: int) -> int:
    """Sign a person out everywhere at once; how many sessions that ended."""
    _must_administer(actor)
    with unit_of_work(actor) as work:
        return signing_in.end_all(work, work.lock(Person, person_id), "ended by an administrator")


def set_temporary_password(actor: Actor, person_id: int, password_hash: str) -> None:
    """Give a person a password that must be changed at the next sign-in, and end every session."""
    _must_administer(actor)
    with unit_of_work(actor) as work:
        _set_password(work, work.lock(Person, person_id), password_hash, temporary=True)


def change_password(actor: Actor, verified: str, password_hash: str, keep: str | None) -> bool:
    """A person's own change: ends all other sessions. False where the password changed meanwhile."""
    if actor.id is None:
        return False
    with unit_of_work(actor) as work:
        person = work.lock(Person, actor.id)
        if person.password != verified:
            return False
        _set_password(work, person, password_hash, temporary=False, keep=keep)
        return True


def _set_password(work: Work, person: Person, password_hash: str, *, temporary: bool, keep: str | None = None) -> None:
    person.password, person.password_is_temporary = password_hash, temporary
    person.version += 1
    work.record("account.password_set", person, temporary=temporary)
    signing_in.end_all(work, person, "password changed", keep)


def add_team(actor: Actor, name: str) -> int:
    """Add a team. Raises GuardFailed where the name is taken or empty."""
    return _add_place(actor, Team, name, "team")


def add_agency(actor: Actor, name: str) -> int:
    """Add a commissioned agency. Raises GuardFailed where the name is taken or empty."""
    return _add_place(actor, Agency, name, "agency")


def _add_place(actor: Actor, kind: type[Team] | type[Agency], name: str, what: str) -> int:
    _must_administer(actor)
    name = " ".join(name.split())
    if not 0 < len(name) <= 120:
        raise GuardFailed(Reason("Enter a name of 120 characters or fewer", "#name"))
    with unit_of_work(actor) as work:
        if session.scalar(select(kind.id).where(func.lower(kind.name) == name.lower())) is not None:
            raise GuardFailed(Reason(f"There is already a {what} with this name", "#name"))
        row = kind(name=name)
        _save(work, row)
        work.record(f"{what}.added", row)
        return row.id


# What must hold


def _must_administer(actor: Actor) -> None:
    if actor is not SYSTEM and not may(actor, Permission.ADMINISTER_PEOPLE, None, NO_OFFICE):
        raise NotPermitted(Reason(NOT_YOURS))


def _check(person: Person, details: Details) -> None:
    """Raise GuardFailed with every reason at once, each naming its field."""
    reasons = [
        *_name_and_address(person, details),
        *_outside(details),
        *_line_manager(person, details.line_manager_id),
        *_last_administrator(person, details),
    ]
    if reasons:
        raise GuardFailed(*reasons)


def _name_and_address(person: Person, details: Details) -> Iterable[Reason]:
    if not 0 < len(details.name.strip()) <= 120:
        yield Reason("Enter a name of 120 characters or fewer", "#name")
    email = clean_email(details.email)
    if len(email) > 254 or not ADDRESS.fullmatch(email):
        yield Reason("Enter an e-mail address, like name@example.org", "#email")
    elif session.scalar(select(Person.id).where(Person.email == email, Person.id != (person.id or 0))):
        yield Reason("There is already an account with this e-mail address", "#email")


def _outside(details: Details) -> Iterable[Reason]:
    """Accounts from outside the council end on a day (handbook 1)."""
    if details.ends_on is None and details.agency_id is not None:
        yield Reason("Enter the day the account ends: an account of an agency must have one", "#ends_on-day")
    elif details.ends_on is None and details.role_names & OUTSIDE_ROLES:
        yield Reason("Enter the day the account ends: this role is held from outside", "#ends_on-day")
    if RoleName.AGENCY_MANAGER in details.role_names and details.agency_id is None:
        yield Reason("Choose the agency that this person manages", "#agency")
    if details.agency_id is not None and details.team_id is not None:
        yield Reason("Choose a team or an agency, not both", "#team")


def _line_manager(person: Person, manager_id: int | None) -> Iterable[Reason]:
    """Going up from the manager must never come back to the person: R4 follows this line."""
    passed: set[int] = set()
    while manager_id is not None and manager_id not in passed:
        if manager_id == person.id:
            yield Reason(
                "Choose another line manager: this one is supervised, directly or through others, by this person",
                "#line_manager",
            )
            return
        passed.add(manager_id)
        above = session.get(Person, manager_id, with_for_update={"key_share": True}, populate_existing=True)
        if above is None:
            yield Reason("Choose a line manager from the list", "#line_manager")
            return
        manager_id = above.line_manager_id


def _last_administrator(person: Person, details: Details) -> Iterable[Reason]:
    """Somebody must be left who can give the role back."""
    today = clock.today()
    keeps = RoleName.ADMINISTRATOR in details.role_names and details.active
    keeps = keeps and (details.ends_on is None or details.ends_on >= today)
    if keeps or RoleName.ADMINISTRATOR not in person.role_names or not may_sign_in(person, today):
        return
    session.scalars(select(Role).where(Role.name == RoleName.ADMINISTRATOR).with_for_update()).one()
    others = session.scalar(
        select(func.count(Person.id))
        .join(Person.roles)
        .where(
            Role.name == RoleName.ADMINISTRATOR,
            Person.active,
            or_(Person.ends_on.is_(None), Person.ends_on >= today),
            Person.id != person.id,
        )
    )
    if not others:
        yield Reason("Give somebody else the administrator role first: this is the last account that has it", "#roles")


# Writing it down


def _set(person: Person, details: Details) -> None:
    person.name = " ".join(details.name.split())
    person.email = clean_email(details.email)
    person.team_id, person.agency_id = details.team_id, details.agency_id
    person.line_manager_id = details.line_manager_id
    person.ends_on, person.active = details.ends_on, details.active
    if person.role_names != details.role_names:
        person.roles = _roles(details.role_names)


def _roles(names: frozenset[str]) -> list[Role]:
    """The rows of these roles; a role is given its row when somebody first holds it."""
    wanted = [name for name in RoleName if name in names]
    if len(wanted) != len(names):
        raise GuardFailed(Reason("Choose roles from the list", "#roles"))
    have = {role.name: role for role in session.scalars(select(Role))}
    return [have.get(name) or Role(name=name) for name in wanted]


def _save(work: Work, row: Any) -> None:
    """Two administrators may add the same address at once; the database then refuses the second."""
    try:
        work.add(row)
    except IntegrityError as error:
        raise GuardFailed(Reason("This could not be saved: a name or an address is taken already", "#name")) from error


def _facts(person: Person) -> dict[str, Any]:
    """What the log keeps of an account: ids, roles and dates."""
    return {
        "roles": sorted(person.role_names),
        "team": person.team_id,
        "agency": person.agency_id,
        "line_manager": person.line_manager_id,
        "ends_on": person.ends_on,
        "active": person.active,
    }


def _changed(before: dict[str, Any], named: tuple[str, str], person: Person) -> list[str]:
    after = _facts(person)
    changed = [key for key, value in after.items() if value != before[key]]
    changed += ["name"] if person.name != named[0] else []
    return changed + (["email"] if person.email != named[1] else [])
