"""Error pages: what happened, whether what was typed is safe, what to do.

`refused_page`, `stale_page` and `not_found_page` draw the house's own refusals; whoever registers handlers
for those exceptions calls them. Each has a JSON form for the script that saves drafts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from flask import Flask, current_app, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, generate_csrf
from werkzeug.exceptions import HTTPException, SecurityError

from app.web.given_back import left_out, texts_of

SECRET_WORDS = ("password", "passwd", "passcode", "csrf", "otp", "totp", "recovery", "token", "secret")
REDACTED = ("csrf_token",)


@dataclass(frozen=True)
class Words:
    """What one error page says."""

    heading: str
    happened: str
    typed: str
    todo: str


NOTHING_TYPED = "Nothing you saved before has changed."
GO_BACK = (
    "If you were filling in a form, what you typed is not saved yet. Use your browser's Back button: "
    "most browsers still show it."
)

PAGES: dict[int, Words] = {
    400: Words(
        "We could not read that request",
        "Something in what your browser sent was missing or was not what this page expects.",
        GO_BACK,
        "Go back and try again. If it happens a second time, tell whoever looks after the service.",
    ),
    401: Words(
        "Sign in first",
        "You are not signed in, or you have been signed out because the page was open for a long time.",
        GO_BACK,
        "Sign in in another window, then go back to this one and send it again.",
    ),
    403: Words(
        "You cannot do this",
        "This page exists, and it is not open to you in your role.",
        NOTHING_TYPED,
        "If your work needs it, ask your administrator or the Head of QA.",
    ),
    404: Words(
        "Page not found",
        "There is nothing at this address that you may see. It may be mistyped, moved or closed to you.",
        NOTHING_TYPED,
        "Check the address, or start again from the first page.",
    ),
    405: Words(
        "That cannot be done in this way",
        "This address takes only what its own form sends, so it cannot be opened or reloaded as a page.",
        NOTHING_TYPED,
        "Go back to the page you came from and use its button.",
    ),
    413: Words(
        "That is too large to send",
        "The text or file you sent is larger than the service takes at once: 25 MB for a file with its page, "
        "4 MB for text.",
        GO_BACK,
        "Send a smaller file: a PDF of the pages that matter, or a photograph saved smaller. Divide a long text. "
        "The page you came from says how large a file may be.",
    ),
    429: Words(
        "Too many attempts",
        "There have been many attempts in a short time, so we are waiting before we take another.",
        GO_BACK,
        "Wait a few minutes, then try again.",
    ),
    500: Words(
        "Sorry, there is a problem with the service",
        "Something went wrong on our side. It is written down for those who look after the service.",
        "What you did last was not saved; everything before it is. " + GO_BACK,
        "Try again in a few minutes.",
    ),
    503: Words(
        "The service is not available just now",
        "It is being looked after or is very busy.",
        "What you did last was not saved; everything before it is. " + GO_BACK,
        "Try again in a few minutes.",
    ),
}
FOREIGN_HOST = Words(
    "This is not the service's address",
    "The request came under a name that this service does not answer to.",
    NOTHING_TYPED,
    "Use the address you were given for the service. Whoever runs it can add a name in its settings.",
)
EXPIRED = Words(
    "This page was open for too long",
    "For safety a form can be sent only for a limited time after it was opened, and that time had passed.",
    "Your text is safe: all of it is on this page. Nothing has been saved yet.",
    "Send it again with the button below.",
)
SIGNED_OUT = Words(
    "You have been signed out",
    "The page was open for a long time, or your sign-in was ended.",
    "Your text is safe: all of it is on this page. Nothing has been saved yet.",
    "Sign in in another window, come back to this page, and send it again with the button below.",
)
EXPIRED_NOT_CARRIED = Words(
    EXPIRED.heading,
    EXPIRED.happened,
    "Nothing has been saved yet. Use your browser's Back button: most browsers still show what you typed.",
    "Go back, copy anything long that you typed, reload the page and send it again.",
)


FEED = "/feed/"


class ReasonLike(Protocol):
    """A sentence that says why not, and where it can be put right."""

    @property
    def text(self) -> str: ...

    @property
    def target(self) -> str | None: ...


def init_app(app: Flask) -> None:
    """Register the pages for what Flask and Werkzeug raise."""
    app.register_error_handler(CSRFError, expired_form)
    app.register_error_handler(SecurityError, foreign_host)
    app.register_error_handler(HTTPException, http_error)


def wants_json() -> bool:
    """Whether a script asked, rather than a person's browser opening a page. The feed is asked by nothing else,
    whatever the program that asks says it accepts."""
    if request.path.startswith(FEED):
        return True
    accept = request.accept_mimetypes
    return accept.best_match(("text/html", "application/json")) == "application/json"


def http_error(error: HTTPException) -> ResponseReturnValue:
    """The page for any HTTP error; one that carries a response of its own (a redirect) is left alone."""
    if error.response is not None or error.code is None or error.code < 400:
        return error
    code = error.code if error.code in PAGES else (500 if error.code >= 500 else 400)
    response = bare_page(PAGES[code], error.code) if code >= 500 else message_page(PAGES[code], error.code)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After", "WWW-Authenticate"):
            response.headers[name] = value
    return response


def foreign_host(_error: SecurityError) -> ResponseReturnValue:
    """400, in plain words and without the session: the name a request came under is not ours."""
    return bare_page(FOREIGN_HOST, 400)


def message_page(words: Words, code: int, **more: Any) -> Any:
    """One of the plain pages, or its JSON form."""
    if wants_json():
        return _json({"message": f"{words.heading}. {words.todo}"}, code)
    return make_response(render_template("errors/message.html", words=words, code=code, **more), code)


def bare_page(words: Words, code: int) -> Any:
    """A page that reads neither session nor database; if even the templates fail, the same words without them.

    It is drawn past Flask's context processors: Flask-Login's would load the person.
    """
    from app.web import frame  # the frame imports this module

    if wants_json():
        return message_page(words, code)
    try:
        template = current_app.jinja_env.get_template("errors/message.html")
        return make_response(template.render(words=words, code=code, **frame.bare_context()), code)
    except Exception:
        current_app.logger.exception("the error page could not be drawn")
        text = f"{words.heading}\n\n{words.happened}\n\n{words.typed}\n\n{words.todo}\n"
        return make_response(text, code, {"Content-Type": "text/plain; charset=utf-8"})


def not_found_page() -> Any:
    """The same page whether the thing is absent or private."""
    return message_page(PAGES[404], 404)


def unavailable_page() -> Any:
    """503, for a database that is busy or away."""
    return bare_page(PAGES[503], 503)


# A form whose token has run out


def expired_form(_error: CSRFError) -> ResponseReturnValue:
    """Nothing typed is lost: the page carries every field and a fresh token, to be sent again."""
    if not _sent_from_our_own_page():
        return message_page(EXPIRED_NOT_CARRIED, 400)
    if wants_json():  # only a script of our own origin can read this answer
        return _json({"message": EXPIRED_NOT_CARRIED.heading + ".", "csrf_token": generate_csrf()}, 400)
    fields = typed_fields(request.form.items(multi=True))
    if request.method != "POST" or not fields or request.files or _has_secrets(request.form):
        return message_page(EXPIRED_NOT_CARRIED, 400)
    page = render_template(
        "errors/expired.html",
        words=EXPIRED,
        code=400,
        fields=fields,
        texts=texts_of(fields),
        action=_same_address(),
    )
    return make_response(page, 400)


def signed_out_page() -> Any:
    """A form sent after the session ended: nothing typed is lost, and it can be sent when signed in again."""
    if wants_json():
        return message_page(PAGES[401], 401)
    fields = typed_fields(request.form.items(multi=True))
    if not fields or request.files or _has_secrets(request.form) or not _sent_from_our_own_page():
        return message_page(PAGES[401], 401)
    page = render_template(
        "errors/expired.html", words=SIGNED_OUT, code=401, fields=fields, texts=texts_of(fields), action=_same_address()
    )
    return make_response(page, 401)


def _same_address() -> str:
    """Where this request was sent, as a path that cannot be read as another host's."""
    return f"{request.script_root}/{request.full_path.lstrip('/').rstrip('?')}"


def typed_fields(fields: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What may be put on a page again: everything but passwords, codes and old tokens."""
    return [(name, value) for name, value in fields if not _is_secret(name)]


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in SECRET_WORDS)


def _has_secrets(fields: Iterable[str]) -> bool:
    """A form with a password in it cannot be sent again by itself."""
    return any(_is_secret(name) for name in fields if name not in REDACTED)


def _sent_from_our_own_page() -> bool:
    """Never offer to send again what another site sent: its reader would do that site's bidding."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    source = request.headers.get("Origin") or request.headers.get("Referer") or ""
    try:
        return urlsplit(source).netloc == request.host
    except ValueError:  # no address at all
        return False


# The house's own refusals


@dataclass(frozen=True)
class Sentence:
    """A reason without a place to put it right."""

    text: str
    target: str | None = None


NOT_NOW = Sentence("This cannot be done now, or is not yours to do. Open the page again to see how it stands.")


def refused_page(reasons: Sequence[ReasonLike], back_url: str = "", *, heading: str = "") -> Any:
    """409: an action that cannot be taken now, why, and where each reason can be put right."""
    if wants_json():
        return _json({"message": " ".join(reason.text for reason in reasons), "url": back_url}, 409)
    fields = typed_fields(request.form.items(multi=True))
    page = render_template(
        "errors/refused.html",
        title=heading or "This cannot be done yet",
        reasons=[{"text": reason.text, "href": reason.target} for reason in reasons],
        texts=texts_of(fields),
        left_out=left_out(fields),
        back_url=back_url,
    )
    return make_response(page, 409)


@dataclass(frozen=True)
class StaleField:
    """One field as this person typed it and as it is saved now. `name` is its name in the form."""

    name: str
    label: str
    yours: str
    saved: str
    editable: bool = True  # False for a choice: its words are shown and its value is carried
    yours_words: str = ""
    saved_words: str = ""

    @property
    def same(self) -> bool:
        return self.yours.replace("\r\n", "\n") == self.saved.replace("\r\n", "\n")


def stale_page(
    fields: Sequence[StaleField],
    *,
    version: int,
    action: str,
    saved_by: str = "",
    saved_at: Any = None,
    back_url: str = "",
    without: Sequence[str] = (),
) -> Any:
    """409: somebody saved this since it was opened. Both texts side by side; keep mine or keep theirs.

    `version` is the saved one, so that keeping mine is a deliberate save on top of it. `action` is where
    the form is sent. Fields that were posted and are not in `fields` are carried along unseen, save those in
    `without`: a button that would do more than save.
    """
    if wants_json():
        message = "This part has changed since you opened it."
        return _json({"message": message, "url": back_url or action, "version": version}, 409)
    shown = {field.name for field in fields} | {"version", *without, *REDACTED}
    page = render_template(
        "errors/stale.html",
        fields=fields,
        carried=[pair for pair in typed_fields(request.form.items(multi=True)) if pair[0] not in shown],
        version=version,
        action=action,
        saved_by=saved_by,
        saved_at=saved_at,
        back_url=back_url or action,
    )
    return make_response(page, 409)


def _json(body: dict[str, Any], code: int) -> Any:
    return make_response(jsonify(body), code)
