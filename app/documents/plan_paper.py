"""A plan on paper: its sections in order, each a table in the paper's columns, across a page laid on its side."""

from __future__ import annotations

from collections.abc import Iterator

from app.documents import words
from app.documents.model import Block, Document, Heading, Paragraph, Table
from app.documents.plan_content import COLUMNS, KINDS, PlanContent, PlanLine


def plan(content: PlanContent) -> Document:
    """The whole plan."""
    return Document(
        title=content.name,
        subject=f"As it stands on {words.day(content.on)}",
        reference=content.name,
        authority=content.authority,
        footer=KINDS.get(content.kind, "Plan"),
        marked_for="Names no child",
        blocks=tuple(_blocks(content)),
        landscape=True,
    )


def _blocks(content: PlanContent) -> Iterator[Block]:
    if content.review_on is not None:
        yield Paragraph(f"Looked at each quarter; next on {words.day(content.review_on)}.", quiet=True)
    if not any(part.lines or part.title for part in content.sections):
        yield Paragraph("Nothing stands in this plan yet.")
    for part in content.sections:
        if part.title:
            yield Heading(2, part.title)
        if part.lines:
            yield Table("" if part.title else "Lines", COLUMNS, tuple(_row(line) for line in part.lines))
        else:
            yield Paragraph("No line stands here.", quiet=True)


def _row(line: PlanLine) -> tuple[str, ...]:
    return (
        line.why, line.who, line.what, _when(line), line.how_known, line.experience, line.colour, _comments(line),
    )  # fmt: skip


def _when(line: PlanLine) -> str:
    """The words as they were written, and the day they mean."""
    day = words.day(line.due_on) if line.due_on else ""
    if line.only_day:
        return day
    return "\n\n".join(part for part in (line.by_when, day) if part)


def _comments(line: PlanLine) -> str:
    rest = [f"{name}: {text}" for name, text in line.extra.items()]
    return "\n\n".join([part for part in (line.progress, *rest) if part])
