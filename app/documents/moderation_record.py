"""The moderation record: the one agreed form of a review, in the order of the paper form.

What each member wrote alone, and the Head of QA's own view, stay in the internal history.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.documents import words
from app.documents.answered import part_blocks
from app.documents.content import Graded, ModerationContent, content_sha256
from app.documents.model import Block, Document, GradeLine, Heading, KeyValues, Quote
from app.documents.shared import child_facts, overview, seal

OVERALL = ("overall", "summary")


def moderation_record(content: ModerationContent) -> Document:
    """The record of how a review was decided."""
    return Document(
        title=f"Moderation record {content.reference}",
        subject=f"Decided on {words.day(content.decided.on)}",
        reference=content.reference,
        authority=content.authority,
        footer=_form(content),
        blocks=tuple(_blocks(content)),
    )


def _form(content: ModerationContent) -> str:
    template = content.template
    return f"{template.title}, version {template.version}" if template else content.review_form


def _blocks(content: ModerationContent) -> Iterator[Block]:
    yield Heading(2, "The child")
    yield KeyValues(child_facts(content.child, content.id_label, content.reviewed_on))
    yield Heading(2, "The review")
    yield KeyValues(_review(content))
    yield Heading(2, "The decision")
    yield KeyValues(_decision(content))
    yield Heading(2, "Grades")
    yield from overview(content.grades)
    yield from _agreed_form(content)
    yield from _dissents(content)
    yield from _seal(content)


def _review(content: ModerationContent) -> tuple[tuple[str, str], ...]:
    overall = next((row.reviewer for row in content.grades if row.part == "summary"), "")
    facts = [
        ("Reviewer", content.reviewer),
        ("Date of the review", words.day(content.reviewed_on)),
        ("The review’s form", content.review_form),
    ]
    if overall:
        facts.append(("The reviewer’s overall grade", overall))
    if content.panel_on:
        facts.append(("Date of the panel", words.day(content.panel_on)))
    return tuple(facts)


def _decision(content: ModerationContent) -> tuple[tuple[str, str], ...]:
    decided = content.decided
    return (
        ("How", words.HOW.get(decided.how, decided.how)),
        ("By", f"{decided.by} ({decided.acting})" if decided.acting else decided.by),
        ("Decided on", words.day(decided.on)),
        ("Reason", decided.reason),
    )


def _agreed_form(content: ModerationContent) -> Iterator[Block]:
    """Each part of the moderation form as agreed, with both grades; without a panel, the sections alone."""
    if content.template is None:
        for row in content.grades:
            yield Heading(2, row.title)
            yield _grade(row)
        return
    for part in content.template.parts:
        yield Heading(2, part.title)
        grade = [_grade(row) for row in content.grades if row.part == _section(part.key, content)]
        yield from part_blocks(content.template, part.key, content.answers.get(part.key, {}), content.people, grade)


def _section(part: str, content: ModerationContent) -> str:
    """The moderation form asks for the overall grade first, by another name than the review's summary."""
    known = {row.part for row in content.grades}
    return "summary" if part in OVERALL and part not in known else part


def _grade(row: Graded) -> GradeLine:
    return GradeLine(row.title, row.reviewer, row.final, row.reason)


def _dissents(content: ModerationContent) -> Iterator[Block]:
    if content.dissents:
        yield Heading(2, "Those who did not agree")
    for dissent in content.dissents:
        yield Quote(dissent.who, dissent.text or "No reason given.")


def _seal(content: ModerationContent) -> Iterator[Block]:
    covers = (
        "This figure was computed from all that this record says: the child and review blocks, the decision with its"
        " reason, both grades of each section with the reasons, the agreed form where there is one, and who did not"
        " agree. If a single letter of them were changed, the figure would be another."
    )
    yield from seal(content_sha256(content), covers)
