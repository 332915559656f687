"""What the records have in common: the child block, the grades at a glance, the seal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from app.documents import words
from app.documents.content import Child, Graded, Reopened, Sitting
from app.documents.model import Block, Heading, Paragraph, Table
from app.documents.panel_content import Meeting

SAME = "The same grade"


def child_facts(child: Child, id_label: str, on: date) -> tuple[tuple[str, str], ...]:
    """The child block as the paper form has it."""
    return (
        ("Name", child.name),
        (id_label, child.case_system_id),
        *_born(child, on),
        ("Status at the review date", words.CHILD_STATUS.get(child.status, child.status)),
        ("Case", "Open" if child.case_open else "Closed"),
    )


def _born(child: Child, on: date) -> tuple[tuple[str, str], ...]:
    if child.born_on is None:
        return (("Expected date of birth", words.day(child.expected_on)),)
    return ("Date of birth", words.day(child.born_on)), ("Age at the review date", words.age(child.born_on, on))


def overview(grades: Iterable[Graded]) -> Iterator[Block]:
    """Every section's two grades in one table."""
    rows = tuple((row.title, row.reviewer, row.final, _why(row)) for row in grades)
    if rows:
        yield Table("Grades of every section", ("Section", "Reviewer’s grade", "Final grade", "Why they differ"), rows)
    else:
        yield Paragraph("This form has no grades.")


def _why(row: Graded) -> str:
    return SAME if row.reviewer == row.final else row.reason


def meeting_facts(meeting: Meeting) -> tuple[tuple[str, str], ...]:
    """When, where, who chairs."""
    deputy = (("Deputy chair", meeting.deputy_chair),) if meeting.deputy_chair else ()
    return (
        ("Date", words.day(meeting.on)),
        ("Time", f"{meeting.begins} to {meeting.ends}"),
        ("Place", meeting.place),
        ("Chair", meeting.chair),
        *deputy,
    )


def sat(panel: Sitting) -> tuple[tuple[str, str], ...]:
    """Who heard a review at the panel; substitutes with both names (R4)."""
    facts = [("Took part", _listed(panel.took_part, "Nobody"))]
    if panel.out:
        facts.append(("Out of this review", _listed(panel.out)))
    if panel.excused:
        facts.append(("Excused from reading it", _listed(panel.excused)))
    if panel.substitutes:
        facts.append(("Substitutes", "\n".join(f"{each.who}, for {each.instead_of}" for each in panel.substitutes)))
    return tuple(facts)


def _listed(names: Iterable[str], nobody: str = "") -> str:
    return "\n".join(names) or nobody


CONFIDENTIAL = "Confidential: about a child"


def mark(reopened: Reopened | None) -> str:
    """What stands on every page."""
    return f"{CONFIDENTIAL}. Reopened, not in force" if reopened else CONFIDENTIAL


def not_in_force(reopened: Reopened | None, decided_on: date) -> str:
    """`Record of the first decision, of 3 December 2026, reopened on 9 December 2026: not in force`."""
    if reopened is None:
        return ""
    which = words.ordinal(reopened.number)
    days = f"of {words.day(decided_on)}, reopened on {words.day(reopened.on)}"
    return f"Record of the {which} decision, {days}: not in force"


def warning(reopened: Reopened | None, decided_on: date) -> Iterator[Block]:
    """Before anything else of such a record."""
    if reopened is not None:
        yield Heading(2, "Not in force")
        yield Paragraph(f"{not_in_force(reopened, decided_on)}.")
        yield Paragraph(
            "The decision below was taken up again. It is kept as it was decided, and is no longer the decision on"
            " this review. Do not act on it, and do not put it on the case file in place of the record in force."
        )


def seal(
    digest: str, covers: str, first: str = "", what: str = "this record", was_in_force: str = ""
) -> Iterator[Block]:
    """The SHA-256, what it covers, after a correction the first one too, after a reopening the one it was filed by."""
    yield Heading(2, f"Seal of {what}")
    yield Paragraph(covers)
    yield Paragraph(f"SHA-256: {digest}")
    if first:
        yield Paragraph("The record as first issued, before the corrections, had:")
        yield Paragraph(f"SHA-256: {first}")
    if was_in_force:
        yield Paragraph("The record while this decision was in force had:")
        yield Paragraph(f"SHA-256: {was_in_force}")
