"""Signing in and out, and one's own account."""

from __future__ import annotations

import math
from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock, security
from app.queries import people
from app.services import accounts, cast, signing_in
from app.services.signing_in import TooManyAttempts
from app.services.unit_of_work import NotFound
from app.web import access, errors, frame
from app.web.accounts_forms import ChangePasswordForm, SignInForm
from app.web.browsers import browser_words
from app.web.recommendations import NO_RECOMMENDATIONS

bp = Blueprint("accounts", __name__)

# One sentence for every way in which an address and a password do not fit together.
NOT_RIGHT = "The e-mail address or the password is not right"
PASSWORD_CHANGED = "Your password is changed. You are signed out everywhere else."  # noqa: S105


@bp.route("/sign-in", methods=["GET", "POST"])
@access.public
def sign_in() -> ResponseReturnValue:
    """Try an address and a password. The same answer for whatever was wrong with them."""
    if request.method == "GET":
        return _arrive()
    form = SignInForm()
    if not form.validate():
        return _sign_in_page(form, 422)
    try:
        entered = _try(accounts.clean_email(form.email.data), form.password.data)
    except TooManyAttempts as refused:
        return too_many(refused)
    if not entered:
        form.form_errors.append(NOT_RIGHT)
        return _sign_in_page(form, 422)
    return redirect(_onward(form.next.data), 303)


def _arrive() -> ResponseReturnValue:
    """The empty page; whoever is signed in already goes on."""
    target = request.args.get("next", "")
    if current_user.is_authenticated:
        return redirect(_onward(target))
    return _sign_in_page(SignInForm(formdata=None, data={"next": target}), 200)


def _try(email: str, password: str) -> bool:
    """Count, look up, work out the hash, begin: the same steps for every address until the answer is known."""
    security.prepare()
    attempt = signing_in.begin_attempt(security.who_digest(email), security.where_digest())
    found = people.credentials(email)
    right = security.password_is(password, found.password if found else None)
    if not (right and found and found.password and found.may_sign_in):
        return False
    return security.enter(found.actor, attempt, found.password)


def _sign_in_page(form: SignInForm, status: int) -> ResponseReturnValue:
    """In demo mode with the people of the demonstration and their password."""
    demo = current_app.config["MODE"] == "demo"
    page = render_template(
        "accounts/sign_in.html",
        form=form,
        error_list=_linked(frame.errors_of(form)),
        cast=[[part.who, part.email] for part in cast.LOGINS] if demo else [],
        demo_password=cast.PASSWORD if demo else "",
    )
    return make_response(page, status)


def _linked(found: list[dict[str, str]]) -> list[dict[str, str]]:
    """An error of the two fields together leads to the first of them."""
    return [{"href": "#email", **error} for error in found]


def too_many(refused: TooManyAttempts) -> ResponseReturnValue:
    """429 with how long to wait, whoever asks about whichever address."""
    seconds = max(1, math.ceil((refused.until - clock.now()).total_seconds()))
    minutes = -(-seconds // 60)
    words = errors.Words(
        "Too many attempts to sign in",
        "There have been too many attempts to sign in with this address, or from this place.",
        "What you typed is not kept.",
        f"Wait {minutes} {'minute' if minutes == 1 else 'minutes'}, then try again. If you have forgotten "
        "your password, ask your administrator for a temporary one.",
    )
    response = make_response(errors.message_page(words, 429))
    response.headers["Retry-After"] = str(seconds)
    return response


def _onward(target: str | None) -> str:
    """Where to go after signing in: a path of ours, or the first page."""
    return target if target and _is_local(target) else home()


def _is_local(target: str) -> bool:
    """A path and nothing else: browsers read a back slash as a slash and skip control characters."""
    if not target.startswith("/") or target.startswith("//") or "\\" in target:
        return False
    parts = urlsplit(target)
    return not (parts.scheme or parts.netloc) and target.isprintable() and parts.path != url_for("accounts.sign_out")


def home() -> str:
    """The first page there is for a signed-in person."""
    known = [endpoint for endpoint in frame.places["home"] if endpoint in current_app.view_functions]
    return url_for(known[0] if known else "accounts.account")


@bp.post("/sign-out")
@access.public
def sign_out() -> ResponseReturnValue:
    """End this browser's session. Open to anybody, so that a second click is no error."""
    security.leave()
    flash("You have signed out.", "success")
    return redirect(url_for("accounts.sign_in"), 303)


@bp.get("/account")
@access.signed_in
def account() -> ResponseReturnValue:
    """What is known of one's account, and where one is signed in."""
    own_id = access.actor().id or 0
    sessions = people.live_sessions(own_id, security.current_digest())
    return render_template(
        "accounts/account.html",
        own=people.own_account(own_id),
        may_feed=bool(access.actor().role_names - NO_RECOMMENDATIONS),
        sessions=[(line, browser_words(line.browser)) for line in sessions],
    )


@bp.post("/account/sessions/<digest>/end")
@access.signed_in
def end_session(digest: str) -> ResponseReturnValue:
    """End one of one's own sessions; another's is not found."""
    try:
        signing_in.end_own_session(access.actor(), digest)
    except NotFound:
        return errors.not_found_page()
    flash("The session is ended.", "success")
    return redirect(url_for("accounts.account"), 303)


@bp.route("/account/password", methods=["GET", "POST"])
@access.signed_in
def change_password() -> ResponseReturnValue:
    """Change one's own password; a temporary one brings everybody here first."""
    form = ChangePasswordForm()
    if request.method == "GET":
        return _password_page(form, 200)
    own_id = access.actor().id or 0
    own = people.credentials_of(own_id)
    if own is None or not form.validate() or not form.check_new(current_user.email, own.actor.name):
        return _password_page(form, 422)
    try:
        changed = _change(own, form)
    except TooManyAttempts as refused:
        return too_many(refused)
    if not changed:
        form.current.errors = ["Enter the password you have now: this is not it"]
        return _password_page(form, 422)
    flash(PASSWORD_CHANGED, "success")
    return redirect(url_for("accounts.account"), 303)


def _change(own: people.Credentials, form: ChangePasswordForm) -> bool:
    """The present password is tried under the same throttle as a sign-in: an open desk is no way round it."""
    if own.password is None or not _is_password(own, form.current.data):
        return False
    hashed = security.hash_password(form.password.data)
    return accounts.change_password(access.actor(), own.password, hashed, security.current_digest())


def _is_password(own: people.Credentials, typed: str) -> bool:
    attempt = signing_in.begin_attempt(security.who_digest(current_user.email), security.where_digest())
    if not security.password_is(typed, own.password):
        return False
    signing_in.settle_attempt(attempt)
    return True


def own_password_is(typed: str) -> bool:
    """Whether it is the signed-in person's, for what an open desk must not give away. Raises TooManyAttempts."""
    own = people.credentials_of(access.actor().id or 0)
    return own is not None and _is_password(own, typed)


def _password_page(form: ChangePasswordForm, status: int) -> ResponseReturnValue:
    page = render_template(
        "accounts/change_password.html",
        form=form,
        temporary=current_user.password_is_temporary,
    )
    return make_response(page, status)
