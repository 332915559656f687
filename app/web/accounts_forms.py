"""The forms about accounts: signing in, one's own password, and what an administrator fills in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import BooleanField, EmailField, HiddenField, PasswordField, StringField
from wtforms.fields.choices import SelectChoice

from app import security
from app.queries.people import ROLE_WORDS, Choices, Profile
from app.services.accounts import Details
from forms.base import AtMost, Needed, PlumblineForm, clean_line
from forms.fields import ChoiceField, ChoicesField, DateField
from workflows.engine import Reason

NOBODY = ""


def _line(text: str | None) -> str:
    return clean_line(text or "")


SHORT_ENOUGH = AtMost(security.LONGEST_PASSWORD)


class SignInForm(PlumblineForm):
    """Asked of everybody alike. Whether the address is one is not said here: that is for the one answer."""

    email = EmailField("E-mail address", [Needed("Enter your e-mail address")], filters=[_line])
    password = PasswordField("Password", [Needed("Enter your password"), SHORT_ENOUGH])
    next = HiddenField()


class ChangePasswordForm(PlumblineForm):
    """One's own password."""

    current = PasswordField("Present password", [Needed("Enter the password you have now"), SHORT_ENOUGH])
    password = PasswordField(
        "New password",
        [Needed("Enter a new password"), SHORT_ENOUGH],
        description=f"At least {security.SHORTEST_PASSWORD} characters. Three or four unrelated words are good.",
    )
    again = PasswordField("New password again", [Needed("Enter the new password again"), SHORT_ENOUGH])

    def check_new(self, email: str, name: str) -> bool:
        """Whether the new password will do; what is wrong is put beside its field."""
        faults = security.password_faults(self.password.data, email, name)
        if faults:
            self.password.errors = [*self.password.errors, *faults]
        elif self.password.data != self.again.data:
            self.again.errors = [*self.again.errors, "Enter the same new password twice"]
        elif self.password.data == self.current.data:
            self.password.errors = [*self.password.errors, "Enter a password other than the one you have now"]
        return not (self.password.errors or self.again.errors)


class PersonForm(PlumblineForm):
    """One account. Optional choices are lists with an empty first line."""

    name = StringField("Name", [Needed("Enter the person’s name"), AtMost(120)], filters=[_line])
    email = EmailField("E-mail address", [Needed("Enter an e-mail address"), AtMost(254)], filters=[_line])
    roles = ChoicesField("Roles", description="One person may hold several.")
    team = ChoiceField("Team", display="select")
    agency = ChoiceField(
        "Agency", display="select", description="Only for people of a commissioned agency, in place of a team."
    )
    line_manager = ChoiceField("Line manager", display="select", description="Who supervises this person.")
    ends_on = DateField(
        "The account ends on",
        description="The last day of use. People from outside the council must have one.",
    )
    active = BooleanField("This account may be used")
    version = HiddenField()

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ids = choices.ids
        self.roles.choices = [SelectChoice(str(name), words) for name, words in ROLE_WORDS.items()]
        self.team.choices = _optional(choices.teams, "No team")
        self.agency.choices = _optional(choices.agencies, "No agency")
        self.line_manager.choices = _optional(choices.managers, "Nobody")

    def details(self) -> Details:
        """What was filled in, as the service takes it."""
        return Details(
            name=self.name.data,
            email=self.email.data,
            role_names=frozenset(self.roles.data or ()),
            team_id=self._ids.get(self.team.data or NOBODY),
            agency_id=self._ids.get(self.agency.data or NOBODY),
            line_manager_id=self._ids.get(self.line_manager.data or NOBODY),
            ends_on=self.ends_on.data,
            active=bool(self.active.data),
        )


class PlaceForm(PlumblineForm):
    """A new team or agency."""

    kind = ChoiceField(
        "What is it?",
        [Needed("Choose whether it is a team or an agency")],
        choices=[
            SelectChoice("team", "A team"),
            SelectChoice("agency", "A commissioned agency, whose people’s accounts have an end date"),
        ],
    )
    name = StringField("Name", [Needed("Enter a name"), AtMost(120)], filters=[_line])


def saved(profile: Profile) -> dict[str, Any]:
    """What the form about a person begins with."""
    return {
        "name": profile.name,
        "email": profile.email,
        "roles": [str(name) for name in profile.role_names],
        "team": profile.team,
        "agency": profile.agency,
        "line_manager": profile.line_manager,
        "ends_on": profile.ends_on,
        "active": profile.active,
        "version": profile.version,
    }


def _optional(named: Mapping[str, str], nothing: str) -> list[SelectChoice]:
    return [SelectChoice(NOBODY, nothing), *(SelectChoice(key, name) for key, name in named.items())]


def put_reasons(form: Any, reasons: Iterable[Reason]) -> None:
    """A service's refusal beside the fields it names; the rest at the top of the page."""
    for reason in reasons:
        name = (reason.target or "").lstrip("#").partition("-")[0]
        field = form._fields.get(name)
        if field is None:
            form.form_errors.append(reason.text)
        else:
            field.errors = [*field.errors, reason.text]
