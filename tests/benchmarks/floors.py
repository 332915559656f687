"""The two floors: what a page must cost on this machine before it has anything of its own.

*Bare*: a Flask view, one query without models, 50 rows, a page frame; no session, nobody signed in.
*Signed in*: the same inside the application, with its session, person, headers and frame.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, render_template
from sqlalchemy import Engine, create_engine, select

from app.extensions import session
from app.models.recommendations import Recommendation
from app.web import access

TEMPLATES = Path(__file__).parent / "templates"
ROWS = 50
COLUMNS = ["Reference", "Level", "Finding", "State", "Due", "Version"]

_row = Recommendation
QUERY = select(_row.reference, _row.level, _row.finding, _row.state, _row.due_on, _row.version).limit(ROWS)

bp = Blueprint("benchmark", __name__, template_folder=str(TEMPLATES))


@bp.get("/benchmark/floor")
@access.signed_in
def signed_in() -> Any:
    """Inside the application."""
    table = [_cells(row) for row in session.execute(QUERY.order_by(_row.id))]
    return render_template("benchmark_floor.html", columns=COLUMNS, table=table, wide=True)


def _cells(row: Any) -> list[str]:
    return [str(value) for value in row]


def bare(url: str) -> tuple[Flask, Engine]:
    """An application of nothing but this page, and its engine."""
    app = Flask(__name__, template_folder=str(TEMPLATES))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    engine = create_engine(url)

    @app.get("/")
    def page() -> str:
        with engine.connect() as connection:
            table = [_cells(row) for row in connection.execute(QUERY.order_by(_row.id))]
        return render_template("benchmark_bare.html", columns=COLUMNS, table=table)

    return app, engine
