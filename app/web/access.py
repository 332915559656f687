"""Every route says what it needs; one that does not is refused to everybody.

A view is declared with `@public`, `@signed_in` or `@needs(permission)`. What a person may do to one
particular review is the service's question; this door asks only whether the page is theirs to try.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask_login import current_user

from app.policy.acting import Office
from app.policy.actor import Actor, actor_of
from app.policy.rules import may
from app.services import gate
from app.web import errors
from workflows.engine import Reason
from workflows.permissions import Permission

View = TypeVar("View", bound=Callable[..., Any])

DECLARED = "plumbline_access"
PUBLIC = "public"
SIGNED_IN = "signed_in"
TAKES_FILES = "plumbline_takes_files"
NO_FILE = Reason("No file can be attached here: write what it shows, and where it is in the record.")


def public(view: View) -> View:
    """Open to anybody, signed in or not."""
    setattr(view, DECLARED, PUBLIC)
    return view


def signed_in(view: View) -> View:
    """Open to any signed-in person; what they see inside is the policy's."""
    setattr(view, DECLARED, SIGNED_IN)
    return view


def needs(permission: Permission) -> Callable[[View], View]:
    """Open to people who hold a permission that belongs to no single review."""

    def declare(view: View) -> View:
        setattr(view, DECLARED, permission)
        return view

    return declare


def takes_files(view: View) -> View:
    """A page whose form sends a file; everywhere else one is refused and not dropped without a word."""
    setattr(view, TAKES_FILES, True)
    return view


def declared(app: Flask, endpoint: str) -> str | None:
    """What a route needs, or None where nobody said."""
    view = app.view_functions.get(endpoint)
    return PUBLIC if endpoint == "static" else getattr(view, DECLARED, None)


def actor() -> Actor:
    """The signed-in person as the policy sees one; loaded once a request."""
    if "actor" not in g:
        g.actor = actor_of(current_user)
    found: Actor = g.actor
    return found


def office() -> Office:
    """The Head's office today; loaded once a request."""
    if "office" not in g:
        g.office = gate.office()
    found: Office = g.office
    return found


def allowed(permission: Permission) -> bool:
    """Whether the signed-in person holds a permission that belongs to no single review."""
    return may(actor(), permission, None, office())


def init_app(app: Flask) -> None:
    """Ask at every request."""
    app.before_request(_ask)


def _ask() -> Any:
    if request.endpoint is None:
        return None  # a 404 or 405 of the router, which has its own page
    need = declared(current_app, request.endpoint)
    if need is None:
        abort(403)
    if need == PUBLIC:
        return None
    if not current_user.is_authenticated:
        return _to_sign_in()
    if need != SIGNED_IN and not may(actor(), Permission(need), None, office()):
        abort(403)
    return _without_files()


def _without_files() -> Any:
    """A file where none belongs: said, and what was typed beside it is given back."""
    takes = getattr(current_app.view_functions[str(request.endpoint)], TAKES_FILES, False)
    if takes or not any(each.filename for each in request.files.values()):
        return None
    return errors.refused_page([NO_FILE], heading="No file belongs here")


def _to_sign_in() -> Any:
    """To the sign-in page and back here; a form that was sent keeps what was typed."""
    if request.method not in ("GET", "HEAD"):
        return errors.signed_out_page()
    if errors.wants_json():
        abort(401)
    return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
