"""The security headers of every answer, and names that are not ours."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from flask.testing import FlaskClient

from app.web import headers
from tests.support.html import CheckedClient, parse
from tests.unit.web import guide


def test_the_policy_allows_the_frames_own_script_and_no_other(visitor: FlaskClient) -> None:
    answer = visitor.get("/plain")
    inline = [node for node in parse(answer.text).all("script") if "src" not in node.attrs]
    assert len(inline) == 1
    text = "".join(str(child) for child in inline[0].children)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    policy = answer.headers["Content-Security-Policy"]
    assert re.findall(r"'sha256-([^']+)'", policy) == [digest]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self' 'sha256-")


@pytest.mark.parametrize(("path", "code"), [("/plain", 200), ("/absent", 404), ("/wrong", 500), ("/stop/403", 403)])
def test_every_answer_carries_them(visitor: FlaskClient, path: str, code: int) -> None:
    answer = visitor.get(path)
    assert answer.status_code == code
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Security-Policy" in answer.headers
    for name, value in headers.FIXED.items():
        assert answer.headers[name] == value
    assert "Strict-Transport-Security" not in answer.headers


def test_only_production_promises_https() -> None:
    answer = guide.small_app(MODE="production").test_client().get("/plain")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


@pytest.mark.parametrize("path", ["/plain", "/absent", "/static/plumbline.css"])
def test_a_foreign_host_is_refused_in_plain_words(path: str) -> None:
    app = guide.small_app()
    app.test_client_class = CheckedClient
    answer = app.test_client().get(path, headers={"Host": "elsewhere.example"})
    assert answer.status_code == 400
    assert answer.mimetype == "text/html"
    assert "This is not the service" in answer.text
    assert "elsewhere.example" not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_the_person_is_not_looked_up_for_a_foreign_host() -> None:
    app = guide.small_app()

    @app.login_manager.request_loader  # type: ignore[attr-defined]
    def _never(_request: object) -> None:
        raise AssertionError("the session was read")

    answer = app.test_client().get("/plain", headers={"Host": "elsewhere.example"})
    assert answer.status_code == 400
    assert answer.mimetype == "text/html"
