"""What is still to do, at both stages, and how far each part has come (R1)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms import shipped
from forms.answers import validate_answers
from forms.completeness import Gap, Progress, gaps, progress, recommendation_rows
from forms.descriptor import FormTemplate, from_json
from tests.unit.forms.support import Page, part_answers, render

FULL = shipped.template("practice-review", "2024-04")
SMALL = shipped.template("practice-review-small", "1")
MODERATION = shipped.template("moderation", "2024-04")

GRADED = {"evidence": "Visit of 3 March.", "difference": "She sleeps again.", "grade": "good"}
FEEDBACK = {"text": "Kind.", "date": "2026-03-03", "method": "in_person"}
CHILD = {
    "details": "right",
    "gender": "female",
    "ethnicity": "white_irish",
    "religion": "muslim",
    "additional_needs": "none",
}
MET = [{"key": row.key, "outcome": "met"} for row in FULL.part("standards").questions[0].fixed]  # type: ignore[union-attr]
WHOLE: dict[str, dict[str, Any]] = {
    "child": CHILD,
    "standards": {"standards": MET},
    **dict.fromkeys(("journey", "needs", "oversight", "identity", "partners", "summary"), GRADED),
    "feedback_family": FEEDBACK,
    "feedback_worker": {**FEEDBACK, "anti_racist": "Well.", "anti_racist_evidenced": "well"},
    "feedback_manager": FEEDBACK,
    "recommendations": {"child_level": [{"key": "r1", "action": "Visit weekly"}]},
}


def full(**parts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A whole review, with these parts' answers laid over."""
    merged = {key: {**answers, **parts.get(key, {})} for key, answers in WHOLE.items()}
    return {key: validate_answers(FULL, key, answers) for key, answers in merged.items()}


def todo(answers: dict[str, dict[str, Any]], stage: Any = "submit", **kwargs: Any) -> list[tuple[str, str]]:
    return [(gap.field, gap.message) for gap in gaps(FULL, answers, stage=stage, **kwargs)]


def test_a_whole_review_has_nothing_to_do() -> None:
    assert todo(full()) == []
    assert set(progress(FULL, full()).values()) == {Progress.COMPLETE}


def test_an_empty_review_has_everything_to_do_in_form_order() -> None:
    found = gaps(FULL, {}, stage="submit")
    parts = list(dict.fromkeys(gap.part for gap in found))
    assert parts == [part.key for part in FULL.parts]
    assert set(progress(FULL, {}).values()) == {Progress.NOT_STARTED}


def test_gaps_name_the_part_the_question_and_the_field() -> None:
    answers = full(journey={"difference": "", "grade": None})
    assert gaps(FULL, answers, stage="submit") == [
        Gap(
            "journey",
            "difference",
            "journey-difference",
            "Journey of the child: write what difference it made to the child",
        ),
        Gap("journey", "grade", "journey-grade", "Journey of the child: choose a grade"),
    ]


@pytest.mark.parametrize("missing", ["evidence", "difference", "grade"])
@pytest.mark.parametrize("part", ["journey", "needs", "oversight", "identity", "partners", "summary"])
def test_a_grade_has_evidence_and_a_difference(part: str, missing: str) -> None:
    empty = None if missing == "grade" else ""
    assert [field for field, _ in todo(full(**{part: {missing: empty}}))] == [f"{part}-{missing}"]


def test_strengths_and_areas_may_be_none_and_an_empty_row_counts_for_nothing() -> None:
    assert todo(full(journey={"strengths": [{"key": "a"}], "areas": []})) == []


def test_a_row_begun_is_finished() -> None:
    answers = full(journey={"strengths": [{"key": "a"}, {"key": "b", "share": False}]})
    assert todo(answers) == [("journey-strengths-b-what", "Journey of the child: Strength 2: say what was done well")]


def test_without_an_overall_grade_the_summary_is_only_written() -> None:
    new = shipped.template("practice-review", "2026-04")
    answers = {**full(), "summary": {"evidence": "Good help.", "difference": "Safe."}}
    assert gaps(new, answers, stage="submit") == []
    assert [gap.question for gap in gaps(new, {**answers, "summary": {}}, stage="submit")] == ["evidence", "difference"]


# Share and submit


def test_at_share_the_talks_with_worker_and_manager_may_be_open() -> None:
    answers = {**full(), "feedback_worker": {}, "feedback_manager": {}}
    assert todo(answers, "share") == []
    assert {field.split("-")[0] for field, _ in todo(answers)} == {"feedback_worker", "feedback_manager"}


def test_at_share_the_familys_feedback_may_not_be_open() -> None:
    assert todo({**full(), "feedback_family": {}}, "share")[0] == (
        "feedback_family-text",
        "What the child and family said: write what they said, or say why it could not be obtained",
    )


def test_a_part_complete_at_share_and_open_for_submission_is_in_progress() -> None:
    answers = full(feedback_worker={"anti_racist": ""})
    assert progress(FULL, answers)["feedback_worker"] is Progress.IN_PROGRESS


def test_a_promise_made_in_discussion_is_kept_by_submission() -> None:
    answers = full(feedback_worker={"anti_racist_evidenced": "partly"})
    assert todo(answers, "share") == []
    field, message = todo(answers)[0]
    assert field == "feedback_worker-anti_racist_evidenced"
    assert message.endswith("add a recommendation for it that answers this part")
    service = {"service_level": [{"key": "s1", "action": "Reflect in groups", "finding": "feedback_worker"}]}
    assert todo({**answers, **full(recommendations=service), "feedback_worker": answers["feedback_worker"]}) == []


# Reasons


def test_a_reason_stands_for_a_part_that_could_not_be_answered() -> None:
    nothing = {"text": "", "date": None, "method": None, "missing": {"part": "They moved abroad."}}
    assert todo(full(feedback_family=nothing)) == []


def test_not_obtained_needs_its_reason_and_nothing_else() -> None:
    answers = full(feedback_family={"text": "", "date": None, "method": "not_obtained"})
    assert todo(answers, "share") == [
        ("feedback_family-missing-part", "What the child and family said: say why this could not be obtained")
    ]
    assert progress(FULL, answers)["feedback_family"] is Progress.IN_PROGRESS


def test_not_obtained_in_discussion_needs_its_reason_by_submission() -> None:
    answers = full(feedback_manager={"text": "", "date": None, "method": "not_obtained"})
    assert todo(answers, "share") == []
    assert [field for field, _ in todo(answers)] == ["feedback_manager-missing-part"]


@pytest.mark.parametrize(
    ("outcome", "open_fields"),
    [
        ("declined", []),
        ("asked_not_again", []),
        ("no_answer", ["feedback_family-text", "feedback_family-date-day", "feedback_family-method"]),
    ],
)
def test_declined_answers_the_part(outcome: str, open_fields: list[str]) -> None:
    attempt = {"key": "a", "on": "2026-03-03", "how": "telephone", "outcome": outcome}
    answers = full(feedback_family={"text": "", "date": None, "method": None, "attempts": [attempt]})
    assert [field for field, _ in todo(answers)] == open_fields


def test_not_safe_to_ask_says_who_advised_it() -> None:
    attempt = {"key": "a", "on": "2026-03-03", "how": "telephone", "outcome": "not_safe"}
    nothing = {"text": "", "date": None, "method": None}
    answers = full(feedback_family={**nothing, "attempts": [attempt]})
    assert [field for field, _ in todo(answers)] == ["feedback_family-attempts-a-note"]
    told = full(feedback_family={**nothing, "attempts": [{**attempt, "note": "The duty manager"}]})
    assert todo(told) == []


def test_an_attempt_that_answers_the_part_is_itself_whole() -> None:
    answers = full(feedback_family={"text": "", "attempts": [{"key": "a", "outcome": "declined"}]})
    assert [field for field, _ in todo(answers)] == [
        "feedback_family-attempts-a-on-day",
        "feedback_family-attempts-a-how",
    ]


def test_one_question_may_carry_its_own_reason() -> None:
    text = SMALL.canonical.replace(
        '"key":"difference","kind":"text"', '"key":"difference","kind":"text","reason_when_missing":true'
    )
    template = from_json(text)
    answers: dict[str, dict[str, Any]] = {"journey": {**GRADED, "difference": ""}}
    assert [g.question for g in gaps(template, answers, stage="submit") if g.part == "journey"] == ["difference"]
    answers["journey"]["missing"] = {"difference": "Too early to tell."}
    assert [g for g in gaps(template, answers, stage="submit") if g.part == "journey"] == []


# The child


@pytest.mark.parametrize("fact", ["ethnicity", "religion", "additional_needs"])
def test_not_stated_needs_a_note(fact: str) -> None:
    assert [field for field, _ in todo(full(child={fact: "not_stated"}))] == [f"child-{fact}_note"]
    assert todo(full(child={fact: "not_stated", f"{fact}_note": "The family prefers not to say."})) == []


@pytest.mark.parametrize("fact", ["ethnicity", "religion", "additional_needs"])
def test_not_recorded_becomes_a_recommendation_for_this_child(fact: str) -> None:
    child = {fact: "not_recorded"}
    assert [field for field, _ in todo(full(child=child))] == [f"child-{fact}"]
    row = {"key": "r1", "action": "Ask", "finding": "child"}
    assert todo(full(child=child, recommendations={"child_level": [row]})) == []
    for_service = {"child_level": [{"key": "r2", "action": "Visit"}], "service_level": [row]}
    assert len(todo(full(child=child, recommendations=for_service))) == 1
    without_words = {"child_level": [{**row, "action": "", "impact": "Known."}]}
    assert f"child-{fact}" in [field for field, _ in todo(full(child=child, recommendations=without_words))]


def test_details_that_are_wrong_are_named() -> None:
    assert [field for field, _ in todo(full(child={"details": "wrong"}))] == ["child-details_note"]


# Standards


def standards(**changes: Any) -> dict[str, Any]:
    return {"standards": [{**row, **changes} if row["key"] == "visits" else row for row in MET]}


@pytest.mark.parametrize(
    ("changes", "open_fields"),
    [
        ({"outcome": None}, ["outcome"]),
        ({"action": "Visit"}, ["route"]),
        ({"action": "Visit", "route": "follow_up"}, ["follow_up-day"]),
        ({"action": "Visit", "route": "follow_up", "follow_up": "2026-12-01"}, []),
        ({"action": "Visit", "route": "recommendation"}, ["route"]),
        ({"outcome": "partly_met"}, []),
    ],
)
def test_an_action_against_a_standard_goes_somewhere(changes: dict[str, Any], open_fields: list[str]) -> None:
    found = [field for field, _ in todo(full(standards=standards(**changes)))]
    assert found == [f"standards-standards-visits-{field}" for field in open_fields]


def test_a_recommendation_for_the_standards_keeps_the_promise() -> None:
    answers = full(
        standards=standards(action="Visit", route="recommendation"),
        recommendations={"child_level": [{"key": "r1", "action": "Visit", "finding": "standards"}]},
    )
    assert todo(answers) == []


def test_a_child_not_yet_born_is_not_seen_alone() -> None:
    rows = [{**row, "outcome": None} if row["key"] == "seen_alone" else row for row in MET]
    answers = full(standards={"standards": rows})
    assert [field for field, _ in todo(answers)] == ["standards-standards-seen_alone-outcome"]
    assert todo(answers, unborn=True) == []
    assert progress(FULL, answers, unborn=True)["standards"] is Progress.COMPLETE


# Recommendations


def test_no_recommendation_at_all_has_a_reason() -> None:
    none = {"child_level": [{"key": "r1"}]}
    assert todo(full(recommendations=none)) == [
        ("recommendations-child_level", "Recommendations: add at least one, or say why there are none")
    ]
    assert todo(full(recommendations={"child_level": [], "missing": {"part": "All is well."}})) == []


def test_owner_date_and_effect_are_no_gaps() -> None:
    assert todo(full(recommendations={"child_level": [{"key": "r1", "action": "Visit"}]})) == []
    nothing_said = full(recommendations={"child_level": [{"key": "r1", "owner": "p-1"}]})
    assert [field for field, _ in todo(nothing_said)] == ["recommendations-child_level-r1-action"]


def test_recommendations_of_both_levels_in_order() -> None:
    given_rows = {
        "child_level": [{"key": "r1", "action": "A"}, {"key": "r2"}],
        "service_level": [{"key": "s1", "action": "B"}],
    }
    found = recommendation_rows(FULL, full(recommendations=given_rows))
    assert [(level, row["key"]) for level, row in found] == [("child_level", "r1"), ("service_level", "s1")]
    assert recommendation_rows(MODERATION, {}) == []


# Moderation


def test_disagreeing_needs_a_comment() -> None:
    def open_fields(agree: str, comment: str = "") -> list[str]:
        answers = {"journey": {"agree": agree, "grade": "good", "comment": comment}}
        return [gap.field for gap in gaps(MODERATION, answers, stage="submit") if gap.part == "journey"]

    assert open_fields("agree") == []
    assert open_fields("partly") == open_fields("disagree") == ["journey-comment"]
    assert open_fields("disagree", "The voice came late.") == []


def test_actions_announced_are_written() -> None:
    def open_fields(actions: list[dict[str, Any]]) -> list[str]:
        answers = {"actions": {"any_actions": "some", "actions": actions}}
        return [gap.field for gap in gaps(MODERATION, answers, stage="submit") if gap.part == "actions"]

    assert open_fields([]) == ["actions-actions"]
    assert open_fields([{"key": "a", "action": "Tell the agency"}]) == []


# Every form


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_gap_goes_to_an_input_on_its_page_and_share_asks_no_more_than_submit(data: st.DataObject) -> None:
    template: FormTemplate = data.draw(st.sampled_from(list(shipped.templates().values())))
    part = data.draw(st.sampled_from(template.parts))
    answers = {part.key: data.draw(part_answers(template, part))}
    at_submit = gaps(template, answers, stage="submit")
    assert [gap for gap in gaps(template, answers, stage="share") if gap not in at_submit] == []
    from forms.builder import make_form

    inputs = Page(render(make_form(template, part.key, answers=answers[part.key]))).inputs
    assert [gap for gap in at_submit if gap.part == part.key and gap.field not in inputs] == []
    assert all(gap.message.startswith(template.part(gap.part).title + ": ") for gap in at_submit)
    assert (progress(template, answers)[part.key] is Progress.COMPLETE) == (part.key not in {g.part for g in at_submit})
