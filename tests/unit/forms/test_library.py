"""The forms and criteria that ship: complete, consistent, and as the handbook has them."""

from __future__ import annotations

import re

import pytest

from forms import shipped
from forms.criteria import GRADES, Criteria, missing_sections, parse_criteria
from forms.descriptor import ChoiceQuestion, DateQuestion, FormTemplate, RowsQuestion, TemplateError

TWELVE = (
    "child standards journey needs oversight identity partners "
    "feedback_family feedback_worker feedback_manager summary recommendations"
).split()
ELEVEN = "overall journey needs oversight identity partners summary feedback child_level service_level actions".split()
SECTIONS = ["journey", "needs", "oversight", "identity", "partners"]
TEMPLATES = sorted(shipped.templates())


def full() -> FormTemplate:
    return shipped.template("practice-review", "2024-04")


def choice(part: str, key: str) -> ChoiceQuestion:
    question = full().part(part).question(key)
    assert isinstance(question, ChoiceQuestion)
    return question


def rows(template: FormTemplate, part: str, key: str) -> RowsQuestion:
    question = template.part(part).question(key)
    assert isinstance(question, RowsQuestion)
    return question


def test_what_ships() -> None:
    assert TEMPLATES == [
        ("moderation", "2024-04"),
        ("moderation", "2026-04"),
        ("practice-review", "2024-04"),
        ("practice-review", "2026-04"),
        ("practice-review-small", "1"),
    ]


@pytest.mark.parametrize("key", TEMPLATES)
def test_every_grade_has_its_criteria_and_the_words_of_the_scale(key: tuple[str, str]) -> None:
    template = shipped.templates()[key]
    assert missing_sections(template, shipped.criteria(template.criteria)) == []
    assert [(point.value, point.label) for point in template.scale.points] == [
        (4, "Outstanding"),
        (3, "Good"),
        (2, "Requires improvement to be good"),
        (1, "Inadequate"),
    ]


@pytest.mark.parametrize("version", ["2024-04", "2026-04"])
def test_the_practice_review_has_its_twelve_parts_in_order(version: str) -> None:
    assert [part.key for part in shipped.template("practice-review", version).parts] == TWELVE


def test_from_2026_the_summary_is_written_and_not_graded() -> None:
    old, new = full(), shipped.template("practice-review", "2026-04")
    assert (old.has_overall_grade, new.has_overall_grade) == (True, False)
    assert [part.key for part, _ in old.grade_questions] == [*SECTIONS, "summary"]
    assert [part.key for part, _ in new.grade_questions] == SECTIONS
    assert not re.search(r"\boverall\b", new.canonical.lower())


def test_the_moderation_form_has_eleven_parts_and_ten_without_an_overall_grade() -> None:
    assert [part.key for part in shipped.template("moderation", "2024-04").parts] == ELEVEN
    assert [part.key for part in shipped.template("moderation", "2026-04").parts] == ELEVEN[1:]
    assert not re.search(r"\boverall\b", shipped.template("moderation", "2026-04").canonical.lower())


def test_each_section_asks_for_evidence_difference_strengths_areas_and_a_grade() -> None:
    for key in SECTIONS:
        part = full().part(key)
        assert [q.key for q in part.questions] == ["evidence", "difference", "strengths", "areas", "grade"]
        assert len(part.prompts) >= 5


def test_seven_standards_and_four_outcomes() -> None:
    standards = rows(full(), "standards", "standards")
    assert len(standards.fixed) == 7
    outcome = standards.column("outcome")
    assert isinstance(outcome, ChoiceQuestion)
    assert [o.label for o in outcome.options] == ["Met", "Partly met", "Not met", "Not applicable"]
    assert [row.key for row in standards.fixed if row.unborn_not_applicable] == ["seen_alone"]


def test_nineteen_ethnic_groups_under_five_headings_and_two_ways_of_not_knowing() -> None:
    options = choice("child", "ethnicity").options
    groups = [option for option in options if option.group]
    assert (len(groups), len({option.group for option in groups})) == (19, 5)
    assert [option.key for option in options if not option.group] == ["not_stated", "not_recorded"]


def test_the_census_list_of_religions() -> None:
    labels = [option.label for option in choice("child", "religion").options]
    census = "No religion|Christian|Buddhist|Hindu|Jewish|Muslim|Sikh|Any other religion"
    assert labels[:8] == census.split("|")


def test_feedback_parts_finish_in_discussion_save_the_familys() -> None:
    stages = {key: full().part(key).completed_in for key in TWELVE if key.startswith("feedback")}
    assert stages == {
        "feedback_family": "drafting",
        "feedback_worker": "discussion",
        "feedback_manager": "discussion",
    }


@pytest.mark.parametrize("version", ["2024-04", "2026-04"])
def test_only_the_days_of_what_has_happened_cannot_lie_ahead(version: str) -> None:
    parts = shipped.template("practice-review", version).parts
    asked = [(p.key, each) for p in parts for q in p.questions for each in getattr(q, "columns", (q,))]
    dates = [(part, each) for part, each in asked if isinstance(each, DateQuestion)]
    past = [(part, each.key) for part, each in dates if each.past]
    assert past == [(f"feedback_{who}", key) for who in ("family", "worker", "manager") for key in ("date", "on")]
    assert {each.key for _, each in dates if not each.past} == {"follow_up", "due"}


def test_only_what_was_said_in_confidence_is_confidential() -> None:
    hidden = [(part.key, q.key) for part in full().parts for q in part.questions if part.hidden(q)]
    assert hidden == [(f"feedback_{who}", "confidential") for who in ("family", "worker", "manager")]


@pytest.mark.parametrize("key", [key for key in TEMPLATES if key[0].startswith("practice")])
@pytest.mark.parametrize("level", ["child_level", "service_level"])
def test_both_levels_of_recommendation_ask_the_same(key: tuple[str, str], level: str) -> None:
    template = shipped.templates()[key]
    columns = [column.key for column in rows(template, "recommendations", level).columns]
    assert columns[:5] == ["action", "impact", "owner", "due", "finding"]


def test_the_library_speaks_of_people_in_the_products_words() -> None:
    for template in shipped.templates().values():
        words = template.canonical.lower()
        assert not re.search(r"\b(?:audit|auditor|mosaic|looked after|lac)\b", words)


# Criteria


def test_every_section_has_every_grade_and_every_area() -> None:
    criteria = shipped.criteria()
    assert [*criteria.sections] == SECTIONS
    for section in [*SECTIONS, "overall"]:
        assert list(criteria.hints(section)) == list(GRADES)
        assert all(criteria.indicators(section, grade) for grade in GRADES)
    for section in SECTIONS:
        assert all(
            criteria.look_for(section, area) for area in ("help_and_protection", "children_in_care", "care_leavers")
        )


def test_criteria_answer_with_nothing_to_what_they_do_not_know() -> None:
    criteria = shipped.criteria()
    assert criteria.indicators("weather", "good") == ()
    assert criteria.indicators("journey", "splendid") == ()
    assert criteria.indicators("overall", "title") == ()
    assert criteria.look_for("journey", "mars") == ()
    assert criteria.look_for("weather", "care_leavers") == ()
    assert criteria.hints("weather") == {}


def test_without_brief_lines_the_first_indicator_stands_in() -> None:
    whole = shipped.criteria()
    bare = Criteria(**{**{name: getattr(whole, name) for name in type(whole).model_fields}, "in_brief": {}})
    assert bare.hints("journey")["good"] == whole.indicators("journey", "good")[0]


def text_of_criteria() -> str:
    return (shipped.LIBRARY / "criteria-2024-04.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("key: good,", "key: fair,", "the grades must be"),
        ("\n  overall:\n", "\n  weather:\n", "sections that are not here: weather"),
        ("help_and_protection:", "somewhere:", "somewhere"),
        ('version: "2024-04"', 'version: "2024-04"\nextra: 1', "not known"),
        ('version: "2024-04"', 'version: "soon"', "form expected"),
    ],
)
def test_criteria_that_do_not_hold_together_are_refused(old: str, new: str, reason: str) -> None:
    with pytest.raises(TemplateError, match=reason):
        parse_criteria(text_of_criteria().replace(old, new, 1))


def test_criteria_are_a_mapping() -> None:
    with pytest.raises(TemplateError, match="must begin"):
        parse_criteria("- a")


def test_a_form_whose_section_has_no_criteria_is_found() -> None:
    criteria = shipped.criteria()
    fewer = Criteria(
        **{
            **{name: getattr(criteria, name) for name in type(criteria).model_fields},
            "sections": {key: value for key, value in criteria.sections.items() if key != "needs"},
            "in_brief": {},
        }
    )
    assert missing_sections(full(), fewer) == ["needs"]
