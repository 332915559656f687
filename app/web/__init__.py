"""Pages: thin views over queries and services."""

from __future__ import annotations

from flask import Flask

from app.services import settings as local_settings
from app.web import (
    access,
    accounts,
    actions,
    activities,
    activity_documents,
    concerns,
    discussion,
    documents,
    drafting,
    feed,
    files,
    forms_admin,
    frame,
    imports,
    messages,
    moderation,
    my_work,
    panel_actions,
    panel_documents,
    panel_running,
    people,
    plan_documents,
    plan_lines,
    plans,
    programme,
    recommendations,
    refusals,
    reviews,
    saved_views,
    settings,
    supervision,
    tracker_bulk,
    tracker_export,
    tracker_item,
    tracker_preparing,
    tracker_register,
)
from app.web import help as help_pages

BLUEPRINTS = (
    accounts.bp,
    my_work.bp,
    reviews.bp,
    drafting.bp,
    discussion.bp,
    moderation.bp,
    actions.bp,
    activities.bp,
    activity_documents.bp,
    files.bp,
    plans.bp,
    plan_lines.bp,
    plan_documents.bp,
    imports.bp,
    recommendations.bp,  # with the routes of the register, its views, its files and what is done to many
    feed.bp,
    programme.bp,
    panel_running.bp,  # with the routes of all pages around a meeting
    people.bp,
    concerns.bp,
    settings.bp,
    forms_admin.bp,
    messages.bp,
    help_pages.bp,
    documents.bp,
    *panel_actions.BLUEPRINTS,
    panel_documents.bp,
    tracker_preparing.bp,  # with the routes of all pages around a tracker meeting
    tracker_item.bp,
    supervision.bp,
)


# They add their routes to a blueprint above when they are imported.
ROUTES_OF_THE_REGISTER = (tracker_register, tracker_bulk, tracker_export, saved_views)


def init_app(app: Flask) -> None:
    """Register the frame, the door and every blueprint."""
    frame.init_app(app)
    access.init_app(app)
    refusals.init_app(app)
    frame.authority_name_from(app, lambda: local_settings.load().authority_name)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
