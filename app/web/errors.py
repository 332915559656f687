"""Error pages: what happened, whether what was typed is safe, what to do."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Filled in the next step."""
