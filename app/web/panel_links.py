"""Where the pages of the panel lie, for those that are not of the same part of it."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for


def has(endpoint: str) -> bool:
    """Whether the application has this page: a part of the product can be absent and no page breaks."""
    return endpoint in current_app.view_functions


def to(endpoint: str, **values: Any) -> str:
    """Its address, else the list of meetings."""
    return url_for(endpoint, **values) if has(endpoint) else url_for("panel.index")


def offered(endpoint: str, **values: Any) -> str:
    """Its address, or nothing."""
    return url_for(endpoint, **values) if has(endpoint) else ""
