"""Signing in: what Flask-Security and Flask-Login do for us, and what is ours.

Theirs: hashing passwords, the signed cookie, `current_user`. Ours: the routes, the session rows that can be
ended, the throttle. Why is in docs/decisions/accounts.md.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import threading

from flask import Flask, current_app, flash, g, redirect, request, url_for
from flask import session as cookie
from flask_login import current_user
from flask_security import Security, SQLAlchemySessionUserDatastore
from flask_security import hash_password as fs_hash_password
from flask_security import login_user as fs_login_user
from flask_security import logout_user as fs_logout_user
from flask_security.utils import verify_password as fs_verify_password
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from app import clock, extensions
from app.models.people import Person, Role
from app.policy.accounts import IDLE, LONGEST, why_over
from app.policy.actor import SYSTEM, Actor, actor_of
from app.queries import people
from app.services import signing_in

SID = "sid"
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
DUMMY = "plumbline_dummy_hash"

# Argon2 takes 64 MiB for each password at work on: two at a time bound what a rush of sign-ins can use.
_hashing = threading.BoundedSemaphore(2)

# With a temporary password nothing opens but these.
OPEN_WITH_TEMPORARY = ("accounts.change_password", "accounts.sign_out", "static")

SIGNED_OUT = {
    "idle": f"You were signed out because you did not use the service for {IDLE.seconds // 60} minutes.",
    "too long": f"You were signed out because you signed in more than {LONGEST.seconds // 3600} hours ago.",
    "password changed": "You were signed out because your password was changed.",
}


def init_app(app: Flask) -> None:
    """Set up sign-in. Comes after the form token and before the door: each needs the one before."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of a method
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        # A second hash keyed by the secret would make every password useless when the secret is changed.
        SECURITY_PASSWORD_SINGLE_HASH=True,
        SECURITY_TRACKABLE=False,
        SECURITY_DEFAULT_REMEMBER_ME=False,
        SECURITY_CLI_USERS_NAME=False,  # they would write outside a unit of work
        SECURITY_CLI_ROLES_NAME=False,
        SESSION_PROTECTION=None,  # a browser that updates itself is the same browser; our rows end sessions
    )
    if app.config["MODE"] == "test":
        app.config["SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS"] = {
            "argon2__time_cost": 1,
            "argon2__memory_cost": 8,
            "argon2__parallelism": 1,
        }
    store = SQLAlchemySessionUserDatastore(extensions.session, Person, Role)
    made = Security(app, store, register_blueprint=False)
    made.principal.identity_loaders.clear()  # it would load the person for public pages and files too
    made.login_manager.user_loader(_load_person)
    made.login_manager.request_loader(None)  # no signing in by a token in a header
    app.before_request(_keep_or_end)


# Passwords


def hash_password(password: str) -> str:
    """The Argon2 hash of a password. Never inside a unit of work."""
    if len(password) > LONGEST_PASSWORD:
        raise ValueError("a password longer than anybody may have")
    with _hashing:
        hashed: str = fs_hash_password(_normal(password))
    return hashed


def password_is(password: str, hashed: str | None) -> bool:
    """Whether this is the password. Without a hash the same work is done for nothing, so that it takes as long."""
    against = hashed or _dummy_hash()
    tried = password[:LONGEST_PASSWORD]  # before it is normalised, which takes the square of a text made to be slow
    with _hashing:
        right = bool(fs_verify_password(_normal(tried)[:LONGEST_PASSWORD], against))
    return right and hashed is not None and len(password) <= LONGEST_PASSWORD


def prepare() -> None:
    """Make the hash that unknown accounts are checked against, before anything depends on who is asking."""
    _dummy_hash()


def _dummy_hash() -> str:
    made: str | None = current_app.extensions.get(DUMMY)
    if made is None:
        made = current_app.extensions[DUMMY] = hash_password(secrets.token_urlsafe(16))
    return made


def _normal(password: str) -> str:
    normal: str = current_app.extensions["security"]._password_util.normalize(password)
    return normal


def temporary_password() -> str:
    """Words would need a list; groups of letters and digits without look-alikes are as easy to read out."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def password_faults(password: str, email: str = "", name: str = "") -> list[str]:
    """Why a new password will not do. Length is what counts; signs and digits are not asked for."""
    if len(password) < SHORTEST_PASSWORD:
        return [f"Enter a password of {SHORTEST_PASSWORD} characters or more"]
    if len(password) > LONGEST_PASSWORD:
        return [f"Enter a password of {LONGEST_PASSWORD} characters or fewer"]
    if _easily_guessed(password.lower(), email, name):
        return ["Enter a password that is harder to guess: not your name, the product's, or one thing repeated"]
    return []


def _easily_guessed(password: str, email: str, name: str) -> bool:
    own = [email.partition("@")[0].lower(), *name.lower().split(), "plumbline", "password", "1234567890", "qwertyuiop"]
    left = password
    for word in sorted((word for word in own if len(word) > 2), key=len, reverse=True):
        left = left.replace(word, "")
    return len(set(password)) < 5 or len([sign for sign in left if sign.isalnum()]) < 6


# Digests for the throttle


def who_digest(email: str) -> str:
    """Of the address typed; keyed, so that the table cannot be searched for addresses."""
    return _keyed("who", email)


def where_digest() -> str:
    """Of the place a request comes from: an IPv4 address, or the /64 that an IPv6 network gives one house."""
    return _keyed("where", _place(request.remote_addr or ""))


def feed_digests(key: str) -> tuple[str, str]:
    """Of a key for the feed that was refused, and of its place. Others than a sign-in's: a dashboard left running with
    a key that has ended must not keep its whole office from signing in."""
    return _keyed("feed key", key), _keyed("feed place", _place(request.remote_addr or ""))


def _place(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


def _keyed(kind: str, text: str) -> str:
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, f"plumbline:{kind}:{text}".encode(), hashlib.sha256).hexdigest()


# The session of this browser


def new_sid() -> str:
    """What the cookie will hold; the database holds its digest only."""
    return secrets.token_urlsafe(32)


def sid_digest(sid: str) -> str:
    return hashlib.sha256(sid.encode()).hexdigest()


def current_digest() -> str | None:
    """The digest of this browser's session, or None."""
    sid = cookie.get(SID)
    return sid_digest(sid) if isinstance(sid, str) else None


def enter(person: Actor, attempt_id: int, verified: str) -> bool:
    """Begin a session for somebody whose password was right, under a new identifier."""
    sid = new_sid()
    begun = signing_in.begin_session(
        person,
        attempt_id,
        verified=verified,
        sid_digest=sid_digest(sid),
        browser=request.user_agent.string,
        replaces=current_digest(),
    )
    if begun:
        cookie.clear()
        g.pop("csrf_token", None)
        fs_login_user(extensions.session.get_one(Person, person.id), remember=False)
        cookie[SID] = sid
    return begun


def leave() -> None:
    """End this browser's session, in the database and in the cookie."""
    digest = current_digest()
    if digest is not None:
        signing_in.end_session(actor_of(current_user) if current_user.is_authenticated else SYSTEM, digest)
    fs_logout_user()
    cookie.clear()


def _load_person(uniquifier: str) -> Person | None:
    """Flask-Login asks this once a request: the person of a live session row, or nobody."""
    digest = current_digest()
    row = people.session_by_digest(digest) if digest else None
    if row is None or row.person.fs_uniquifier != uniquifier:
        return None
    g.sign_in_session = (row.id, row.seen_at, row.ended_at)
    g.session_over = why_over(row, clock.now(), clock.today())
    return None if g.session_over else row.person


def _keep_or_end() -> Response | None:
    """At each request of a signed-in browser: end what is over, note that the rest is in use."""
    if "_user_id" not in cookie or request.endpoint == "static":
        return None
    if not current_user.is_authenticated:
        _end_now()
        return None
    session_id, seen_at, _ = g.sign_in_session
    if clock.now() - seen_at >= signing_in.SEEN_EVERY:
        _note_seen(session_id)
    if current_user.password_is_temporary and request.endpoint not in OPEN_WITH_TEMPORARY:
        return redirect(url_for("accounts.change_password"))
    return None


def _end_now() -> None:
    """Take the dead session out of the cookie, and say why; the row of one that ran out is ended too."""
    why: str | None = g.get("session_over")
    digest = current_digest()
    if why and digest and g.sign_in_session[2] is None:
        signing_in.end_session(SYSTEM, digest, why)
    cookie.clear()
    g.pop("csrf_token", None)
    flash(SIGNED_OUT.get(why or "", "You have been signed out. Sign in again to go on."), "notice")


def _note_seen(session_id: int) -> None:
    """Reading goes on while the database is too busy to note that somebody reads."""
    try:
        signing_in.seen(session_id)
    except OperationalError:
        current_app.logger.warning("the session's time of use could not be noted")
