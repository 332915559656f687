"""What pages read of one item before the panel: one's own reading, who has submitted, and all readings once open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Select, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, undefer

from app.extensions import session
from app.insight.agreement import differing, spread
from app.models.panel import PanelItem, PanelListing, PanelReading, PanelSeat, ReadingAddition
from app.models.people import Person
from app.models.reviews import FirstModeration, Review
from app.policy.acting import Office, acting_as
from app.policy.actor import Actor
from app.policy.panel import CURRENT, ON_PANEL, chairing, reading_of, reads
from app.policy.visibility import Aspect, Tie
from app.queries import reviews
from app.queries.reviews import NotVisible, Seen
from forms import descriptor
from forms import moderation as forms
from forms.completeness import Progress, progress
from forms.descriptor import FormTemplate
from workflows.states import PanelItemState, ReadingState

OF_THE_PANEL = frozenset({Tie.PANEL_MEMBER, Tie.HEAD_OF_QA})


@dataclass(frozen=True)
class OnForms:
    """An item with its two forms: the review's own, and the one it is moderated on."""

    item: PanelItem

    @property
    def review_form(self) -> FormTemplate:
        return _template(self.item.review.form_version)

    @property
    def form(self) -> FormTemplate:
        return _template(self.item.form_version)


@dataclass(frozen=True)
class SeenItem(OnForms):
    """An item as one person may see it: the review's sight says which of its parts."""

    seen: Seen


def _template(version: Any) -> FormTemplate:
    return descriptor.stored(version.checksum, lambda: version.descriptor)


# Made once. The latest item of a review alone: an earlier one, whose readings were opened, is told by the latest.
_LATEST = reviews.whole(select(Review).join(PanelItem, PanelItem.review_id == Review.id).where(PanelItem.latest))
BY_ITEM = _LATEST.where(PanelItem.public_id == bindparam("address"))
BY_READING = _LATEST.join(PanelItem.readings).where(PanelReading.public_id == bindparam("address"))
MINE = BY_READING.where(PanelReading.person_id == bindparam("person"))


def find_item(actor: Actor, office: Office, public_id: str) -> SeenItem:
    """An item by the id of its address. Raises NotVisible, for an exempt member too."""
    found = _seen_item(actor, office, BY_ITEM, {"address": public_id}, with_texts=True)
    if found.item.public_id != public_id:
        raise NotVisible
    return found


_BEHIND = (
    select(PanelItem.review_id)
    .join(PanelItem.readings)
    .where(PanelItem.public_id == bindparam("address"), PanelItem.latest, PanelItem.state.in_(CURRENT))
    .where(PanelReading.person_id == bindparam("person"), PanelReading.state == ReadingState.SUBMITTED)
)


def review_behind(actor: Actor, public_id: str) -> int | None:
    """The id of the review of an item that this person is deciding, for an action that asks its own rules of it.

    None for whoever has not read it, and so may not know of it: a lock taken for them would tell by being waited for.
    """
    return session.scalar(_BEHIND, {"address": public_id, "person": actor.id})


def find_reading(actor: Actor, office: Office, public_id: str) -> tuple[SeenItem, PanelReading]:
    """One's own reading by the id of its address; nobody else's, whoever asks (R3). Raises NotVisible."""
    found = _seen_item(actor, office, MINE, {"address": public_id, "person": actor.id})
    row = reads(actor, found.item)
    if row is None or row.public_id != public_id or Aspect.OWN_READING not in found.seen.sight:
        raise NotVisible
    return found, session.get_one(PanelReading, row.id, options=[undefer(PanelReading.answers)], populate_existing=True)


_ON_FORMS = (
    select(PanelReading)
    .join(PanelReading.item)
    .where(PanelReading.public_id == bindparam("address"), PanelReading.person_id == bindparam("person"))
    .where(PanelItem.latest, PanelItem.state.in_(CURRENT), PanelReading.state != ReadingState.EXEMPT)
    .options(
        contains_eager(PanelReading.item).options(
            joinedload(PanelItem.form_version), joinedload(PanelItem.review).joinedload(Review.form_version)
        )
    )
)


def own_to_write(actor: Actor, public_id: str) -> tuple[OnForms, PanelReading] | None:
    """One's own reading with what its form is made of, to take in what was posted; nothing that could be shown.

    Whether it may be written now is asked by the action, of the locked rows. None where it is not plainly this
    person's to know of: then `find_reading` says, before any lock is taken.
    """
    row = session.scalars(_ON_FORMS, {"address": public_id, "person": actor.id}).one_or_none()
    return (OnForms(row.item), row) if row is not None and (row.as_substitute or actor.has(*ON_PANEL)) else None


def _seen_item(
    actor: Actor, office: Office, query: Select[Any], given: Mapping[str, Any], *, with_texts: bool = False
) -> SeenItem:
    """The latest item of the review that is found."""
    seen = reviews.found_by(actor, office, query, given, with_texts=with_texts)
    if seen.item is None or not seen.sight.ties & OF_THE_PANEL:
        raise NotVisible
    return SeenItem(seen.item, seen)


def reading_for_somebody_else(actor: Actor, office: Office, public_id: str) -> tuple[SeenItem, PanelReading]:
    """A reading as who excuses its reader knows it: whose it is and how far, never what it says."""
    found = _seen_item(actor, office, BY_READING, {"address": public_id})
    row = next((each for each in found.item.readings if each.public_id == public_id), None)
    if row is None or Aspect.WHO_SUBMITTED not in found.seen.sight:
        raise NotVisible
    return found, row


# --- one's own reading ----------------------------------------------------------------------------------


def parts_done(found: SeenItem, answers: Mapping[str, Any]) -> tuple[int, int]:
    """How many parts of a reading are complete, of how many (`4 of 11 parts`)."""
    asked = [part.key for part in forms.asked(found.review_form, found.form)]
    states = progress(found.form, answers)
    return sum(states[key] is Progress.COMPLETE for key in asked), len(asked)


# --- at the meeting -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reader:
    """A member's line of an item: who, in what part, how far. Nothing of what was written."""

    public_id: str
    name: str
    part: str  # chair, deputy_chair, member, substitute
    state: str
    present: bool
    counted: bool
    substitutes: str = ""


def readers(found: SeenItem) -> list[Reader]:
    """Everybody of the item in the order of the table: the chair, the deputy, the members."""
    if Aspect.WHO_SUBMITTED not in found.seen.sight and Aspect.READINGS not in found.seen.sight:
        return []
    meeting = found.item.meeting
    seats = {seat.person_id: seat for seat in meeting.seats} if meeting else {}
    rows = [_reader(row, seats.get(row.person_id), meeting) for row in found.item.readings]
    return sorted(rows, key=lambda row: (ORDER.index(row.part), row.name))


ORDER = ("chair", "deputy_chair", "member", "substitute")


def _reader(row: PanelReading, seat: PanelSeat | None, meeting: Any) -> Reader:
    part = "substitute" if row.as_substitute else "member"
    if meeting is not None:
        part = {meeting.chair_id: "chair", meeting.deputy_chair_id: "deputy_chair"}.get(row.person_id, part)
    state = "left" if seat is not None and seat.left_at is not None else str(row.state)
    instead = seat.substitute_for.name if seat is not None and seat.substitute_for is not None else ""
    present = seat is not None and str(seat.attendance) == "present"
    return Reader(row.public_id, row.person.name, part, state, present, row.counted, instead)


@dataclass(frozen=True)
class Given:
    """One reader's answers to one part of the form: the grade (stored number or None), whether it agrees, the words."""

    person_id: int
    reader: str
    grade: int | None
    agree: str
    comment: str
    counted: bool


@dataclass(frozen=True)
class GridRow:
    """One section of the review before the panel: every grade given to it, and how far the readings lie apart."""

    section: str
    part: str
    title: str
    reviewer: int | None
    head: int | None
    given: list[Given]
    spread: int  # of the counted readings alone
    apart: list[str]  # who differs, by name
    apart_ids: frozenset[int]  # two may have one name


@dataclass(frozen=True)
class Opened:
    """The readings of an opened item: the grid, disagreement first, and what was written on the other parts."""

    rows: list[GridRow]
    others: list[tuple[str, str, list[Given]]]  # part, title, words
    additions: list[tuple[str, str]]  # who, words added after opening


def opened(found: SeenItem) -> Opened | None:
    """All readings of the item, for who may see them now (R11); None for anybody else."""
    if Aspect.READINGS not in found.seen.sight:
        return None
    read = _submitted(found.item)
    head = _head_view(found.item)
    own, form = found.review_form, found.form
    reviewer = _numbers(own, found.item.revision.content["parts"])
    titles = {part.key: part.title for part in own.parts}
    rows = [
        _grid_row(form, section, part, titles[section], reviewer.get(section), head.get(section), read)
        for section, part in forms.sections(own, form).items()
    ]
    graded = {row.part for row in rows}
    others = [
        (part.key, part.title, [each for each in _given(form, part.key, read) if each.comment])
        for part in forms.asked(own, form)
        if part.key not in graded
    ]
    additions = [(row.name, said) for row in read for said in row.additions]
    return Opened(sorted(rows, key=lambda row: -row.spread), others, additions)


@dataclass(frozen=True)
class Read:
    """One submitted reading with its words, and what was added since."""

    person_id: int
    name: str
    counted: bool
    answers: Mapping[str, Any]
    additions: list[str]


# A reading comes once for each addition to it.
ANSWERS = (
    select(PanelReading.id, PanelReading.answers, ReadingAddition.text)
    .outerjoin(ReadingAddition, ReadingAddition.reading_id == PanelReading.id)
    .where(PanelReading.item_id == bindparam("item"), PanelReading.state == ReadingState.SUBMITTED)
    .order_by(PanelReading.id, ReadingAddition.id)
)
HEAD_VIEW = select(FirstModeration.answers).where(FirstModeration.revision_id == bindparam("revision"))


def _submitted(item: PanelItem) -> list[Read]:
    """The submitted readings with their text, those of the exempt never (R4). Who read is known of the item."""
    answers: dict[int, Mapping[str, Any]] = {}
    added: dict[int, list[str]] = {}
    for row in session.execute(ANSWERS, {"item": item.id}):
        answers[row.id] = row.answers
        added.setdefault(row.id, []).extend([row.text] if row.text is not None else ())
    read = [
        Read(row.person_id, row.person.name, row.counted, answers[row.id], added[row.id])
        for row in item.readings
        if row.id in answers
    ]
    meeting = item.meeting
    first = [meeting.chair_id, meeting.deputy_chair_id] if meeting else []
    return sorted(read, key=lambda row: first.index(row.person_id) if row.person_id in first else len(first))


def _head_view(item: PanelItem) -> dict[str, int]:
    """The first moderator's view of each section, sealed until the item is opened (R3)."""
    answers = session.scalar(HEAD_VIEW, {"revision": item.revision_id}) or {}
    values = {point.key: point.value for point in _template(item.form_version).scale.points}
    views = answers.get("views") or {}
    return {part: values[view["grade"]] for part, view in views.items() if view.get("grade") in values}


def _numbers(template: FormTemplate, answers: Mapping[str, Any]) -> dict[str, int]:
    values = {point.key: point.value for point in template.scale.points}
    found = {part.key: (answers.get(part.key) or {}).get(question.key) for part, question in template.grade_questions}
    return {part: values[key] for part, key in found.items() if key in values}


def _given(form: FormTemplate, part: str, read: list[Read]) -> list[Given]:
    values = {point.key: point.value for point in form.scale.points}
    found = []
    for row in read:
        answers = row.answers.get(part) or {}
        grade = values.get(answers.get(forms.GRADE) or "")
        agree, comment = str(answers.get("agree") or ""), str(answers.get("comment") or "")
        found.append(Given(row.person_id, row.name, grade, agree, comment, row.counted))
    return found


def _grid_row(
    form: FormTemplate,
    section: str,
    part: str,
    title: str,
    reviewer: int | None,
    head: int | None,
    read: list[Read],
) -> GridRow:
    given = _given(form, part, read)
    counted = {each.person_id: each.grade for each in given if each.counted and each.grade is not None}
    apart = frozenset(differing(counted))
    names = sorted(each.reader for each in given if each.person_id in apart)
    return GridRow(section, part, title, reviewer, head, given, spread(counted.values()), names, apart)


def shared_comments(seen: Seen) -> list[tuple[str, list[str]]]:
    """What the chair shared with the reviewer: the comments part by part, without whose they are or any grade."""
    item = seen.item
    if item is None or item.shared_at is None or Aspect.CHAIR_SHARED not in seen.sight:
        return []
    form, own, read = _template(item.form_version), _template(item.review.form_version), _submitted(item)
    found = [
        (part.title, [each.comment for each in _given(form, part.key, read) if each.comment])
        for part in forms.asked(own, form)
    ]
    return [(title, comments) for title, comments in found if comments]


def _agenda() -> Select[Any]:
    """The items of a meeting in order, with how far one's own reading of each is; made once."""
    mine = and_(PanelReading.item_id == PanelItem.id, PanelReading.person_id == bindparam("person"))
    counts = or_(PanelReading.as_substitute, bindparam("on_panel", type_=Boolean))
    state = case((counts, PanelReading.state)).label("state")
    query = select(PanelItem.id, PanelItem.review_id, state).outerjoin(PanelReading, mine)
    query = query.where(PanelItem.meeting_id == bindparam("meeting"), PanelItem.latest)
    query = query.where(PanelItem.state != PanelItemState.LEFT)
    return query.order_by(PanelItem.position, PanelItem.id)


AGENDA = _agenda()


def place_on_agenda(actor: Actor, office: Office, found: SeenItem) -> tuple[int, int]:
    """`item 2 of 5`, counted among those of the meeting that this person knows of as the panel's: a number or a gap
    would tell an exempt member of an item (R4)."""
    if found.item.meeting_id is None:
        return 0, 0
    asked = {"meeting": found.item.meeting_id, "person": actor.id, "on_panel": actor.has(*ON_PANEL)}
    rows = session.execute(AGENDA, asked).all()
    read = {row.id for row in rows if row.state not in (None, ReadingState.EXEMPT)}
    headed = _headed(actor, office, {row.review_id for row in rows if row.id not in read})
    known = [row.id for row in rows if row.id in read or row.review_id in headed]
    return (known.index(found.item.id) + 1 if found.item.id in known else 0), len(known)


def _headed(actor: Actor, office: Office, review_ids: set[int]) -> set[int]:
    """Those of these reviews on which this person acts as Head of QA; nothing is asked for anybody else."""
    in_office = (*office.heads, *office.deputies, *office.assistant_directors, *office.delegated)
    if not review_ids or actor.id not in in_office:
        return set()
    people = (joinedload(each).load_only(Person.line_manager_id) for each in (Review.worker, Review.line_manager))
    query = select(Review).where(Review.id.in_(review_ids)).options(*people)
    return {row.id for row in session.scalars(query).unique() if acting_as(actor.id, row, office)}


def taken_up(item: PanelItem, opened_at: datetime, started_at: datetime) -> datetime:
    """Since when it is talked about at this meeting. One that was opened at another goes on here as it stands: from
    when it came onto the agenda, and those before it were finished."""
    if opened_at >= started_at:
        return opened_at
    listed = [row.listed_at for row in item.listings if row.meeting_id == item.meeting_id and row.ended_at is None]
    before = select(func.max(PanelListing.ended_at)).join(PanelListing.item)
    before = before.where(PanelListing.meeting_id == item.meeting_id, PanelItem.position < item.position)
    return max(started_at, *listed, session.scalar(before) or started_at)


def last_adjourned(found: SeenItem) -> PanelListing | None:
    """When and why the item was adjourned last, while it waits for its discussion to go on."""
    rows = [row for row in found.item.listings if row.outcome == "adjourned"]
    return rows[-1] if rows and found.item.decided_at is None else None


def find_for_dissent(actor: Actor, office: Office, public_id: str) -> SeenItem:
    """The item of a review for whom a dissent may be recorded: the reviewer's too, who is not of the panel (R5).

    Whether this person may is the service's to say. Raises NotVisible.
    """
    row = session.execute(
        select(PanelItem.id, Review.public_id).join(PanelItem.review).where(PanelItem.public_id == public_id)
    ).one_or_none()
    if row is None:
        raise NotVisible
    seen = reviews.get(actor, office, row.public_id)
    if seen.item is None or seen.item.id != row.id or Aspect.DECIDED not in seen.sight:
        raise NotVisible
    return SeenItem(seen.item, seen)


def who_chairs(found: SeenItem) -> tuple[str, str]:
    """Who chairs the item and why it is not the chair; two empty words where nobody can."""
    chair = chairing(found.item)
    row = reading_of(chair.person_id, found.item) if chair else None
    return (row.person.name, chair.why) if chair and row else ("", "")
