"""The command of the concerns: what went up is written down and told."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

concerns = AppGroup("concerns", help="Immediate concerns that nobody acknowledged on their day.")


@concerns.command("escalate")
def escalate() -> None:
    """Tell the assistant director of every concern that went up. Run it a little after midnight, and often.

    The assistant director sees such a concern without it. Run again it does nothing more.
    """
    from app.services import concerns as services

    click.echo(f"{services.escalate()} concerns went up to the assistant director.")


def init_app(app: Flask) -> None:
    """Register the commands of this page."""
    app.cli.add_command(concerns)
