"""The forms of the settings pages, and what each of the authority's values means in words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wtforms import HiddenField, IntegerField
from wtforms.fields.choices import SelectChoice

from app.queries.settings import Author
from app.services import settings
from app.services.settings import Values
from app.web.wording import moment
from forms.base import AtMost, Needed, PlumblineForm
from forms.fields import ChoiceField, DateField, TextField

PANEL_RULES = {
    "all": "Every review",
    "sample": "Every review with an inadequate grade, and a random share of the rest",
    "none": "No review: the Head of QA’s view, with its reasons, is final",
}
RULE_HINTS = {"sample": "The draw is made when a review is submitted, and kept with it."}
NUMBER = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True)
class Line:
    """One value: its label, and what it decides."""

    key: str
    label: str
    hint: str


@dataclass(frozen=True)
class Group:
    """Values that are read together."""

    title: str
    about: str
    lines: tuple[Line, ...]
    unit: str = ""


THE_AUTHORITY = Group(
    "The authority",
    "",
    (
        Line("authority_name", "Name of the authority", "Stands at the top of every page and in what is printed."),
        Line("case_system_label", "Name of the case-system ID", "What your people call it, such as “Mosaic ID”."),
        Line(
            "duty_team_phone",
            "Telephone number of the duty team",
            "Said first on the page where an immediate concern is raised, beside 999.",
        ),
        Line(
            "practice_standards_link",
            "Link to the anti-racist practice standards",
            "The talk with the worker covers how he or she understands and uses them.",
        ),
    ),
)
WORKING_DAYS = Group(
    "Working days for each step",
    "Day 1 is the next working day, and a step is due at the end of its last day. Weekends, English bank holidays "
    "and your closing days are not counted.",
    (
        Line("drafting_days", "Drafting", "From allocation until the draft is due."),
        Line("response_days", "Worker’s and line manager’s response", "From the day the draft is shared with them."),
        Line("moderation_days", "First moderation", "From submission until the Head of QA has moderated."),
        Line("redraft_days", "Redraft", "After a review is taken back, returned or sent back."),
        Line("redraft_shared_days", "Response to a redraft", "It is shared again with the changes marked."),
        Line("reading_days", "Panel readings", "Readings are submitted this long before the panel meets."),
        Line("issue_days", "Issue", "From the decision until the review is issued."),
        Line(
            "accept_days",
            "Accepting a recommendation",
            "From issue until the owner has accepted it, or disputed it with reasons.",
        ),
        Line(
            "past_reviewer_days",
            "External reviewer’s access after issue",
            "From then on an external reviewer opens only the reference and what became of the recommendations.",
        ),
    ),
    "working days",
)
MONTHS = Group(
    "Months",
    "",
    (
        Line("look_back_months", "Look-back", "How far back a review reads. Older findings count where they matter."),
        Line("impact_months", "Checking the impact", "After an action is complete, until its impact is checked."),
    ),
    "months",
)
PANEL = Group(
    "The panel",
    "",
    (
        Line("quorum", "Quorum", "How many must be present, each with a submitted reading on the item."),
        Line("panel_minutes", "Length of a meeting", "In minutes. The page of the meeting keeps time by it."),
    ),
)
FILES = Group(
    "Files",
    "",
    (Line("file_megabytes", "Largest file", "Evidence of a recommendation, documents of a quality activity."),),
    "MB",
)
GROUPS = (THE_AUTHORITY, WORKING_DAYS, PANEL, MONTHS, FILES)
LINES = {line.key: line for group in GROUPS for line in group.lines}
LABELS = {key: line.label for key, line in LINES.items()} | {"panel_rule": "Which reviews go to panel"}


class NumberField(IntegerField):
    """A whole number in plain digits. What was typed stays in the box, whatever it was."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return
        typed = valuelist[0].strip()
        self.data = int(typed) if NUMBER.fullmatch(typed) else None
        least, most = settings.limits(self.short_name)
        if self.data is None or not least <= self.data <= most:
            raise ValueError(f"{self.label.text}: enter a whole number from {least} to {most}")


class SettingsForm(PlumblineForm):
    """All values. `seen` is what they were when the page was opened."""

    seen = HiddenField()

    def values(self) -> dict[str, Any]:
        """What was filled in, by the keys of the settings."""
        return {key: self[key].data for key in LINES}

    def was(self) -> Mapping[str, Any]:
        """What the page had shown; nothing where that cannot be read."""
        try:
            read = json.loads(self.seen.data or "")
        except (ValueError, RecursionError):
            return {}
        return read if isinstance(read, dict) else {}

    def show(self, now: Values) -> None:
        """From now on a save is one on top of these values."""
        self.seen.data = json.dumps(now.model_dump())


class OfficeForm(SettingsForm):
    """With the panel rule, which only the Head of QA's office changes."""

    kind = ChoiceField(
        "Which reviews go to panel?",
        [Needed("Choose which reviews go to panel")],
        choices=[SelectChoice(key, words) for key, words in PANEL_RULES.items()],
    )
    percent = NumberField("Share of the rest, in percent")

    def values(self) -> dict[str, Any]:
        return {**super().values(), "panel_rule": {"kind": self.kind.data, "percent": self.percent.data}}


def _with_values(base: type[SettingsForm]) -> type[SettingsForm]:
    return type(base.__name__, (base,), {key: _field(line) for key, line in LINES.items()})


def _field(line: Line) -> Any:
    if isinstance(Values.model_fields[line.key].default, int):
        return NumberField(line.label)
    return TextField(line.label, lines=1)


FORMS = {True: _with_values(OfficeForm), False: _with_values(SettingsForm)}


def settings_form(now: Values, authors: Mapping[str, Author], *, with_panel_rule: bool) -> SettingsForm:
    """The page's form, holding what is kept, with each value's author beside its meaning."""
    rule = now.panel_rule
    form = FORMS[with_panel_rule](data={**now.model_dump(), "kind": rule.kind, "percent": rule.percent})
    for key, line in LINES.items():
        form[key].description = f"{line.hint} {since(authors.get(key), blank=getattr(now, key) == '')}"
    if form.seen.data is None:
        form.show(now)
    return form


def since(author: Author | None, *, blank: bool = False) -> str:
    """Who set a value, and when."""
    if author is None:
        return "Not set yet." if blank else "This is the starting value."
    return f"Set by {author.name or 'the service'}, {moment(author.at)}."


class ClosingDayForm(PlumblineForm):
    day = DateField("Day", description="For example, 24 12 2026. Weekends and bank holidays are left out as it is.")
    why = TextField("Why is the authority closed?", [AtMost(200)], lines=1)


class CoverForm(PlumblineForm):
    """Who covers for the Head of QA. Deputies come with the form."""

    deputy = ChoiceField("Who covers?")
    kind = ChoiceField(
        "Why does a deputy act?",
        choices=[
            SelectChoice("away", "I am away"),
            SelectChoice("delegated", "I am here, and delegate this work"),
        ],
    )
    from_on = DateField("First day", description="Today or a later day.")
    to_on = DateField("Last day")
    reason = TextField(
        "Reason",
        [AtMost(500)],
        lines=2,
        description="Stays in the record. Nothing about anybody’s health: “on leave” is enough.",
    )

    def __init__(self, *args: Any, deputies: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.deputy.choices = [SelectChoice(key, name) for key, name in deputies.items()]
