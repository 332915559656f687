"""The little application of these tests, with registries of its own."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.web import frame
from tests.support.html import CheckedClient
from tests.unit.web import guide


@pytest.fixture(autouse=True)
def _own_registries(monkeypatch: pytest.MonkeyPatch) -> None:
    """What these tests register must not stay for the next one, nor the product's come in."""
    for name in ("navigation", "header_links", "footer_links"):
        monkeypatch.setattr(frame, name, frame.Registry())
    guide.register_links()


@pytest.fixture
def small_app() -> Flask:
    app = guide.small_app()
    app.test_client_class = CheckedClient
    return app


@pytest.fixture
def visitor(small_app: Flask) -> FlaskClient:
    """Every HTML answer is checked on the way, error pages too."""
    return small_app.test_client()
