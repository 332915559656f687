"""The criteria of a section beside its grades, as a form page shows them (R13)."""

from __future__ import annotations

from typing import Any

from forms import shipped
from forms.descriptor import FormTemplate, GradeQuestion, Part


def grading_of(template: FormTemplate, part: Part, area: str) -> dict[str, Any] | None:
    """Indicators of each grade, and what to look for in this child's ILACS area; None where nothing is graded."""
    question = next((each for each in part.questions if isinstance(each, GradeQuestion)), None)
    if question is None:
        return None
    criteria = shipped.criteria(template.criteria)
    return {
        "question": question.key,
        "hints": criteria.hints(question.criteria),
        "look_for": criteria.look_for(question.criteria, area),
        "grades": [
            {"key": point.key, "label": point.label, "sentences": criteria.indicators(question.criteria, point.key)}
            for point in template.scale.points
        ],
    }
