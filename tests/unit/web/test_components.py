"""A component drawn by us is the library's, letter for letter where it matters: tags, attributes, words."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import Form

from app.web.components import drawn, named
from forms import govuk, shipped
from forms.builder import make_form
from forms.descriptor import FormTemplate, Part
from forms.fields import RowsField
from tests.unit.forms.support import PEOPLE

FILES = {
    "govukTextarea": "textarea",
    "govukInput": "input",
    "govukSelect": "select",
    "govukRadios": "radios",
    "govukDateInput": "date-input",
}
EVERY_PART = [(template, part) for template in shipped.templates().values() for part in template.parts]
HOSTILE = "“Ruby-Mae” said: <b>\"don't\"</b> & 'go'\n\n  twice"
words = st.text(max_size=40) | st.just(HOSTILE)


class Events(HTMLParser):
    """What a browser makes of it: tags with their attributes, and words; the spaces between tags are nothing."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Any] = []
        self._area = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: sorted((value or "").split()) if key == "class" else value for key, value in attrs}
        self.found.append((tag, given))
        self._area = tag == "textarea"

    def handle_endtag(self, tag: str) -> None:
        self.found.append(f"/{tag}")
        self._area = False

    def handle_data(self, data: str) -> None:
        said = data if self._area else " ".join(data.split())
        if said:
            self.found.append(said)


def by_macro(app: Flask, name: str, params: dict[str, Any]) -> str:
    """The library's own."""
    source = f'{{% from "govuk_frontend_jinja/components/{FILES[name]}/macro.html" import {name} %}}{{{{ {name}(p) }}}}'
    return app.jinja_env.from_string(source).render(p=params)


def same(app: Flask, name: str, params: dict[str, Any]) -> None:
    mine = drawn(name, params)
    assert mine, (name, params)
    assert Events(mine).found == Events(by_macro(app, name, params)).found


def fields_of(form: Form) -> Iterator[Any]:
    for field in form:
        if isinstance(field, RowsField):
            for row in field.rows:
                yield from row
        else:
            yield field


@pytest.mark.parametrize(("template", "part"), EVERY_PART, ids=lambda value: value.key)
def test_every_field_of_every_form_is_drawn_as_the_macro_draws_it(
    small_app: Flask, template: FormTemplate, part: Part
) -> None:
    """Empty, and posted with nothing in it that is right."""
    for posted in (None, MultiDict({"nothing": "x"})):
        form = make_form(template, part.key, formdata=posted, people=PEOPLE)
        for question in part.questions:
            form.press_row_button({"rows-add": question.key})
        if posted is not None:
            form.validate()
        for field in fields_of(form):
            name, params = govuk.component(field, hints={"good": HOSTILE}, legend_size="m")
            if name in FILES:
                same(small_app, name, params)


MACRO = '{% from "panel/_fields.html" import drawn_by_macro with context %}{{ drawn_by_macro(field, title) }}'


@pytest.mark.parametrize(("template", "part"), EVERY_PART, ids=lambda value: value.key)
def test_a_field_that_says_which_part_it_is_about(small_app: Flask, template: FormTemplate, part: Part) -> None:
    """What a title says is never markup."""
    form = make_form(template, part.key, people=PEOPLE)
    for field in fields_of(form):
        mine = named(field, HOSTILE)
        if mine:
            with small_app.test_request_context():
                macro = small_app.jinja_env.from_string(MACRO).render(field=field, title=HOSTILE)
            assert Events(mine).found == Events(macro).found
            assert "<b>" not in mine


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_is_written_in_it(small_app: Flask, data: st.DataObject) -> None:
    maybe = st.none() | words.map(lambda text: {"text": text or "x"})
    label = words.map(lambda text: {"text": text or "x", "classes": "govuk-label--s"}) | words.map(
        lambda text: {"html": Markup("<span class='govuk-visually-hidden'>About: </span>") + text}
    )
    extras = {
        key: value for key in ("hint", "errorMessage") if (value := data.draw(maybe)) and value["text"].strip() != ""
    }
    label_given = data.draw(label)
    field = {"id": "a-b", "name": "a", "label": label_given, **extras}
    chosen = data.draw(st.booleans())
    items = [{"value": data.draw(words), "text": data.draw(words) or "x", "checked": chosen}]
    items[0] |= {"hint": {"text": HOSTILE}} if data.draw(st.booleans()) else {}
    options = [{"value": each["value"], "text": each["text"], "selected": chosen} for each in items]
    group = {"fieldset": {"legend": label_given}, **extras}
    boxes = [{"name": box, "id": f"a-{box}", "label": box, "value": data.draw(words), "classes": "w"} for box in "dmy"]
    same(small_app, "govukTextarea", {**field, "rows": 3, "classes": "pl-grows", "value": data.draw(words)})
    same(small_app, "govukInput", {**field, "type": "email", "classes": "w-10", "value": data.draw(words)})
    same(small_app, "govukSelect", {**field, "items": options})
    same(small_app, "govukRadios", {**group, "idPrefix": "a", "name": "a", "items": items * 2, "classes": "small"})
    same(small_app, "govukDateInput", {**group, "id": "a", "namePrefix": "a", "items": boxes})


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("govukButton", {"text": "Save"}),
        ("govukTextarea", {"id": "a", "name": "a", "label": {"text": "A"}, "attributes": {"hidden": True}}),
        ("govukInput", {"id": "a", "name": "a", "label": {"text": "A", "isPageHeading": True}}),
        ("govukRadios", {"name": "a", "items": [], "conditional": "x"}),
    ],
)
def test_anything_else_is_for_the_macro(name: str, params: dict[str, Any]) -> None:
    assert drawn(name, params) == ""
