"""Marks that a table's cell needs as safe markup."""

from __future__ import annotations

from functools import cache

from flask import get_template_attribute
from markupsafe import Markup

from app.web import words


@cache
def stage_tag(state: str) -> Markup:
    """A stage's word in its coloured box, from the one macro that draws tags."""
    tag = get_template_attribute("macros/ui.html", "tag")
    return Markup(tag(words.STATE[state], words.TONE[state]))  # noqa: S704 - the macro escapes what it is given
