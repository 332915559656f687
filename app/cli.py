"""The commands of `./run flask`."""

from __future__ import annotations

from flask import Flask
from flask.cli import AppGroup

from app import cli_concerns, cli_demo, cli_forms, cli_messages, cli_people, cli_records, cli_tracker

db = AppGroup("db", help="Bring the database to the newest revision.")


@db.command("upgrade")
def upgrade() -> None:
    """Migrate to head."""
    from app import extensions, migrating

    migrating.upgrade(extensions.engine())


def init_app(app: Flask) -> None:
    """Register every command."""
    app.cli.add_command(db)
    cli_records.init_app(app)
    cli_forms.init_app(app)
    cli_people.init_app(app)
    cli_concerns.init_app(app)
    cli_tracker.init_app(app)
    cli_messages.init_app(app)
    cli_demo.init_app(app)
