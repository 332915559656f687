"""The commands of the demonstration: `./run flask demo load`."""

from __future__ import annotations

from datetime import date, datetime

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext


@click.command("load")
@click.option("--today", "moment", type=click.DateTime(["%Y-%m-%d"]), help="Count every date from this day.")
@with_appcontext
def load(moment: datetime | None) -> None:
    """Fill an empty database with a year of invented reviews."""
    from app import clock
    from app import demo as made

    today: date = moment.date() if moment else clock.today()
    try:
        loaded = made.load(today)
    except made.NotEmpty as why:
        raise click.ClickException(str(why)) from why
    click.echo(
        f"{loaded.reviews} reviews and {loaded.recommendations} recommendations, as on {today.day} {today:%B %Y}."
    )


def init_app(app: Flask) -> None:
    """Register the command in the one group of the demonstration, whoever made that first."""
    group = app.cli.commands.setdefault("demo", AppGroup("demo", help="The demonstration's people and reviews."))
    if isinstance(group, click.Group):
        group.add_command(load)
