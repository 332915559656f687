"""Planning: the programme of reviews and one new review."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app import clock
from app.queries import reviews
from app.services import form_versions, planning
from app.web import access, frame, words
from app.web.actions import put_errors
from app.web.programme_forms import PlanForm
from app.web.wording import day
from forms.base import clean_line
from workflows.engine import GuardFailed
from workflows.permissions import Permission

bp = Blueprint("programme", __name__, url_prefix="/programme")
frame.navigation.add("Programme", "programme.index", lambda _person: access.allowed(Permission.SEE_PROGRAMME))


@bp.get("")
@access.needs(Permission.SEE_PROGRAMME)
def index() -> Any:
    """The year, month by month: what is planned, where each review stands, done against planned."""
    months = reviews.programme(access.actor(), access.office(), clock.today())
    return render_template("programme/index.html", months=[_month(month, found) for month, found in months], wide=True)


def _month(month: Any, found: list[Any]) -> dict[str, Any]:
    done = sum(str(review.state) in ("tracking", "closed") for review in found)
    return {
        "title": f"{month:%B %Y}",
        "count": f"{done} of {len(found)} decided" if found else "Nothing planned",
        "reviews": [
            {
                "url": url_for("reviews.show", public_id=review.public_id),
                "reference": review.reference,
                "initials": review.child.initials,
                "reviewer": review.reviewer.name,
                "stage": words.STATE[str(review.state)],
                "tone": words.TONE[str(review.state)],
                "due": day(reviews.due_of(review)) if reviews.due_of(review) else "",
            }
            for review in found
        ],
    }


@bp.route("/plan", methods=["GET", "POST"])
@access.needs(Permission.PLAN_REVIEW)
def plan() -> Any:
    """Put one review into the programme; a reviewer too close cannot be chosen, and the page says why."""
    versions = form_versions.published()
    sibling = _sibling()
    form = PlanForm(
        meta={"people": reviews.people_to_choose(), "names": {}},
        versions=versions,
        data=_like(sibling.review) if sibling and request.method == "GET" else None,
    )
    if request.method == "POST" and form.validate():
        try:
            review = planning.plan_review(access.actor(), form.plan())
        except GuardFailed as refused:
            if not put_errors(form, refused):
                raise
        else:
            flash(f"Review {review.reference} is planned. The reviewer has been told.", "success")
            return redirect(url_for("reviews.show", public_id=review.public_id), 303)
    code = 422 if request.method == "POST" else 200
    return render_template("programme/plan.html", form=form, versions=versions, sibling=sibling), code


def _sibling() -> reviews.Seen | None:
    """The review of the brother or sister, where one is planned beside it."""
    public_id = clean_line(request.values.get("sibling_of", ""))
    return reviews.get(access.actor(), access.office(), public_id) if public_id else None


def _like(review: Any) -> dict[str, Any]:
    """What a brother's or sister's review has in common; the child is somebody else."""
    return {
        "sibling_of": review.public_id,
        "planned_month": f"{review.planned_month:%Y-%m}",
        "reviewer": review.reviewer.public_id,
        "worker": review.worker.public_id,
        "line_manager": review.line_manager.public_id,
        "theme": review.theme,
        "form_version": review.form_version.public_id,
    }
