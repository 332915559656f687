"""The forms around a meeting of the panel: setting it up, a substitute, who is here, themes of moderation."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wtforms import HiddenField, IntegerField
from wtforms.fields.choices import SelectChoice

from app import clock
from app.services.panel_meetings import LONGEST, SHORTEST, Plan
from app.web.wording import day as in_words
from forms.base import AtMost, Needed, PlumblineForm, clean_line
from forms.fields import ChoiceField, ChoicesField, DateField, PersonField, TextField

TIME = re.compile(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])")
NO_TIME = "Enter the time as hours and minutes, such as 10:00 or 14:30"
NUMBER = re.compile(r"[0-9]{1,4}")
YEARS_AHEAD = 2


def starts_at(day: dt.date, typed: str) -> tuple[dt.datetime | None, str]:
    """(moment, "") of a day and a time of the clock in London, or (None, what is wrong).

    On two nights of the year an hour of the clock does not come, or comes twice: nobody would know when to be there.
    """
    found = TIME.fullmatch(typed.strip())
    if found is None:
        return None, NO_TIME
    wall = dt.datetime.combine(day, dt.time(int(found[1]), int(found[2])), clock.LONDON)
    if wall.utcoffset() == wall.replace(fold=1).utcoffset():
        return wall, ""
    written = f"{wall:%H:%M}"
    comes = wall.astimezone(dt.UTC).astimezone(clock.LONDON).time() == wall.time()
    if comes:
        return None, f"The clocks go back on {in_words(day)}, and {written} comes twice: choose another time"
    return None, f"The clocks go forward on {in_words(day)}: there is no {written} that day"


class MinutesField(IntegerField):
    """A whole number in plain digits. What was typed stays in the box, whatever it was."""

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data = int(typed) if NUMBER.fullmatch(typed) else None
        if self.data is None or not SHORTEST <= self.data <= LONGEST:
            raise ValueError(f"Enter a whole number of minutes from {SHORTEST} to {LONGEST}")


class MeetingForm(PlumblineForm):
    """When, where, who. People come with the form: `meta={"people": {public id: name}}`."""

    day = DateField("Date", [Needed("Enter the date")], description="For example, 3 12 2026.")
    time = TextField("Time it begins", [Needed("Enter the time")], lines=1, description="For example, 10:00 or 14:30.")
    minutes = MinutesField("Length in minutes")
    place = TextField(
        "Place",
        [Needed("Say where it is"), AtMost(200)],
        lines=1,
        description="A room, or how to join from elsewhere. It goes into calendars.",
    )
    chair = PersonField("Chair", [Needed("Choose who chairs")])
    deputy_chair = PersonField(
        "Deputy chair",
        description="Chairs an item when the chair is absent or in conflict. Without one, such an item is adjourned.",
    )
    members = ChoicesField("Members", description="The chair and the deputy chair sit on the panel in any case.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Mapping[str, str] = (kwargs.get("meta") or {}).get("people", {})
        self.members.choices = [SelectChoice(key, name) for key, name in people.items()]
        self.deputy_chair.choices = [SelectChoice("", "Nobody"), *self.deputy_chair.choices]
        self.moment: dt.datetime | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field by itself, then the day and the time together."""
        right = bool(super().validate(extra_validators))
        if self.day.data is not None and self.time.data:
            right = self._moment_is_right(self.day.data) and right
        return right

    def _moment_is_right(self, day: dt.date) -> bool:
        self.moment, wrong = starts_at(day, self.time.data)
        if wrong:
            self.time.errors = [*self.time.errors, wrong]
        if day.year > clock.today().year + YEARS_AHEAD:
            self.day.errors = [*self.day.errors, f"This is more than {YEARS_AHEAD} years ahead: check the year"]
        return not (self.time.errors or self.day.errors)

    def plan(self) -> Plan:
        """What was filled in, as the service takes it. Only after `validate`."""
        if self.moment is None:
            raise RuntimeError("the form was not validated")
        return Plan(
            starts_at=self.moment,
            minutes=self.minutes.data or 0,
            place=self.place.data or "",
            chair=self.chair.data,
            deputy_chair=self.deputy_chair.data,
            members=self.members.data or (),
        )


class SubstituteForm(PlumblineForm):
    absent = PersonField("Who cannot come?", [Needed("Choose the member who cannot come")], among="seated")
    by = PersonField("Who comes instead?", [Needed("Choose who comes instead")], among="free")
    reason = TextField(
        "Reason", [AtMost(4000)], lines=3, description="Stays in the record. Nothing about anybody’s health: “away”."
    )


class AttendForm(PlumblineForm):
    present = ChoicesField("Who is here?", description="Whoever is not ticked is taken to be absent.")

    def __init__(self, *args: Any, seated: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.present.choices = [SelectChoice(key, name) for key, name in seated.items()]


# --- themes ---------------------------------------------------------------------------------------------

DONE = {
    "taken_up": "Taken up with the reviewer or the agency",
    "tool_changed": "The tool was changed",
    "practice": "Procedure or practice worked on with the head of social care",
}
NOT_YET = "Nothing yet"
FIELDS = ("id", "version", "title", "done", "what")
MOST_THEMES = 60


def themes_form(number: int) -> type[PlumblineForm]:
    """`number` themes, each with what was done with it."""
    fields: dict[str, Any] = {}
    for row in range(number):
        fields |= _theme_fields(row)
    return type("ThemesForm", (PlumblineForm,), fields)


def _theme_fields(row: int) -> dict[str, Any]:
    done = [SelectChoice("", NOT_YET), *(SelectChoice(key, label) for key, label in DONE.items())]
    return {
        f"theme-{row}-id": HiddenField(filters=[clean_line]),
        f"theme-{row}-version": HiddenField(filters=[clean_line]),
        f"theme-{row}-title": TextField("In a few words", [AtMost(200)], lines=1),
        f"theme-{row}-done": ChoiceField("What was done with it?", choices=done),
        f"theme-{row}-what": TextField("Say what was done", [AtMost(4000)], lines=3),
    }


def theme_rows(form: PlumblineForm, number: int) -> list[dict[str, str]]:
    """What was filled in, as the service takes it."""
    return [{key: form[f"theme-{row}-{key}"].data or "" for key in FIELDS} for row in range(number)]


def themes_data(rows: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Rows as the form begins with them."""
    return {f"theme-{number}-{key}": row.get(key, "") for number, row in enumerate(rows) for key in FIELDS}


def theme_fields(form: PlumblineForm, number: int) -> Sequence[dict[str, Any]]:
    """The fields row by row, for the page."""
    return [{key: form[f"theme-{row}-{key}"] for key in FIELDS} for row in range(number)]
