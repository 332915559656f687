"""What the records have in common: the child block, the grades at a glance, the seal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from app.documents import words
from app.documents.content import Child, Graded
from app.documents.model import Block, Heading, Paragraph, Table

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


def seal(digest: str, covers: str, first: str = "") -> Iterator[Block]:
    """The SHA-256, what it covers, and after a correction the first one too."""
    yield Heading(2, "Seal of this record")
    yield Paragraph(covers)
    yield Paragraph(f"SHA-256: {digest}")
    if first:
        yield Paragraph("The record as first issued, before the corrections, had:")
        yield Paragraph(f"SHA-256: {first}")
