"""How one recommendation is said on its page: its five steps, whose turn it is, each line of its history."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from app import clock
from app.queries.one_recommendation import Line, Opened
from app.queries.recommendations import colour_of
from app.services import settings
from app.services.activities import finding_of
from app.services.form_versions import template_of
from app.web import access, words
from app.web.wording import count_noun, day
from workflows.permissions import Permission

LABELS = {
    "agree": "Agreed with the decision", "accept": "Accepted", "dispute": "Disputed", "settle": "Dispute settled",
    "name": "Owner and verifier named", "start": "Work started", "progress": "Progress",
    "complete": "Action complete", "verify": "Impact verified", "cannot_be_known": "Impact cannot be known",
    "not_seen": "Impact not seen: back in progress", "extend": "Date extended", "move_to_plan": "Moved to a plan",
    "set_aside": "Set aside", "reopen": "Reopened", "drop": "Dropped", "change": "Changed by a decision",
    "decide_against": "Set aside by a decision", "refer_dispute": "Dispute given to a director",
    "settle_as_director": "Dispute settled by the director", "join": "Joined with an older one, which goes on",
    "part_agreed": "Joining undone", "part_in_progress": "Joining undone", "part_action_complete": "Joining undone",
    "joined_here": "Another was joined into it", "parted_here": "A joining was undone",
    "partner": "Partner agency named", "partner_sent": "Sent to the agency", "partner_replied": "The agency's reply",
    "tag": "Tag added", "discuss": "At the tracker meeting", "tell_family": "What we changed, for the child or family",
    "file_added": "A file was added", "file_removed": "A file was removed",
}  # fmt: skip
ROUTE = {"direct": "Directly", "partnership": "Through the safeguarding partnership"}
REPLY = {"accepted": ("Accepted", "green"), "declined": ("Declined", "red"), "escalated": ("Escalated", "amber")}
SOURCE = "Practice review"
OPEN = ("agreed", "in_progress", "action_complete")


def source(row: Any) -> str:
    """Where it came from, in one line: what somebody with no other tie may know too."""
    if row.review is not None:
        arose = str(row.row_key or "").startswith("panel_")  # the decision gives an action arising a key of its own
        return f"{'Moderation action, review' if arose else SOURCE} {row.review.reference}"
    if row.activity is not None:
        return f"{row.activity.kind.name} {row.activity.reference}, {day(row.activity.held_on)}"
    return "Recorded without a source"


def finding(opened: Opened) -> str:
    """The part of the review that it answers; the review's content, so only for those tied to it. Of an activity the
    agency whose part it answers, for those who may open it."""
    row = opened.row
    if row.activity is not None and access.allowed(Permission.RECORD_ACTIVITY):
        return next((part.agency for part in row.activity.parts if finding_of(part) == row.finding), "")
    if not opened.sight.whole or not row.finding or row.review is None:
        return ""
    parts = {part.key: part.title for part in template_of(row.review.form_version).parts}
    return parts.get(row.finding, "")


def initials(row: Any) -> str:
    child = row.review.child if row.review is not None else row.child
    return child.initials if child is not None else ""


# --- how it stands ------------------------------------------------------------------------------------------


def tags_of(row: Any) -> list[tuple[str, str]]:
    """Its colour first; what the owner forecasts beside it, where the date has overtaken that; its stage."""
    colour = colour_of(row)
    outcome = words.OUTCOME.get(str(row.outcome))
    found = [outcome or (colour.word, colour.tone)]
    if str(row.state) in OPEN and row.forecast is not None and colour.word != words.FORECAST[str(row.forecast)][0]:
        forecast = words.FORECAST[str(row.forecast)]
        if str(row.state) != "action_complete":
            found.append((f"Owner’s forecast: {forecast[0].lower()}", forecast[1]))
    stage = words.RECOMMENDATION[str(row.state)]
    if stage[0] != colour.word:
        found.append(stage)
    return found


def turn(row: Any) -> str:
    """Whose turn it is, and by when; nothing where nobody's is."""
    owner = row.owner.name if row.owner else ""
    verifier = row.verifier.name if row.verifier else ""
    if row.joined_into_id is not None:
        return "It goes on in the one it was joined into."
    if str(row.state) == "agreed":
        return _agreed(row, owner)
    if str(row.state) == "in_progress":
        return f"{owner or 'Its owner'} does it{_by(row.due_on)}." if owner else "Nobody owns it yet."
    if str(row.state) == "action_complete":
        return f"{verifier or 'Its verifier'} says what changed{_by(row.impact_due_on)}."
    return {"in_plan": f"It goes on in the plan “{row.plan}”."}.get(str(row.state), "")


def _agreed(row: Any, owner: str) -> str:
    if row.review is not None and row.review.issued_at is None:
        return "Its owner hears of it when the review is issued."
    if row.director_id is not None:
        return f"{row.director.name} settles the dispute."
    if row.disputed_at is not None:
        return "It is disputed. The Head of QA settles it; it stays open meanwhile."
    if not owner:
        return "Nobody owns it yet."
    if row.accepted_at is None:
        return f"{owner} accepts it, or disputes it with reasons{_by(row.accept_due_on)}."
    due = f"It is due{_by(row.due_on)}." if row.due_on else "It has no due date."
    return f"{owner} starts the work. {due}"


def _by(when: date | None) -> str:
    return f" by {day(when)}" if when else ""


# --- the line from finding to impact --------------------------------------------------------------------------


def steps(opened: Opened) -> list[dict[str, Any]]:
    """Finding, recommendation, action, evidence, impact: what is known at each."""
    row = opened.row
    return [
        _step("Finding", finding(opened) and f"{finding(opened)}", under=source(row), known=True),
        _step("Recommendation", row.action, under=f"Expected effect: {row.effect or 'not said'}", known=True),
        _step("Action", _action(row), known=str(row.state) not in ("proposed", "agreed")),
        _step("Evidence that it is done", row.evidence or "Not yet", under=_files(opened), known=bool(row.evidence)),
        _step("What changed", _impact(row), under=_check(row), known=row.outcome is not None),
    ]


def _step(title: str, text: str, *, under: str = "", known: bool = False) -> dict[str, Any]:
    return {"title": title, "text": text, "under": under, "known": known}


def _action(row: Any) -> str:
    who = row.owner.name if row.owner else "Nobody owns it yet"
    when = f", due {day(row.due_on)}" if row.due_on else ", without a date"
    done = f". Complete on {day(row.completed_at)}" if row.completed_at else ""
    return f"{who}{when}{done}"


def _files(opened: Opened) -> str:
    number = sum(file.removed_at is None for file in opened.files)
    return f"With {count_noun(number, 'file')}" if number else ""


def _impact(row: Any) -> str:
    if row.outcome is not None:
        return f"{words.OUTCOME[str(row.outcome)][0]}: {row.impact}"
    return "Not yet"


def _check(row: Any) -> str:
    who = row.verifier.name if row.verifier else ""
    if row.outcome is not None or not who:
        return "" if who else "Nobody is named to verify it"
    months = count_noun(settings.load().impact_months, "month")
    return f"{who} verifies it{_by(row.impact_due_on) or f', {months} after the action is complete'}"


# --- facts beside it ------------------------------------------------------------------------------------------


def facts(opened: Opened) -> list[dict[str, str]]:
    row = opened.row
    first = row.first_due_on if row.first_due_on != row.due_on else None
    rows = [
        ("Owner", row.owner.name if row.owner else "Nobody yet"),
        ("Due", day(row.due_on) if row.due_on else "No date"),
        ("First due", day(first) if first else ""),
        ("Verifier", row.verifier.name if row.verifier else "Nobody yet"),
        ("Impact to be checked by", day(row.impact_due_on) if row.impact_due_on else ""),
        ("Accepted", day(row.accepted_at) if row.accepted_at else ""),
        ("Raised", day(row.raised_at)),
        ("Plan", row.plan),
        ("Tags", ", ".join(words_of_tag(tag) for tag in row.tags) if opened.sight.whole else ""),
    ]
    return [{"key": key, "value": value} for key, value in rows if value]


def words_of_tag(tag: str) -> str:
    return tag.replace("_", " ").capitalize()


def partner(row: Any) -> list[dict[str, str]]:
    """The partner agency's route and reply (R8); nothing where none is named."""
    if not row.partner_agency:
        return []
    reply = REPLY[str(row.partner_reply)][0] if row.partner_reply else "Not yet"
    when = f", {day(row.partner_replied_on)}" if row.partner_replied_on else ""
    rows = [
        ("Agency", row.partner_agency),
        ("Contact", row.partner_contact),
        ("Reached", ROUTE[str(row.partner_route)] if row.partner_route else ""),
        ("Council link", row.owner.name if row.owner else "Nobody yet"),
        ("Sent", day(row.partner_sent_on) if row.partner_sent_on else "Not yet"),
        ("Reply", f"{reply}{when}"),
    ]
    return [{"key": key, "value": value} for key, value in rows if value]


# --- its history ----------------------------------------------------------------------------------------------


def entries(opened: Opened, lines: Iterable[Line], link: Callable[[str], str]) -> list[dict[str, Any]]:
    """The history, newest first. Where the words are not this person's to read, that something happened."""
    files = {file.public_id: file for file in opened.files}
    made = [_entry(line, opened.names, files, link) for line in reversed(list(lines))]
    if opened.row.review is None:  # there was no decision
        made = [{**each, "title": each["title"].replace(LABELS["agree"], "Agreed by the Head of QA")} for each in made]
    return made


def _entry(line: Line, names: dict[str, str], files: dict[str, Any], link: Callable[[str], str]) -> dict[str, Any]:
    title = LABELS.get(line.action, line.action)
    if line.words is None:
        return {"title": title, "at": line.at}
    said = [*_said(line.details, names, files), line.words]
    made: dict[str, Any] = {"title": title, "at": line.at, "by": line.by, "text": "\n\n".join(filter(None, said))}
    forecast = words.FORECAST.get(str(line.details.get("forecast") or ""))
    if forecast:
        made["tag"] = {"text": forecast[0], "tone": forecast[1]}
    other = line.details.get("other") or (line.details.get("into") if line.action == "join" else "")
    if other and link(other):
        made["url"] = link(other)
    return made


def _said(details: dict[str, Any], names: dict[str, str], files: dict[str, Any]) -> Iterable[str]:
    """What was typed beside the words, as sentences."""
    for key, label in (("owner", "Owner"), ("verifier", "Verifier"), ("director", "Director")):
        if details.get(key):
            yield f"{label}: {names.get(details[key], 'somebody who is not on the list any more')}"
    for key, label in _DATES.items():
        if details.get(key):
            yield f"{label}: {_day(details[key])}"
    for key, label in (("action", "The action"), ("agency", "Agency"), ("plan", "Plan"), ("family_words", "In words")):
        if details.get(key):
            yield f"{label}: {details[key]}"
    if details.get("reply") in REPLY:
        yield f"Reply: {REPLY[details['reply']][0].lower()}"
    if details.get("file") in files:
        yield files[details["file"]].name


_DATES = {"due_on": "New date", "sent_on": "Sent on", "replied_on": "Replied on", "told_on": "Told on"}


def _day(text: Any) -> str:
    try:
        return day(date.fromisoformat(str(text)))
    except ValueError:
        return str(text)


# --- files ------------------------------------------------------------------------------------------------------


def size(number: int) -> str:
    """12 KB, 3.4 MB."""
    return f"{max(1, round(number / 1024)):,} KB" if number < 1024 * 1024 else f"{number / 1024 / 1024:.1f} MB"


def is_late(row: Any) -> bool:
    return colour_of(row).tone == "red" and row.due_on is not None and row.due_on < clock.today()
