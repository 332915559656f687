"""Fields of a form become components, and a page of them is sound."""

from __future__ import annotations

from flask import Flask, render_template_string, request
from flask.testing import FlaskClient
from wtforms import BooleanField, Form, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from forms.fields import DateField, RowsField, TextField
from forms.ids import new_row_key
from tests.support.html import parse

PAGE = """{% extends "base.html" %}{% from "macros/fields.html" import field, rows, token %}
{% set error_list = errors_of(form) %}
{% block heading %}A form{% endblock %}
{% block content %}<form method="post" novalidate>{{ token() }}
{{ field(form.evidence) }}{{ field(form.grade, hints={"good": "Help is timely."}) }}{{ field(form.on) }}
{{ field(form.name, over={"classes": "govuk-input--width-10"}) }}{{ field(form.sure) }}{{ rows(form.family) }}
<button class="govuk-button">Save</button></form>{% endblock %}"""


class Relative(Form):
    who = TextField("Who", lines=1)


class Everything(Form):
    """One field of each kind that a page may have."""

    evidence = TextAreaField("What did you find?", [InputRequired("Say what you found")], description="Say where.")
    grade = RadioField(
        "Grade",
        [InputRequired("Choose a grade")],
        choices=[SelectChoice("good", "Good"), SelectChoice("inadequate", "Inadequate")],
    )
    on = DateField("Date")
    name = StringField("Name")
    sure = BooleanField("I am sure")
    family = RowsField("Family", row_form=Relative, row_title="Relative", add_label="Add a relative")


def add_form(app: Flask) -> None:
    @app.route("/form", methods=["GET", "POST"])
    def form() -> str:
        made = Everything(request.form if request.method == "POST" else None)
        if request.method == "POST":
            made.validate()
        return render_template_string(PAGE, form=made)


def test_each_kind_has_its_component(small_app: Flask, visitor: FlaskClient) -> None:
    add_form(small_app)
    page = parse(visitor.get("/form").text)
    main = page.all("main")[0]
    assert [node.text for node in main.all("legend")] == ["Grade", "Date", "Family"]
    assert "Help is timely." in main.text
    assert main.all("textarea")[0].has_class("pl-grows")
    assert "Add a relative" in [node.text for node in main.all("button")]


def test_errors_lead_to_their_fields_and_rows_come_back(small_app: Flask, visitor: FlaskClient) -> None:
    add_form(small_app)
    small_app.config["WTF_CSRF_ENABLED"] = False
    key = new_row_key()
    posted = {"family-rows": ["", key], f"family-{key}-who": "Aunt", "evidence": ""}
    page = parse(visitor.post("/form", data=posted).text)
    summary = next(node for node in page.all("div") if node.has_class("govuk-error-summary"))
    assert [node.text for node in summary.all("a")] == ["Say what you found", "Choose a grade"]
    assert page.all("title")[0].text.startswith("Error: A form")
    assert "Aunt" in [node.attrs.get("value") for node in page.all("input")]
    assert [node.text for node in page.all("legend")][-1] == "Relative 1"
    assert "Remove relative 1" in [node.text for node in page.all("button")]
