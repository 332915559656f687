"""What the pages around a meeting read: the meetings, one meeting's agenda, what waits to be listed, the themes.

An agenda holds what its reader may know of as the panel's: an exempt member, the chair too, sees no item, no number
and no gap of it (R4), whatever another tie shows of the review elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, or_, select
from sqlalchemy.orm import joinedload, load_only, selectinload

from app.extensions import session
from app.models.panel import AgreedForm, PanelItem, PanelListing, PanelMeeting, PanelReading, PanelSeat, PanelTheme
from app.models.people import Person, RoleName
from app.models.reviews import Review
from app.policy.acting import Office, acting_as
from app.policy.actor import Actor
from app.policy.panel import (
    items_of,
    known_meetings,
    of_meetings,
    read_items,
    reading_of,
    with_panel,
    with_seats,
)
from app.policy.visibility import Aspect, Sight, Tie, sees, visible_reviews
from app.queries.paging import Page, a_page, how_many, paged
from app.queries.reviews import NotVisible
from workflows.states import PanelItemState, ReadingState, ReviewState

PAGE = 20
OF_THE_PANEL = frozenset({Tie.PANEL_MEMBER, Tie.HEAD_OF_QA})
ON_AGENDA = (PanelItemState.READING, PanelItemState.DISCUSSING, PanelItemState.DECIDED)


# --- the meetings ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A meeting in a list, and the seat of who reads the list, if any."""

    meeting: PanelMeeting
    seat: PanelSeat | None


@dataclass(frozen=True)
class Meetings:
    """Those to come, soonest first; a page of the past ones, newest first."""

    coming: list[Line]
    past: Page[Line]


OVER = or_(PanelMeeting.ended_at.is_not(None), PanelMeeting.cancelled_at.is_not(None))
CHAIRS = (
    joinedload(PanelMeeting.chair).load_only(Person.name),
    joinedload(PanelMeeting.deputy_chair).load_only(Person.name),
)


def meetings(actor: Actor, office: Office, page: int = 1) -> Meetings:
    """The meetings this person may know of."""
    known = known_meetings(actor, office)
    soonest = select(PanelMeeting).where(known, ~OVER).options(*CHAIRS)
    coming = list(session.scalars(soonest.order_by(PanelMeeting.starts_at, PanelMeeting.id)))
    wanted = select(PanelMeeting).where(known, OVER)
    newest = (PanelMeeting.starts_at.desc(), PanelMeeting.id.desc())
    past = a_page(paged(PanelMeeting, wanted, newest).options(*CHAIRS), how_many(wanted), page, PAGE)
    seats = _seats(actor, [*coming, *past.rows])
    return Meetings(
        coming=[Line(row, seats.get(row.id)) for row in coming],
        past=past.of([Line(row, seats.get(row.id)) for row in past.rows]),
    )


def _seats(actor: Actor, rows: Sequence[PanelMeeting]) -> dict[int, PanelSeat]:
    """This person's seats, by the meeting's id."""
    query = (
        select(PanelSeat)
        .where(PanelSeat.person_id == actor.id, PanelSeat.meeting_id.in_([row.id for row in rows]))
        .options(joinedload(PanelSeat.substitute_for).load_only(Person.name))
    )
    return {seat.meeting_id: seat for seat in session.scalars(query)} if rows else {}


def get(actor: Actor, office: Office, public_id: str) -> PanelMeeting:
    """One meeting by the id of its address, with who sits there. Raises NotVisible."""
    query = select(PanelMeeting).where(PanelMeeting.public_id == public_id, known_meetings(actor, office))
    found = session.scalars(query.options(*CHAIRS)).one_or_none()
    if found is None:
        raise NotVisible
    with_seats([found])
    return found


def newest() -> PanelMeeting | None:
    """The meeting set up last: the next one begins as it was, for who sets it up."""
    query = select(PanelMeeting).where(PanelMeeting.cancelled_at.is_(None)).order_by(PanelMeeting.id.desc()).limit(1)
    found = session.scalars(query).one_or_none()
    with_seats([found] if found is not None else [])
    return found


# --- one agenda -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Listed:
    """One review on an agenda, or one that left it, as one person may know it."""

    item: PanelItem
    sight: Sight
    number: int  # among those this person may know of; 0 for one that left
    outcome: str  # how it left, "" while it is on the agenda
    reason: str
    own: PanelReading | None  # one's own reading, without its text
    answers: Mapping[str, Any]  # what is written of it so far

    @property
    def review(self) -> Review:
        return self.item.review


@dataclass(frozen=True)
class Agenda:
    """What one person may know of an agenda. `whole`: of everything that was decided there."""

    on: list[Listed]
    left: list[Listed]
    whole: bool

    @property
    def decided(self) -> list[Listed]:
        return [row for row in self.on if row.item.state is PanelItemState.DECIDED]

    @property
    def undecided(self) -> list[Listed]:
        return [row for row in self.on if row.item.state is not PanelItemState.DECIDED]


def agenda(actor: Actor, office: Office, meeting: PanelMeeting) -> Agenda:
    """The agenda in its order, numbered among what this person may know of."""
    stays = _stays(meeting)
    items = _items(list(stays))
    sights = _sights(actor, office, items)
    known = [item for item in items if _of_panel(actor, item, sights[item.id])]
    written = _written(actor, known)
    on: list[Listed] = []
    left: list[Listed] = []
    for item in known:
        stay = stays[item.id]
        here = item.meeting_id == meeting.id and item.state in ON_AGENDA
        (on if here else left).append(
            Listed(
                item=item,
                sight=sights[item.id],
                number=len(on) + 1 if here else 0,
                outcome="" if here else stay.outcome or str(item.state),
                reason="" if here else stay.reason,
                own=_own(actor, item, sights[item.id]),
                answers=written.get(item.id, {}),
            )
        )
    decided = {item_id for item_id, stay in stays.items() if stay.outcome == "decided"}
    return Agenda(on, left, whole=decided <= {item.id for item in known})


def _stays(meeting: PanelMeeting) -> dict[int, PanelListing]:
    """Each item's last stay on this agenda, by the item's id."""
    query = select(PanelListing).where(PanelListing.meeting_id == meeting.id).order_by(PanelListing.id)
    return {row.item_id: row for row in session.scalars(query)}


OF_REVIEW = load_only(
    Review.public_id, Review.reference, Review.state, Review.child_id, Review.reviewer_id, Review.worker_id,
    Review.line_manager_id, Review.independent_chair_id, Review.issued_at, Review.decided_how, Review.version,
)  # fmt: skip


def with_review(query: Select[PanelItem]) -> Select[PanelItem]:
    """With what the rules ask of an item and of its review, and the two forms."""
    review = joinedload(PanelItem.review)
    asked = (Person.name, Person.agency_id, Person.line_manager_id)
    return with_panel(query).options(
        review.options(
            OF_REVIEW,
            joinedload(Review.child),
            joinedload(Review.form_version),
            *(joinedload(each).load_only(*asked) for each in (Review.reviewer, Review.worker, Review.line_manager)),
        ),
    )


_OF_IDS = with_review(
    select(PanelItem)
    .where(PanelItem.id.in_(bindparam("items", expanding=True)))
    .order_by(PanelItem.position, PanelItem.id)
)


def _items(ids: Sequence[int]) -> list[PanelItem]:
    return read_items(_OF_IDS, {"items": ids}) if ids else []


def _sights(actor: Actor, office: Office, items: Sequence[PanelItem]) -> dict[int, Sight]:
    """What this person sees of each item's review, which follows from the review's latest item."""
    if actor.has(RoleName.REVIEWER):  # a reviewer's own sight asks the declarations
        _load_declarations(items)
    latest = {item.review_id: item for item in items if item.latest}
    latest |= items_of([item.review for item in items if item.review_id not in latest])
    return {item.id: sees(actor, item.review, office, item=latest.get(item.review_id)) for item in items}


def _load_declarations(items: Sequence[PanelItem]) -> None:
    ids = [item.review_id for item in items]
    session.scalars(select(Review).where(Review.id.in_(ids)).options(selectinload(Review.declarations))).all()


def _of_panel(actor: Actor, item: PanelItem, sight: Sight) -> bool:
    own = reading_of(actor.id, item)
    out = own is not None and own.state is ReadingState.EXEMPT
    return Aspect.EXISTS in sight and bool(sight.ties & OF_THE_PANEL) and not out


def _own(actor: Actor, item: PanelItem, sight: Sight) -> PanelReading | None:
    return reading_of(actor.id, item) if Aspect.OWN_READING in sight and item.latest else None


def _written(actor: Actor, items: Iterable[PanelItem]) -> dict[int, Mapping[str, Any]]:
    """The text of this person's readings that are being written, by the item's id."""
    begun = [item.id for item in items if (row := reading_of(actor.id, item)) and row.state is ReadingState.READING]
    if not begun:
        return {}
    query = select(PanelReading.item_id, PanelReading.answers).where(
        PanelReading.person_id == actor.id, PanelReading.item_id.in_(begun)
    )
    return {row.item_id: row.answers for row in session.execute(query)}


# --- what waits to be listed ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """A review that was adjourned, and since when and why it waits."""

    item: PanelItem
    since: datetime | None
    reason: str


def waiting(actor: Actor, office: Office) -> list[Waiting]:
    """The adjourned items on whose reviews this person acts as Head of QA, the longest first."""
    if actor.id not in (*office.heads, *office.deputies, *office.assistant_directors):
        return []
    wanted = select(PanelItem).join(PanelItem.review).where(
        Review.state == ReviewState.PANEL_MODERATION,
        visible_reviews(actor, office),
        PanelItem.latest,
        PanelItem.state == PanelItemState.ADJOURNED,
    )  # fmt: skip
    query = with_review(wanted).options(selectinload(PanelItem.listings))
    found = [item for item in read_items(query) if acting_as(actor.id, item.review, office)]
    rows = [Waiting(item, item.listings[-1].ended_at, item.listings[-1].reason) for item in found]
    return sorted(rows, key=lambda row: (row.since is None, row.since, row.item.id))


# --- themes of moderation -------------------------------------------------------------------------------


def themes(actor: Actor, office: Office, meeting: PanelMeeting, shown: Agenda) -> list[PanelTheme]:
    """What was collated after the meeting. A theme comes from what was said of a review: it is shown to the Head's
    office, and to those who were in on everything that was decided."""
    if meeting.started_at is None or not (of_meetings(actor, office) or shown.whole):
        return []
    query = select(PanelTheme).where(PanelTheme.meeting_id == meeting.id).options(joinedload(PanelTheme.kept_by))
    return list(session.scalars(query.order_by(PanelTheme.id)))


def offered_themes(shown: Agenda) -> list[str]:
    """The themes named in the agreed forms of what was decided, each once, of the items this person sees whole."""
    ids = [row.item.id for row in shown.decided if Aspect.READINGS in row.sight]
    forms = session.scalars(select(AgreedForm.answers).where(AgreedForm.item_id.in_(ids)).order_by(AgreedForm.item_id))
    named = [text.strip() for answers in forms for text in answers.get("themes") or ()]
    return list({text.casefold(): text for text in reversed(named) if text}.values())[::-1]


def decided_since(actor: Actor, office: Office, since: datetime) -> list[PanelItem]:
    """The items decided since then whose readings this person may all see (R3, R4)."""
    wanted = select(PanelItem).join(PanelItem.review).where(
        visible_reviews(actor, office),
        and_(PanelItem.latest, PanelItem.state == PanelItemState.DECIDED, PanelItem.decided_at >= since),
    )  # fmt: skip
    items = read_items(with_review(wanted))
    sights = _sights(actor, office, items)
    return [item for item in items if Aspect.READINGS in sights[item.id] and _of_panel(actor, item, sights[item.id])]
