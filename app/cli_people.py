"""Accounts from the command line: the first administrator of a new service is made here."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from app.policy.actor import SYSTEM
from config import BadConfiguration
from workflows.engine import GuardFailed

people = AppGroup("people", help="Accounts: list, add, end sessions, set a password.")


@people.command("list")
def list_people() -> None:
    """Everybody with an account, a line each."""
    from app.queries import people as queries

    page, pages = 1, 1
    while page <= pages:
        found = queries.listing(page=page)
        for line in found.rows:
            click.echo("\t".join((line.email, line.name, ", ".join(line.roles), line.place, line.status)))
        page, pages = page + 1, found.pages


@people.command("add")
@click.argument("email")
@click.argument("name")
@click.option("--role", "roles", multiple=True, help="May be given several times: administrator, reviewer …")
@click.option("--ends-on", type=click.DateTime(["%Y-%m-%d"]), help="The account's last day.")
def add(email: str, name: str, roles: tuple[str, ...], ends_on: object) -> None:
    """Add an account with a temporary password, which is printed once."""
    from app import security
    from app.services import accounts

    details = accounts.Details(
        name=name,
        email=email,
        role_names=frozenset(roles),
        ends_on=ends_on.date() if ends_on else None,  # type: ignore[attr-defined]
    )
    password = security.temporary_password()
    try:
        accounts.add(SYSTEM, details, security.hash_password(password))
    except GuardFailed as refused:
        raise click.ClickException("; ".join(reason.text for reason in refused.reasons)) from refused
    click.echo(f"Added {accounts.clean_email(email)}. Temporary password: {password}")


@people.command("end-sessions")
@click.argument("email")
def end_sessions(email: str) -> None:
    """Sign somebody out everywhere, at once."""
    from app.services import accounts

    count = accounts.end_sessions(SYSTEM, _id_of(email))
    click.echo(f"Ended {count} {'session' if count == 1 else 'sessions'}.")


@people.command("set-password")
@click.argument("email")
def set_password(email: str) -> None:
    """Set a temporary password, print it once, and end every session."""
    from app import security
    from app.services import accounts

    person_id, password = _id_of(email), security.temporary_password()
    accounts.set_temporary_password(SYSTEM, person_id, security.hash_password(password))
    click.echo(f"Temporary password: {password}")


def _id_of(email: str) -> int:
    from app.queries import people as queries
    from app.services import accounts

    found = queries.profile_by_email(accounts.clean_email(email))
    if found is None:
        raise click.ClickException(f"There is no account with the address {email}.")
    return found.id


@click.command("cast")
@with_appcontext
def cast() -> None:
    """Create the demonstration's people in a database that has nobody. Never in production."""
    from app import startup

    try:
        made = startup.make_cast(current_app._get_current_object())  # type: ignore[attr-defined]
    except BadConfiguration as why:
        raise click.ClickException(str(why)) from why
    click.echo("The cast is created." if made else "There are people already; nothing is changed.")


def init_app(app: Flask) -> None:
    """Register these commands; `cast` joins the demonstration's others where those are registered before."""
    app.cli.add_command(people)
    demo = app.cli.commands.setdefault("demo", AppGroup("demo", help="The demonstration's invented people."))
    if isinstance(demo, click.Group):
        demo.add_command(cast)
