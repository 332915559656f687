"""The command of the messages: what waits in the outbox leaves."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import AppGroup

messages = AppGroup("messages", help="E-mail: send what waits, see how it stands.")


@messages.command("send")
def send() -> None:
    """Send what waits. Run it every minute; two at once send nothing twice.

    How is said by PLUMBLINE_MAIL. Where the mail server cannot be reached nothing is lost. The exit code is 1 then, and
    where a message was given up.
    """
    from app.messages import sending
    from app.messages.transports import transport

    mail = current_app.config["MAIL"]
    if not mail.how:
        raise click.ClickException("E-mail is not set up: PLUMBLINE_MAIL is empty. What waits is kept.")
    with transport(mail) as way:
        run = sending.send(way, mail.sender)
    click.echo(f"{run.sent} sent, {run.dropped} not to be sent any more, {run.put_off} put off, {run.failed} given up.")
    if run.away:
        raise click.ClickException(f"{run.away}. What waits is kept.")
    if run.failed:
        raise click.ClickException(
            f"{run.failed} could not be sent. The page E-mail under Settings says for whom and why."
        )


@messages.command("status")
def status() -> None:
    """How many wait, since when, and how many could not be sent."""
    from app.queries import outbox

    found = outbox.standing()
    since = f", the oldest since {found.since:%Y-%m-%d %H:%M} UTC" if found.since else ""
    click.echo(f"{found.waiting} waiting{since}; {found.failed} could not be sent in the last 7 days.")
    if found.problem:
        click.echo(f"Last met: {found.problem}.")


def init_app(app: Flask) -> None:
    """Register the commands of this page."""
    app.cli.add_command(messages)
