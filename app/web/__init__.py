"""Pages: thin views over queries and services."""

from __future__ import annotations

from flask import Flask

from app.web import access, accounts, frame


def init_app(app: Flask) -> None:
    """Register the frame, the door and every blueprint."""
    frame.init_app(app)
    access.init_app(app)
    app.register_blueprint(accounts.bp)
