"""Answers survive the way through a form, a page and JSON, and nothing crooked gets in."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from forms import answers, shipped
from forms.answers import AnswerError, from_form, to_post, validate_answers
from forms.builder import PartForm, form_class, make_form
from forms.descriptor import FormTemplate, Part, from_json, to_json
from tests.unit.forms.support import PEOPLE, Page, part_answers, render

FULL = shipped.template("practice-review", "2024-04")
SMALL = shipped.template("practice-review-small", "1")
MODERATION = shipped.template("moderation", "2024-04")
EVERY_PART = [(template, part) for template in shipped.templates().values() for part in template.parts]
ANY_PART = st.sampled_from(EVERY_PART)
few = settings(max_examples=40, deadline=None)


def posted(template: FormTemplate, part: str, pairs: list[tuple[str, str]], **kwargs: Any) -> PartForm:
    form = make_form(template, part, formdata=MultiDict(pairs), people=PEOPLE, **kwargs)
    form.validate()
    return form


def drawn(data: st.DataObject) -> tuple[FormTemplate, Part, dict[str, Any]]:
    template, part = data.draw(ANY_PART)
    return template, part, data.draw(part_answers(template, part))


@few
@given(st.data())
def test_what_is_posted_is_what_is_saved(data: st.DataObject) -> None:
    template, part, given_answers = drawn(data)
    form = posted(template, part.key, to_post(part, given_answers))
    assert form.errors == {}
    assert from_form(part, form) == given_answers


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_what_is_saved_is_shown_and_posted_again_by_a_browser(data: st.DataObject) -> None:
    template, part, given_answers = drawn(data)
    page = Page(render(make_form(template, part.key, answers=given_answers, people=PEOPLE)))
    form = posted(template, part.key, page.posted, answers=given_answers)
    assert from_form(part, form, given_answers) == given_answers


@few
@given(st.data())
def test_what_is_saved_is_valid_json_for_the_part(data: st.DataObject) -> None:
    template, part, given_answers = drawn(data)
    assert validate_answers(template, part.key, given_answers) == given_answers
    assert answers.changed(part, given_answers, given_answers) == ()


names = st.text(alphabet="abcdefghijklmnopqrstuvwxyz_-:0123456789", max_size=40)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_post_however_crooked_raises_or_saves_what_is_not_valid(data: st.DataObject) -> None:
    template, part = data.draw(ANY_PART)
    usual = st.sampled_from(Page(render(make_form(template, part.key))).posted or [("x", "")]).map(lambda pair: pair[0])
    name = usual | names.map(lambda text: f"{part.key}-{text}")
    form = posted(template, part.key, data.draw(st.lists(st.tuples(name, st.text(max_size=20)), max_size=12)))
    saved = from_form(part, form)
    assert validate_answers(template, part.key, saved) == saved
    render(form)


@pytest.mark.parametrize(("template", "part"), EVERY_PART, ids=lambda value: value.key)
def test_an_empty_post_saves_an_empty_part(template: FormTemplate, part: Part) -> None:
    form = posted(template, part.key, [])
    assert form.errors == {}
    assert from_form(part, form) == answers.blank_part(part)
    assert answers.is_blank_part(part, answers.blank_part(part))
    assert validate_answers(template, part.key, {}) == answers.blank_part(part)


def test_the_same_template_text_gives_the_same_class() -> None:
    assert form_class(FULL, "journey") is form_class(from_json(to_json(FULL)), "journey")
    assert form_class(FULL, "journey") is not form_class(FULL, "needs")


# One wrong answer


def journey(**more: str) -> list[tuple[str, str]]:
    usual = {"evidence": "Seen at home.", "difference": "Safer.", "grade": "good"}
    return [(f"journey-{key}", value) for key, value in {**usual, **more}.items()]


def test_a_paste_of_200_000_characters_is_refused_in_words_and_kept_on_the_page() -> None:
    form = posted(SMALL, "journey", journey(evidence="é" * 200_000))
    assert form.errors == {"evidence": ["What did you find? must be 20,000 characters or fewer: shorten it by 180,000"]}
    assert "é" * 200_000 in render(form)


def test_one_wrong_answer_does_not_cost_the_rest() -> None:
    before = validate_answers(SMALL, "journey", {"evidence": "Earlier.", "grade": "inadequate"})
    form = posted(SMALL, "journey", journey(grade="splendid", evidence="x" * 20_001), answers=before)
    saved = from_form(SMALL.part("journey"), form, before)
    assert saved == {"evidence": "Earlier.", "difference": "Safer.", "grade": "inadequate", "missing": {}}


def test_without_an_earlier_answer_a_wrong_one_is_saved_as_none() -> None:
    form = posted(SMALL, "journey", journey(grade="splendid"))
    assert from_form(SMALL.part("journey"), form)["grade"] is None


def test_a_reason_too_long_keeps_the_earlier_one() -> None:
    before = validate_answers(SMALL, "recommendations", {"missing": {"part": "None needed."}})
    pairs = [("recommendations-missing-part", "x" * 2001)]
    form = posted(SMALL, "recommendations", pairs, answers=before)
    assert from_form(SMALL.part("recommendations"), form, before)["missing"] == {"part": "None needed."}


# Rows


def row(**more: Any) -> dict[str, Any]:
    return {"key": "r1", "action": "Visit", "impact": "", "owner": None, "due": None, "finding": None, **more}


def recommendations(*rows: dict[str, Any]) -> dict[str, Any]:
    return validate_answers(SMALL, "recommendations", {"child_level": list(rows)})


def press(before: dict[str, Any], button: tuple[str, str]) -> tuple[str | None, list[dict[str, Any]]]:
    part = SMALL.part("recommendations")
    posted_pairs = MultiDict([*to_post(part, before), button])
    form = make_form(SMALL, part.key, formdata=posted_pairs, answers=before, people=PEOPLE)
    focus = form.press_row_button(posted_pairs)
    form.validate()
    return focus, from_form(part, form, before)["child_level"]


def test_add_another_adds_an_empty_row_with_a_key_made_here() -> None:
    focus, rows = press(recommendations(row()), ("rows-add", "child_level"))
    assert [found["action"] for found in rows] == ["Visit", ""]
    assert focus == f"recommendations-child_level-{rows[1]['key']}-action"
    assert rows[1]["key"] != rows[0]["key"]


def test_remove_takes_the_row_named_and_no_other() -> None:
    before = recommendations(row(), row(key="r2", action="Phone"), row(key="r3", action="Write"))
    focus, rows = press(before, ("rows-remove", "child_level:r2"))
    assert [found["key"] for found in rows] == ["r1", "r3"]
    assert focus == "recommendations-child_level"


def test_the_last_row_can_be_removed() -> None:
    assert press(recommendations(row()), ("rows-remove", "child_level:r1"))[1] == []
    part = SMALL.part("recommendations")
    form = posted(SMALL, part.key, [("recommendations-child_level-rows", "")], answers=recommendations(row()))
    assert from_form(part, form, recommendations(row()))["child_level"] == []


@pytest.mark.parametrize(
    "button",
    [
        ("rows-add", "weather"),
        ("rows-add", ""),
        ("rows-add", "missing__part"),
        ("rows-remove", "child_level"),
        ("rows-remove", "child_level:r9"),
        ("rows-remove", "weather:r1"),
        ("rows-remove", ":"),
        ("save", ""),
    ],
)
def test_a_button_that_names_nothing_does_nothing(button: tuple[str, str]) -> None:
    assert press(recommendations(row()), button) == (None, recommendations(row())["child_level"])


def test_fixed_rows_are_neither_added_nor_removed() -> None:
    form = make_form(FULL, "standards")
    keys = [found.key for found in form.standards.rows]
    assert form.press_row_button({"rows-add": "standards"}) == "standards-standards"
    assert form.press_row_button({"rows-remove": "standards:visits"}) is None
    assert [found.key for found in form.standards.rows] == keys


def test_rows_not_posted_at_all_stay() -> None:
    part, before = SMALL.part("recommendations"), recommendations(row())
    form = posted(SMALL, part.key, [("recommendations-service_level-rows", "")], answers=before)
    assert from_form(part, form, before) == before


def test_more_rows_than_there_may_be_are_refused_and_shown() -> None:
    part = SMALL.part("recommendations")
    pairs = [("recommendations-child_level-rows", f"r{i}") for i in range(31)]
    form = posted(SMALL, part.key, pairs)
    assert form.child_level.errors == ["For this child: no more than 30. Remove 1"]
    assert len(form.child_level.rows) == 31
    assert form.child_level.add() is None
    assert from_form(part, form, recommendations(row()))["child_level"] == recommendations(row())["child_level"]


@pytest.mark.parametrize("keys", [["../r1"], ["R1"], ["r1-action"], ["r" * 41], [f"r{i}" for i in range(201)]])
def test_row_keys_of_another_shape_are_dropped_and_reported(keys: list[str]) -> None:
    form = posted(SMALL, "recommendations", [("recommendations-child_level-rows", key) for key in keys])
    assert "some rows could not be read" in form.child_level.errors[0]


def test_a_row_posted_twice_is_one_row() -> None:
    form = posted(SMALL, "recommendations", [("recommendations-child_level-rows", "r1")] * 2)
    assert [found.key for found in form.child_level.rows] == ["r1"]


def test_a_wrong_cell_keeps_its_earlier_answer_and_the_rest_of_the_row_is_saved() -> None:
    part, before = SMALL.part("recommendations"), recommendations(row(due="2026-12-01"))
    pairs = dict(to_post(part, {**before, "child_level": [row(action="Phone", due="2026-12-01")]}))
    form = posted(
        SMALL, part.key, list({**pairs, "recommendations-child_level-r1-due-day": "40"}.items()), answers=before
    )
    assert not form.validate()
    assert from_form(part, form, before)["child_level"] == [row(action="Phone", due="2026-12-01")]


def test_a_form_with_a_wrong_cell_has_errors_under_its_rows() -> None:
    pairs = [("recommendations-child_level-rows", "r1"), ("recommendations-child_level-r1-due-day", "40")]
    form = posted(SMALL, "recommendations", pairs)
    assert form.errors == {"child_level": [{"due": ["By when?: add the month and year"]}]}
    assert form.child_level.errors == []


# What has happened

TODAY = dt.date(2026, 3, 3)


def spoken(date: str, on: str) -> dict[str, Any]:
    attempts = [{"key": "r1", "on": on, "note": "Rang twice."}]
    return validate_answers(FULL, "feedback_family", {"text": "Kind.", "date": date, "attempts": attempts})


@pytest.mark.parametrize("key", ["feedback_family", "feedback_worker", "feedback_manager"])
def test_nobody_was_spoken_to_tomorrow(key: str) -> None:
    for version in ("2024-04", "2026-04"):
        template = shipped.template("practice-review", version)
        later = validate_answers(template, key, {"date": "2026-03-04", "attempts": [{"key": "r1", "on": "2030-01-01"}]})
        form = posted(template, key, to_post(template.part(key), later), today=TODAY)
        refused = ["The date cannot be in the future"]
        assert form.errors == {"date": refused, "attempts": [{"on": refused}]}


def test_a_date_that_lies_ahead_is_shown_as_typed_and_the_one_before_is_kept() -> None:
    part, before = FULL.part("feedback_family"), spoken("2026-03-01", "2026-02-28")
    pairs = to_post(part, spoken("2030-01-01", "2031-01-01") | {"text": "Very kind."})
    form = posted(FULL, part.key, pairs, answers=before, today=TODAY)
    assert from_form(part, form, before) == before | {"text": "Very kind."}
    page = Page(render(form))
    assert {("feedback_family-date-year", "2030"), ("feedback_family-attempts-r1-on-year", "2031")} <= {*page.posted}
    assert page.links == ["#feedback_family-date-day", "#feedback_family-attempts-r1-on-day"]


def test_a_date_that_lies_ahead_is_right_where_something_is_to_be_done() -> None:
    part, before = SMALL.part("recommendations"), recommendations(row(due="2030-01-01"))
    form = posted(SMALL, part.key, to_post(part, before), today=TODAY)
    assert (form.errors, from_form(part, form)) == ({}, before)


def test_a_row_added_knows_what_day_it_is() -> None:
    form = make_form(FULL, "feedback_family", today=TODAY)
    form.press_row_button({"rows-add": "attempts"})
    assert form.attempts.rows[0].form.meta.today == TODAY


# JSON from elsewhere


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ([], "Journey of the child: must be an object"),
        ({"weather": 1}, "weather: is not a question of this part"),
        ({"evidence": 3}, "must be text"),
        ({"evidence": "x" * 20_001}, "must be 20,000 characters or fewer"),
        ({"grade": "splendid"}, "Grade: is not one of the answers listed"),
        ({"grade": ["good"]}, "Grade: is not one of the answers listed"),
        ({"grade": True}, "Grade: is not one of the answers listed"),
        ({"strengths": "x"}, "Strengths: must be a list of at most 60 rows"),
        ({"strengths": [3]}, "each with a key"),
        ({"strengths": [{"what": "x"}]}, "each with a key"),
        ({"strengths": [{"key": "A b"}]}, "each with a key"),
        ({"strengths": [{"key": "a"}, {"key": "a"}]}, "each with a key"),
        ({"strengths": [{"key": f"a{i}"} for i in range(61)]}, "at most 60"),
        ({"strengths": [{"key": "a", "weather": 1}]}, "weather is not asked here"),
        ({"strengths": [{"key": "a", "share": "yes"}]}, "must be true or false"),
        ({"missing": {"part": "x"}}, "a reason where none can be given"),
        ({"missing": "x"}, "a reason where none can be given"),
    ],
)
def test_json_that_is_no_answer_is_refused_with_its_place(data: Any, problem: str) -> None:
    with pytest.raises(AnswerError) as caught:
        validate_answers(FULL, "journey", data)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("part", "data", "problem"),
    [
        ("feedback_family", {"date": "3 March"}, "must be a date like 2026-11-23"),
        ("feedback_family", {"date": "20260303"}, "must be a date"),
        ("feedback_family", {"date": "1850-01-01"}, "must be a date"),
        ("feedback_family", {"date": "2026-02-30"}, "day"),
        ("feedback_family", {"date": 3}, "must be a date"),
        ("feedback_family", {"missing": {"part": 3}}, "a reason is text"),
        ("feedback_family", {"missing": {"part": "x" * 2001}}, "a reason is text of at most 2,000"),
        ("standards", {"standards": [{"key": "weather"}]}, "a row that the form does not have"),
        ("recommendations", {"child_level": [{"key": "a", "themes": "voice"}]}, "must be a list of the answers"),
        ("recommendations", {"child_level": [{"key": "a", "themes": ["rain"]}]}, "must be a list of the answers"),
        ("recommendations", {"child_level": [{"key": "a", "themes": [[]]}]}, "must be a list of the answers"),
        ("recommendations", {"child_level": [{"key": "a", "owner": 7}]}, "must be text"),
    ],
)
def test_other_kinds_refuse_too(part: str, data: Any, problem: str) -> None:
    with pytest.raises(AnswerError) as caught:
        validate_answers(FULL, part, data)
    assert problem in str(caught.value)


def test_json_is_cleaned_filled_and_put_in_order() -> None:
    data = {
        "child_level": [{"key": "a", "action": " Visit\r\nweekly\x00 ", "themes": ["health", "voice"], "due": ""}],
        "missing": {"part": "  "},
    }
    read = validate_answers(FULL, "recommendations", data)
    assert read["child_level"][0]["action"] == "Visit\nweekly"
    assert read["child_level"][0]["themes"] == ["voice", "health"]
    assert (read["child_level"][0]["due"], read["service_level"], read["missing"]) == (None, [], {})


def test_fixed_rows_come_in_the_forms_order_and_all_of_them() -> None:
    read = validate_answers(FULL, "standards", {"standards": [{"key": "chronology", "outcome": "met"}]})
    assert len(read["standards"]) == 7
    assert (read["standards"][0]["outcome"], read["standards"][-1]["outcome"]) == (None, "met")


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(AnswerError) as caught:
        validate_answers(FULL, "journey", {"grade": "x", "evidence": 1, "weather": 1})
    assert len(caught.value.problems) == 3
