"""The administrator's pages about people: who has an account, what they do, where they belong."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import security
from app.policy.acting import NO_OFFICE
from app.policy.actor import actor_of
from app.policy.rules import may
from app.queries import people
from app.queries.people import Profile
from app.services import accounts
from app.services.unit_of_work import Stale
from app.web import access, asked, paging, wording
from app.web.accounts_forms import PersonForm, PlaceForm, put_reasons, saved
from workflows.engine import GuardFailed
from workflows.permissions import Permission

bp = Blueprint("people", __name__, url_prefix="/people")

STATUSES = {"": "All", "active": "Active", "closed": "Deactivated or ended"}
CHANGED_MEANWHILE = (
    "Somebody else changed this account since you opened it. What is saved now stands below the form; "
    "save again to put yours in its place"
)


def administers(person: Any) -> bool:
    """Whether the link to these pages is shown."""
    return person is not None and may(actor_of(person), Permission.ADMINISTER_PEOPLE, None, NO_OFFICE)


@bp.get("/")
@access.needs(Permission.ADMINISTER_PEOPLE)
def index() -> ResponseReturnValue:
    """Everybody with an account."""
    search = " ".join(request.args.get("search", "").split())[:100]
    status = request.args.get("status", "")
    status = status if status in STATUSES else ""
    found = people.listing(search, status, asked.page())
    return render_template(
        "people/index.html",
        found=found,
        search=search,
        status=status,
        statuses=STATUSES,
        paging=paging.links(found, "People", "people.index", search=search or None, status=status or None),
    )


@bp.route("/add", methods=["GET", "POST"])
@access.needs(Permission.ADMINISTER_PEOPLE)
def add() -> ResponseReturnValue:
    """A new account. It has no password yet, so that none is ever typed for somebody else."""
    form = PersonForm(choices=people.choices(), data={"active": True})
    if request.method == "GET":
        return _form_page("people/add.html", form, 200)
    if not form.validate():
        return _form_page("people/add.html", form, 422)
    try:
        accounts.add(access.actor(), form.details())
    except GuardFailed as refused:
        put_reasons(form, refused.reasons)
        return _form_page("people/add.html", form, 422)
    added = people.profile_by_email(accounts.clean_email(form.email.data))
    flash("The account is added. Set a temporary password, and the person can sign in.", "success")
    return redirect(url_for("people.edit", public_id=added.public_id if added else ""), 303)


@bp.route("/<public_id>", methods=["GET", "POST"])
@access.needs(Permission.ADMINISTER_PEOPLE)
def edit(public_id: str) -> ResponseReturnValue:
    """One account."""
    profile = _profile(public_id)
    form = _edit_form(profile)
    if request.method == "GET":
        return _edit_page(profile, form, 200)
    if not form.validate():
        return _edit_page(profile, form, 422)
    try:
        accounts.change(access.actor(), profile.id, _version(form), form.details())
    except GuardFailed as refused:
        put_reasons(form, refused.reasons)
        return _edit_page(profile, form, 422)
    except Stale:
        return _stale_page(public_id, form)
    flash("The account is saved.", "success")
    return redirect(url_for("people.edit", public_id=public_id), 303)


def _profile(public_id: str) -> Profile:
    found = people.profile(public_id)
    if found is None:
        abort(404)
    return found


def _edit_form(profile: Profile) -> PersonForm:
    return PersonForm(choices=people.choices(profile), data=saved(profile))


def _version(form: PersonForm) -> int:
    """The version that the page had; one that cannot be read is none that was ever saved."""
    typed = str(form.version.data or "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


def _stale_page(public_id: str, form: PersonForm) -> ResponseReturnValue:
    """409: nothing is lost. What was typed stays in the form, and what somebody else saved stands under it."""
    profile = _profile(public_id)
    form.version.data = profile.version
    form.form_errors.append(CHANGED_MEANWHILE)
    return _edit_page(profile, form, 409, now=profile)


def _edit_page(profile: Profile, form: PersonForm, status: int, now: Profile | None = None) -> ResponseReturnValue:
    return _form_page("people/edit.html", form, status, profile=profile, now=_in_words(now) if now else [])


def _in_words(profile: Profile) -> list[dict[str, Any]]:
    """A saved account, to read."""
    named = people.choices(profile)
    return [
        {"key": "Name", "value": profile.name},
        {"key": "E-mail address", "value": profile.email},
        {"key": "Roles", "value": ", ".join(people.role_words(profile.role_names)) or "None"},
        {"key": "Team", "value": named.teams.get(profile.team, "None")},
        {"key": "Agency", "value": named.agencies.get(profile.agency, "None")},
        {"key": "Line manager", "value": named.managers.get(profile.line_manager, "Nobody")},
        {"key": "The account ends on", "value": wording.day(profile.ends_on) or "No date"},
        {"key": "May be used", "value": "Yes" if profile.active else "No"},
    ]


def _form_page(template: str, form: Any, status: int, **more: Any) -> ResponseReturnValue:
    return make_response(render_template(template, form=form, **more), status)


@bp.post("/<public_id>/end-sessions")
@access.needs(Permission.ADMINISTER_PEOPLE)
def end_sessions(public_id: str) -> ResponseReturnValue:
    """Sign somebody out everywhere, at once."""
    profile = _profile(public_id)
    accounts.end_sessions(access.actor(), profile.id)
    flash(f"{profile.name} is signed out everywhere.", "success")
    return redirect(url_for("people.edit", public_id=public_id), 303)


@bp.route("/<public_id>/password", methods=["GET", "POST"])
@access.needs(Permission.ADMINISTER_PEOPLE)
def password(public_id: str) -> ResponseReturnValue:
    """Make a temporary password. It is shown on this one answer and kept nowhere."""
    profile = _profile(public_id)
    made = ""
    if request.method == "POST":
        made = security.temporary_password()
        accounts.set_temporary_password(access.actor(), profile.id, security.hash_password(made))
    return render_template("people/password.html", profile=profile, made=made)


@bp.route("/places", methods=["GET", "POST"])
@access.needs(Permission.ADMINISTER_PEOPLE)
def places() -> ResponseReturnValue:
    """Teams and agencies: what there is, and adding one."""
    form = PlaceForm()
    if request.method == "GET":
        return _places_page(form, 200)
    if not form.validate():
        return _places_page(form, 422)
    put = accounts.add_agency if form.kind.data == "agency" else accounts.add_team
    try:
        put(access.actor(), form.name.data)
    except GuardFailed as refused:
        put_reasons(form, refused.reasons)
        return _places_page(form, 422)
    flash("The agency is added." if form.kind.data == "agency" else "The team is added.", "success")
    return redirect(url_for("people.places"), 303)


def _places_page(form: PlaceForm, status: int) -> ResponseReturnValue:
    return _form_page("people/places.html", form, status, teams=people.places("team"), agencies=people.places("agency"))
