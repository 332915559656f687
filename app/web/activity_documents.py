"""The documents of an activity: added, taken away with a reason. They are downloaded in `app.web.files`."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from wtforms import FileField

from app.queries import activities, reviews
from app.queries import files as queries
from app.services import files, settings
from app.web import access
from app.web.action_forms import ReasonForm
from app.web.actions import put_errors
from app.web.wording import day
from forms.base import PlumblineForm
from workflows.engine import GuardFailed
from workflows.permissions import Permission

bp = Blueprint("activity_documents", __name__, url_prefix="/activities/<public_id>/documents")
NOTHING_SENT = "Choose the file to add"


class DocumentForm(PlumblineForm):
    file = FileField("File")


def lines(activity: Any) -> list[dict[str, Any]]:
    """The documents as the activity's page lists them; one taken away keeps its line, with who and why."""
    return [_line(activity, row) for row in queries.of_activity(activity)]


def _line(activity: Any, row: Any) -> dict[str, Any]:
    if row.removed_at is not None:
        why = f"Removed by {row.removed_by.name} on {day(row.removed_at)}: {row.removed_reason}"
        return {"name": row.name, "about": why, "url": "", "remove_url": ""}
    size = f"{max(1, round(row.size / 1024)):,} KB"
    return {
        "name": row.name,
        "about": f"{size}, added by {row.added_by.name} on {day(row.added_at)}",
        "url": url_for("files.download", public_id=row.public_id),
        "remove_url": url_for("activity_documents.remove", public_id=activity.public_id, file_id=row.public_id),
    }


def _find(public_id: str) -> Any:
    return activities.get(access.actor(), access.office(), public_id)


def _back(activity: Any) -> str:
    return url_for("activities.show", public_id=activity.public_id)


@bp.route("/add", methods=["GET", "POST"])
@access.needs(Permission.RECORD_ACTIVITY)
@access.takes_files
def add(public_id: str) -> Any:
    """One file. What it may be, and how large, the page says; what it is, the service finds out."""
    activity, form = _find(public_id), DocumentForm()
    if request.method == "POST" and form.validate():
        sent = request.files.get("file")
        content = sent.read() if sent else b""
        try:
            if sent is None or not sent.filename:
                form.file.errors = [NOTHING_SENT]
            else:
                files.add(access.actor(), files.ACTIVITY, activity.id, content, sent.filename)
        except GuardFailed as refused:
            if not put_errors(form, refused):
                raise
        if not form.file.errors:
            flash("The document is added.", "success")
            return redirect(url_for("activities.show", public_id=public_id), 303)
    return _page("add.html", _find(public_id), form, accept=files.ACCEPT, most=settings.load().file_megabytes)


@bp.route("/<file_id>/remove", methods=["GET", "POST"])
@access.needs(Permission.RECORD_ACTIVITY)
def remove(public_id: str, file_id: str) -> Any:
    """Its content is deleted; that it was here, who took it away and why stays."""
    activity, form = _find(public_id), ReasonForm()
    row = next((each for each in queries.of_activity(activity) if each.public_id == file_id), None)
    if row is None or row.removed_at is not None:
        raise reviews.NotVisible
    name = row.name
    if request.method == "POST" and form.validate():
        try:
            files.remove(access.actor(), file_id, form.reason.data or "")
        except GuardFailed as refused:
            if not put_errors(form, refused):
                raise
        else:
            flash("The document is removed.", "success")
            return redirect(url_for("activities.show", public_id=public_id), 303)
    return _page("remove.html", _find(public_id), form, name=name)


def _page(template: str, activity: Any, form: PlumblineForm, **more: Any) -> Any:
    crumbs = [
        {"text": "Activities", "href": url_for("activities.index")},
        {"text": activity.reference, "href": _back(activity)},
    ]
    body = render_template(
        f"activities/document_{template}", activity=activity, form=form, crumbs=crumbs, back=_back(activity), **more
    )
    return body, 422 if request.method == "POST" else 200
