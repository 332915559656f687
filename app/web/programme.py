"""Planning: the programme of reviews and one new review."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app import clock, working_days
from app.queries import reviews
from app.queries.initials import told_apart
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
    first = _first_month(request.args.get("from", ""))
    months = reviews.programme(access.actor(), access.office(), first)
    initials = told_apart(review.child for _, found in months for review in found)
    return render_template(
        "programme/index.html",
        months=[_month(month, found, initials) for month, found in months],
        span=f"{months[0][0]:%B %Y} to {months[-1][0]:%B %Y}",
        earlier=_from(working_days.add_months(first, -SHOWN)),
        later=_from(working_days.add_months(first, SHOWN)),
        wide=True,
    )


SHOWN, BEFORE = 12, 4


def _first_month(asked: str) -> date:
    """The month asked for, else four before today's."""
    try:
        wanted = date.fromisoformat(f"{asked}-01")
    except ValueError:
        wanted = working_days.add_months(clock.today().replace(day=1), -BEFORE)
    return min(max(wanted, date(2000, 1, 1)), date(2100, 1, 1))


def _from(month: date) -> str:
    return url_for("programme.index") + f"?from={month:%Y-%m}"


def _month(month: Any, found: list[Any], initials: dict[int, str]) -> dict[str, Any]:
    done = sum(str(review.state) in ("tracking", "closed") for review in found)
    return {
        "title": f"{month:%B %Y}",
        "count": f"{done} of {len(found)} decided" if found else "Nothing planned",
        "reviews": [
            {
                "url": url_for("reviews.show", public_id=review.public_id),
                "reference": review.reference,
                "initials": initials[review.child.id],
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
        meta=_people(),
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


def _people() -> dict[str, dict[str, str]]:
    """Who may be chosen in each of the form's fields; and the name of somebody who no longer may."""
    everybody = reviews.people_to_choose()
    chosen = {f"{role}s": reviews.people_to_choose(role) for role in ("reviewer", "worker", "line_manager")}
    return {"people": everybody, "names": everybody, **chosen}


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
