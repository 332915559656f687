"""What an action on many recommendations asks for, a view's name, and a new key for the feed."""

from __future__ import annotations

from collections.abc import Mapping

from wtforms import PasswordField
from wtforms.fields.choices import SelectChoice

from app.web.accounts_forms import SHORT_ENOUGH
from app.web.action_forms import words
from forms.base import PlumblineForm
from forms.fields import ChoiceField, DateField, PersonField


class ExtendManyForm(PlumblineForm):
    due_on = DateField("The new date")
    reason = words("Reason", hint="It is kept with each of them.")


class SetAsideManyForm(PlumblineForm):
    reason = words("Reason", hint="It is kept with each of them.")


class GiveManyForm(PlumblineForm):
    owner = PersonField(
        "The new owner",
        description="The verifier stays where independent of the new owner; else the owner’s line manager verifies, "
        "or the Head of QA for a manager.",
    )


class TagManyForm(PlumblineForm):
    tag = ChoiceField("The tag to add", choices=[SelectChoice("", "")], display="select")

    def offer(self, tags: Mapping[str, str]) -> None:
        """The same as the register can be asked for."""
        self.tag.choices = [SelectChoice("", ""), *(SelectChoice(key, text) for key, text in tags.items())]


class ViewNameForm(PlumblineForm):
    name = words("Name of the view", lines=1, most=80)


class FeedKeyForm(PlumblineForm):
    name = words("What is the key for?", hint="For example: the quarterly dashboard.", lines=1, most=80)
    ends_on = DateField("On which day does it end?", description="Within a year from today.")
    current = PasswordField(
        "Your password", description="So that nobody makes a key at your open desk.", validators=[SHORT_ENOUGH]
    )
