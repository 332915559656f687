"""The feed for an analyst's dashboard tool, and the page on which a person makes and revokes its keys.

The key comes in a header and never in an address, which is kept in histories and logs. There is no session: whoever is
signed in and brings no key is refused like everybody else, with one answer for whatever is wrong.
"""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template, request, url_for

from app import clock, security
from app.documents.spreadsheet import csv_lines
from app.policy.actor import Actor
from app.queries import feed_tokens as tokens
from app.queries import tracker_export as queries
from app.queries.reviews import NotVisible
from app.queries.tracker_export import FeedPage
from app.queries.tracker_filters import Filters
from app.services import feed_tokens, gate, signing_in
from app.services.signing_in import TooManyAttempts
from app.web import access, accounts, asked
from app.web.actions import put_errors
from app.web.recommendations import NO_RECOMMENDATIONS
from app.web.register_forms import FeedKeyForm
from workflows.engine import GuardFailed

bp = Blueprint("feed", __name__)
LONGEST_KEY = 200
REFUSED = {"message": "Send a live key of the feed in the header Authorization: Bearer."}
NO_KEY = (REFUSED, 401, "WWW-Authenticate", 'Bearer realm="Plumbline feed"')
TOO_MANY = {"message": "Too many attempts. Wait, then try again."}


@bp.get("/feed/recommendations.json")
@access.public
def as_json() -> Any:
    """A page of rows, and the address of the next."""
    holder = _holder()
    if isinstance(holder, Response):
        return holder
    filters, page = _read(holder, "json")
    further = _next_url("feed.as_json", filters, page)
    return jsonify({"as_of": clock.now().isoformat(), "rows": list(page.rows), "next": further or None})


@bp.get("/feed/recommendations.csv")
@access.public
def as_csv() -> Any:
    """The same as CSV; the address of the next page is in the header Link."""
    holder = _holder()
    if isinstance(holder, Response):
        return holder
    filters, page = _read(holder, "csv")
    rows = ([_flat(row[name]) for name in queries.FEED_COLUMNS] for row in page.rows)
    response = make_response("".join(csv_lines(queries.FEED_COLUMNS, rows)))
    response.mimetype = "text/csv"
    if further := _next_url("feed.as_csv", filters, page):
        response.headers["Link"] = f'<{further}>; rel="next"'
    return response


def _flat(value: Any) -> Any:
    return ";".join(value) if isinstance(value, list) else value


def _holder() -> tuple[Actor, int] | Response:
    """Whose key was sent; or the refusal, after it is counted. A live key is never kept out by somebody's guesses."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    key = key.strip() if scheme.lower() == "bearer" else ""
    found = feed_tokens.holder(key) if 0 < len(key) <= LONGEST_KEY else None
    if found is not None:
        return found
    if not key:  # no key is no guess: nothing to count
        return _refusal(*NO_KEY)
    try:
        signing_in.begin_attempt(*security.feed_digests(feed_tokens.digest_of(key)))
    except TooManyAttempts as too_many:
        seconds = max(1, math.ceil((too_many.until - clock.now()).total_seconds()))
        return _refusal(TOO_MANY, 429, "Retry-After", str(seconds))
    return _refusal(*NO_KEY)


def _refusal(body: dict[str, str], code: int, header: str, value: str) -> Response:
    response = make_response(jsonify(body), code)
    response.headers[header] = value
    return response


def _read(holder: tuple[Actor, int], kind: str) -> tuple[Filters, FeedPage]:
    """A page of what the key's person may know of now, noted in the log before it is sent."""
    actor, token_id = holder
    filters = Filters.read({"status": "all", **request.args})
    size = min(max(asked.number(request.args.get("limit"), queries.FEED_PAGE), 1), queries.FEED_PAGE)
    page = queries.feed(actor, gate.office(), filters, request.args.get("after", ""), size)
    feed_tokens.note_read(actor, token_id, kind, len(page.rows))
    return filters, page


def _next_url(endpoint: str, filters: Filters, page: FeedPage) -> str:
    if page.after is None:
        return ""
    limit = {"limit": request.args["limit"][:9]} if "limit" in request.args else {}
    return url_for(endpoint, _external=True) + "?" + urlencode({**filters.as_query(), **limit, "after": page.after})


# The keys of a person


@bp.route("/account/feed", methods=["GET", "POST"])
@access.signed_in
def keys() -> Any:
    """One's own keys; a post makes one, which is shown on the page that answers it and never again."""
    if not access.actor().role_names - NO_RECOMMENDATIONS:
        raise NotVisible
    form = FeedKeyForm()
    if request.method == "GET":
        return _page(form, 200)
    if not form.validate():
        return _page(form, 422)
    try:
        key = _made(form)
    except TooManyAttempts as refused:
        return accounts.too_many(refused)
    if key is None:
        return _page(form, 422)
    return _page(FeedKeyForm(formdata=None), 200, key)


def _made(form: FeedKeyForm) -> str | None:
    """The new key, or None with what is wrong in the form."""
    if not accounts.own_password_is(form.current.data or ""):
        form.current.errors = ["Enter your password: this is not it"]
        return None
    try:
        return feed_tokens.make(access.actor(), form.name.data or "", form.ends_on.data)
    except GuardFailed as refused:
        if not put_errors(form, refused):
            raise
        return None


def _page(form: FeedKeyForm, code: int, key: str = "") -> Any:
    today = clock.today()
    rows = [
        {
            "public_id": row.public_id,
            "name": row.name,
            "made_at": row.made_at,
            "ends_on": row.ends_on,
            "live": row.revoked_at is None and row.ends_on >= today,
            "state": "Revoked" if row.revoked_at else ("Ended" if row.ends_on < today else "Live"),
        }
        for row in tokens.of_person(access.actor())
    ]
    body = render_template(
        "accounts/feed.html",
        form=form,
        fresh=key,
        rows=rows,
        address=url_for("feed.as_json", _external=True),
        csv_address=url_for("feed.as_csv", _external=True),
        crumbs=[{"text": "Your account", "href": url_for("accounts.account")}],
    )
    return body, code


@bp.post("/account/feed/<public_id>/revoke")
@access.signed_in
def revoke(public_id: str) -> Any:
    """End one of one's own keys at once; another's is not found."""
    feed_tokens.revoke(access.actor(), public_id)
    flash("The key is revoked.", "success")
    return redirect(url_for("feed.keys"), 303)
