"""A template says what it may say, and a crooked one is refused with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from forms import shipped
from forms.descriptor import FormTemplate, TemplateError, checksum, from_json, parse_template, to_json

SCALE = """
scale:
  points:
    - {value: 2, key: good, label: "Good"}
    - {value: 1, key: poor, label: "Poor"}
"""
HEAD = f"""
key: trial
version: "2024-04"
title: "Trial"
purpose: practice_review
has_overall_grade: false
criteria: "2024-04"
{SCALE}
parts:
"""
PLAIN = """
  - key: one
    title: "One"
    kind: plain
    questions:
"""
TEXT = '      - {kind: text, key: note, label: "Note"}\n'


def parse(body: str, head: str = HEAD) -> FormTemplate:
    return parse_template(head + body)


def refusal(text: str) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        parse_template(text)
    return caught.value


def test_a_small_template_is_read() -> None:
    template = parse(PLAIN + TEXT)
    question = template.part("one").questions[0]
    assert (template.key, template.version, question.kind, question.label) == (
        "trial",
        "2024-04",
        "text",
        "Note",
    )
    assert template.recommendations_part is None
    assert template.grade_questions == ()


def test_a_part_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        parse(PLAIN + TEXT).part("two")


def test_a_template_cannot_be_changed() -> None:
    template = parse(PLAIN + TEXT)
    with pytest.raises(ValidationError):
        template.title = "Another"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: &x [1]\nb: *x\n", "anchors"),
        ("a: &x 1\n", "anchors"),
        ("a: !!python/object/apply:os.system [ls]\n", "tags"),
        ("a: !!str 1\n", "tags"),
        ("!!map {a: 1}\n", "tags"),
        ("a: 1\na: 2\n", "twice"),
        ("<<: {a: 1}\n", "not allowed"),
        ("? [a, b]\n: 1\n", "a key must be a word"),
        ("[" * 5000, "too deep"),
        ("a: [1, 2\n", "not readable"),
        ("a: \x07\n", "not readable"),
        ("- a\n- b\n", "must begin"),
        ("", "must begin"),
        ("x" * (256 * 1024 + 1), "256 KB"),
        ("é" * (128 * 1024 + 1), "256 KB"),
    ],
)
def test_what_is_not_plain_data_is_refused(text: str, reason: str) -> None:
    assert reason in refusal(text).reason


def test_a_bomb_is_refused_at_its_first_anchor() -> None:
    bomb = "a: &a [x, x, x]\n" + "".join(f"b{i}: &b{i} [*a, *a, *a, *a]\n" for i in range(50))
    assert refusal(bomb).place == "line 1"


@pytest.mark.parametrize("key", ["only_when", "callback", "validator", "before", "python", "condition"])
def test_a_question_carries_nothing_that_could_be_run(key: str) -> None:
    error = refusal(HEAD + PLAIN + f'      - {{kind: text, key: note, label: "Note", {key}: "os.getcwd"}}\n')
    assert error.reason == "this key is not known"
    assert error.place == f"one → note → {key}"


def test_a_list_without_entries_is_named() -> None:
    error = refusal(HEAD + PLAIN.rstrip() + " []\n")
    assert (error.place, error.reason) == ("one → questions", "has too few entries")


@pytest.mark.parametrize("key", ["os.getcwd", "Note", "1st", "a-b", "a__b", "_a", "a_", "x" * 41, "a b", ""])
def test_keys_are_plain_words(key: str) -> None:
    assert refusal(HEAD + PLAIN + f'      - {{kind: text, key: "{key}", label: "Note"}}\n').place.endswith("key")


@pytest.mark.parametrize("key", ["data", "errors", "missing", "part", "rows", "validate", "reasons"])
def test_a_question_may_not_take_a_name_of_the_house(key: str) -> None:
    error = refusal(HEAD + PLAIN + f'      - {{kind: text, key: {key}, label: "Note"}}\n')
    assert error.reason == f"a question may not be called {key}"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (PLAIN + TEXT + TEXT, "two questions are called note"),
        (PLAIN + TEXT + PLAIN + TEXT, "two parts are called one"),
        (PLAIN + '      - {kind: sums, key: note, label: "N"}\n', "is of a kind that is not known"),
        (PLAIN + '      - {key: note, label: "N"}\n', "has no kind"),
        (PLAIN + "      - {kind: text, key: note}\n", "this is missing"),
        (
            PLAIN + "      - {kind: text, key: note, label: 3}\n",
            "must be text; put numbers and dates in quotes",
        ),
        (PLAIN + '      - {kind: text, key: note, label: "N", lines: "3"}\n', "must be a whole number"),
        (PLAIN + '      - {kind: text, key: note, label: "N", optional: "yes"}\n', "must be true or false"),
        (PLAIN + '      - {kind: text, key: note, label: ""}\n', "is empty"),
        (PLAIN + f'      - {{kind: text, key: note, label: "{"x" * 301}"}}\n', "is too long"),
        (PLAIN + '      - {kind: choice, key: a, label: "A", options: [{key: b, label: "B"}]}\n', "too few"),
        (
            PLAIN + '      - {kind: choice, key: a, label: "A", option_set: none}\n',
            "no option set called none",
        ),
        (
            PLAIN + '      - {kind: choice, key: a, label: "A", options: [{key: b, label: B}, {key: b, label: C}]}\n',
            "two options are called b",
        ),
        (
            PLAIN
            + '      - {kind: choice, key: a, label: "A", options: [{key: b, label: B, needs: c}, {key: d, label: D}]}',
            "needs c, which is not asked here",
        ),
        (
            PLAIN
            + '      - {kind: choice, key: a, label: "A", '
            + "options: [{key: b, label: B, needs_reason: true}, {key: d, label: D}]}\n",
            "reason_when_missing",
        ),
        (
            PLAIN
            + '      - {kind: choice, key: a, label: "A", '
            + "options: [{key: b, label: B, needs_recommendation: any}, {key: d, label: D}]}\n",
            "the form asks for none",
        ),
        (PLAIN.replace("plain", "graded") + TEXT, "needs a text question called evidence"),
        (PLAIN.replace("plain", "recommendations") + TEXT, "needs a rows question called child_level"),
        (PLAIN + '      - {kind: grade, key: g, label: "G", criteria: overall}\n', "has_overall_grade"),
        (
            PLAIN.replace("plain", "standards")
            + "      - {kind: rows, key: standards, label: S, row_title: R, columns: [{kind: text, key: a, label: A}]}",
            "needs a choice column called outcome",
        ),
    ],
)
def test_what_does_not_hold_together_is_refused_in_words(body: str, reason: str) -> None:
    assert reason in refusal(HEAD + body).reason


def test_standards_need_their_fixed_rows() -> None:
    whole = shipped.template("practice-review", "2024-04").model_dump(mode="json")
    standards = next(part for part in whole["parts"] if part["key"] == "standards")
    standards["questions"][0]["fixed"] = []
    with pytest.raises(TemplateError, match="fixed rows"):
        from_json(json.dumps(whole))


def test_a_recommendation_answers_a_part_that_is_there() -> None:
    whole = shipped.template("practice-review-small", "1").model_dump(mode="json")
    whole["parts"] = [part for part in whole["parts"] if part["key"] != "needs"]
    with pytest.raises(TemplateError, match="cannot answer needs"):
        from_json(json.dumps(whole))


@pytest.mark.parametrize("values", [(1, 2), (2, 2)])
def test_grades_stand_best_first(values: tuple[int, int]) -> None:
    head = HEAD.replace("value: 2", f"value: {values[0]}").replace("value: 1", f"value: {values[1]}")
    assert "must fall from the best" in refusal(head + PLAIN + TEXT).reason


def test_words_that_yaml_would_turn_stay_words() -> None:
    options = "[{key: yes, label: no}, {key: no, label: 2024-04-01}]"
    question: Any = (
        parse(PLAIN + f"      - {{kind: choice, key: a, label: on, options: {options}}}\n").parts[0].questions[0]
    )
    assert [(o.key, o.label) for o in question.options] == [("yes", "no"), ("no", "2024-04-01")]
    assert question.label == "on"


@pytest.mark.parametrize("key", sorted(shipped.templates()))
def test_what_is_stored_gives_the_same_template_again(key: tuple[str, str]) -> None:
    template = shipped.templates()[key]
    again = from_json(to_json(template))
    assert again == template
    assert checksum(again) == checksum(template)


def test_the_checksum_tells_two_texts_apart_and_not_two_spellings() -> None:
    one = parse(PLAIN + TEXT)
    assert checksum(parse(PLAIN + TEXT + "# a comment\n")) == checksum(one)
    assert checksum(parse(PLAIN + TEXT.replace("Note", "Notes"))) != checksum(one)


def test_defaults_are_not_stored() -> None:
    assert '"optional"' not in to_json(parse(PLAIN + TEXT))


@pytest.mark.parametrize("text", ["{", "[1]", '"a"', "null", "[" * 100_000])
def test_stored_text_that_is_not_a_template_is_refused(text: str) -> None:
    with pytest.raises(TemplateError):
        from_json(text)


def test_a_day_that_may_lie_ahead_is_stored_as_it_always_was() -> None:
    day = TEXT.replace("kind: text", "kind: date")
    assert "past" not in parse(PLAIN + day).canonical
    assert checksum(parse(PLAIN + day.replace("kind: date", "kind: date, past: false"))) == checksum(parse(PLAIN + day))
    assert checksum(parse(PLAIN + day.replace("kind: date", "kind: date, past: true"))) != checksum(parse(PLAIN + day))
