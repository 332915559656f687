"""The grading criteria: what each grade looks like in each section, and what to look for in which area.

Beside the form and with a version of their own: a review keeps the criteria it was started on (R13), and an
authority may load its own wording. A sentence here is shown to people, never computed with.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from forms.descriptor import TemplateError, build_model, read_yaml
from forms.schema import FormTemplate, Frozen, GradePoint, Line, Scale, Slug, Version

Area = Literal["help_and_protection", "children_in_care", "care_leavers"]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Indicators = Annotated[tuple[Sentence, ...], Field(min_length=1, max_length=20)]


class CriteriaSection(Frozen):
    """One section's indicators, best grade first, and what to look for by the area the child belongs to."""

    title: Line
    outstanding: Indicators
    good: Indicators
    requires_improvement: Indicators
    inadequate: Indicators
    look_for: dict[Area, Indicators] = Field(default_factory=dict)

    def indicators(self, grade: str) -> tuple[str, ...]:
        """The sentences for a grade; none for a grade these criteria do not know."""
        found = getattr(self, grade, ()) if grade in GRADES else ()
        return tuple(found)


class Overall(Frozen):
    outstanding: Indicators
    good: Indicators
    requires_improvement: Indicators
    inadequate: Indicators


GRADES = ("outstanding", "good", "requires_improvement", "inadequate")


class Criteria(Frozen):
    """All sections. `in_brief` has one line for each grade of a section, and of "overall"."""

    version: Version
    source: Line
    scale: Annotated[tuple[GradePoint, ...], Field(min_length=4, max_length=4)]
    sections: dict[Slug, CriteriaSection]
    overall: Overall
    in_brief: dict[Slug, dict[Slug, Sentence]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check(self) -> Self:
        Scale(points=self.scale)
        if tuple(point.key for point in self.scale) != GRADES:
            raise ValueError(f"the grades must be {', '.join(GRADES)}, in this order")
        unknown = set(self.in_brief) - set(self.sections) - {"overall"}
        if unknown:
            raise ValueError(f"in_brief has sections that are not here: {', '.join(sorted(unknown))}")
        return self

    def indicators(self, section: str, grade: str) -> tuple[str, ...]:
        """The sentences for a grade of a section or of "overall"; none where there is no such section."""
        if section == "overall":
            return getattr(self.overall, grade, ()) if grade in GRADES else ()
        found = self.sections.get(section)
        return found.indicators(grade) if found else ()

    def look_for(self, section: str, area: str) -> tuple[str, ...]:
        """What to look for with a child of this area; none for an area or section not known."""
        found = self.sections.get(section)
        wanted = [sentences for key, sentences in (found.look_for if found else {}).items() if key == area]
        return wanted[0] if wanted else ()

    def hints(self, section: str) -> dict[str, str]:
        """One line for each grade, to stand under the radios: the brief one, else the first indicator."""
        brief = self.in_brief.get(section, {})
        lines = {grade: brief.get(grade) or self._first(section, grade) for grade in GRADES}
        return {grade: line for grade, line in lines.items() if line}

    def _first(self, section: str, grade: str) -> str:
        return "".join(self.indicators(section, grade)[:1])


def parse_criteria(text: str) -> Criteria:
    """Criteria from YAML, under the same limits as a template. TemplateError says where and why not."""
    data = read_yaml(text)
    if not isinstance(data, dict):
        raise TemplateError("", "the file must begin with version, scale and sections")
    return build_model(Criteria, data)


def missing_sections(template: FormTemplate, criteria: Criteria) -> list[str]:
    """The sections that the form's grades name and these criteria do not have. Empty when they fit."""
    known = {*criteria.sections, "overall"}
    return sorted({question.criteria for _, question in template.grade_questions} - known)
