"""The register of recommendations and one recommendation's page, from the finding to the impact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.queries import recommendations as queries
from app.queries import reviews
from app.queries.reviews import NotVisible
from app.services import recommendations, records
from app.web import access, errors, frame, words
from app.web import action_forms as forms
from app.web.actions import posted_version, put_errors
from app.web.wording import day
from forms.base import PlumblineForm
from workflows.engine import GuardFailed

bp = Blueprint("recommendations", __name__, url_prefix="/recommendations")
NO_RECOMMENDATIONS = frozenset({"administrator", "oversight", "agency_manager"})
frame.navigation.add(
    "Recommendations", "recommendations.index", lambda person: bool(person.role_names - NO_RECOMMENDATIONS)
)


@dataclass(frozen=True)
class Action:
    """What one action asks for and says afterwards."""

    form: type[PlumblineForm]
    done: str
    style: str = "secondary"


ACTIONS: dict[str, Action] = {
    "accept": Action(forms.NothingForm, "You have accepted the recommendation.", "primary"),
    "dispute": Action(forms.ReasonForm, "The Head of QA has been told that you dispute it."),
    "settle": Action(forms.SettleForm, "The dispute is settled.", "primary"),
    "refer_dispute": Action(forms.DirectorForm, "The director has been asked."),
    "settle_as_director": Action(forms.DirectorSettlesForm, "The dispute is settled.", "primary"),
    "partner": Action(forms.PartnerForm, "The agency and the route are named."),
    "partner_sent": Action(forms.PartnerSentForm, "The date it was sent is kept."),
    "partner_replied": Action(forms.PartnerReplyForm, "The reply is kept."),
    "tell_family": Action(forms.FamilyForm, "What we changed is written down."),
    "name": Action(forms.NameForm, "The owner and the verifier are named."),
    "start": Action(forms.NothingForm, "The work has started.", "primary"),
    "progress": Action(forms.ProgressForm, "Progress is recorded.", "primary"),
    "complete": Action(forms.EvidenceForm, "The action is complete. The verifier has been told."),
    "verify": Action(forms.ImpactForm, "The impact is verified.", "primary"),
    "cannot_be_known": Action(forms.ReasonForm, "It is closed: the impact cannot be known."),
    "not_seen": Action(forms.NotSeenForm, "It is back in progress, with a new action and date."),
    "extend": Action(forms.ExtendForm, "The date is extended."),
    "move_to_plan": Action(forms.PlanMoveForm, "It is moved to the plan."),
    "set_aside": Action(forms.ReasonForm, "It is set aside."),
    "reopen": Action(forms.ReasonForm, "It is open again."),
}


def line(row: Any, initials: dict[int, str]) -> dict[str, Any]:
    """One line of a list of recommendations, as its table macro takes it."""
    return {
        "reference": row.reference,
        "url": url_for("recommendations.show", public_id=row.public_id),
        "initials": initials[row.review.child.id] if row.review else "",
        "action": row.action,
        "level": words.LEVEL[str(row.level)],
        "owner": row.owner.name if row.owner else "Nobody yet",
        "due": _due(row),
        "state": words.RECOMMENDATION[str(row.state)],
        "colour": queries.colour_of(row),
    }


def _due(row: Any) -> str:
    """The date of what comes next: of the work, or of the look at its impact."""
    if row.impact_due_on and str(row.state) == "action_complete":
        return f"{day(row.impact_due_on)} (impact)"
    return day(row.due_on) if row.due_on else "No date"


@bp.get("/<public_id>")
@access.signed_in
def show(public_id: str) -> Any:
    """The line from finding to impact, what has been done, and one main action."""
    row = queries.get(access.actor(), access.office(), public_id)
    body = render_template(
        "recommendations/show.html",
        row=row,
        colour=queries.colour_of(row),
        state=words.RECOMMENDATION[str(row.state)],
        level=words.LEVEL[str(row.level)],
        steps=_steps(row),
        facts=_facts(row),
        actions=[_button(row, action) for action in recommendations.available(access.actor(), row)],
        entries=[_entry(entry) for entry in reversed(row.entries)],
        may_open_review=_may_open(row),
        wide=True,
    )
    _log(row, "recommendation")
    return body


def _log(row: Any, what: str) -> None:
    if row.review is not None:
        records.log_view(access.actor(), row.review, "page", what)


def _may_open(row: Any) -> bool:
    if row.review is None:
        return False
    try:
        reviews.get(access.actor(), access.office(), row.review.public_id)
    except NotVisible:
        return False
    return True


def _steps(row: Any) -> list[dict[str, str]]:
    """Finding, recommendation, action, evidence, impact: what is known at each."""
    impact = row.impact or ("Not yet" if row.outcome is None else words.OUTCOME[str(row.outcome)][0])
    return [
        {"title": "Finding", "text": f"Review {row.review.reference}" if row.review else "Another activity"},
        {"title": "Recommendation", "text": row.action},
        {"title": "Expected effect", "text": row.effect or "Not said"},
        {"title": "Evidence that it is done", "text": row.evidence or "Not yet"},
        {"title": "What changed", "text": impact},
    ]


def _facts(row: Any) -> list[dict[str, str]]:
    rows = [
        ("Owner", row.owner.name if row.owner else "Nobody yet"),
        ("Verifier", row.verifier.name if row.verifier else "Nobody yet"),
        ("Due", day(row.due_on) if row.due_on else "No date"),
        ("First due", day(row.first_due_on) if row.first_due_on and row.first_due_on != row.due_on else ""),
        ("Impact to be checked by", day(row.impact_due_on) if row.impact_due_on else ""),
        ("Plan", row.plan),
    ]
    return [{"key": key, "value": value} for key, value in rows if value]


LABELS = {
    "agree": "Agreed with the decision", "accept": "Accepted", "dispute": "Disputed", "settle": "Dispute settled",
    "name": "Owner and verifier named", "start": "Work started", "progress": "Progress",
    "complete": "Action complete", "verify": "Impact verified", "cannot_be_known": "Impact cannot be known",
    "not_seen": "Impact not seen: back in progress", "extend": "Date extended", "move_to_plan": "Moved to a plan",
    "set_aside": "Set aside", "reopen": "Reopened", "drop": "Dropped", "change": "Changed by a decision",
    "decide_against": "Set aside by a decision", "refer_dispute": "Dispute given to a director",
    "settle_as_director": "Dispute settled by the director", "join": "Joined with another",
    "part_agreed": "Joining undone", "part_in_progress": "Joining undone", "part_action_complete": "Joining undone",
    "partner": "Partner agency named", "partner_sent": "Sent to the agency", "partner_replied": "The agency's reply",
    "discuss": "At the tracker meeting", "tag": "Tag added", "tell_family": "What we changed, for the child or family",
}  # fmt: skip


def _entry(entry: Any) -> dict[str, Any]:
    return {
        "title": LABELS.get(entry.action, entry.action),
        "at": entry.at,
        "by": entry.person.name,
        "text": entry.text,
    }


def _button(row: Any, action: Any) -> dict[str, Any]:
    return {
        "name": action.trigger,
        "label": action.label,
        "url": url_for("recommendations.do", public_id=row.public_id, action=action.trigger),
        "method": "get",
        "style": ACTIONS[action.trigger].style,
        "reasons": [{"text": r.text, "target": _target(row, r.target)} for r in action.reasons],
    }


def _target(row: Any, target: str | None) -> str | None:
    if target in ("owner", "verifier"):
        return url_for("recommendations.do", public_id=row.public_id, action="name")
    return None


@bp.route("/<public_id>/do/<action>", methods=["GET", "POST"])
@access.signed_in
def do(public_id: str, action: str) -> Any:
    """Ask for what the action needs; take it; say what happened."""
    row = queries.get(access.actor(), access.office(), public_id)
    wanted = ACTIONS.get(action)
    offered = {each.trigger: each for each in recommendations.available(access.actor(), row)}
    if wanted is None or (action not in offered and request.method == "GET"):
        raise NotVisible
    if action not in offered:
        return errors.refused_page([errors.NOT_NOW], url_for("recommendations.show", public_id=public_id))
    people = reviews.people_to_choose() if action in ("name", "settle", "refer_dispute") else {}
    form = wanted.form(meta={"people": people, "names": {}}, data=_start_with(row, action))
    if request.method == "POST":
        if form.validate() and _taken(row.id, action, form):
            flash(wanted.done, "success")
            return redirect(url_for("recommendations.show", public_id=public_id), 303)
        row = queries.get(access.actor(), access.office(), public_id)
        return _action_page(row, action, form, offered, 422)
    return _action_page(row, action, form, offered, 200)


def _start_with(row: Any, action: str) -> dict[str, Any]:
    """What is known already, to be changed; nothing is chosen for anybody."""
    if action == "name":
        known = {"owner": row.owner, "verifier": row.verifier}
        return {key: person.public_id for key, person in known.items() if person}
    return {"action": row.action} if action == "not_seen" else {}


def _taken(recommendation_id: int, action: str, form: PlumblineForm) -> bool:
    given = {field.short_name: field.data for field in form if field.short_name != "csrf_token"}
    try:
        recommendations.act(access.actor(), recommendation_id, action, posted_version(), given)
    except GuardFailed as refused:
        if not put_errors(form, refused):
            raise
        return False
    return True


def _action_page(row: Any, action: str, form: PlumblineForm, offered: Any, code: int) -> Any:
    label, reasons = offered[action].label, offered[action].reasons
    body = render_template(
        "recommendations/action.html",
        row=row,
        form=form,
        label=label,
        fields=[field for field in form if field.short_name != "csrf_token"],
        shut=[{"text": reason.text, "href": _target(row, reason.target)} for reason in reasons],
        crumbs=[
            {"text": "Recommendations", "href": url_for("recommendations.index")},
            {"text": row.reference, "href": url_for("recommendations.show", public_id=row.public_id)},
        ],
    )
    _log(row, f"recommendation action {action}")
    return body, code
