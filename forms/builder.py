"""A part of a template -> a web form.

The class is made once for each part of each template (by checksum) and kept. Saving a draft asks only that
answers have the right shape and length; what is still missing is `completeness`. These forms carry no token
of their own: the application checks one for every post.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from wtforms import Form
from wtforms.fields.choices import SelectChoice

from forms import answers as answer
from forms.base import AtMost
from forms.descriptor import AnyQuestion, FormTemplate, Option, Part, RowsQuestion, Scale
from forms.fields import (
    ChoiceField,
    ChoicesField,
    DateField,
    GradeField,
    PersonField,
    RowsField,
    TextField,
    YesNoField,
)

REASON_LENGTH = 2000
REASON_LABEL = "If this could not be answered, say why"
ADD, REMOVE = "rows-add", "rows-remove"
KEEP = 512
_FIELDS: dict[str, Any] = {
    "text": TextField,
    "grade": GradeField,
    "choice": ChoiceField,
    "choices": ChoicesField,
    "yes_no": YesNoField,
    "date": DateField,
    "person": PersonField,
    "rows": RowsField,
}


class PartForm(Form):
    """One part's questions as fields, by their keys. `reasons` are the boxes for why something is missing."""

    _part: Part

    @property
    def reasons(self) -> dict[str, TextField]:
        return {key: self[f"missing__{key}"] for key in self._part.reason_keys}

    @property
    def errors(self) -> dict[Any, Any]:
        """What is wrong by field, inside rows too: a form with a wrong cell has errors."""
        inside = {name: field.row_errors for name, field in self._fields.items() if isinstance(field, RowsField)}
        found = dict(super().errors)
        return {**found, **{name: [*found.get(name, ()), *wrong] for name, wrong in inside.items() if wrong}}

    def press_row_button(self, posted: Any) -> str | None:
        """Carries out "Add another" or "Remove", if that was the button pressed.

        Returns the id to show next (the new row's first input, or the rows' add button), or None when the
        button was an ordinary one. A button that names nothing known does nothing.
        """
        if ADD in posted:
            return self._add(str(posted[ADD]))
        if REMOVE in posted:
            return self._remove(*str(posted[REMOVE]).partition(":")[::2])
        return None

    def _rows(self, question: str) -> RowsField | None:
        field = self._fields.get(question)
        return field if isinstance(field, RowsField) else None

    def _add(self, question: str) -> str | None:
        field = self._rows(question)
        if field is None:
            return None
        key = field.add()
        first = next(iter(field.rows[-1])) if key else field
        return f"{first.id}-day" if isinstance(first, DateField) else str(first.id)

    def _remove(self, question: str, key: str) -> str | None:
        field = self._rows(question)
        return str(field.id) if field is not None and field.remove(key) else None


def make_form(
    template: FormTemplate,
    part_key: str,
    *,
    formdata: Any = None,
    answers: Mapping[str, Any] | None = None,
    people: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    today: dt.date | None = None,
) -> PartForm:
    """The form of one part, holding the saved answers, and over them what was posted.

    people: id to name of those who may be chosen. names: of those who may not any more, and were.
    today: the last day on which something can have happened; without it no date is too late.
    """
    part = template.part(part_key)
    meta = {"people": dict(people or {}), "names": dict(names or {}), "today": today}
    data = answer.to_formdata(part, answers or {})
    return form_class(template, part_key)(formdata, prefix=part.key, data=data, meta=meta)


_classes: dict[tuple[str, str], type[PartForm]] = {}


def form_class(template: FormTemplate, part_key: str) -> type[PartForm]:
    """The part's form class; the same class for the same template text."""
    key = (template.checksum, part_key)
    if key not in _classes:
        if len(_classes) >= KEEP:
            _classes.clear()
        _classes[key] = _make_class(template, part_key)
    return _classes[key]


def _make_class(template: FormTemplate, part_key: str) -> type[PartForm]:
    part = template.part(part_key)
    fields: dict[str, Any] = {q.key: make_field(q, template.scale) for q in part.questions}
    for reason in part.reason_keys:
        fields[f"missing__{reason}"] = _reason_field(part, reason)
    return type("PartForm", (PartForm,), {"_part": part, **fields})


def _reason_field(part: Part, key: str) -> TextField:
    label = (part.reason_label if key == "part" else "") or REASON_LABEL
    return TextField(label, [AtMost(REASON_LENGTH)], lines=3, name=f"missing-{key}")


def make_field(question: AnyQuestion, scale: Scale) -> Any:
    """The unbound field for one question."""
    made = _FIELDS[question.kind]
    return made(label=question.label, description=question.hint, **_settings(question, scale))


def _settings(question: AnyQuestion, scale: Scale) -> dict[str, Any]:
    match question.kind:
        case "text":
            return {"validators": [AtMost(question.max_length)], "lines": question.lines}
        case "grade":
            return {"choices": [SelectChoice(point.key, point.label) for point in scale.points]}
        case "choice" | "choices":
            display = {"display": question.display} if question.kind == "choice" else {}
            return {"choices": choices(question.options), **display}
        case "date":
            return {"past": question.past}
        case "rows":
            return _rows_settings(question, scale)
        case _:
            return {}


def choices(options: tuple[Option, ...]) -> list[SelectChoice]:
    return [SelectChoice(o.key, o.label, _hint(o), o.group or None) for o in options]


def _hint(option: Option) -> dict[str, str]:
    return {"hint": option.hint} if option.hint else {}


def _rows_settings(question: RowsQuestion, scale: Scale) -> dict[str, Any]:
    columns = {column.key: make_field(column, scale) for column in question.columns}
    return {
        "row_form": type("RowForm", (Form,), columns),
        "row_title": question.row_title,
        "add_label": question.add_label,
        "fixed": question.fixed,
        "most": question.most,
    }
