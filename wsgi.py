"""The application for a web server; run as a program it migrates and serves on this machine only."""

from __future__ import annotations

from app import create_app
from config import from_environment

app = create_app()

if __name__ == "__main__":
    from app.startup import serve

    serve(app, from_environment())
