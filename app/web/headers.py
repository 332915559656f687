"""The security headers of every answer, and the refusal of a host name that is not ours."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from flask import Flask, Response, abort, current_app, request
from werkzeug.exceptions import SecurityError

BASE = Path(__file__).resolve().parent.parent / "templates" / "base.html"
INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
HSTS = "max-age=31536000; includeSubDomains"


def init_app(app: Flask) -> None:
    """Add the headers to every answer of the application; the static files get theirs from WhiteNoise."""
    policy = content_security_policy(inline_script_hashes(BASE.read_text(encoding="utf-8")))
    production = app.config.get("MODE") == "production"

    def add_headers(response: Response) -> Response:
        response.headers.update(FIXED)
        response.headers.setdefault("Content-Security-Policy", policy)  # a download has a stricter one
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        if production:
            response.headers["Strict-Transport-Security"] = HSTS
        return response

    app.after_request(add_headers)
    # First of all: nothing else may look at a request that came under a name which is not ours.
    app.before_request_funcs.setdefault(None, [])[:0] = [refuse_foreign_host, refuse_nul, limit_text]


def inline_script_hashes(template: str) -> list[str]:
    """The hash of each inline script of the frame, so that no other inline script can run."""
    return [_sha256(script) for script in INLINE_SCRIPT.findall(template)]


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def content_security_policy(hashes: list[str]) -> str:
    """Nothing but our own files; a hash and not a nonce, because a hash needs nothing of the request."""
    scripts = " ".join(["'self'", *(f"'sha256-{each}'" for each in hashes)])
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def refuse_foreign_host() -> None:
    """Raise what routing found before anything reads the session or the database."""
    if isinstance(request.routing_exception, SecurityError):
        raise request.routing_exception


def refuse_nul() -> None:
    """No address of ours has a NUL in it, and PostgreSQL will not even compare with one."""
    if "\x00" in request.path or b"%00" in request.query_string or b"\x00" in request.query_string:
        abort(400)


def limit_text() -> None:
    """Only a form that carries a file may be as large as one; asked before anything reads the form."""
    if request.mimetype != "multipart/form-data":
        request.max_content_length = current_app.config["MAX_FORM_MEMORY_SIZE"]


def add_static_headers(headers: dict[str, str], _path: str, _url: str) -> None:
    """WhiteNoise answers before Flask does, so its answers need these too."""
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
