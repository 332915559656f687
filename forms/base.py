"""The form that hand-written forms are made from, and what built forms share with it."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms.validators import ValidationError

from forms.clean import clean_line, clean_text

__all__ = ["AtMost", "Needed", "PlumblineForm", "clean_line", "clean_text"]


class PlumblineForm(FlaskForm):
    """A form with its protection against forged requests. Give text fields `filters=[clean_text]`."""


class AtMost:
    """Refuses longer text and says by how much. What was typed stays in the field."""

    def __init__(self, most: int) -> None:
        self.most = most

    def __call__(self, form: Any, field: Any) -> None:
        over = len(field.data or "") - self.most
        if over > 0:
            raise ValidationError(
                f"{field.label.text} must be {self.most:,} characters or fewer: shorten it by {over:,}"
            )


class Needed:
    """Refuses an empty answer in words: `Needed("Say why")`. For hand-written forms; drafts need nothing."""

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self, form: Any, field: Any) -> None:
        if field.data is None or field.data in ("", []):
            raise ValidationError(self.message)
