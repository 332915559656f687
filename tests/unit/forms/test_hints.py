"""Hints about grades and recommendations: shown when they should be, and silent otherwise."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from forms import shipped
from forms.hints import WORDS, hints, only_training, other_words, part_hints, recommendation_warnings

FULL = shipped.template("practice-review", "2024-04")
LATER = shipped.template("practice-review", "2026-04")
MODERATION = shipped.template("moderation", "2024-04")
PLAIN = "She was seen at home on 3 March (case note) and her teacher wrote on 5 March (e-mail). " * 3
DIFFERENCE = "She sleeps through and goes to school every day."


def graded(grade: str | None, evidence: str = PLAIN, difference: str = DIFFERENCE) -> dict[str, Any]:
    return {"evidence": evidence, "difference": difference, "grade": grade}


def messages(**parts: dict[str, Any]) -> list[str]:
    return [hint.message for hint in hints(FULL, parts)]


def test_a_plain_text_with_a_grade_gets_no_hint() -> None:
    assert messages(journey=graded("good"), summary=graded("good")) == []


def test_words_of_another_grade_get_a_hint_beside_the_grade() -> None:
    evidence = PLAIN + "Plans were not always followed."
    (hint,) = part_hints(FULL, "journey", graded("good", evidence))
    assert hint.field == "journey-grade"
    assert hint.message == (
        "Your text says “not always”: words used more often with Requires improvement to be good. Does the grade fit?"
    )


@pytest.mark.parametrize(
    ("text", "grade", "expected"),
    [
        ("It was highly effective.", "good", ("outstanding", ["highly effective"])),
        ("It was highly effective.", "outstanding", None),
        ("It was ineffective.", "good", ("inadequate", ["ineffective"])),
        ("Help was effective, and not always prompt.", "good", None),
        ("Visits drift, drift and drift.", "requires_improvement", ("inadequate", ["drift"])),
        ("Nothing was not effective; it was not very effective.", "inadequate", None),
        ("There were no serious concerns.", "good", None),
        ("There were no delays.", "good", None),
        ("Not yet settled.", "requires_improvement", None),
        ("EXCELLENT work", "inadequate", ("outstanding", ["excellent"])),
        ("A promptly made and unprompted plan", "inadequate", None),
        ("", "good", None),
    ],
)
def test_which_words_count(text: str, grade: str, expected: Any) -> None:
    assert other_words(text, grade) == expected


@pytest.mark.parametrize(("grade", "phrase"), [(g, p) for g, phrases in WORDS.items() for p in phrases])
def test_every_phrase_is_found_with_every_other_grade(grade: str, phrase: str) -> None:
    for other in WORDS:
        expected = None if other == grade else (grade, [phrase])
        assert other_words(f"The work is {phrase} here.", other) == expected


def test_no_grade_no_hint() -> None:
    assert messages(journey=graded(None, "drift")) == []
    assert messages(journey={}) == []


def test_little_evidence() -> None:
    assert messages(journey=graded("good", "Seen once.")) == ["There is little evidence for this grade so far."]


def test_outstanding_without_a_difference() -> None:
    (message,) = messages(journey=graded("outstanding", difference="Yes."))
    assert message == "Outstanding, and no difference to the child is described yet."
    assert messages(journey=graded("good", difference="")) == []


def test_overall_above_the_best_section() -> None:
    parts = {"journey": graded("good"), "summary": graded("outstanding")}
    assert messages(**parts) == ["The overall grade is above the best of the sections."]
    assert messages(summary=graded("outstanding")) == []
    assert messages(journey=graded("good")) == []


def test_overall_good_beside_an_inadequate_section() -> None:
    parts = {"journey": graded("good"), "needs": graded("inadequate"), "summary": graded("good")}
    found = [hint.message for hint in hints(FULL, parts, concern_raised=True)]
    assert found == ["The overall grade is good or better, and “Needs, support and outcomes” is Inadequate."]
    lower = {**parts, "summary": graded("requires_improvement")}
    assert hints(FULL, lower, concern_raised=True) == []


def test_without_an_overall_grade_its_hints_fall_away() -> None:
    parts = {"journey": graded("good"), "summary": graded("outstanding")}
    assert hints(LATER, parts) == []


def with_due(due: str | None, level: str = "child_level") -> dict[str, Any]:
    row = {"key": "r1", "action": "Visit", "due": due}
    return {"needs": graded("inadequate"), "recommendations": {level: [row]}}


@pytest.mark.parametrize(
    ("parts", "count"),
    [
        ({"needs": graded("inadequate")}, 1),
        (with_due(None), 1),
        (with_due("2026-11-27"), 0),
        (with_due("2026-12-07"), 0),
        (with_due("2026-12-08"), 1),
        (with_due("2026-11-27", "service_level"), 1),
    ],
)
def test_inadequate_and_nothing_soon(parts: dict[str, Any], count: int) -> None:
    found = [h for h in hints(FULL, parts, on=dt.date(2026, 11, 23)) if "no immediate action" in h.message]
    assert len(found) == count
    assert all(hint.field == "needs-grade" for hint in found)


def test_without_a_day_any_dated_action_will_do_and_a_concern_is_one() -> None:
    assert hints(FULL, with_due("2030-01-01")) == []
    assert hints(FULL, {"needs": graded("inadequate")}, concern_raised=True) == []


def test_a_panel_form_has_no_hints_about_text_it_does_not_ask_for() -> None:
    assert hints(MODERATION, {"journey": {"grade": "inadequate", "comment": "drift"}}) == []
    assert recommendation_warnings(MODERATION, {}) == []


# Recommendations


def whole(**more: Any) -> dict[str, Any]:
    return {
        "key": "r1",
        "action": "Visit weekly",
        "impact": "Seen.",
        "owner": "p-1",
        "due": "2026-12-01",
        "finding": "journey",
        **more,
    }


def warnings(*rows: dict[str, Any]) -> list[tuple[str, str]]:
    found = recommendation_warnings(FULL, {"recommendations": {"child_level": list(rows)}})
    return [(hint.field.removeprefix("recommendations-child_level"), hint.message) for hint in found]


def test_a_whole_recommendation_gets_no_warning() -> None:
    assert warnings(whole()) == []
    assert warnings() == []
    assert warnings({"key": "r1"}) == []


@pytest.mark.parametrize(
    ("column", "field", "words"),
    [
        ("owner", "-r1-owner", "nobody owns it yet"),
        ("due", "-r1-due-day", "it has no date yet"),
        ("impact", "-r1-impact", "it does not say yet what it will change"),
        ("finding", "-r1-finding", "it does not say yet which finding it answers"),
    ],
)
def test_what_a_recommendation_lacks(column: str, field: str, words: str) -> None:
    assert warnings(whole(**{column: None})) == [(field, f"“Visit weekly”: {words}.")]


def test_a_long_recommendation_is_named_by_its_beginning() -> None:
    ((_, message),) = warnings(whole(action="Agree " + "with the school " * 20, owner=None))
    assert message.startswith("“Agree with the school with the school with the school with…”:")
    ((_, unnamed),) = warnings(whole(action="", owner=None))
    assert unnamed.startswith("A recommendation: ")


def test_more_than_six() -> None:
    assert warnings(*[whole(key=f"r{i}") for i in range(6)]) == []
    ((field, message),) = warnings(*[whole(key=f"r{i}") for i in range(7)])
    assert field == ""
    assert message.startswith("There are 7 recommendations.")


@pytest.mark.parametrize(
    ("action", "only"),
    [
        ("Attend training on chronologies", True),
        ("Attend the course and the workshop", True),
        ("E-learning for the team", True),
        ("Attend training and use it in the next supervision", False),
        ("Visit weekly", False),
        ("Complete training; then write the plan with the family", False),
        ("", False),
    ],
)
def test_training_alone(action: str, only: bool) -> None:
    assert only_training(action) is only
    assert any("training alone" in message for _, message in warnings(whole(action=action))) is only
