"""The form that plans a review."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import HiddenField
from wtforms.fields.choices import SelectChoice

from app import clock, working_days
from app.services.planning import NewChild, Plan
from app.web import words
from forms.base import AtMost, Needed, PlumblineForm, clean_line
from forms.fields import ChoiceField, ChoicesField, DateField, PersonField, TextField

MONTHS_AHEAD = 18


class PlanForm(PlumblineForm):
    """Who, when, on what. People are chosen from those who have the part: a list of everybody hides the right
    name, and offers an agency as a worker."""

    case_system_id = TextField(
        "Case-system ID", [Needed("Enter the case-system ID"), AtMost(40)], lines=1,
        description="The same ID as before joins this review to the child's earlier ones.",
    )  # fmt: skip
    child_name = TextField("Child's name", [Needed("Enter the child's name"), AtMost(120)], lines=1)
    born_on = DateField("Date of birth", description="For example, 23 5 2017. Leave empty for an unborn child.")
    expected_on = DateField("Expected date of birth, for an unborn child")
    child_status = ChoiceField(
        "Status",
        [Needed("Choose the child's status")],
        choices=[SelectChoice(key, label) for key, label in words.CHILD_STATUS.items()],
    )
    case_open = ChoiceField(
        "Is the case open or closed?",
        [Needed("Say whether the case is open")],
        choices=[SelectChoice("open", "Open"), SelectChoice("closed", "Closed")],
    )
    planned_month = ChoiceField("Month", [Needed("Choose the month")], display="select")
    reviewer = PersonField("Reviewer", [Needed("Choose the reviewer")], among="reviewers")
    worker = PersonField("Child's allocated worker", [Needed("Choose the worker")], among="workers")
    line_manager = PersonField("Worker's line manager", [Needed("Choose the line manager")], among="line_managers")
    look_back_workers = ChoicesField("Other workers in the last six months")
    independent_chair = PersonField("Child's independent chair, if there is one")
    theme = TextField("Theme or focus", [AtMost(200)], lines=1)
    sibling_of = HiddenField(filters=[clean_line])
    form_version = ChoiceField("Form", [Needed("Choose the form")], display="select")

    def __init__(self, *args: Any, versions: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.planned_month.choices = [SelectChoice(f"{m:%Y-%m}", f"{m:%B %Y}") for m in _months()]
        self.form_version.choices = [
            SelectChoice(each.public_id, f"{each.template.title}, version {each.number}") for each in versions
        ]
        meta = kwargs.get("meta") or {}
        self.look_back_workers.choices = [SelectChoice(key, name) for key, name in meta.get("workers", {}).items()]

    def plan(self) -> Plan:
        """What was filled in, as the service takes it."""
        child = NewChild(
            case_system_id=self.case_system_id.data,
            name=self.child_name.data,
            born_on=self.born_on.data,
            expected_on=self.expected_on.data,
        )
        return Plan(
            child=child,
            child_status=self.child_status.data or "",
            case_open=self.case_open.data == "open",
            reviewer=self.reviewer.data or "",
            worker=self.worker.data or "",
            line_manager=self.line_manager.data or "",
            independent_chair=self.independent_chair.data,
            look_back_workers=tuple(self.look_back_workers.data or ()),
            asked=tuple(self.look_back_workers.data or ()),
            planned_month=date.fromisoformat(f"{self.planned_month.data}-01"),
            theme=self.theme.data or "",
            form_version=self.form_version.data,
            sibling_of=self.sibling_of.data or None,
        )


def _months() -> list[date]:
    first = clock.today().replace(day=1)
    return [working_days.add_months(first, ahead) for ahead in range(MONTHS_AHEAD)]
