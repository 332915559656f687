"""The pre-read pack: what one member of the panel reads before a meeting, and the form to write on.

One review after the other as it was submitted, with what the worker and the manager answered and what was said in
confidence; then the moderation form as headings and lines. Nobody's reading is in it, nor the first moderation.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.documents import words
from app.documents.answered import part_blocks
from app.documents.model import (
    NOT_GIVEN,
    Block,
    Document,
    Heading,
    KeyValues,
    List,
    PageBreak,
    Paragraph,
    Quote,
    Ruled,
    Table,
)
from app.documents.panel_content import Answered, PackContent, Said, ToRead
from app.documents.shared import child_facts, meeting_facts
from forms.answers import filled_rows
from forms.descriptor import FormTemplate
from forms.schema import AnyQuestion, Part, RowsQuestion

LINES, LINES_FOR_ROWS = 5, 9
BOX, HELD, GAP = "☐", "\u00a0", "\u2003"  # a box stays with its first word; wide gaps between them


def pack(content: PackContent) -> Document:
    """One member's copy: the name is on every page."""
    return Document(
        title=f"Panel of {words.day(content.meeting.on)}: to read beforehand",
        subject=f"For {content.reader} alone",
        reference=f"Panel {words.day(content.meeting.on)}",
        authority=content.authority,
        footer="To read beforehand",
        marked_for=f"Confidential: copy of {content.reader}",
        blocks=tuple(_blocks(content)),
        depth=4,
    )


def _blocks(content: PackContent) -> Iterator[Block]:
    yield Heading(2, "The meeting")
    yield KeyValues(meeting_facts(content.meeting))
    yield Heading(2, "Agenda")
    yield Table(
        "Reviews to read",
        ("Item", "Review", "Reviewer", "Reading due"),
        tuple(
            (str(number), _name(review), review.conduct.reviewer, words.day(review.due_on))
            for number, review in enumerate(content.reviews, 1)
        ),
    )
    yield Paragraph(
        "Read each review alone. The lines are for notes: what counts is the reading that you submit in Plumbline."
        " These pages say much about children. Keep them as you keep a case record, and have them destroyed after the"
        " meeting."
    )
    for number, review in enumerate(content.reviews, 1):
        yield PageBreak()
        yield Heading(2, f"{number}. Review {_name(review)}")
        yield from _review(review, content.id_label)
        yield PageBreak()
        yield Heading(3, f"Moderation form for {review.reference}")
        yield from _form(review)


def _name(review: ToRead) -> str:
    return f"{review.reference}, {review.initials}"


# --- the review -----------------------------------------------------------------------------------------


def _review(review: ToRead, id_label: str) -> Iterator[Block]:
    conduct = review.conduct
    kind = words.REVIEWER_KIND.get(conduct.reviewer_kind, conduct.reviewer_kind)
    yield Heading(3, "The child and the review")
    yield KeyValues(
        (
            *child_facts(review.child, id_label, conduct.reviewed_on),
            ("Theme or focus", conduct.theme),
            ("Reviewer", f"{conduct.reviewer} ({kind.lower()})"),
            ("Worker", conduct.worker),
            ("Line manager", conduct.line_manager),
            ("Date of the review", words.day(conduct.reviewed_on)),
            ("Looks back to", words.day(conduct.look_back_from)),
            ("Date submitted", words.day(conduct.submitted_on)),
        )
    )
    for told in review.told:
        yield Paragraph(told)
    for part in review.template.parts:
        yield Heading(3, part.title)
        yield from _part(review, part)
    yield Heading(3, "The responses as a whole")
    yield from _responses(review)


def _part(review: ToRead, part: Part) -> Iterator[Block]:
    if part.kind == "recommendations":
        yield from _recommendations(review, part)
    else:
        answers = review.answers.get(part.key, {})
        yield from part_blocks(review.template, part.key, answers, review.people, confidential=True, level=4)
    for response in review.responses:
        for said in response.said:
            if said.part == part.key:
                yield from _said(response, said)


def _recommendations(review: ToRead, part: Part) -> Iterator[Block]:
    answers = review.answers.get(part.key, {})
    columns = ("What is to be done", "What it will change", "By whom, by when", "Finding it answers")
    for question in part.questions:
        rows = filled_rows(question, answers.get(question.key)) if isinstance(question, RowsQuestion) else []
        if rows:
            yield Table(question.label, columns, tuple(_recommended(review, row) for row in rows))
        elif isinstance(question, RowsQuestion):
            yield Heading(4, question.label)
            reason = (answers.get("missing") or {}).get("part", "")
            yield Paragraph(f"None. Why: {reason}" if reason else "None", quiet=True)


def _recommended(review: ToRead, row: dict[str, str]) -> tuple[str, ...]:
    titles = {part.key: part.title for part in review.template.parts}
    owner, due = review.people.get(row.get("owner") or "", NOT_GIVEN), words.iso_day(row.get("due"))
    finding = titles.get(row.get("finding") or "", "")
    return row.get("action") or "", row.get("impact") or "", f"{owner}\n\n{due}", finding


def _said(response: Answered, said: Said) -> Iterator[Block]:
    who = f"{words.WHO.get(response.who, response.who)}, {response.name}"
    yield Quote(f"{who}: {words.STANCE.get(said.stance, said.stance).lower()}", said.text)
    if said.reply:
        reply = words.REPLY.get(said.reply, said.reply).lower()
        yield Quote(f"The reviewer’s answer: {reply}", said.reply_text or NOT_GIVEN)


def _responses(review: ToRead) -> Iterator[Block]:
    """Who answered and when, and their reflections; whoever did not is said not to have."""
    given = {response.who: response for response in review.responses}
    facts = []
    for who, title in words.WHO.items():
        response = given.get(who)
        facts.append((title, f"{response.name}, {words.day(response.on)}" if response else "No response"))
    yield KeyValues(tuple(facts))
    for response in review.responses:
        who = words.WHO.get(response.who, response.who)
        if response.proud_of:
            yield Quote(f"{who}: what I am proud of", response.proud_of)
        if response.do_differently:
            yield Quote(f"{who}: what I would do differently", response.do_differently)


# --- the form to write on -------------------------------------------------------------------------------


def _form(review: ToRead) -> Iterator[Block]:
    for part in review.form.parts:
        if part.key in review.asked:
            yield Heading(4, part.title)
            yield from _questions(review.form, part)


def _questions(form: FormTemplate, part: Part) -> Iterator[Block]:
    """What is chosen stands with its boxes side by side; what is written has lines below it."""
    ticked = tuple((question.label, _boxes(form, question)) for question in part.questions if _choices(form, question))
    if ticked:
        yield KeyValues(ticked)
    for question in part.questions:
        if isinstance(question, RowsQuestion):
            yield List(tuple(column.label for column in question.columns))
            yield Ruled(LINES_FOR_ROWS)
        elif question.kind == "text":
            yield Paragraph(question.label, quiet=True)
            yield Ruled(LINES)


def _boxes(form: FormTemplate, question: AnyQuestion) -> str:
    return f"{GAP} ".join(f"{BOX}{HELD}{label}" for label in _choices(form, question))


def _choices(form: FormTemplate, question: AnyQuestion) -> tuple[str, ...]:
    if question.kind == "grade":
        return tuple(point.label for point in form.scale.points)
    if question.kind == "yes_no":
        return ("Yes", "No")
    return tuple(option.label for option in getattr(question, "options", ()))
