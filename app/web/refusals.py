"""From what services and queries raise to the page a person gets."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, request, url_for

from app.queries.reviews import NotVisible
from app.services.unit_of_work import DatabaseAway, NotFound, Stale
from app.web import errors
from workflows.engine import NotPermitted, Reason, Refused, UnknownAction

STALE = Reason("Somebody changed this since you opened the page. Open it again to see how it stands now.")


AT_TRACKER = {"tracker": "tracker.meeting", "tracker_item": "tracker_item.show"}


def init_app(app: Flask) -> None:
    """Register a handler for each."""
    app.register_error_handler(NotVisible, lambda _error: errors.not_found_page())
    app.register_error_handler(NotFound, lambda _error: errors.not_found_page())
    app.register_error_handler(UnknownAction, lambda _error: errors.not_found_page())
    app.register_error_handler(NotPermitted, _refused)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(Stale, _stale)
    app.register_error_handler(DatabaseAway, _database_away)


def _refused(error: Refused) -> Any:
    return errors.refused_page(error.reasons, _back())


def _stale(_error: Stale) -> Any:
    """A view that can show both texts does so itself; this is for actions without text."""
    return errors.refused_page([STALE], _back(), heading="This page was out of date")


def _back() -> str:
    """The review's own page for an action below it, the meeting's for one at a meeting, else the start."""
    view = request.view_args or {}
    if "public_id" in view and request.blueprint in ("reviews", "drafting", "discussion", "moderation", "actions"):
        return url_for("reviews.show", public_id=view["public_id"])
    if "public_id" in view and request.blueprint == "panel":
        return url_for("panel.meeting", public_id=view["public_id"])
    if "public_id" in view and request.blueprint in ("tracker", "tracker_item"):
        return url_for(AT_TRACKER[request.blueprint], public_id=view["public_id"])
    return "/"


def _database_away(error: DatabaseAway) -> Any:
    current_app.logger.error("the database did not answer: %s", error)
    return errors.unavailable_page()
