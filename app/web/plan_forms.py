"""The forms of plans and of files taken in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_wtf.file import FileField
from wtforms import HiddenField
from wtforms.fields.choices import SelectChoice

from app.imports.columns import KEEP, LABELS
from forms.base import AtMost, PlumblineForm, clean_line
from forms.fields import ChoiceField, ChoicesField, DateField, TextField

KINDS = {
    "service_development": "Service Development Plan",
    "workforce": "Workforce plan",
    "other": "Another plan",
}
RAGS = {"red": "Red", "amber": "Amber", "green": "Green", "blue": "Blue"}
TONES = {"red": "red", "amber": "amber", "green": "green", "blue": "blue"}


def _kinds() -> list[SelectChoice]:
    return [SelectChoice(key, label) for key, label in KINDS.items()]


class PlanForm(PlumblineForm):
    name = TextField("Name", [AtMost(200)], lines=1, description="For example, Service Development Plan 2026 to 2027.")
    kind = ChoiceField("What kind of plan is it?", choices=_kinds())
    review_on = DateField("Next look at it", description="Each quarter. Left empty: three months from today.")


class ReviewForm(PlumblineForm):
    held_on = DateField("Day it was held")
    notes = TextField("What was said?", [AtMost(20_000)], lines=8)
    next_on = DateField("Next look at it", description="Left empty: three months after this one.")


class SectionForm(PlumblineForm):
    title = TextField("Heading", [AtMost(1000)], lines=2, description="It stands inside the plan’s table.")
    seen = HiddenField(filters=[clean_line])


def _text(key: str, lines: int = 3, hint: str = "") -> TextField:
    return TextField(LABELS[key], [AtMost(20_000)], lines=lines, description=hint)


class LineForm(PlumblineForm):
    """One line in the papers' columns. The headings to choose from come with the form."""

    section = ChoiceField("Section", display="select")
    why = _text("why", hint="What it comes from: a finding, a recommendation, a duty.")
    who = _text("who", 1)
    what = _text("what")
    by_when = _text("by_when", 1, "In words, where a day would not say it: “Weekly”, “Each half-term”.")
    due_on = DateField("The day it is due", description="The day that those words mean, if there is one.")
    how_known = _text("how_known")
    experience = _text("experience")
    rag = ChoiceField("RAG", choices=[SelectChoice("", "None yet"), *(SelectChoice(*each) for each in RAGS.items())])
    comments = _text("comments")

    def __init__(self, *args: Any, sections: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section.choices = [
            SelectChoice("", "Above the first heading"),
            *(SelectChoice(key, title if len(title) < 90 else title[:89] + "…") for key, title in sections.items()),
        ]

    def given(self) -> dict[str, Any]:
        """What was filled in, as the service takes it."""
        return {field.short_name: field.data for field in self if field.short_name != "csrf_token"}


class SettleForm(PlumblineForm):
    """What is unsure of one line, each to be said settled; and the day its words mean."""

    due_on = DateField("The day it is due", description="Only if there is one.")
    settled = ChoicesField(
        "What is settled?", description="Tick what needs no more asking. The words stay as they are."
    )

    def __init__(self, *args: Any, doubts: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.settled.choices = [SelectChoice(str(place), doubt) for place, doubt in enumerate(doubts)]


class UploadForm(PlumblineForm):
    """The file, and where its rows go."""

    file = FileField(
        "The file", description="An Excel workbook (.xlsx) or a table as text (.csv), up to 4 MB and 5,000 rows."
    )


class UploadPlanForm(UploadForm):
    plan = ChoiceField("Which plan do its rows go into?", display="select")
    name = TextField("Name of the new plan", [AtMost(200)], lines=1)
    kind = ChoiceField("What kind of plan is it?", choices=_kinds())

    def __init__(self, *args: Any, plans: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan.choices = [
            SelectChoice("", "A new plan, named below"),
            *(SelectChoice(key, name) for key, name in plans.items()),
        ]


def plan_move_form(plans: Iterable[tuple[str, str]], sections: Iterable[tuple[str, str, str]]) -> type[PlumblineForm]:
    """Which plan, under which of its headings, and why."""
    chosen = [SelectChoice(key, name) for key, name in plans]
    headings = [SelectChoice("", "Above the first heading")]
    headings += [SelectChoice(key, title[:90], optgroup=plan) for key, plan, title in sections]
    fields: dict[str, Any] = {
        "plan": ChoiceField("Which plan does it move to?", choices=chosen),
        "section": ChoiceField(
            "Under which heading?", choices=headings, display="select", description="A heading of the plan you chose."
        ),
        "reason": TextField("Reason", [AtMost(4000)], lines=4),
    }
    return type("PlanMoveForm", (PlumblineForm,), fields)


def kept_or(label: str) -> str:
    """A column's choice in words."""
    return "Keep it beside the line" if label == KEEP else label
