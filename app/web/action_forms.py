"""The small forms that come with an action: a reason, a date, a person."""

from __future__ import annotations

from wtforms import FileField
from wtforms.fields.choices import SelectChoice

from forms.base import AtMost, Needed, PlumblineForm
from forms.fields import ChoiceField, DateField, PersonField, TextField


def words(label: str, *, hint: str = "", lines: int = 4, most: int = 4000) -> TextField:
    """A text that an action asks for; what is missing is said by the action's own guard."""
    return TextField(label, [AtMost(most)], description=hint, lines=lines)


class ConflictForm(PlumblineForm):
    conflict = ChoiceField(
        "Do you have a conflict of interest with this review?",
        choices=[SelectChoice("no", "No, I have none"), SelectChoice("yes", "Yes, I have one")],
        description="For example: you know the family, or you worked with or managed these workers.",
        validators=[Needed("Say whether you have a conflict")],
    )
    reason = words("If you have one, what is it?", hint="Only the Head of QA reads this.")


class ConflictReasonForm(PlumblineForm):
    reason = words("What is the conflict?", hint="Only the Head of QA reads this.")


class AdditionForm(PlumblineForm):
    text = words("What do you add?")


class DissentForm(PlumblineForm):
    text = words("What do you not agree with, and why?")


def meeting_form(meetings: list[tuple[str, str, str]], *, reason: bool = False) -> type[PlumblineForm]:
    """Which meeting: (id, when and where, who would be out) of each."""
    choices = [SelectChoice(key, label, {"hint": hint}) for key, label, hint in meetings]
    fields: dict[str, object] = {
        "meeting": ChoiceField("At which meeting?", [Needed("Choose the meeting.")], choices=choices)
    }
    if reason:
        fields["reason"] = words("Why is the decision reopened?")
    return type("MeetingForm", (PlumblineForm,), fields)


class ReasonForm(PlumblineForm):
    reason = words("Reason")


class NothingForm(PlumblineForm):
    """An action that needs only to be confirmed."""


def return_form(parts: list[tuple[str, str]]) -> type[PlumblineForm]:
    """A reason for the whole, and a box for each part that has a reason of its own."""
    fields: dict[str, TextField] = {"reason": words("Why is it returned?")}
    fields |= {f"part_{key}": words(f"{title}: reason, where this part needs work", lines=2) for key, title in parts}
    return type("ReturnForm", (PlumblineForm,), fields)


class ReassignForm(PlumblineForm):
    new_reviewer = PersonField("New reviewer")
    reason = words("Why is it reassigned?")


class IssueForm(PlumblineForm):
    sent_on = DateField("Date sent to the worker and the line manager")
    tracker_meeting_on = DateField("Date of the tracker meeting")


class IssueChangedForm(IssueForm):
    told_by = words("Who told the worker and the line manager what changed?", lines=1, most=200)
    told_on = DateField("When were they told, in conversation?")


class UploadForm(PlumblineForm):
    uploaded_on = DateField("Date the record was put on the case system")


class SupervisionForm(PlumblineForm):
    supervision_on = DateField("Date it was discussed in supervision")


class CorrectionForm(PlumblineForm):
    text = words("The correction", hint="It is added to the issued record. It cannot change a grade.")
    reason = words("Why is it needed?")


class ReplyForm(PlumblineForm):
    reply = ChoiceField(
        "Your answer",
        choices=[SelectChoice("corrected", "I have corrected it"), SelectChoice("kept", "I keep it as it is")],
        validators=[Needed("Say whether you corrected it or kept it")],
    )
    reply_text = words("Say what you changed, or why you keep it", lines=3)


class AttemptForm(PlumblineForm):
    as_who = ChoiceField(
        "Whom did you try to reach?",
        choices=[SelectChoice("worker", "The worker"), SelectChoice("line_manager", "The line manager")],
        validators=[Needed("Say whom you tried to reach")],
    )
    how = words("How, and what came of it?", lines=2, most=200)


class ProgressForm(PlumblineForm):
    text = words("What has happened?")
    forecast = ChoiceField(
        "How is it going?",
        choices=[
            SelectChoice("on_track", "On track"),
            SelectChoice("at_risk", "At risk"),
            SelectChoice("will_miss", "Will miss its date"),
        ],
    )


class EvidenceForm(PlumblineForm):
    evidence = words(
        "What shows that the action is complete?", hint="Say where it can be seen: date and kind of entry."
    )


class ImpactForm(PlumblineForm):
    impact = words("What changed for the child, or for children?")


class NotSeenForm(PlumblineForm):
    action = words("The new action")
    due_on = DateField("By when?")


class ExtendForm(PlumblineForm):
    due_on = DateField("The new date")
    reason = words("Reason")


class NameForm(PlumblineForm):
    owner = PersonField("Owner")
    verifier = PersonField("Who will verify the impact?", description="Not the owner, nor anybody the owner manages.")


class SettleForm(PlumblineForm):
    action = words("The action, if it changes")
    owner = PersonField("A new owner, if it goes to another")
    reason = words("How was it settled, and why?")


class DirectorForm(PlumblineForm):
    director = PersonField("Which director?", description="Not the owner.")
    reason = words("Why does the dispute stand?", hint="Both views are kept.")


class DirectorSettlesForm(PlumblineForm):
    action = words("The action, if it changes")
    reason = words("How is it settled, and why?")


class PartnerForm(PlumblineForm):
    agency = words("Which agency?", lines=1, most=200)
    contact = words("Who there?", lines=1, most=200)
    route = ChoiceField(
        "How is the agency reached?",
        choices=[
            SelectChoice("direct", "Directly"),
            SelectChoice("partnership", "Through the safeguarding partnership"),
        ],
    )


class PartnerSentForm(PlumblineForm):
    sent_on = DateField("Date it was sent to the agency", description="Its words only, never the review.")


class PartnerReplyForm(PlumblineForm):
    reply = ChoiceField(
        "What did the agency answer?",
        choices=[
            SelectChoice("accepted", "Accepted"),
            SelectChoice("declined", "Declined"),
            SelectChoice("escalated", "Escalated"),
        ],
    )
    replied_on = DateField("Date of the reply")
    text = words("What was said?")


class FamilyForm(PlumblineForm):
    family_words = words("What we changed, in plain words", hint="As you would say it to the child or the family.")
    told_on = DateField("Date the child or the family was told, if they have been")


class FileForm(PlumblineForm):
    file = FileField("The file")


class RemoveFileForm(PlumblineForm):
    reason = words("Why is it removed?", lines=2, most=2000)


def join_form(alike: list[tuple[str, str]]) -> type[PlumblineForm]:
    """With which: one of those much like it, or any other by its reference."""
    fields: dict[str, object] = {
        "into": ChoiceField("Which one asks for the same?", choices=[SelectChoice(*each) for each in alike]),
        "reference": words("Or another, by its reference", lines=1, most=30),
        "reason": words("Why are they one?"),
    }
    return type("JoinForm", (PlumblineForm,), fields)
