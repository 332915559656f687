"""The moderation record: the one agreed form of a review, in the order of the paper form.

What each member wrote alone, and the Head of QA's own view, stay in the internal history.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.documents import words
from app.documents.answered import part_blocks
from app.documents.content import Graded, ModerationContent, content_sha256, in_force
from app.documents.model import Block, Document, GradeLine, Heading, KeyValues, Quote
from app.documents.shared import child_facts, mark, not_in_force, overview, sat, seal, warning
from forms.moderation import OVERALL, SUMMARY


def moderation_record(content: ModerationContent) -> Document:
    """The record of how a review was decided."""
    return Document(
        title=f"Moderation record {content.reference}",
        subject=not_in_force(content.reopened, content.decided.on) or f"Decided on {words.day(content.decided.on)}",
        reference=content.reference,
        authority=content.authority,
        footer=_form(content),
        marked_for=mark(content.reopened),
        blocks=tuple(_blocks(content)),
    )


def _form(content: ModerationContent) -> str:
    template = content.template
    return f"{template.title}, version {template.version}" if template else content.review_form


def _blocks(content: ModerationContent) -> Iterator[Block]:
    yield from warning(content.reopened, content.decided.on)
    yield Heading(2, "The child")
    yield KeyValues(child_facts(content.child, content.id_label, content.reviewed_on))
    yield Heading(2, "The review")
    yield KeyValues(_review(content))
    yield Heading(2, "The decision")
    yield KeyValues(_decision(content))
    yield from _panel(content)
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
    if content.panel:
        facts.append(("Date of the panel", words.day(content.panel.on)))
    return tuple(facts)


def _decision(content: ModerationContent) -> tuple[tuple[str, str], ...]:
    decided, panel = content.decided, content.panel
    reached = words.REACHED.get(panel.reached, panel.reached) if panel else ""
    return (
        ("How", words.HOW.get(decided.how, decided.how)),
        ("By", f"{decided.by} ({decided.acting})" if decided.acting else decided.by),
        ("Decided on", words.day(decided.on)),
        *((("How it was reached", reached),) if reached else ()),
        ("Reason", decided.reason),
    )


def _panel(content: ModerationContent) -> Iterator[Block]:
    """Who heard it; why somebody was out or excused stays with the panel."""
    if content.panel:
        yield Heading(2, "The panel")
        yield KeyValues(sat(content.panel))


def _agreed_form(content: ModerationContent) -> Iterator[Block]:
    """Each part of the moderation form as agreed, with both grades; without a panel, the sections alone."""
    if content.template is None:
        for row in content.grades:
            yield Heading(2, row.title)
            yield _grade(row)
        return
    graded = {part.key for part, _question in content.template.grade_questions}
    for part in content.template.parts:
        if part.key in content.asked:
            yield Heading(2, part.title)
            grade = [_grade(row) for row in content.grades if _asked_in(row.part, graded) == part.key]
            yield from part_blocks(content.template, part.key, content.answers.get(part.key, {}), content.people, grade)


def _asked_in(section: str, graded: set[str]) -> str:
    """The part of the moderation form that gives a section its final grade: the whole has a part of its own there,
    and in the review's form it is the summary's."""
    return OVERALL if section == SUMMARY and OVERALL in graded else section


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
        " reason and how it was reached, who heard the review at the panel, both grades of each section with the"
        " reasons, the agreed form where there is one, and who did not agree. If a single letter of them were changed,"
        " the figure would be another."
    )
    was = content_sha256(in_force(content)) if content.reopened else ""
    yield from seal(content_sha256(content), covers, was_in_force=was)
