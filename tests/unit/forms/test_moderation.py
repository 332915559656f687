"""A moderation form laid beside a review's form: which part grades which section, what is asked, what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from forms import moderation, shipped
from forms.descriptor import FormTemplate

SECTIONS = ["journey", "needs", "oversight", "identity", "partners"]
OLD, NEW = ("practice-review", "2024-04"), ("practice-review", "2026-04")
SMALL = ("practice-review-small", "1")
MODERATION, WITHOUT_OVERALL = ("moderation", "2024-04"), ("moderation", "2026-04")


def of(key: tuple[str, str]) -> FormTemplate:
    return shipped.template(*key)


def test_the_summary_of_a_review_is_graded_by_the_overall_part() -> None:
    found = moderation.sections(of(OLD), of(MODERATION))
    assert found == {**{each: each for each in SECTIONS}, "summary": "overall"}
    assert list(found) == [part.key for part, _ in of(OLD).grade_questions]


def test_without_an_overall_grade_the_summary_is_not_graded() -> None:
    assert moderation.sections(of(NEW), of(WITHOUT_OVERALL)) == {each: each for each in SECTIONS}


def test_a_short_review_has_the_sections_it_has() -> None:
    found = moderation.sections(of(SMALL), of(MODERATION))
    assert found == {"journey": "journey", "needs": "needs", "summary": "overall"}


@pytest.mark.parametrize(
    ("review", "form", "wanted"),
    [
        (OLD, MODERATION, True),
        (SMALL, MODERATION, True),
        (NEW, WITHOUT_OVERALL, True),
        (OLD, WITHOUT_OVERALL, False),  # nothing asks for the overall grade
        (NEW, MODERATION, False),  # one is asked for that the review does not have
    ],
)
def test_a_form_fits_where_it_asks_for_every_grade_and_no_other(
    review: tuple[str, str], form: tuple[str, str], wanted: bool
) -> None:
    assert moderation.fits(of(review), of(form)) is wanted


def test_a_form_on_another_scale_does_not_fit() -> None:
    form = of(MODERATION)
    points = tuple(point for point in form.scale.points if point.key != "outstanding")
    other = form.model_copy(update={"scale": form.scale.model_copy(update={"points": points})})
    assert not moderation.fits(of(OLD), other)


def test_a_section_that_nothing_grades_does_not_fit() -> None:
    form = of(MODERATION)
    fewer = form.model_copy(update={"parts": tuple(part for part in form.parts if part.key != "identity")})
    assert not moderation.fits(of(OLD), fewer)
    assert moderation.fits(of(SMALL), fewer)


def test_what_is_asked_leaves_out_the_sections_the_review_lacks() -> None:
    asked = [part.key for part in moderation.asked(of(SMALL), of(MODERATION))]
    assert asked == ["overall", "journey", "needs", "summary", "feedback", "child_level", "service_level", "actions"]
    assert len(moderation.asked(of(OLD), of(MODERATION))) == 11


def answered(review: FormTemplate, form: FormTemplate, grade: str = "good") -> dict[str, dict[str, Any]]:
    graded = {part.key for part, _ in form.grade_questions}
    found: dict[str, dict[str, Any]] = {}
    for part in moderation.asked(review, form):
        found[part.key] = {"agree": "agree", "comment": "", **({"grade": grade} if part.key in graded else {})}
    found["feedback"] = {"family": "agree", "staff": "agree"}
    found["actions"] = {"any_actions": "none", "actions": []}
    return found


@pytest.mark.parametrize(("review", "form"), [(OLD, MODERATION), (SMALL, MODERATION), (NEW, WITHOUT_OVERALL)])
def test_nothing_is_missing_once_what_is_asked_is_answered(review: tuple[str, str], form: tuple[str, str]) -> None:
    given = answered(of(review), of(form))
    assert moderation.missing(of(review), of(form), given) == []
    given["journey"] = {"agree": "partly", "grade": None, "comment": ""}
    found = moderation.missing(of(review), of(form), given)
    assert {gap.part for gap in found} == {"journey"}
    assert len(found) == 2  # the grade, and why not wholly


def test_everything_that_is_asked_is_missing_from_an_empty_form() -> None:
    found = {gap.part for gap in moderation.missing(of(SMALL), of(MODERATION), {})}
    assert found == {part.key for part in moderation.asked(of(SMALL), of(MODERATION))}


def test_the_grades_are_by_the_reviews_sections() -> None:
    given = answered(of(SMALL), of(MODERATION))
    given["overall"]["grade"], given["needs"]["grade"] = "inadequate", None
    given["identity"] = {"grade": "outstanding"}  # a section that this review does not have
    assert moderation.grades(of(SMALL), of(MODERATION), given) == {"journey": 3, "summary": 1}
    assert moderation.grades(of(SMALL), of(MODERATION), {"journey": None}) == {}  # type: ignore[dict-item]


def test_a_view_is_the_beginning_of_a_reading() -> None:
    """Each grade, whether it agrees with the reviewer's, and the reason (R3); what has no view is left open."""
    views = {"journey": {"grade": "good", "reason": ""}, "summary": {"grade": "inadequate", "reason": "Risk."}}
    submitted = {"journey": {"grade": "good"}, "summary": {"grade": "good"}}
    assert moderation.begun_from(of(SMALL), of(MODERATION), views, submitted) == {
        "journey": {"agree": "agree", "grade": "good", "comment": ""},
        "overall": {"agree": "disagree", "grade": "inadequate", "comment": "Risk."},
    }
    assert moderation.begun_from(of(SMALL), of(MODERATION), {}, {}) == {}
