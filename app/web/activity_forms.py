"""The forms of an activity: what it was, each agency's part, a recommendation from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms.fields.choices import SelectChoice

from app.services.activities import AGENCY, ANOTHER, CONTACT, KIND, TITLE, Details, PartDetails
from app.services.activity_recommendations import LONGEST_WORDS, NewRecommendation, Partner
from app.services.tags import Tags
from app.web import words as shown
from app.web.action_forms import words
from forms.base import AtMost, Needed, PlumblineForm
from forms.fields import ChoiceField, ChoicesField, DateField, PersonField, TextField, YesNoField

NO_NAMES = "Write “the child” and “the family”: no names."
LONG = 20_000


class ActivityForm(PlumblineForm):
    """What is recorded. The kinds come with the form: `kinds={key: name}`."""

    kind = ChoiceField(
        "What kind of activity was it?", [Needed("Choose what kind of activity it was.")], display="select"
    )
    new_kind = words("What is the new kind called?", lines=1, most=KIND)
    new_kind_several = YesNoField("Do several agencies each have a part in it?")
    title = TextField(
        "Title", [Needed("Enter a title."), AtMost(TITLE)], lines=1, description=f"What it looked at. {NO_NAMES}"
    )
    held_on = DateField("Date", [Needed("Enter the date.")], description="The day it was held, or the report’s own.")
    agencies = TextField(
        "Agencies that took part",
        [AtMost(4000)],
        lines=4,
        description="One on each line. What each of them found is written on the next page.",
    )
    summary = TextField("Summary", [AtMost(LONG)], lines=8, description=NO_NAMES)

    def __init__(self, *args: Any, kinds: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [SelectChoice(key, name) for key, name in kinds.items()]
        self.kind.choices = [*choices, SelectChoice(ANOTHER, "Another kind")]

    def details(self) -> Details:
        """What was filled in, as the service takes it."""
        return Details(
            kind=self.kind.data or "",
            title=self.title.data or "",
            held_on=self.held_on.data,
            summary=self.summary.data or "",
            agencies=(self.agencies.data or "").splitlines() if "agencies" in self else (),
            new_kind=self.new_kind.data or "",
            new_kind_several=bool(self.new_kind_several.answer),
        )


class PartForm(PlumblineForm):
    agency = TextField("Agency", [Needed("Enter the agency."), AtMost(AGENCY)], lines=1)
    contact = TextField(
        "Who answered for it?", [AtMost(CONTACT)], lines=1, description="A name or a post, and how to reach them."
    )
    found = TextField("What was found?", [AtMost(LONG)], lines=8, description=NO_NAMES)

    def details(self) -> PartDetails:
        return PartDetails(agency=self.agency.data or "", contact=self.contact.data or "", found=self.found.data or "")


CHILD_FIELDS = ("case_system_id",)
NEW_CHILD_FIELDS = ("child_name", "born_on")
MAIN_FIELDS = ("action", "effect", "owner", "verifier", "due_on", "finding", "themes", "framework")
PARTNER_FIELDS = ("agency", "contact", "route")


class RecommendForm(PlumblineForm):
    """As in the review's form, with what a recommendation without a review needs beside it."""

    level = ChoiceField(
        "Who is it for?",
        choices=[SelectChoice(key, label) for key, label in shown.LEVEL.items()],
        validators=[Needed("Say whether it is for a child or for the service.")],
    )
    case_system_id = TextField(
        "The child’s case-system ID, if it is for a child",
        [AtMost(40)],
        lines=1,
        description="The exact ID. Afterwards only the initials are shown.",
    )
    child_name = TextField("Child’s name", [AtMost(120)], lines=1)
    born_on = DateField("Date of birth", description="For example, 23 5 2017.")
    action = TextField(
        "What should be done?", [Needed("Say what should be done."), AtMost(LONGEST_WORDS)], lines=3,
        description=NO_NAMES,
    )  # fmt: skip
    effect = TextField(
        "What will it change for the child, or for children and families?", [AtMost(LONGEST_WORDS)], lines=3
    )
    owner = PersonField("Who will see to it?", description="One person owns it, and is told at once.")
    verifier = PersonField(
        "Who will verify the impact?",
        description="Not the owner, nor anybody the owner manages. Left open: the line manager for a worker, the "
        "Head of QA for a manager.",
    )
    due_on = DateField("By when?")
    finding = ChoiceField("Which agency’s part does it answer?", display="select")
    themes = ChoicesField("Themes")
    framework = ChoicesField("National framework")
    agency = TextField("Which agency?", [AtMost(200)], lines=1)
    contact = TextField("Who there?", [AtMost(200)], lines=1)
    route = ChoiceField(
        "How is the agency reached?",
        choices=[
            SelectChoice("direct", "Directly"),
            SelectChoice("partnership", "Through the safeguarding partnership"),
        ],
    )

    def __init__(self, *args: Any, tags: Tags, parts: Mapping[str, str], label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case_system_id.label.text = f"The child’s {label}, if it is for a child"
        self.themes.choices = _choices(tags.themes)
        self.framework.choices = _choices(tags.framework)
        self.finding.choices = _choices(parts)

    def new(self) -> NewRecommendation:
        """What was filled in, as the service takes it."""
        return NewRecommendation(
            level=self.level.data or "",
            action=self.action.data or "",
            effect=self.effect.data or "",
            owner=self.owner.data or "",
            verifier=self.verifier.data or "",
            due_on=self.due_on.data,
            finding=self.finding.data or "",
            themes=tuple(self.themes.data or ()),
            framework=tuple(self.framework.data or ()),
            case_system_id=self.case_system_id.data or "",
            child_name=self.child_name.data or "",
            born_on=self.born_on.data,
            partner=Partner(
                agency=self.agency.data or "", contact=self.contact.data or "", route=self.route.data or ""
            ),
        )


def _choices(labels: Mapping[str, str]) -> list[SelectChoice]:
    return [SelectChoice(key, label) for key, label in labels.items()]


def bound(form: PlumblineForm, names: Iterable[str]) -> list[Any]:
    """Fields in an order, those that the form has."""
    return [form[name] for name in names if name in form]
