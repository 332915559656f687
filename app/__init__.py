"""Plumbline: practice reviews in children's social care, and what became of them."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import cli, extensions, security, startup, web
from config import Settings, from_environment

LARGEST_POST = 25 * 1024 * 1024  # a file with the form around it
LARGEST_TEXT = 4 * 1024 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """The application: extensions, pages, commands. Nothing is migrated or served here."""
    settings = settings or from_environment()
    app = Flask(__name__)
    app.config.update(
        MODE=settings.mode,
        DATABASE_URL=settings.database_url,
        SECRET_KEY=settings.secret_key,
        TRUSTED_HOSTS=list(settings.trusted_hosts),
        MAIL=settings.mail,
        ADDRESS=settings.address,
        MAX_CONTENT_LENGTH=LARGEST_POST,
        MAX_FORM_MEMORY_SIZE=LARGEST_TEXT,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.production,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form left open over lunch still saves
    )
    extensions.init_app(app)
    startup.init_app(app)
    security.init_app(app)
    web.init_app(app)
    cli.init_app(app)
    if settings.proxies:  # each of ours adds the address it was asked from, and whether by https
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    return app
