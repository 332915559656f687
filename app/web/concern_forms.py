"""What raising and handling an immediate concern asks for, and the words for what is stored as keys (R6)."""

from __future__ import annotations

from wtforms.fields.choices import SelectChoice

from app.services import concerns
from forms.base import AtMost, Needed, PlumblineForm
from forms.fields import ChoiceField, PersonField, TextField, YesNoField

KIND = {
    "child_at_risk": "A child may be at risk now",
    "discrimination": "Racism or discrimination was not addressed",
    "other": "Something else that cannot wait",
}
STATE = {
    "raised": ("Not acknowledged", "red"),
    "acknowledged": ("Acknowledged", "amber"),
    "acted_on": ("Acted on", "teal"),
    "closed": ("Closed", "grey"),
}


class RaiseForm(PlumblineForm):
    about_review = ChoiceField("", choices=[], validators=[Needed("Say whether it is about this child")])
    kind = ChoiceField(
        "What is it about?",
        choices=[SelectChoice(key, label) for key, label in KIND.items()],
        validators=[Needed("Choose what the concern is about")],
    )
    text = TextField(
        "What have you seen or heard?",
        [Needed("Write what you have seen or heard"), AtMost(concerns.MOST)],
        description="Facts first: what, where, when, and what has been done so far. Say where it is in the record.",
        lines=8,
    )
    case_system_id = TextField("", [AtMost(concerns.SHORT)], lines=1)
    about_head = YesNoField(
        "Is this about the Head of QA?",
        description="If it is, it goes to the assistant director instead, and the Head of QA is not told of it.",
        validators=[Needed("Say whether it is about the Head of QA")],
    )


class DoneForm(PlumblineForm):
    done = TextField("What was done?", [AtMost(concerns.MOST)], description="By whom, when, and what follows from it.")


class CloseForm(PlumblineForm):
    outcome = TextField("What was the outcome?", [AtMost(concerns.MOST)])
    recorded_where = TextField(
        "Where was it put on the case record?",
        [AtMost(concerns.MOST)],
        description="The date and the kind of entry. If it concerns no one child, say where it is kept.",
        lines=2,
    )


class PersonForm(PlumblineForm):
    person = PersonField("Who?")
