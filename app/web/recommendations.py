"""The register of recommendations and one recommendation's page, from the finding to the impact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.policy.recommendation_sight import DISPUTE
from app.queries import one_recommendation as found
from app.queries import recommendation_checks as checks
from app.queries import recommendations as queries
from app.queries import reviews
from app.queries.reviews import NotVisible
from app.services import files, joining, recommendations
from app.services.unit_of_work import Stale
from app.web import access, errors, frame, plan_choices, words
from app.web import action_forms as forms
from app.web import recommendation_compared as compared
from app.web import recommendation_page as one
from app.web import recommendation_words as said
from app.web.actions import posted_version, put_errors
from app.web.wording import day
from forms.base import PlumblineForm
from workflows.engine import GuardFailed, Reason

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
    "move_to_plan": Action(PlumblineForm, "It is moved to the plan."),  # its form: the plans there are
    "set_aside": Action(forms.ReasonForm, "It is set aside."),
    "reopen": Action(forms.ReasonForm, "It is open again."),
    **dict.fromkeys(sorted(joining.PART), Action(forms.ReasonForm, "The joining is undone. It stands where it stood.")),
}
ABOUT = {
    "dispute": "It stays open meanwhile, and both views are kept.",
    "settle": "Keep it as it is, change the action, or give it to another. Its owner is then asked to accept it.",
    "refer_dispute": "For a service-level dispute that stands. The director reads both views and settles it.",
    "settle_as_director": "What you decide holds. It goes back to its owner, and your part in it ends.",
    "verify": "You say what changed, not that the action was done.",
    "set_aside": "What was joined into it is set aside with it.",
    "partner": "The agency gets the recommendation’s words, never the review.",
}
SETTLED = Reason("It has been settled, so nothing can be added to it. The Head of QA can reopen it.")
STALE = Reason("Somebody changed this recommendation since you opened the page, so this can no longer be done.")


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
    """The date of the work, by which lists are sorted; and of the look at its impact where that comes next."""
    if row.impact_due_on and str(row.state) == "action_complete":
        return f"{day(row.due_on) or 'No date'}, impact by {day(row.impact_due_on)}"
    return day(row.due_on) if row.due_on else "No date"


@bp.get("/<public_id>")
@access.signed_in
def show(public_id: str) -> Any:
    """The line from finding to impact, what has been done, and one main action."""
    return one.page(public_id)


@bp.route("/<public_id>/do/<action>", methods=["GET", "POST"])
@access.signed_in
def do(public_id: str, action: str) -> Any:
    """Ask for what the action needs; take it; say what happened."""
    row = found.find(access.actor(), access.office(), public_id)
    wanted = ACTIONS.get(action)
    offered = {each.trigger: each for each in recommendations.available(access.actor(), row)}
    if wanted is None or (action not in offered and request.method == "GET"):
        raise NotVisible
    if action not in offered:
        return _not_now(row)
    kind = plan_choices.form() if action == "move_to_plan" else wanted.form
    form = kind(meta={"people": _people(action), "names": {}}, data=_start_with(row, action))
    if request.method == "GET":
        return _action_page(row, action, form, offered, 200)
    try:
        if form.validate() and _taken(row.id, action, form):
            flash(wanted.done, "success")
            return _afterwards(public_id)
    except Stale as stale:
        return _stale_page(public_id, action, form, stale.expected)
    row = found.find(access.actor(), access.office(), public_id)
    return _action_page(row, action, form, offered, 422)


def _afterwards(public_id: str) -> Any:
    """Back to it; to one's own work where the step ended one's part in it, as a director's who has settled."""
    try:
        found.find(access.actor(), access.office(), public_id)
    except NotVisible:
        return redirect(url_for("my_work.index"), 303)
    return redirect(url_for("recommendations.show", public_id=public_id), 303)


def _not_now(row: Any) -> Any:
    """From a page opened before somebody else settled it, say; what was typed is given back."""
    state = words.RECOMMENDATION[str(row.state)][0]
    sentence = (
        f"This cannot be done now, or is not yours to do: its status is “{state}”. Open it to see what can be done."
    )
    return errors.refused_page([errors.Sentence(sentence)], one.address("show", row))


def _people(action: str) -> dict[str, str]:
    if action == "refer_dispute":
        return found.directors()
    return reviews.people_to_own() if action in ("name", "settle") else {}


def _views(row: Any, action: str) -> list[dict[str, Any]]:
    """What was said of a dispute, beside the form that settles it or gives it away."""
    if action not in ("settle", "refer_dispute", "settle_as_director"):
        return []
    opened = found.open_(access.actor(), access.office(), row.public_id)
    spoken = [line for line in opened.lines if line.action in DISPUTE and line.words]
    return said.entries(opened, spoken, lambda _other: "")


def _start_with(row: Any, action: str) -> dict[str, Any]:
    """What is known already, to be changed; nothing is chosen for anybody."""
    if action == "name":
        known = {"owner": row.owner, "verifier": row.verifier}
        return {key: person.public_id for key, person in known.items() if person}
    if action == "partner":
        route = str(row.partner_route) if row.partner_route else None
        return {"agency": row.partner_agency, "contact": row.partner_contact, "route": route}
    if action == "tell_family":
        return {"family_words": row.family_words, "told_on": row.family_told_on}
    return {"action": row.action} if action == "not_seen" else {}


def _taken(recommendation_id: int, action: str, form: PlumblineForm) -> bool:
    given = {field.short_name: field.data for field in form if field.short_name != "csrf_token"}
    try:
        if action in joining.PART:
            joining.part(access.actor(), recommendation_id, posted_version(), given["reason"])
        else:
            recommendations.act(access.actor(), recommendation_id, action, posted_version(), given)
    except GuardFailed as refused:
        if not put_errors(form, refused):
            raise
        return False
    return True


def _stale_page(public_id: str, action: str, form: PlumblineForm, expected: int) -> Any:
    """409: what happened meanwhile, and the form with what was typed, on top of the recommendation as it is now.

    Where the action is over, what was typed is shown to be copied.
    """
    opened = found.open_(access.actor(), access.office(), public_id)
    row = opened.row
    offered = {each.trigger: each for each in recommendations.available(access.actor(), row)}
    if action not in offered or offered[action].reasons:
        reasons = [STALE, *(offered[action].reasons if action in offered else ())]
        return errors.refused_page(reasons, one.address("show", row), heading="Somebody else was here first")
    missed = max(1, row.version - expected) if expected > 0 else 1
    since = said.entries(opened, opened.lines[-missed:], lambda _other: "")
    return _action_page(row, action, form, offered, 409, since=since)


def _action_page(row: Any, action: str, form: PlumblineForm, offered: Any, code: int, *, since: Any = ()) -> Any:
    label, reasons = offered[action].label, offered[action].reasons
    body = render_template(
        "recommendations/action.html",
        row=row,
        form=form,
        label=label,
        fields=[field for field in form if field.short_name != "csrf_token"],
        shut=[{"text": reason.text, "href": one.target(row, reason.target)} for reason in reasons],
        crumbs=one.crumbs(row),
        about=ABOUT.get(action, ""),
        files=one.address("add_file", row) if action in ("complete", "progress") else "",
        since=since,
        views=_views(row, action),
    )
    one.log(row, f"recommendation action {action}")
    return body, code


# --- evidence as files ----------------------------------------------------------------------------------------


@bp.route("/<public_id>/files", methods=["GET", "POST"])
@access.signed_in
@access.takes_files
def add_file(public_id: str) -> Any:
    """One file more; what it is, is looked at before it is kept."""
    row = found.find(access.actor(), access.office(), public_id)
    open_to_it = files.takes_files(row)
    if not recommendations.may_add_evidence(access.actor(), row) or (request.method == "GET" and not open_to_it):
        raise NotVisible
    if not open_to_it:
        return errors.refused_page([SETTLED], one.address("show", row))
    form = forms.FileForm()
    if request.method == "POST" and form.validate() and _kept(row.id, form):
        flash("The file is kept. Whoever may read this recommendation can download it.", "success")
        return redirect(url_for("recommendations.show", public_id=public_id), 303)
    row = found.find(access.actor(), access.office(), public_id)
    body = render_template(
        "recommendations/file.html",
        row=row,
        form=form,
        crumbs=one.crumbs(row),
        accept=files.ACCEPT,
        allowed=files.ALLOWED,
        most=files.largest(),
    )
    one.log(row, "recommendation file")
    return body, 422 if request.method == "POST" else 200


def _kept(recommendation_id: int, form: PlumblineForm) -> bool:
    sent = request.files.get("file")
    content, name = (sent.read(), sent.filename or "") if sent else (b"", "")
    try:
        if not name:
            raise GuardFailed(Reason("Choose a file.", "file"))
        files.add(access.actor(), files.RECOMMENDATION, recommendation_id, content, name)
    except GuardFailed as refused:
        if not put_errors(form, refused):
            raise
        return False
    return True


@bp.route("/<public_id>/files/<file_id>/remove", methods=["GET", "POST"])
@access.signed_in
def remove_file(public_id: str, file_id: str) -> Any:
    """Take a file away, with the reason; the line that it was there stays."""
    row = found.find(access.actor(), access.office(), public_id)
    file = found.file_of(row, file_id)
    mine = file.added_by_id == access.actor().id and recommendations.may_add_evidence(access.actor(), row)
    if not (mine or recommendations.may_steer(access.actor(), row)):
        raise NotVisible
    form, name = forms.RemoveFileForm(), file.name
    if request.method == "POST" and form.validate() and _removed(file_id, form):
        flash("The file is removed.", "success")
        return redirect(url_for("recommendations.show", public_id=public_id), 303)
    row = found.find(access.actor(), access.office(), public_id)
    body = render_template("recommendations/remove_file.html", row=row, form=form, name=name, crumbs=one.crumbs(row))
    one.log(row, "recommendation file")
    return body, 422 if request.method == "POST" else 200


def _removed(file_id: str, form: PlumblineForm) -> bool:
    try:
        files.remove(access.actor(), file_id, str(form["reason"].data or ""))
    except GuardFailed as refused:
        if not put_errors(form, refused):
            raise
        return False
    return True


# --- joining --------------------------------------------------------------------------------------------------


@bp.route("/<public_id>/join", methods=["GET", "POST"])
@access.signed_in
def join(public_id: str) -> Any:
    """This one beside those much like it, and which of them it is joined with."""
    row = found.find(access.actor(), access.office(), public_id)
    offered = {each.trigger: each for each in recommendations.available(access.actor(), row)}
    if joining.JOIN not in offered:
        if request.method == "GET":
            raise NotVisible
        return _not_now(row)
    likes = checks.much_like(access.actor(), access.office(), row, 5)
    form = forms.join_form([(like.row.public_id, compared.in_one_line(like.row)) for like in likes])()
    if request.method == "POST":
        kept = _join(row, form) if form.validate() else ""
        if kept:
            flash("The two are joined. The older one goes on; the Head of QA can undo it.", "success")
            return redirect(url_for("recommendations.show", public_id=kept), 303)
        row = found.find(access.actor(), access.office(), public_id)
        likes = checks.much_like(access.actor(), access.office(), row, 5)
    reasons = offered[joining.JOIN].reasons
    body = render_template(
        "recommendations/join.html",
        row=row,
        form=form,
        label=offered[joining.JOIN].label,
        pairs=compared.pairs(row, likes),
        shut=[reason.text for reason in reasons],
        crumbs=one.crumbs(row),
        wide=True,
    )
    one.log(row, "recommendation join", [like.row for like in likes])
    return body, 422 if request.method == "POST" else 200


def _join(row: Any, form: PlumblineForm) -> str:
    """The public id of the one that goes on; "" where it was refused, with the reason at its field."""
    chosen = form["into"].data or ""
    if form["reference"].data:
        chosen = found.by_reference(access.actor(), access.office(), form["reference"].data)
        if not chosen:
            form["reference"].errors = ["There is no recommendation with this reference that you may see"]
            return ""
    try:
        return joining.join(access.actor(), row.id, posted_version(), chosen, form["reason"].data or "")
    except GuardFailed as refused:
        if not put_errors(form, refused):
            raise
        if not form["into"].choices:  # the page has no such choice then
            form["reference"].errors, form["into"].errors = form["into"].errors, []
        return ""


# --- papers ---------------------------------------------------------------------------------------------------


@bp.get("/<public_id>/what-we-changed")
@access.signed_in
def told(public_id: str) -> Any:
    """For the child or the family, to read or to print: the words and nothing else. No grade, no other name."""
    return _paper(public_id, "family_words", "recommendations/told.html", "what we changed")


@bp.get("/<public_id>/for-the-agency")
@access.signed_in
def for_agency(public_id: str) -> Any:
    """What the partner agency is sent: the recommendation's words, never the review (R8)."""
    return _paper(public_id, "partner_agency", "recommendations/for_agency.html", "words for the agency")


def _paper(public_id: str, needed: str, template: str, what: str) -> Any:
    """A sheet to print, which is there once what it needs has been written; logged before it is sent."""
    row = found.find(access.actor(), access.office(), public_id)
    if not getattr(row, needed):
        raise NotVisible
    body = render_template(template, row=row, crumbs=one.crumbs(row))
    one.log(row, what)
    return body
