"""Pages made by the real macros: legends, labels, hints, error links, escaping."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    EmailField,
    FieldList,
    Form,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice

from forms import govuk, shipped
from forms.answers import validate_answers
from forms.builder import make_form
from forms.descriptor import FormTemplate, Part
from tests.unit.forms.support import PEOPLE, Page, part_answers, render, render_field

FULL = shipped.template("practice-review", "2024-04")
SMALL = shipped.template("practice-review-small", "1")
EVERY_PART = [(template, part) for template in shipped.templates().values() for part in template.parts]


def check(html: str) -> Page:
    """What must hold of every page made from our forms."""
    page = Page(html)
    assert sorted(page.ids) == sorted(set(page.ids))
    assert all(legend for legend in page.fieldsets)
    assert set(page.labels_for) <= set(page.inputs)
    assert {ident for ident, tag in page.inputs.items() if tag != "button"} <= set(page.labels_for)
    assert [ident for ident in page.described if not page.texts.get(ident, "").strip()] == []
    assert [link for link in page.links if link.removeprefix("#") not in page.inputs] == []
    assert 'class="govuk-hint"></div>' not in html.replace("\n", "").replace(" ", "")
    return page


@pytest.mark.parametrize(("template", "part"), EVERY_PART, ids=lambda value: value.key)
def test_every_part_makes_a_sound_page(template: FormTemplate, part: Part) -> None:
    form = make_form(template, part.key, people=PEOPLE)
    for question in part.questions:
        form.press_row_button({"rows-add": question.key})
    check(render(form))


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_page_of_wrong_answers_is_sound_and_every_error_leads_to_its_input(data: st.DataObject) -> None:
    template, part = data.draw(st.sampled_from(EVERY_PART))
    answers = data.draw(part_answers(template, part))
    usual = Page(render(make_form(template, part.key, answers=answers, people=PEOPLE))).posted
    wrong = [(name, value if name.endswith("-rows") else "§" * 3) for name, value in usual]
    form = make_form(template, part.key, formdata=MultiDict(wrong), people=PEOPLE)
    valid = form.validate()
    page = check(render(form))
    assert bool(page.links) is not valid


def test_text_is_escaped_everywhere() -> None:
    bad = '<img src=x onerror="x">'
    answers = validate_answers(FULL, "journey", {"evidence": bad, "strengths": [{"key": "a", "what": bad}]})
    form = make_form(FULL, "journey", answers=answers)
    form.evidence.errors = [bad]
    form.evidence.description = bad
    form.strengths.label.text = bad
    html = render(form)
    assert "<img" not in html
    assert html.count("&lt;img src=x onerror=&#34;x&#34;&gt;") >= 6
    people = render(make_form(SMALL, "recommendations", answers=rows(), people={"p-1": bad}))
    assert "<img" not in people


def rows() -> dict[str, Any]:
    return validate_answers(SMALL, "recommendations", {"child_level": [{"key": "r1", "action": "Visit"}]})


def test_a_grade_has_no_default_and_its_criteria_stand_under_it() -> None:
    form = make_form(FULL, "journey")
    macro, params = govuk.component(form.grade, hints=shipped.criteria().hints("journey"))
    assert macro == "govukRadios"
    assert [item["checked"] for item in params["items"]] == [False] * 4
    assert [item["hint"]["text"].split()[0] for item in params["items"]] == ["The", "History", "The", "The"]
    assert "checked" not in render_field(form.grade)


def test_a_saved_grade_is_ticked() -> None:
    form = make_form(FULL, "journey", answers={"grade": "good"})
    assert Page(render_field(form.grade)).posted == [("journey-grade", "good")]


def test_a_date_error_leads_to_the_first_wrong_box() -> None:
    posted = {"feedback_family-date-day": "3", "feedback_family-date-month": "x", "feedback_family-date-year": "26"}
    form = make_form(FULL, "feedback_family", formdata=MultiDict(posted))
    assert not form.validate()
    summary = govuk.error_summary(form)
    assert summary is not None
    assert [error["href"] for error in summary["errorList"]] == ["#feedback_family-date-month"]
    boxes = govuk.component(form.date)[1]["items"]
    assert ["error" in box["classes"] for box in boxes] == [False, True, True]
    assert [box["value"] for box in boxes] == ["3", "x", "26"]


def test_no_error_no_summary() -> None:
    form = make_form(FULL, "journey")
    form.validate()
    assert govuk.error_summary(form) is None


def test_a_form_level_error_has_no_link() -> None:
    form = make_form(FULL, "journey")
    form.form_errors.append("Somebody else saved this part")
    assert govuk.error_summary(form) == {
        "titleText": "There is a problem",
        "errorList": [{"text": "Somebody else saved this part"}],
    }


def test_rows_have_buttons_that_work_without_a_script() -> None:
    params = govuk.rows(make_form(SMALL, "recommendations", answers=rows()).child_level)
    assert params["hidden"] == [
        {"name": "recommendations-child_level-rows", "value": ""},
        {"name": "recommendations-child_level-rows", "value": "r1"},
    ]
    assert (params["add"]["name"], params["add"]["value"]) == ("rows-add", "child_level")
    remove = params["rows"][0]["remove"]
    assert (remove["name"], remove["value"]) == ("rows-remove", "child_level:r1")
    assert remove["text"] == "Remove recommendation for this child 1"


def test_fixed_rows_have_a_hint_and_no_buttons() -> None:
    params = govuk.rows(make_form(FULL, "standards").standards)
    assert params["add"] is None
    assert not any("remove" in row for row in params["rows"])
    assert [row["key"] for row in params["rows"] if "hint" in row] == ["seen_alone"]


def test_an_error_of_the_rows_leads_to_their_add_button() -> None:
    pairs = MultiDict([("recommendations-child_level-rows", f"r{i}") for i in range(31)])
    form = make_form(SMALL, "recommendations", formdata=pairs)
    form.validate()
    summary = govuk.error_summary(form)
    assert summary is not None
    assert summary["errorList"][0]["href"] == "#recommendations-child_level"
    assert govuk.rows(form.child_level)["errorMessage"]["text"].endswith("Remove 1")


def test_a_long_list_is_a_select_with_its_headings_and_nothing_chosen() -> None:
    macro, params = govuk.component(make_form(FULL, "child").ethnicity)
    assert macro == "govukSelect"
    assert params["items"][0] == {"value": "", "text": "Choose one", "selected": True}
    assert params["items"][1]["text"] == "Asian, Asian British or Asian Welsh: Bangladeshi"


class Hand(Form):
    name = StringField("Name")
    word = PasswordField("Password")
    note = TextAreaField("Note")
    agree = BooleanField("I have read it")
    month = SelectField("Month", choices=[SelectChoice("", "Any month"), SelectChoice("1", "January")])
    count = IntegerField("How many")
    address = EmailField("E-mail")
    secret = HiddenField()
    send = SubmitField("Send")
    many = FieldList(StringField("Many"))


@pytest.mark.parametrize(
    ("field", "macro"),
    [
        ("name", "govukInput"),
        ("note", "govukTextarea"),
        ("count", "govukInput"),
        ("address", "govukInput"),
        ("agree", "govukCheckboxes"),
        ("month", "govukSelect"),
    ],
)
def test_plain_fields_of_hand_written_forms_are_shown_too(field: str, macro: str) -> None:
    form = Hand()
    assert govuk.component(form[field])[0] == macro
    check(render_field(form[field]))


def test_a_select_with_its_own_empty_choice_gets_no_second() -> None:
    assert [item["text"] for item in govuk.component(Hand().month)[1]["items"]] == ["Any month", "January"]


def test_a_password_is_never_written_into_the_page() -> None:
    macro, params = govuk.component(Hand(MultiDict({"word": "secret"})).word)
    assert (macro, params["type"], params["value"]) == ("govukInput", "password", "")


def test_a_number_keeps_what_was_typed_and_an_address_is_typed_as_one() -> None:
    form = Hand(MultiDict({"count": "some"}))
    assert govuk.component(form.count)[1]["value"] == "some"
    assert govuk.component(form.count)[1]["inputmode"] == "numeric"
    assert govuk.component(form.address)[1]["type"] == "email"


def test_an_error_of_a_hidden_field_has_no_link() -> None:
    form = Hand()
    form.secret.errors = ["The page is too old"]
    assert govuk.error_summary(form) == {
        "titleText": "There is a problem",
        "errorList": [{"text": "The page is too old"}],
    }


def test_parameters_can_be_laid_over() -> None:
    assert govuk.component(Hand().name, classes="govuk-input--width-10")[1]["classes"] == "govuk-input--width-10"


@pytest.mark.parametrize("field", ["many", "secret", "send"])
def test_a_field_without_a_component_is_an_error_of_the_programmer(field: str) -> None:
    with pytest.raises(TypeError, match="has no component"):
        govuk.component(Hand()[field])
