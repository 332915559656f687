"""Numbers that an address or a form carries: read as far as they can be, never a crash."""

from __future__ import annotations

from flask import request


def number(text: str | None, otherwise: int) -> int:
    """A whole number of up to nine digits, else `otherwise`: Python refuses to read thousands of them."""
    plain = text is not None and text.isascii() and text.isdecimal() and len(text) < 10
    return int(text or 0) if plain else otherwise


def page() -> int:
    """The page of a list that was asked for; the first where that cannot be read."""
    return number(request.args.get("page"), 1)


def version(name: str = "version") -> int:
    """The version the page had; a missing or forged one is none that was ever saved, so it is stale."""
    return number(request.form.get(name), -1)
