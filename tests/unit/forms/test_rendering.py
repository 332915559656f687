"""Answers to read, and what changed between two versions."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms import shipped
from forms.answers import (
    blank_part,
    changed,
    diff_part,
    diff_words,
    grade_label,
    show_part,
    to_page,
    to_text,
    validate_answers,
    without_confidential,
)
from forms.descriptor import FormTemplate
from tests.unit.forms.support import PEOPLE, part_answers

FULL = shipped.template("practice-review", "2024-04")
SCALE = FULL.scale


def text(part: str, question: str, value: Any) -> str:
    asked = FULL.part(part).question(question)
    assert asked is not None
    return to_text(asked, value, scale=SCALE, people=PEOPLE)


@pytest.mark.parametrize(
    ("part", "question", "value", "expected"),
    [
        ("journey", "evidence", "Seen.\nAlone.", "Seen.\nAlone."),
        ("journey", "grade", "requires_improvement", "Requires improvement to be good"),
        ("journey", "grade", None, ""),
        ("child", "ethnicity", "white_irish", "Irish"),
        ("child", "details", "wrong", "No"),
        ("child", "details", "right", "Yes"),
        ("child", "details", None, ""),
        ("feedback_family", "date", "2026-03-03", "3 March 2026"),
        ("feedback_family", "date", None, ""),
        ("journey", "strengths", [], ""),
        (
            "journey",
            "strengths",
            [{"key": "a", "what": "Play", "share": True}],
            "What was done well?: Play\nIs it good practice to share with others?: Yes",
        ),
        ("journey", "strengths", [{"key": "a", "what": "", "share": None}], ""),
    ],
)
def test_an_answer_as_text(part: str, question: str, value: Any, expected: str) -> None:
    assert text(part, question, value) == expected


def recommendation(**more: Any) -> dict[str, Any]:
    return {"key": "r1", "action": "Visit", "owner": "p-1", "themes": ["voice", "health"], **more}


def test_people_are_named_and_an_id_is_never_shown() -> None:
    shown = text("recommendations", "child_level", [recommendation()])
    assert "Who will see to it?: Ada Marsh" in shown
    assert "Themes: The child’s voice and direct work; Health" in shown
    stranger = text("recommendations", "child_level", [recommendation(owner="p-77")])
    assert "Somebody not listed" in stranger
    assert "p-77" not in stranger


def test_a_fixed_row_begins_with_its_title() -> None:
    rows = [{"key": "visits", "outcome": "met", "action": "", "route": None, "follow_up": None}]
    assert text("standards", "standards", rows) == "Visits are on time\nIs it met?: Met"


def test_the_number_of_a_grade_is_never_shown() -> None:
    assert grade_label(SCALE, "good") == "Good"
    assert grade_label(SCALE, None) == ""
    assert grade_label(SCALE, "splendid") == ""


def test_a_page_gets_paragraphs_items_tables_and_keys() -> None:
    part = FULL.part("journey")
    answers = validate_answers(
        FULL,
        "journey",
        {
            "evidence": "One.\n\nTwo <b>.",
            "grade": "good",
            "strengths": [{"key": "a", "what": "Play"}, {"key": "b"}],
        },
    )
    shown = {s.question: s for s in show_part(FULL, part.key, answers)}
    assert shown["evidence"].paragraphs == ("One.", "Two <b>.")
    assert (shown["grade"].text, shown["grade"].key) == ("Good", "good")
    assert shown["difference"].blank
    table = shown["strengths"].table
    assert table is not None
    assert table.columns[0] == "What was done well?"
    assert table.rows == (("a", "Strength 1", ("Play", "")),)


def test_choices_are_items() -> None:
    asked = FULL.part("recommendations").question("child_level")
    column = asked.column("themes") if asked is not None and asked.kind == "rows" else None
    assert column is not None
    assert to_page(column, ["health"], scale=SCALE).items == ("Health",)


def feedback(**more: Any) -> dict[str, Any]:
    return validate_answers(FULL, "feedback_family", {"text": "Kind.", "confidential": "He hits her.", **more})


def test_what_was_said_in_confidence_is_shown_only_when_asked_for() -> None:
    shared = show_part(FULL, "feedback_family", feedback())
    assert "He hits her." not in str(shared)
    open_to_few = show_part(FULL, "feedback_family", feedback(), confidential=True)
    assert [s.text for s in open_to_few if s.confidential] == ["He hits her."]


def test_what_was_said_in_confidence_leaves_the_shared_answers() -> None:
    shared = without_confidential(FULL, {"feedback_family": feedback(missing={"part": "Away."})})
    assert "confidential" not in shared["feedback_family"]
    assert shared["feedback_family"]["missing"] == {"part": "Away."}
    assert "He hits her." not in str(shared)


def test_a_confidential_part_leaves_the_shared_answers_whole() -> None:
    hidden = FULL.model_copy(update={"parts": tuple(p.model_copy(update={"confidential": True}) for p in FULL.parts)})
    shared = without_confidential(hidden, {"feedback_family": feedback(missing={"part": "Away."})})
    assert shared == {"feedback_family": {"missing": {}}}


def test_a_reason_is_shown_first() -> None:
    shown = show_part(FULL, "feedback_family", feedback(missing={"part": "They moved."}))
    assert (shown[0].label, shown[0].text) == ("Why this could not be answered", "They moved.")


# What does not apply


def asked(part: str, answers: dict[str, Any], template: FormTemplate = FULL) -> list[str]:
    return [s.question for s in show_part(template, part, validate_answers(template, part, answers))]


@pytest.mark.parametrize("details", ["right", None])
def test_what_is_not_right_is_not_asked_of_what_is(details: str | None) -> None:
    assert asked("child", {"details": details}) == ["details", "gender", "ethnicity", "religion", "additional_needs"]


def test_what_another_answer_calls_for_is_shown_until_it_is_written() -> None:
    shown = {s.question: s for s in show_part(FULL, "child", {"details": "wrong"})}
    assert shown["details_note"].blank
    assert "details_note" in asked("child", {"details": "wrong", "details_note": "The name."})


def test_what_was_written_is_shown_though_nothing_calls_for_it() -> None:
    assert "details_note" in asked("child", {"details": "right", "details_note": "The name, until May."})


def test_what_may_stay_empty_and_did_is_left_out_and_what_may_not_is_shown() -> None:
    assert asked("journey", {"evidence": "Seen."}) == ["evidence", "difference", "grade"]
    rows = [{"key": "a"}, {"key": "b", "what": "Play"}]
    assert asked("journey", {"strengths": rows, "areas": [{"key": "c"}]}) == [
        "evidence",
        "difference",
        "strengths",
        "grade",
    ]


def test_rows_that_an_answer_calls_for_are_shown() -> None:
    form = shipped.template("moderation", "2026-04")
    assert asked("actions", {"any_actions": "some"}, form) == ["any_actions", "actions"]
    assert asked("actions", {"any_actions": "none"}, form) == ["any_actions"]


def test_a_part_of_which_nothing_would_be_left_shows_what_it_asks() -> None:
    assert asked("recommendations", {}) == ["child_level", "service_level"]
    assert asked("recommendations", {"missing": {"part": "None needed."}}) == ["part"]
    assert asked("recommendations", {"service_level": [recommendation()]}) == ["service_level"]


def test_a_reason_why_an_optional_answer_is_missing_is_shown() -> None:
    part = FULL.part("child")
    spared = tuple(
        q.model_copy(update={"reason_when_missing": True}) if q.key == "others_read" else q for q in part.questions
    )
    form = FULL.model_copy(update={"parts": (part.model_copy(update={"questions": spared}),)})
    assert asked("child", {"missing": {"others_read": "No access."}}, form)[-1] == "others_read"


# What changed


def test_the_questions_that_changed() -> None:
    part = FULL.part("feedback_family")
    new = feedback(text="Unkind.", attempts=[{"key": "a"}], missing={"part": "Away."})
    assert changed(part, feedback(), new) == ("text", "missing")
    assert changed(part, {}, blank_part(part)) == ()


def test_a_part_marked_up() -> None:
    old, new = feedback(text="They were kind."), feedback(text="They were very kind.", method="video")
    assert diff_part(FULL, "feedback_family", old, new) == [
        (
            "text",
            "What did the child, young person, family or carer tell you?",
            [("same", "They were "), ("added", "very "), ("same", "kind.")],
        ),
        ("method", "How?", [("added", "Video")]),
    ]


def test_a_confidential_change_is_not_marked_up_for_others() -> None:
    old, new = feedback(), feedback(confidential="He hit her.")
    assert diff_part(FULL, "feedback_family", old, new) == []
    assert [key for key, _, _ in diff_part(FULL, "feedback_family", old, new, confidential=True)] == ["confidential"]


def test_a_reason_that_came_or_went_is_marked_up() -> None:
    key, label, words = diff_part(FULL, "feedback_family", feedback(missing={"part": "Away."}), feedback())[0]
    assert (key, label, words) == ("part", "Why this could not be answered", [("removed", "Away.")])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("a", "a", [("same", "a")]),
        ("", "a b", [("added", "a b")]),
        ("a b", "", [("removed", "a b")]),
        ("one two", "one three", [("same", "one "), ("removed", "two"), ("added", "three")]),
        ("x\ny\nz", "x\nz", [("same", "x\n"), ("removed", "y\n"), ("same", "z")]),
    ],
)
def test_words_that_differ(old: str, new: str, expected: list[tuple[str, str]]) -> None:
    assert diff_words(old, new) == expected


TEXT = st.text(alphabet="ab \n", max_size=40) | st.text(max_size=30)


@given(TEXT, TEXT)
def test_both_texts_can_be_read_out_of_the_difference(old: str, new: str) -> None:
    ops = diff_words(old, new)
    assert "".join(text for op, text in ops if op != "added") == old
    assert "".join(text for op, text in ops if op != "removed") == new
    assert all(text for _, text in ops)
    assert all(a[0] != b[0] for a, b in pairwise(ops))


@pytest.mark.parametrize("word", ["a ", "a b ", "aa\n"])
def test_a_text_made_to_be_slow_is_not(word: str) -> None:
    old, new = (word * 20_000)[:20_000], ("b " + word * 20_000)[:20_000]
    ops = diff_words(old, new)  # a quadratic comparison would hold the suite up for minutes
    assert "".join(text for op, text in ops if op != "removed") == new


@given(st.data())
def test_every_part_can_be_shown(data: st.DataObject) -> None:
    template = data.draw(st.sampled_from(list(shipped.templates().values())))
    part = data.draw(st.sampled_from(template.parts))
    shown = show_part(template, part.key, data.draw(part_answers(template, part)), people=PEOPLE, confidential=True)
    asked = [s.question for s in shown if s.question != "part"]
    every = [q.key for q in part.questions]
    assert asked == [key for key in every if key in asked]
    assert asked or any(s.question == "part" for s in shown)
    musts = {q.key for q in part.questions if not q.optional}
    assert musts | {s.question for s in shown if not s.blank and s.question != "part"} <= {*asked}
    assert all(bool(s.text) != s.blank for s in shown)
