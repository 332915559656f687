"""The minutes of a meeting of the panel: who was there, and of each review what was decided, by whom and why.

In the order of the agenda, numbered as this reader's copy has them: a review that somebody may not know of leaves no
gap. Reference and initials stand for the child.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.documents import words
from app.documents.model import Block, Document, Heading, KeyValues, Paragraph, Quote, Table
from app.documents.panel_content import Minuted, MinutesContent, Outcome, Settled, minutes_sha256
from app.documents.shared import meeting_facts, overview, sat, seal

Facts = Iterator[tuple[str, str]]


def minutes(content: MinutesContent) -> Document:
    """One person's copy of them."""
    on = words.day(content.meeting.on)
    return Document(
        title="Minutes of the moderation panel",
        subject=f"Meeting of {on}" if content.ended else f"Meeting of {on}, as far as it has gone",
        reference=f"Panel {on}",
        authority=content.authority,
        footer="Minutes",
        marked_for=f"Confidential: copy of {content.reader}",
        blocks=tuple(_blocks(content)),
    )


def _blocks(content: MinutesContent) -> Iterator[Block]:
    yield Heading(2, "The meeting")
    yield KeyValues((*meeting_facts(content.meeting), ("Began", content.began), ("Ended", _ended(content))))
    yield Heading(2, "Who was there")
    yield Table("Attendance", ("Name", "Seat", "Attendance", "Note"), tuple(_attendance(content)))
    for number, item in enumerate(content.items, 1):
        yield Heading(2, f"{number}. Review {item.reference}, {item.initials}")
        yield KeyValues(tuple(_facts(item)))
        if item.outcome is not None:
            yield from _outcome(item.outcome)
    covers = (
        "This figure was computed from all that this copy of the minutes says. If a single letter of it were changed,"
        " the figure would be another."
    )
    yield from seal(minutes_sha256(content), covers, what="these minutes")


def _ended(content: MinutesContent) -> str:
    return content.ended or "Not yet: these minutes are not complete"


def _attendance(content: MinutesContent) -> Iterator[tuple[str, ...]]:
    for row in content.attendance:
        seat, attendance = words.SEAT.get(row.seat, row.seat), words.ATTENDANCE.get(row.attendance, row.attendance)
        yield row.name, seat, attendance, row.note


# --- one review -----------------------------------------------------------------------------------------


def _facts(item: Minuted) -> Facts:
    yield "What became of it", "\n\n".join(_became(item))
    if item.chaired_by:
        yield "Chaired by", f"{item.chaired_by} ({item.chaired_why})" if item.chaired_why else item.chaired_by
    if item.sitting is not None:
        yield from (
            fact for fact in sat(item.sitting) if fact[0] != "Substitutes"
        )  # in the attendance, with the reason
    if item.outcome is not None:
        yield from _decision(item, item.outcome)


def _became(item: Minuted) -> Iterator[str]:
    """Each time it left the agenda with who and why, and how it stands where that is not the last of them."""
    for left in item.left:
        yield f"{words.ITEM.get(left.how, left.how)} by {left.by}"
        if left.reason:
            yield left.reason
    if not item.left or item.left[-1].how != item.state:
        yield words.ITEM.get(item.state, item.state)


def _decision(item: Minuted, outcome: Outcome) -> Facts:
    reached = item.sitting.reached if item.sitting is not None else ""
    yield "How it was reached", words.REACHED.get(reached, reached)
    yield "Reason", outcome.decided.reason
    if outcome.themes:
        yield "Themes of moderation", "\n".join(outcome.themes)
    if outcome.reopened_on is not None:
        yield "Taken up again", f"{words.day(outcome.reopened_on)}\n\n{outcome.reopened_reason}"


def _outcome(outcome: Outcome) -> Iterator[Block]:
    yield from overview(outcome.grades)
    yield from _recommendations(outcome)
    yield from _actions(outcome)
    if outcome.dissents:
        yield Heading(3, "Those who did not agree")
    for dissent in outcome.dissents:
        yield Quote(dissent.who, dissent.text)


def _recommendations(outcome: Outcome) -> Iterator[Block]:
    columns = ("What is to be done", "What it will change", "By whom, by when", "What the panel made of it")
    rows = tuple(_settled(row) for row in outcome.recommendations)
    yield from _table("Recommendations", columns, rows)


def _settled(row: Settled) -> tuple[str, ...]:
    what = words.SETTLED.get(row.what, row.what)
    return (
        row.action,
        row.effect,
        f"{row.owner}\n\n{words.day(row.due_on)}",
        f"{what}: {row.reason}" if row.reason else what,
    )


def _actions(outcome: Outcome) -> Iterator[Block]:
    rows = tuple((row.action, row.owner, row.timescale) for row in outcome.actions)
    yield from _table("Actions arising", ("What should be done", "By whom", "By when"), rows)


def _table(caption: str, columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Iterator[Block]:
    if rows:
        yield Table(caption, columns, rows)
    else:
        yield Heading(3, caption)
        yield Paragraph("None", quiet=True)
