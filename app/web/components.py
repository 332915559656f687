"""The five components that forms are made of, drawn here: the same HTML as the library's macros give, in a tenth of
the time. The panel's page has seventy fields, and drawing them took longer than everything else on it.

Only what `forms.govuk` asks of a component is drawn; for anything else the answer is empty, and the macro is called.
A test draws each both ways and compares.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from forms.govuk import component

Params = Mapping[str, Any]
TEXTS = frozenset({"text", "html", "classes"})
FIELD = frozenset({"id", "name", "label", "hint", "errorMessage", "value", "classes"})
GROUP = frozenset({"name", "fieldset", "items", "hint", "errorMessage", "classes"})


def drawn(name: str, params: Params) -> Markup:
    """This component with these parameters; empty where it is for the macro."""
    draw, known = _DRAWERS.get(name, (None, frozenset()))
    if draw is None or not known.issuperset(params) or not _plain(params):
        return Markup()
    return Markup(draw(params))  # noqa: S704 - every text in it was escaped, or is markup of ours


def named(field: Any, title: str, hints: Mapping[str, str] | None = None) -> Markup:
    """A field that says which part it is about to those who hear it out of its place; the eye has the heading. Empty
    where it is for the macro. Made here: a macro for each of forty fields took a tenth of the page."""
    name, params = component(field, hints=hints, legend_size="s")
    about = f'<span class="govuk-visually-hidden">{escape(title)}: </span>{escape(field.label.text)}'
    if "fieldset" in params:
        params["fieldset"] = {"legend": {**params["fieldset"]["legend"], "html": about}}
    else:
        params["label"] = {**params["label"], "html": about}
    if name == "govukTextarea":
        params.setdefault("classes", "pl-grows")
    return drawn(name, params)


def _plain(params: Params) -> bool:
    """Whether its label, hint and the rest have no more than words and classes."""
    inner = [params.get(each) for each in ("label", "hint", "errorMessage")]
    legend = (params.get("fieldset") or {}).get("legend")
    return all(TEXTS.issuperset(each) for each in (*inner, legend) if each)


def _words(given: Params) -> str:
    html = given.get("html")
    return str(html) if html else str(escape(given.get("text", "")))


@lru_cache(maxsize=256, typed=True)
def _classes(base: str, *more: Any) -> str:
    """There are some dozens of them, and a page of the panel asks a hundred times."""
    return escape(" ".join(each for each in (base, *more) if each))


def _label(given: Params, field_id: str, base: str = "govuk-label") -> str:
    classes = _classes(base, given.get("classes"))
    return f'<label class="{classes}" for="{escape(field_id)}">{_words(given)}</label>\n'


def _hint(given: Params, hint_id: str, *classes: str) -> str:
    made = _classes("govuk-hint", *classes, given.get("classes"))
    return f'<div id="{escape(hint_id)}" class="{made}">{_words(given)}</div>\n'


def _said(params: Params, field_id: str) -> tuple[str, str]:
    """The hint and the error, and the attribute that ties the input to them."""
    made, ids = "", []
    if hint := params.get("hint"):
        ids.append(f"{field_id}-hint")
        made += _hint(hint, ids[-1])
    if error := params.get("errorMessage"):
        ids.append(f"{field_id}-error")
        made += (
            f'<p id="{escape(ids[-1])}" class="{_classes("govuk-error-message", error.get("classes"))}">'
            f'<span class="govuk-visually-hidden">Error:</span> {_words(error)}</p>\n'
        )
    return made, f' aria-describedby="{escape(" ".join(ids))}"' if ids else ""


def _in_group(params: Params, inner: str) -> str:
    wrong = " govuk-form-group--error" if params.get("errorMessage") else ""
    return f'<div class="govuk-form-group{wrong}">\n{inner}</div>\n'


def _error_class(params: Params, name: str) -> str:
    return f"{name}--error" if params.get("errorMessage") else ""


def _area(params: Params) -> str:
    field_id = params["id"]
    said, described = _said(params, field_id)
    classes = _classes("govuk-textarea", _error_class(params, "govuk-textarea"), params.get("classes"))
    box = (
        f'<textarea class="{classes}" id="{escape(field_id)}" name="{escape(params["name"])}" '
        f'rows="{params.get("rows") or 5}"{described}>{escape(params.get("value", ""))}</textarea>\n'
    )
    return _in_group(params, _label(params["label"], field_id) + said + box)


def _input(params: Params) -> str:
    field_id = params["id"]
    said, described = _said(params, field_id)
    classes = _classes("govuk-input", params.get("classes"), _error_class(params, "govuk-input"))
    value, mode = params.get("value"), params.get("inputmode")
    box = (
        f'<input class="{classes}" id="{escape(field_id)}" name="{escape(params["name"])}" '
        f'type="{escape(params.get("type") or "text")}"'
        + (f' value="{escape(value)}"' if value is not None else "")
        + described
        + (f' inputmode="{escape(mode)}"' if mode else "")
        + ">\n"
    )
    return _in_group(params, _label(params["label"], field_id) + said + box)


def _select(params: Params) -> str:
    field_id = params["id"]
    said, described = _said(params, field_id)
    classes = _classes("govuk-select", params.get("classes"), _error_class(params, "govuk-select"))
    options = "".join(_option(item["value"], item["text"], bool(item.get("selected"))) for item in params["items"])
    box = (
        f'<select class="{classes}" id="{escape(field_id)}" name="{escape(params["name"])}"{described}>\n'
        f"{options}</select>\n"
    )
    return _in_group(params, _label(params["label"], field_id) + said + box)


@lru_cache(maxsize=4096, typed=True)
def _option(value: str, text: str, selected: bool) -> str:
    """The same people stand in the list of owners of each recommendation."""
    return f'<option value="{escape(value)}"{" selected" if selected else ""}>{escape(text)}</option>\n'


def _in_fieldset(params: Params, field_id: str, inner: str, role: str = "") -> str:
    said, described = _said(params, field_id)
    legend = params["fieldset"]["legend"]
    classes = _classes("govuk-fieldset__legend", legend.get("classes"))
    set_of = (
        f'<fieldset class="govuk-fieldset"{role}{described}>\n'
        f'<legend class="{classes}">{_words(legend)}</legend>\n{said}{inner}</fieldset>\n'
    )
    return _in_group(params, set_of)


def _radios(params: Params) -> str:
    prefix, name = params["idPrefix"], escape(params["name"])
    items = "".join(
        _radio(item, name, prefix if not n else f"{prefix}-{n + 1}") for n, item in enumerate(params["items"])
    )
    inner = (
        f'<div class="{_classes("govuk-radios", params.get("classes"))}" data-module="govuk-radios">\n{items}</div>\n'
    )
    return _in_fieldset(params, prefix, inner)


def _radio(item: Params, name: str, item_id: str) -> str:
    hint = item.get("hint")
    described = f' aria-describedby="{escape(item_id)}-item-hint"' if hint else ""
    return (
        f'<div class="govuk-radios__item">\n<input class="govuk-radios__input" id="{escape(item_id)}" name="{name}" '
        f'type="radio" value="{escape(item["value"])}"{" checked" if item.get("checked") else ""}{described}>\n'
        + _label({"text": item["text"]}, item_id, "govuk-label govuk-radios__label")
        + (_hint(hint, f"{item_id}-item-hint", "govuk-radios__hint") if hint else "")
        + "</div>\n"
    )


def _date(params: Params) -> str:
    boxes = "".join(_date_box(item, params["namePrefix"]) for item in params["items"])
    classes = _classes("govuk-date-input", params.get("classes"))
    inner = f'<div class="{classes}" id="{escape(params["id"])}">\n{boxes}</div>\n'
    return _in_fieldset(params, params["id"], inner, ' role="group"')


def _date_box(item: Params, prefix: str) -> str:
    box = _input(
        {
            "id": item["id"],
            "name": f"{prefix}-{item['name']}",
            "label": {"text": item["label"], "classes": "govuk-date-input__label"},
            "classes": f"govuk-date-input__input {item['classes']}",
            "value": item["value"],
            "inputmode": "numeric",
        }
    )
    return f'<div class="govuk-date-input__item">\n{box}</div>\n'


_DRAWERS: dict[str, tuple[Callable[[Params], str], frozenset[str]]] = {
    "govukTextarea": (_area, FIELD | {"rows"}),
    "govukInput": (_input, FIELD | {"type", "inputmode"}),
    "govukSelect": (_select, (FIELD - {"value"}) | {"items"}),
    "govukRadios": (_radios, GROUP | {"idPrefix"}),
    "govukDateInput": (_date, GROUP - {"name"} | {"id", "namePrefix"}),
}
