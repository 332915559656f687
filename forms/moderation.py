"""A moderation form laid beside a review's form: which of its parts grades which section (handbook 4).

Its grade of the review as a whole has a part of its own, "overall"; in the review's form it is the summary's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forms.completeness import Gap, Progress, gaps, progress
from forms.descriptor import FormTemplate, Part

OVERALL, SUMMARY = "overall", "summary"
GRADE = "grade"
# An answer about a section's grade, by the grade that was given and the one under discussion.
AGREE, DISAGREE = "agree", "disagree"


def sections(review: FormTemplate, moderation: FormTemplate) -> dict[str, str]:
    """The review's graded sections in the form's order, each with the part of the moderation form that grades it."""
    graded = {part.key for part, _question in moderation.grade_questions}
    found = {}
    for part, _question in review.grade_questions:
        key = OVERALL if part.key == SUMMARY and OVERALL in graded else part.key
        if key in graded:
            found[part.key] = key
    return found


def fits(review: FormTemplate, moderation: FormTemplate) -> bool:
    """Whether every graded section has its part, on one scale, and an overall grade is asked where there is one."""
    same_scale = [point.key for point in review.scale.points] == [point.key for point in moderation.scale.points]
    every = len(sections(review, moderation)) == len(review.grade_questions)
    return same_scale and every and review.has_overall_grade == moderation.has_overall_grade


def asked(review: FormTemplate, moderation: FormTemplate) -> list[Part]:
    """The parts that are filled in for this review: not those about a section that its form does not have."""
    own = {part.key for part in review.parts}
    graded = {part.key for part, _question in moderation.grade_questions}
    return [part for part in moderation.parts if part.key not in graded or part.key == OVERALL or part.key in own]


def missing(review: FormTemplate, moderation: FormTemplate, answers: Mapping[str, Mapping[str, Any]]) -> list[Gap]:
    """What is still to do before a reading may be submitted, in form order."""
    wanted = {part.key for part in asked(review, moderation)}
    return [gap for gap in gaps(moderation, answers, stage="submit") if gap.part in wanted]


def parts_done(
    review: FormTemplate, moderation: FormTemplate, answers: Mapping[str, Mapping[str, Any]]
) -> tuple[int, int]:
    """How many of the parts that are asked are complete, of how many: `4 of 11 parts`."""
    states, wanted = progress(moderation, answers), asked(review, moderation)
    return sum(states[part.key] is Progress.COMPLETE for part in wanted), len(wanted)


def grades(review: FormTemplate, moderation: FormTemplate, answers: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """The grades given, as stored numbers by the review's section."""
    values = {point.key: point.value for point in moderation.scale.points}
    found = {section: (answers.get(part) or {}).get(GRADE) for section, part in sections(review, moderation).items()}
    return {section: values[key] for section, key in found.items() if key in values}


def begun_from(
    review: FormTemplate,
    moderation: FormTemplate,
    views: Mapping[str, Mapping[str, Any]],
    submitted: Mapping[str, Mapping[str, Any]],
) -> dict[str, dict[str, Any]]:
    """A first moderator's view as the beginning of a reading: each grade, whether it agrees, and the reason (R3)."""
    own = {part.key: question.key for part, question in review.grade_questions}
    begun: dict[str, dict[str, Any]] = {}
    for section, part in sections(review, moderation).items():
        view = views.get(section) or {}
        if not view.get("grade"):
            continue
        same = view["grade"] == (submitted.get(section) or {}).get(own[section])
        begun[part] = {
            "agree": AGREE if same else DISAGREE,
            GRADE: view["grade"],
            "comment": str(view.get("reason") or ""),
        }
    return begun
