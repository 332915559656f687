"""Our few fields. None has a default, none needs an answer, and no post however crooked makes one raise.

A field that was not posted at all keeps what was saved. Whatever was typed stays in the field beside its
error, so that the page can show it again.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from wtforms import Field, RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.utils import unset_value
from wtforms.validators import ValidationError

from forms.clean import clean_line, clean_text
from forms.ids import is_row_key, new_row_key

UNKNOWN = "Choose one of the answers listed"
MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
FUTURE = "The date cannot be in the future"
BOXES = ("day", "month", "year")
FIRST_YEAR, LAST_YEAR = 1900, 2100
READ_AT_MOST = 200


class TextField(TextAreaField):
    """Text, cleaned. `lines` 1 is a single line, more a text area of that height."""

    def __init__(self, label: str | None = None, validators: Any = None, *, lines: int = 6, **kwargs: Any) -> None:
        filters = (clean_line if lines == 1 else clean_text, *kwargs.pop("filters", ()))
        super().__init__(label, validators, filters=filters, **kwargs)
        self.lines = lines


class ChoiceField(RadioField):
    """One of several, or none so far. `display` is "radios" or "select"."""

    def __init__(self, label: str | None = None, validators: Any = None, **kwargs: Any) -> None:
        self.display = kwargs.pop("display", "radios")
        super().__init__(label, validators, **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = valuelist[0] or None

    def pre_validate(self, form: Any) -> None:
        if self.data and self.data not in [choice.value for choice in self.choices or ()]:
            raise ValidationError(UNKNOWN)


class GradeField(ChoiceField):
    """A grade: radios with no default, ever."""


class YesNoField(ChoiceField):
    """Yes, no or not answered: True, False or None."""

    CHOICES = (SelectChoice("yes", "Yes"), SelectChoice("no", "No"))

    def __init__(self, label: str | None = None, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, choices=list(self.CHOICES), **kwargs)

    def process_data(self, value: Any) -> None:
        self.data = {True: "yes", False: "no"}.get(value) if isinstance(value, bool) else None

    @property
    def answer(self) -> bool | None:
        return {"yes": True, "no": False}.get(self.data or "")


class ChoicesField(SelectMultipleField):
    """Several of several, or none. Each once, in the order of the list."""

    def process_data(self, value: Any) -> None:
        self.data = [str(item) for item in value or ()]

    def process_formdata(self, valuelist: list[str]) -> None:
        order = [choice.value for choice in self.choices or ()]
        chosen = set(valuelist[:READ_AT_MOST])
        self.data = [value for value in order if value in chosen] + sorted(chosen - set(order) - {""})

    def pre_validate(self, form: Any) -> None:
        if set(self.data or ()) - {choice.value for choice in self.choices or ()}:
            raise ValidationError(UNKNOWN)


class PersonField(SelectField):
    """Somebody by id. Who may be chosen comes with the form: `Form(meta={"people": {id: name}})`, or by another
    name that the field asks for: `among`.

    Somebody saved earlier who may no longer be chosen stays, so that saving another answer loses nobody.
    """

    def __init__(self, label: str | None = None, validators: Any = None, **kwargs: Any) -> None:
        among = kwargs.pop("among", "people")
        super().__init__(label, validators, **kwargs)
        if self._choices is None:
            people = getattr(self.meta, among, None) or {}
            self.choices = [SelectChoice(key, name) for key, name in people.items()]

    def process_data(self, value: Any) -> None:
        self.data = str(value) if value else None
        if self.data and self.data not in [choice.value for choice in self.choices]:
            name = getattr(self.meta, "names", {}).get(self.data, "Somebody no longer on this list")
            self.choices = [*self.choices, SelectChoice(self.data, name)]

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = valuelist[0] or None

    def pre_validate(self, form: Any) -> None:
        if self.data and self.data not in [choice.value for choice in self.choices]:
            raise ValidationError("Choose somebody from the list")


class DateField(Field):
    """A date in three boxes, `name-day`, `name-month`, `name-year`; a month may be written as a word.

    `data` is a date or None, `typed` what stands in the boxes, `wrong` the boxes that the error is about,
    first one first. Any number of posted values per box is survived; the first counts.

    past: a day after today is refused. Which day is today comes with the form: `Form(meta={"today": date})`.
    """

    def __init__(self, label: str | None = None, validators: Any = None, **kwargs: Any) -> None:
        self.past: bool = kwargs.pop("past", False)
        super().__init__(label, validators, **kwargs)
        self.data: dt.date | None = None
        self.typed: dict[str, str] = dict.fromkeys(BOXES, "")
        self.wrong: tuple[str, ...] = ()

    def process_data(self, value: Any) -> None:
        self.data = value if isinstance(value, dt.date) else None
        parts = (value.day, value.month, value.year) if self.data else ("", "", "")
        self.typed = {box: str(part) for box, part in zip(BOXES, parts, strict=True)}

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        super().process(None, data, extra_filters)
        if formdata is not None:
            self._read({box: formdata.getlist(f"{self.name}-{box}") for box in BOXES})

    def _read(self, posted: dict[str, list[Any]]) -> None:
        if any(posted.values()):
            self.raw_data = [value for values in posted.values() for value in values]
            self.typed = {box: clean_line(str(values[0])) if values else "" for box, values in posted.items()}
            self.data, self.wrong, message = read_date(self.typed, self.label.text)
            if self._lies_ahead():
                self.data, self.wrong, message = None, BOXES, FUTURE
            self.process_errors = [message] if message else []

    def _lies_ahead(self) -> bool:
        today = getattr(self.meta, "today", None)
        return self.past and bool(self.data and today and self.data > today)


def read_date(typed: dict[str, str], label: str) -> tuple[dt.date | None, tuple[str, ...], str]:
    """(date, wrong boxes, message). All boxes empty: no date and no error."""
    if not any(typed.values()):
        return None, (), ""
    empty = tuple(box for box in BOXES if not typed[box])
    if empty:
        return None, empty, f"{label}: add the {_and(empty)}"
    numbers = {box: _number(box, typed[box]) for box in BOXES}
    wrong = tuple(box for box in BOXES if numbers[box] is None)
    if wrong:
        return None, wrong, f"{label}: {' and '.join(_limits(box) for box in wrong)}"
    return _whole_date(numbers, label)


def _whole_date(numbers: dict[str, Any], label: str) -> tuple[dt.date | None, tuple[str, ...], str]:
    try:
        return dt.date(numbers["year"], numbers["month"], numbers["day"]), (), ""
    except ValueError:
        month = MONTHS[numbers["month"] - 1].capitalize()
        return None, ("day",), f"{label}: {month} {numbers['year']} has no day {numbers['day']}"


def _number(box: str, text: str) -> int | None:
    if box == "month" and re.fullmatch("[A-Za-z]{3,9}", text):
        found = [i for i, name in enumerate(MONTHS, 1) if name.startswith(text.lower())]
        return found[0] if len(found) == 1 else None
    if not re.fullmatch("[0-9]{1,4}", text):
        return None
    low, high = {"day": (1, 31), "month": (1, 12), "year": (FIRST_YEAR, LAST_YEAR)}[box]
    return int(text) if low <= int(text) <= high else None


def _limits(box: str) -> str:
    if box == "year":
        return f"the year must have 4 digits, from {FIRST_YEAR} to {LAST_YEAR}"
    return f"the {box} must be a number from 1 to {31 if box == 'day' else 12}"


def _and(words: tuple[str, ...]) -> str:
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]


class Row:
    """One row of a rows field: its key for life, its fields, its heading."""

    def __init__(self, key: str, form: Any, title: str, hint: str = "") -> None:
        self.key, self.form, self.title, self.hint = key, form, title, hint

    def __iter__(self) -> Any:
        return iter(self.form)


class RowsField(Field):
    """The same few questions several times. Works without a script.

    `name-rows` is posted once empty (so that a list emptied of rows is told from a list not posted) and once
    for each row with its key, in order. Keys are made here; a key of another shape is dropped and reported.
    """

    def __init__(self, label: str | None = None, validators: Any = None, **kwargs: Any) -> None:
        self.row_form = kwargs.pop("row_form")
        self.row_title: str = kwargs.pop("row_title", "Item")
        self.add_label: str = kwargs.pop("add_label", "Add another")
        self.fixed: tuple[Any, ...] = kwargs.pop("fixed", ())
        self.most: int = kwargs.pop("most", 60)
        super().__init__(label, validators, **kwargs)
        self.rows: list[Row] = []

    @property
    def data(self) -> list[dict[str, Any]]:
        return [{"key": row.key, **row.form.data} for row in self.rows]

    @data.setter
    def data(self, value: Any) -> None:
        """WTForms sets it before processing; the rows are the data."""

    @property
    def row_errors(self) -> list[dict[str, Any]]:
        """What is wrong inside the rows: one mapping of a cell to its errors for each row that has any."""
        return [dict(row.form.errors) for row in self.rows if row.form.errors]

    @property
    def can_add(self) -> bool:
        return not self.fixed and len(self.rows) < self.most

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        self.process_errors: list[str] = []
        saved = {row["key"]: row for row in (data if isinstance(data, list) else ())}
        keys = [row.key for row in self.fixed] or self._posted_keys(formdata, list(saved))
        titles = {row.key: (row.label, row.hint) for row in self.fixed}
        self.rows = []
        for key in keys:
            self._append(key, formdata, saved.get(key), *titles.get(key, ("", "")))

    def _posted_keys(self, formdata: Any, saved: list[str]) -> list[str]:
        marker = f"{self.name}-rows"
        if formdata is None or marker not in formdata:
            return saved
        posted = [key for key in dict.fromkeys(formdata.getlist(marker)) if key]
        if len(posted) > READ_AT_MOST or not all(is_row_key(key) for key in posted):
            self.process_errors.append(f"{self.label.text}: some rows could not be read. Check what is here")
        return [key for key in posted if is_row_key(key)][:READ_AT_MOST]

    def _append(self, key: str, formdata: Any, saved: Any, title: str = "", hint: str = "") -> None:
        meta = {
            "people": getattr(self.meta, "people", {}),
            "names": getattr(self.meta, "names", {}),
            "today": getattr(self.meta, "today", None),
        }
        form = self.row_form(formdata, prefix=f"{self.name}-{key}", data=saved, meta=meta)
        self.rows.append(Row(key, form, title or f"{self.row_title} {len(self.rows) + 1}", hint))

    def add(self) -> str | None:
        """A new empty row at the end; its key, or None when there is room for no more."""
        if not self.can_add:
            return None
        key = new_row_key()
        self._append(key, None, None)
        return key

    def remove(self, key: str) -> bool:
        """Takes a row away. False where there is none such, or the row is fixed."""
        left = [row for row in self.rows if row.key != key]
        if self.fixed or len(left) == len(self.rows):
            return False
        for place, row in enumerate(left, 1):
            row.title = f"{self.row_title} {place}"
        self.rows = left
        return True

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        self.errors = list(self.process_errors)
        if len(self.rows) > self.most:
            over = len(self.rows) - self.most
            self.errors.append(f"{self.label.text}: no more than {self.most}. Remove {over}")
        rows_right = [row.form.validate() for row in self.rows]
        return not self.errors and all(rows_right)
