"""The forms around a tracker meeting and a supervision: when and who, what is due for a look, what was said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import ValidationError
from wtforms.fields.choices import SelectChoice

from app.services.supervision import Talk
from app.services.tracker_items import Note, why_not_moved_to
from app.services.tracker_meetings import Plan
from forms.base import AtMost, Needed, PlumblineForm
from forms.fields import ChoiceField, ChoicesField, DateField, TextField

FORECASTS = [
    SelectChoice("on_track", "On track"),
    SelectChoice("at_risk", "At risk"),
    SelectChoice("will_miss", "Will miss its date"),
]
WEEKS = [
    SelectChoice("4", "Due within 4 weeks of the meeting"),
    SelectChoice("8", "Due within 8 weeks"),
    SelectChoice("13", "Due within 3 months"),
    SelectChoice("0", "Every open one"),
]


def _choices(people: Mapping[str, str]) -> list[SelectChoice]:
    return [SelectChoice(key, name) for key, name in people.items()]


class MeetingForm(PlumblineForm):
    """When, where, who."""

    held_on = DateField("Date", [Needed("Enter the date")], description="For example, 3 12 2026.")
    place = TextField("Place", [AtMost(200)], lines=1, description="A room, or how to join from elsewhere.")
    people = ChoicesField("Who is asked to come?", description="Each is told, and asked a week before to prepare.")

    def __init__(self, *args: Any, people: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people.choices = _choices(people)

    def plan(self) -> Plan:
        """What was filled in, as the service takes it."""
        return Plan(held_on=self.held_on.data, place=self.place.data or "", people=self.people.data or ())


class AttendForm(PlumblineForm):
    present = ChoicesField("Who is here?", description="Whoever is not ticked is taken to be absent.")

    def __init__(self, *args: Any, people: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.present.choices = _choices(people)


class BuildForm(PlumblineForm):
    """What is put on the agenda at once."""

    weeks = ChoiceField(
        "What is due for a look?",
        [Needed("Choose how far ahead to look.")],
        choices=WEEKS,
        description="Overdue ones, those without a date and those that wait for impact come in any case.",
    )
    ask_owners = ChoicesField(
        "Who is asked to come?", choices=[SelectChoice("yes", "Ask their owners to come as well")]
    )


class AddForm(PlumblineForm):
    reference = TextField(
        "Add one by its reference", [AtMost(40)], lines=1, description="For example, 2026-014/2 or A-2026-003/1."
    )


class NotesForm(PlumblineForm):
    text = TextField(
        "What was said of no single recommendation",
        [AtMost(20_000)],
        lines=8,
        description="Those who were asked to come read it. Initials only, never a child’s name.",
    )


class AdditionForm(PlumblineForm):
    text = TextField("What do you add?", [AtMost(4000)], lines=4, description="What stands does not change.")


class ItemForm(PlumblineForm):
    """What is said of one recommendation at the meeting."""

    progress = TextField("Progress", [AtMost(4000)], lines=3)
    evidence = TextField("Evidence", [AtMost(4000)], lines=2)
    impact = TextField("Impact heard", [AtMost(4000)], lines=2, description="What changed for the child, or children.")
    forecast = ChoiceField("Forecast", choices=FORECASTS)
    decision = TextField("Decision", [AtMost(4000)], lines=2)
    next_step = TextField("What comes next", [AtMost(4000)], lines=2)
    new_due_on = DateField("New date, if it moves")
    new_due_reason = TextField("Why the date moves", [AtMost(4000)], lines=2)

    def validate_new_due_on(self, field: DateField) -> None:
        """Said as soon as it is saved, and not first when it is recorded."""
        if why := why_not_moved_to(field.data):
            raise ValidationError(why)

    def note(self) -> Note:
        """What was filled in; a date that cannot be read is none yet."""
        texts = ("progress", "evidence", "impact", "decision", "next_step", "new_due_reason")
        return Note(
            forecast=self.forecast.data or None,
            new_due_on=self.new_due_on.data,
            **{name: self[name].data or "" for name in texts},
        )


class ProgressForm(PlumblineForm):
    """A few words of progress on the page that prepares the meeting; several of these stand on it."""

    text = TextField("What has happened?", [AtMost(4000)], lines=3)
    forecast = ChoiceField("How is it going?", choices=FORECASTS)


class TalkForm(PlumblineForm):
    """The supervision that was held."""

    held_on = DateField("Date of the supervision")
    talked = ChoicesField("What did you talk about?")
    notes = TextField(
        "Note for the next time",
        [AtMost(4000)],
        lines=3,
        description="The worker reads it. Initials only, never a child’s name.",
    )

    def __init__(self, *args: Any, things: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.talked.choices = _choices(things)

    def talk(self) -> Talk:
        """What was filled in: `review:…` and `recommendation:…` by their public ids."""
        ticked = [each.partition(":") for each in self.talked.data or ()]
        of = {kind: [key for what, _, key in ticked if what == kind] for kind in ("review", "recommendation")}
        return Talk(
            held_on=self.held_on.data,
            reviews=of["review"],
            recommendations=of["recommendation"],
            notes=self.notes.data or "",
        )
