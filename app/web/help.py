"""Help for everybody, signed in or not: a first day in each role, accessibility, privacy."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from app.services import settings
from app.web import access, frame
from app.web.help_words import FIRST_DAYS, title

bp = Blueprint("help", __name__, url_prefix="/help")

frame.footer_links.add("Help", "help.index", frame.anybody, order=0)
frame.footer_links.add("Privacy", "help.privacy", frame.anybody, order=1)
frame.footer_links.add("Accessibility", "help.accessibility", frame.anybody, order=2)


@bp.get("")
@access.public
def index() -> ResponseReturnValue:
    """One's own roles first, then all of them: who does what is no secret."""
    own = [role for role in FIRST_DAYS if role in _own_roles()]
    return render_template(
        "help/index.html",
        own=[(role, title(role)) for role in own],
        others=[(role, title(role)) for role in FIRST_DAYS if role not in own],
        duty_team_phone=settings.load().duty_team_phone,
    )


def _own_roles() -> frozenset[str]:
    return access.actor().role_names if frame.current_person() is not None else frozenset()


@bp.get("/first-day/<role>")
@access.public
def first_day(role: str) -> ResponseReturnValue:
    """A first day in one role."""
    if role not in FIRST_DAYS:
        abort(404)
    return render_template("help/first_day.html", title=title(role), day=FIRST_DAYS[role], own=role in _own_roles())


@bp.get("/accessibility")
@access.public
def accessibility() -> ResponseReturnValue:
    """The statement that the 2018 regulations ask for."""
    return render_template("help/accessibility.html")


@bp.get("/privacy")
@access.public
def privacy() -> ResponseReturnValue:
    """What is kept about whom, who sees it, and for how long."""
    return render_template("help/privacy.html")
