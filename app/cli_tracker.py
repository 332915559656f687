"""The command of the tracker: those whose turn it is are asked."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

tracker = AppGroup("tracker", help="Impact that is due to be checked, and meetings to prepare for.")


@tracker.command("ask")
def ask() -> None:
    """Ask the verifiers whose impact check is due, and tell who is asked to a meeting a week before it.

    Run it once a day, early: `./run flask tracker ask`. Run again it does nothing more. Messages go into the outbox,
    with a reference and a link only.
    """
    from app.services import tracker_asks

    asked = tracker_asks.ask()
    click.echo(
        f"{asked.verifiers} verifiers asked for impact, {asked.invited} people told of a meeting to prepare for."
    )


def init_app(app: Flask) -> None:
    """Register the commands of this page."""
    app.cli.add_command(tracker)
