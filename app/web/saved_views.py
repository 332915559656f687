"""A person's own views of the register: kept under a name, renamed, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import flash, redirect, render_template, request, url_for

from app.queries import tracker_register as queries
from app.queries.tracker_above import above
from app.queries.tracker_filters import Filters
from app.services import saved_views
from app.web import access
from app.web.actions import put_errors
from app.web.recommendations import bp
from app.web.register_forms import ViewNameForm
from app.web.tracker_register import here, in_words
from workflows.engine import GuardFailed


@bp.route("/views", methods=["GET", "POST"])
@access.signed_in
def views() -> Any:
    """The list of one's own views; a post keeps another."""
    form = ViewNameForm()
    filters = _filters()
    if request.method == "POST":
        if form.validate() and _saved(form, filters):
            flash("The view is saved.", "success")
            return redirect(here(filters), 303)
        return _page(form, filters, 422)
    return _page(form, filters, 200)


def _filters() -> Filters:
    """What is to be kept: read again, so that nothing but filters is ever stored."""
    return Filters.read(dict(parse_qsl(request.values.get("view", "")[:2000])))


def _saved(form: ViewNameForm, filters: Filters) -> bool:
    try:
        saved_views.save(access.actor(), form.name.data or "", urlencode(filters.as_query()))
    except GuardFailed as refused:
        if not put_errors(form, refused):
            raise
        return False
    return True


def _page(form: ViewNameForm, filters: Filters, code: int, wrong: Mapping[str, str] | None = None) -> Any:
    wrong = wrong or {}
    offered = above(access.actor(), access.office()).offered
    rows = [
        {
            "public_id": row.public_id,
            "name": request.form.get("name", "") if row.public_id in wrong else row.name,
            "was": row.name,
            "error": wrong.get(row.public_id, ""),
            "url": here(Filters.read(dict(parse_qsl(row.query)))),
            "filters": in_words(Filters.read(dict(parse_qsl(row.query))), offered),
        }
        for row in queries.own_views(access.actor())
    ]
    body = render_template(
        "recommendations/views.html",
        rows=rows,
        form=form,
        view=urlencode(filters.as_query()),
        chosen=in_words(filters, offered),
        crumbs=[{"text": "Recommendations", "href": url_for("recommendations.index")}],
    )
    return body, code


@bp.post("/views/<public_id>/rename")
@access.signed_in
def rename_view(public_id: str) -> Any:
    """Another name; what is wrong with it is said on the page of the views."""
    try:
        saved_views.rename(access.actor(), public_id, request.form.get("name", ""))
    except GuardFailed as refused:
        return _page(ViewNameForm(formdata=None), Filters(), 422, {public_id: refused.reasons[0].text})
    flash("The view is renamed.", "success")
    return redirect(url_for("recommendations.views"), 303)


@bp.post("/views/<public_id>/delete")
@access.signed_in
def delete_view(public_id: str) -> Any:
    """Only the name is deleted; the rows are as they were."""
    saved_views.delete(access.actor(), public_id)
    flash("The view is deleted.", "success")
    return redirect(url_for("recommendations.views"), 303)
