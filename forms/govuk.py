"""A field of ours -> the parameters of a GOV.UK component macro: plain dicts of plain text, never HTML.

`component(field)` gives ("govukRadios", {...}): the page calls the macro of that name with the dict. Groups
always have a legend with text, no empty hint is made, and a link of the error summary goes to an input that
can take the focus.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.fields.choices import SelectFieldBase

from forms.fields import BOXES, DateField, Row, RowsField, TextField

Params = dict[str, Any]
NOTHING_CHOSEN = "Choose one"


def component(
    field: Any, *, hints: Mapping[str, str] | None = None, legend_size: str = "s", **over: Any
) -> tuple[str, Params]:
    """(macro name, parameters). `hints` are texts under the options of a group, by option (the criteria under
    the grades); anything in `over` replaces what is made here. Rows have no macro: `rows(field)`.
    """
    macro = macro_name(field)
    if macro in ("govukRadios", "govukCheckboxes") and not isinstance(field, BooleanField):
        return macro, {**_group(field, hints, legend_size), **over}
    if macro == "govukDateInput":
        return macro, {**_date(field, legend_size), **over}
    made = {"govukSelect": _select, "govukCheckboxes": _tick, "govukTextarea": _area, "govukInput": _input}
    return macro, {**made[macro](field), **over}


def macro_name(field: Any) -> str:
    """Which component shows this field. TypeError for one that none of them shows."""
    if isinstance(field, TextField) and field.lines == 1:
        return "govukInput"
    if isinstance(field, RadioField) and getattr(field, "display", "radios") == "select":
        return "govukSelect"
    for kind, name in _MACROS:
        if isinstance(field, kind) and not isinstance(field, _NOT_SHOWN):
            return name
    raise TypeError(f"{type(field).__name__} has no component")


_MACROS = (
    (DateField, "govukDateInput"),
    (SelectMultipleField, "govukCheckboxes"),
    (RadioField, "govukRadios"),
    (SelectField, "govukSelect"),
    (BooleanField, "govukCheckboxes"),
    (TextAreaField, "govukTextarea"),
    (StringField, "govukInput"),
    (IntegerField, "govukInput"),
)


def _area(field: Any) -> Params:
    return {**_labelled(field), "rows": getattr(field, "lines", 6), "value": _typed(field)}


_NOT_SHOWN = (HiddenField, SubmitField)


def _input(field: Any) -> Params:
    """A single line. A password is never written back into the page."""
    kind = getattr(field.widget, "input_type", "text")
    if kind == "password":
        return {**_labelled(field), "type": kind, "value": ""}
    numeric = {"inputmode": "numeric"} if isinstance(field, IntegerField) else {}
    kinds = {"type": kind} if kind in ("email", "tel", "url") else {}
    return {**_labelled(field), **kinds, **numeric, "value": _typed(field)}


def _typed(field: Any) -> str:
    """What stands in the box: of a number that is none, what was typed."""
    if isinstance(field, IntegerField):
        return str(field._value())
    return "" if field.data is None else str(field.data)


def _extras(field: Any) -> Params:
    """Hint and error, each only where there is one."""
    extras: Params = {}
    if field.description:
        extras["hint"] = {"text": field.description}
    if field.errors:
        extras["errorMessage"] = {"text": str(field.errors[0])}
    return extras


def _labelled(field: Any) -> Params:
    label = {"text": field.label.text, "classes": "govuk-label--s"}
    return {"id": field.id, "name": field.name, "label": label, **_extras(field)}


def _fieldset(field: Any, size: str) -> Params:
    return {"legend": {"text": field.label.text or field.name, "classes": f"govuk-fieldset__legend--{size}"}}


def _group(field: SelectFieldBase, hints: Mapping[str, str] | None, size: str) -> Params:
    chosen = field.data if isinstance(field.data, list) else [field.data]
    return {
        "idPrefix": field.id,
        "name": field.name,
        "fieldset": _fieldset(field, size),
        "items": [_item(choice, chosen, hints or {}) for choice in field.choices or ()],
        **_extras(field),
    }


def _item(choice: Any, chosen: list[Any], hints: Mapping[str, str]) -> Params:
    hint = hints.get(choice.value) or choice.render_kw.get("hint", "")
    item: Params = {"value": choice.value, "text": choice.label, "checked": choice.value in chosen}
    return {**item, "hint": {"text": hint}} if hint else item


def _select(field: Any) -> Params:
    options = [_select_item(choice, field.data) for choice in field.choices or ()]
    if not options or options[0]["value"]:
        options.insert(0, {"value": "", "text": NOTHING_CHOSEN, "selected": not field.data})
    return {**_labelled(field), "items": options}


def _select_item(choice: Any, chosen: Any) -> Params:
    """The component knows no headings inside a list, so a heading stands before its options' words."""
    text = f"{choice.optgroup}: {choice.label}" if choice.optgroup else choice.label
    return {"value": choice.value, "text": text, "selected": choice.value == chosen}


def _tick(field: Any) -> Params:
    """One box to tick: its own label, no group."""
    item = {"value": "y", "text": field.label.text, "checked": bool(field.data)}
    return {"idPrefix": field.id, "name": field.name, "items": [item], **_extras(field)}


def _date(field: DateField, size: str) -> Params:
    return {
        "id": field.id,
        "namePrefix": field.name,
        "fieldset": _fieldset(field, size),
        "items": [_box(field, box) for box in BOXES],
        **_extras(field),
    }


def _box(field: DateField, box: str) -> Params:
    wrong = " govuk-input--error" if field.errors and box in (field.wrong or BOXES) else ""
    width = 4 if box == "year" else 2
    return {
        "name": box,
        "id": f"{field.id}-{box}",
        "label": box.capitalize(),
        "value": field.typed[box],
        "classes": f"govuk-input--width-{width}{wrong}",
    }


def rows(field: RowsField) -> Params:
    """Rows, for the page to lay out: a fieldset for each row, a button to add one, and one to remove each.

    {id, legend, hint?, errorMessage?, hidden: [{name, value}], rows: [{key, id, legend, hint?, fields,
    remove?}], add?}. `add` and `remove` are parameters for govukButton; `fields` go through `component`.
    """
    return {
        "id": field.id,
        "legend": field.label.text,
        "hidden": [{"name": f"{field.name}-rows", "value": key} for key in _row_keys(field)],
        "rows": [_row(field, row) for row in field.rows],
        "add": _add_button(field),
        **_extras(field),
    }


def _row_keys(field: RowsField) -> list[str]:
    return ["", *(row.key for row in field.rows)]


def _row(field: RowsField, row: Row) -> Params:
    made: Params = {"key": row.key, "id": f"{field.id}-{row.key}", "legend": row.title, "fields": list(row)}
    if row.hint:
        made["hint"] = {"text": row.hint}
    if not field.fixed:
        made["remove"] = _remove_button(field, row)
    return made


def _add_button(field: RowsField) -> Params | None:
    """The rows' own id is on this button: what is missing from a list is put right here."""
    if field.fixed:
        return None
    return {
        "text": field.add_label,
        "name": "rows-add",
        "value": field.short_name,
        "classes": "govuk-button--secondary",
        "disabled": not field.can_add,
        "attributes": {"id": field.id, "formnovalidate": "formnovalidate"},
    }


def _remove_button(field: RowsField, row: Row) -> Params:
    return {
        "text": f"Remove {row.title[:1].lower()}{row.title[1:]}",
        "name": "rows-remove",
        "value": f"{field.short_name}:{row.key}",
        "classes": "govuk-button--secondary",
        "attributes": {"formnovalidate": "formnovalidate"},
    }


def error_summary(form: Any, title: str = "There is a problem") -> Params | None:
    """Parameters for govukErrorSummary, or None when nothing is wrong. Form-level errors have no link."""
    found = [*({"text": str(error)} for error in form.form_errors), *_errors(form)]
    return {"titleText": title, "errorList": found} if found else None


def _errors(form: Any) -> list[Params]:
    found: list[Params] = []
    for field in form:
        if isinstance(field, RowsField):
            own = [{"text": str(error), "href": f"#{field.id}"} for error in field.errors]
            found += own + [error for row in field.rows for error in _errors(row.form)]
        else:
            found += [_error(field, str(error)) for error in field.errors[:1]]
    return found


def _error(field: Any, text: str) -> Params:
    """A hidden field, such as the token against forged requests, has nothing to go to."""
    return {"text": text} if isinstance(field, HiddenField) else {"text": text, "href": f"#{target(field)}"}


def target(field: Any) -> str:
    """The id of the input to go to: of a date the first box that is wrong."""
    if isinstance(field, DateField):
        return f"{field.id}-{(field.wrong or BOXES)[0]}"
    return str(field.id)
