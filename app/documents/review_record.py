"""The review's record: what goes on the child's case file once a review is decided.

In the order of the paper form: the child, the review, each part with its grades, the recommendations as
decided, the closing block; then corrections, and the seal on the last page.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.documents import words
from app.documents.answered import part_blocks
from app.documents.content import Graded, Recommended, ReviewContent, before_corrections, content_sha256, in_force
from app.documents.model import Block, Document, GradeLine, Heading, KeyValues, PageBreak, Paragraph, Quote, Table
from app.documents.shared import child_facts, mark, not_in_force, overview, seal, warning

CHILD = "child"


def review_record(content: ReviewContent) -> Document:
    """The record of a decided review; one that is not issued yet says so."""
    return Document(
        title=f"Practice review record {content.reference}",
        subject=_subject(content),
        reference=content.reference,
        authority=content.authority,
        footer=f"{content.template.title}, version {content.template.version}",
        marked_for=mark(content.reopened),
        blocks=tuple(_blocks(content)),
    )


def _subject(content: ReviewContent) -> str:
    sent = content.closing.sent_on
    if content.reopened:
        return not_in_force(content.reopened, content.decided.on)
    issued = f"sent on {words.day(sent)}" if sent else "not issued yet"
    return f"Decided on {words.day(content.decided.on)}, {issued}"


def _blocks(content: ReviewContent) -> Iterator[Block]:
    yield from warning(content.reopened, content.decided.on)
    yield Heading(2, "The child")
    yield KeyValues(child_facts(content.child, content.id_label, content.conduct.reviewed_on))
    yield from _part(content, CHILD)
    yield from _review(content)
    yield Heading(2, "Grades")
    yield from overview(content.grades)
    for part in content.template.parts:
        if part.key != CHILD:
            yield Heading(2, part.title)
            yield from _part(content, part.key)
    yield from _closing(content)
    yield from _corrections(content)
    yield from _seal(content)


def _review(content: ReviewContent) -> Iterator[Block]:
    conduct, template = content.conduct, content.template
    kind = words.REVIEWER_KIND.get(conduct.reviewer_kind, conduct.reviewer_kind)
    yield Heading(2, "The review")
    yield KeyValues(
        (
            ("Theme or focus", conduct.theme),
            ("Reviewer", f"{conduct.reviewer} ({kind.lower()})"),
            ("Worker", conduct.worker),
            ("Line manager", conduct.line_manager),
            ("Date of the review", words.day(conduct.reviewed_on)),
            ("Looks back to", words.day(conduct.look_back_from)),
            ("Deadline", words.day(conduct.due_on)),
            ("Date submitted", words.day(conduct.submitted_on)),
            ("Form", f"{template.title}, version {template.version}"),
            ("Grade criteria", f"Version {template.criteria}"),
        )
    )


def _part(content: ReviewContent, key: str) -> Iterator[Block]:
    """A part's answers, its grades where it has them, and the disagreements with it that stand."""
    part = next((part for part in content.template.parts if part.key == key), None)
    if part is not None and part.kind == "recommendations":
        yield from _recommendations(content, key)
    elif part is not None:
        grade = [_grade(graded) for graded in content.grades if graded.part == key]
        yield from part_blocks(content.template, key, content.answers.get(key, {}), content.people, grade)
    for disagreement in content.disagreements:
        if disagreement.part == key:
            who = words.WHO.get(disagreement.who, disagreement.who)
            yield Quote(f"{who} disagrees", disagreement.text)
            yield Quote("The reviewer’s answer", disagreement.reply)


def _grade(graded: Graded) -> GradeLine:
    return GradeLine(graded.title, graded.reviewer, graded.final, graded.reason)


def _recommendations(content: ReviewContent, key: str) -> Iterator[Block]:
    """As decided; what became of them since is the tracker's, and changes after the file is closed."""
    for level, title in words.LEVEL.items():
        rows = tuple(_recommended(row) for row in content.recommendations if row.level == level)
        if rows:
            columns = ("Number", "What is to be done", "What it will change", "By whom, by when", "Finding it answers")
            yield Table(title, columns, rows)
        else:
            yield Heading(3, title)
            yield Paragraph(_no_recommendations(content, key), quiet=True)


def _no_recommendations(content: ReviewContent, key: str) -> str:
    reason = (content.answers.get(key, {}).get("missing") or {}).get("part", "")
    return f"None. Why: {reason}" if reason and not content.recommendations else "None"


def _recommended(row: Recommended) -> tuple[str, ...]:
    return row.reference, row.action, row.effect, f"{row.owner}\n\n{words.day(row.due_on)}", row.finding


def _closing(content: ReviewContent) -> Iterator[Block]:
    closing, decided = content.closing, content.decided
    by = f"{decided.by} ({decided.acting})" if decided.acting else decided.by
    yield Heading(2, "Closing block")
    yield KeyValues(
        (
            ("Decided on", words.day(decided.on)),
            ("How", words.HOW.get(decided.how, decided.how)),
            ("By", by),
            ("Date sent to worker and line manager", words.day(closing.sent_on)),
            ("Date of the tracker meeting", words.day(closing.tracker_meeting_on)),
            ("Reviewed by the panel", words.yes_no(closing.by_panel)),
        )
    )


def _corrections(content: ReviewContent) -> Iterator[Block]:
    if content.corrections:
        yield PageBreak()
        yield Heading(2, "Corrections")
        yield Paragraph("Added after this record was first issued. Nothing above was changed.", quiet=True)
    for number, correction in enumerate(content.corrections, 1):
        yield Heading(3, f"Correction {number}, {words.day(correction.on)}")
        yield Paragraph(correction.text)
        yield Paragraph(f"Why: {correction.reason}")


def _seal(content: ReviewContent) -> Iterator[Block]:
    covers = (
        "This figure was computed from all that this record says: the child and review blocks, every answer,"
        " both grades of each section with the reasons, the disagreements that stand, the recommendations as decided,"
        " the closing block without the upload date, and any corrections, with the version of the form."
        " If a single letter of them were changed, the figure would be another."
    )
    first = content_sha256(before_corrections(content)) if content.corrections else ""
    was = content_sha256(in_force(content)) if content.reopened else ""
    yield from seal(content_sha256(content), covers, first, was_in_force=was)
