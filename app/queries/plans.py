"""What pages read of plans: the list, one plan's table, one line with its history, the papers made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    Text,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.orm import joinedload, load_only, selectinload

from app import clock
from app.extensions import session
from app.models.people import Person
from app.models.plans import STANDING, UNSURE, ImportBatch, Plan, PlanLine, PlanLineEntry, PlanReview, PlanSection, Rag
from app.models.recommendations import Recommendation, RecommendationEntry
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.local import load
from app.policy.recommendation_sight import RecommendationSight, reads_entry
from app.policy.visibility import OWN_COLUMNS, visible_among_few, visible_plans
from app.queries.paging import Page, limited
from app.queries.recommendations import Colour, colour_of
from app.queries.reviews import NotVisible

PAGE = 50


@dataclass(frozen=True)
class PlanRow:
    """One plan in the list."""

    plan: Plan
    lines: int
    unsure: int


def listing(actor: Actor, office: Office) -> list[PlanRow]:
    """Every plan this person may see, those that are kept first."""
    standing, unsure = _counted(STANDING), _counted(UNSURE)
    query = (
        select(Plan, func.coalesce(standing.c.lines, 0), func.coalesce(unsure.c.lines, 0))
        .outerjoin(standing, standing.c.plan_id == Plan.id)
        .outerjoin(unsure, unsure.c.plan_id == Plan.id)
        .where(visible_plans(actor, office))
        .order_by(Plan.ended_at.is_not(None), Plan.kind, Plan.name)
    )
    return [PlanRow(plan, lines, unsure) for plan, lines, unsure in session.execute(query)]


def _counted(lines: Any) -> Subquery:
    """Of each plan how many lines there are of a kind that has an index."""
    return select(PlanLine.plan_id, func.count().label("lines")).where(lines).group_by(PlanLine.plan_id).subquery()


def get(actor: Actor, office: Office, public_id: str) -> Plan:
    """One plan by the id of its address. Raises NotVisible."""
    query = select(Plan).where(Plan.public_id == public_id, visible_plans(actor, office))
    plan = session.scalars(query).one_or_none()
    if plan is None:
        raise NotVisible
    return plan


def to_choose(actor: Actor, office: Office) -> list[Plan]:
    """The plans that something can be put into, those of the service first."""
    query = select(Plan).where(Plan.ended_at.is_(None), visible_plans(actor, office))
    return list(session.scalars(query.order_by(Plan.kind, Plan.name)))


def sections(plan: Plan) -> list[PlanSection]:
    """The headings that stand in it, in order."""
    query = select(PlanSection).where(PlanSection.plan_id == plan.id, PlanSection.removed_at.is_(None))
    return list(session.scalars(query.order_by(PlanSection.place, PlanSection.id)))


def sections_to_choose(plans: Sequence[Plan]) -> list[tuple[str, str, str]]:
    """(id, plan's name, heading) of every heading of these plans."""
    if not plans:
        return []
    query = (
        select(PlanSection.public_id, Plan.name, PlanSection.title)
        .join(Plan, Plan.id == PlanSection.plan_id)
        .where(PlanSection.plan_id.in_([plan.id for plan in plans]), PlanSection.removed_at.is_(None))
        .order_by(Plan.kind, Plan.name, PlanSection.place)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


# --- the table ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Followed:
    """The recommendation that a line follows, as far as this person may know of it."""

    reference: str
    public_id: str
    state: str
    colour: Colour
    latest: str
    latest_on: date | None
    owner: str


@dataclass(frozen=True)
class Line:
    """A line with its section, and what it follows where this person may see that."""

    row: PlanLine
    followed: Followed | None

    @property
    def overdue(self) -> bool:
        done = self.row.rag is not None and str(self.row.rag) == "blue"
        return self.row.due_on is not None and self.row.due_on < clock.today() and not done


@dataclass(frozen=True)
class Table:
    """The lines of one page of a plan, in sections in order; a section of no lines is there as well."""

    sections: list[tuple[PlanSection | None, list[Line]]]
    page: Page[Line]
    unsure: int
    headings: Sequence[PlanSection]  # all of them
    begins: Mapping[int, int]  # on which page each heading first stands, by its id
    total: int  # of all lines of the plan, whichever are shown
    overdue: int

    @property
    def lines(self) -> list[Line]:
        return [line for _section, lines in self.sections for line in lines]


def table(actor: Actor, office: Office, plan: Plan, page: int | None = 1, only: str = "") -> Table:
    """The plan's lines; `page` None for all of them. Only the lines of the page are read.

    `only`, one of ONLY or of RAG: those alone, under the headings that have any.
    """
    asked: dict[str, Any] = {"plan": plan.id, "today": clock.today()}
    if only in RAG:
        asked, only = {**asked, "chosen": _of_colour(actor, office, plan, only)}, "chosen"
    counts: dict[int | None, int] = dict(session.execute(_UNDER_EACH[only], asked).all())
    headings = [heading for heading in sections(plan) if not only or counts.get(heading.id)]
    total = sum(counts.values())
    size = PAGE if page is not None else max(1, total)
    number = min(max(page or 1, 1), max(1, -(-total // size)))
    place = {heading.id: at for at, heading in enumerate(headings)}
    found = session.scalars(_LINES[only], {**asked, "most": size, "start": (number - 1) * size})
    rows = sorted(found, key=lambda row: (place.get(row.section_id or 0, -1), row.place, row.id))
    followed = _followed(actor, office, rows)
    lines = [Line(row, followed.get(row.recommendation_id or 0)) for row in rows]
    shown = Page(lines, total, number, size)
    whole, unsure, overdue = session.execute(_OF_EACH_KIND, asked).one()
    begins = _begins(headings, counts, shown)
    return Table(_in_sections(headings, counts, begins, shown), shown, unsure, headings, begins, whole, overdue)


def number_of(row: PlanLine) -> int:
    """Which line of its plan it is, counted from one in the order of the table; 0 for one that was taken out."""
    return numbers(row.plan_id).get(row.id, 0)


def numbers(plan_id: int) -> dict[int, int]:
    """The number of each line that stands in a plan, by its id."""
    return {line: number for number, line in enumerate(session.scalars(_IN_ORDER, {"plan": plan_id}), 1)}


_HERE = and_(PlanLine.plan_id == bindparam("plan"), PlanLine.removed_at.is_(None))
_OVERDUE = and_(PlanLine.due_on < bindparam("today"), or_(PlanLine.rag.is_(None), PlanLine.rag != Rag.BLUE))
# With the columns named, since headings are joined; word for word as the index has it.
_UNSURE = func.length(cast(PlanLine.doubts, Text)) > literal_column("2")
# What a plan may be asked to show alone; the empty one is all of it.
ONLY: dict[str, ColumnElement[bool]] = {"": true(), "unsure": _UNSURE, "overdue": _OVERDUE}


def _ordered() -> Select[Any]:
    """Ids in the order of the headings that stand; loose ones are above the first."""
    heading = PlanSection
    return (
        select(PlanLine.id)
        .outerjoin(heading, and_(heading.id == PlanLine.section_id, heading.removed_at.is_(None)))
        .where(_HERE)
        .order_by(heading.id.is_not(None), heading.place, heading.id, PlanLine.place, PlanLine.id)
    )


def _lines_of_a_page(wanted: ColumnElement[bool]) -> Select[Any]:
    """Chosen by id alone."""
    return select(PlanLine).where(PlanLine.id.in_(limited(_ordered().where(wanted))))


def _under_each(wanted: ColumnElement[bool]) -> Select[int | None, int]:
    return select(PlanLine.section_id, func.count()).where(_HERE, wanted).group_by(PlanLine.section_id)


_IN_ORDER = _ordered()
_CHOSEN = {"chosen": PlanLine.id.in_(bindparam("chosen", expanding=True))}
_LINES = {name: _lines_of_a_page(wanted) for name, wanted in (ONLY | _CHOSEN).items()}
_UNDER_EACH = {name: _under_each(wanted) for name, wanted in (ONLY | _CHOSEN).items()}
_OF_EACH_KIND = select(
    *(select(func.count(PlanLine.id)).where(_HERE, wanted).scalar_subquery() for wanted in ONLY.values())
)


def _begins(headings: Sequence[PlanSection], counts: Mapping[int | None, int], shown: Page[Line]) -> dict[int, int]:
    """On which page each heading first stands, by its id; one of no lines stands where its first would."""
    before = sum(counts.values()) - sum(counts.get(heading.id, 0) for heading in headings)
    found = {}
    for heading in headings:
        found[heading.id] = min(1 + before // shown.size, shown.pages)
        before += counts.get(heading.id, 0)
    return found


def _in_sections(
    headings: Sequence[PlanSection], counts: Mapping[int | None, int], begins: Mapping[int, int], shown: Page[Line]
) -> list[tuple[PlanSection | None, list[Line]]]:
    under: dict[int | None, list[Line]] = {}
    for line in shown.rows:
        under.setdefault(line.row.section_id, []).append(line)
    loose = [line for key, lines in under.items() if key not in begins for line in lines]
    held = [
        (heading, under.get(heading.id, []))
        for heading in headings
        if heading.id in under or (not counts.get(heading.id) and begins[heading.id] == shown.page)
    ]
    first: list[tuple[PlanSection | None, list[Line]]] = [(None, loose)] if loose else []
    return [*first, *held]


# By which RAG a plan may be asked for; the last stands for every line that has none of the others.
RAG = (*map(str, Rag), "none")
_COLOURED = [
    getattr(Recommendation, name) for name in ("id", "state", "outcome", "forecast", "due_on", "impact_due_on")
]
_RAGS = select(PlanLine.id, PlanLine.rag, PlanLine.recommendation_id).where(_HERE)


def _of_colour(actor: Actor, office: Office, plan: Plan, wanted: str) -> list[int]:
    """The lines whose RAG is shown to this person in that colour: that of the recommendation followed, which is
    derived and never stored (R9), where he or she may see it."""
    rows = session.execute(_RAGS, {"plan": plan.id}).all()
    ids = {row.recommendation_id for row in rows if row.recommendation_id is not None}
    known = select(*_COLOURED).where(Recommendation.id.in_(ids), visible_among_few(actor, office))
    derived = {row.id: colour_of(row).tone for row in session.execute(known)} if ids else {}
    shown = {row.id: derived.get(row.recommendation_id) or str(row.rag or "") for row in rows}
    return [key for key, colour in shown.items() if (colour if colour in RAG else "none") == wanted]


def _followed(actor: Actor, office: Office, rows: Iterable[PlanLine]) -> Mapping[int, Followed]:
    """What is known of the recommendations that these lines follow, of those this person may see."""
    ids = {row.recommendation_id for row in rows if row.recommendation_id is not None}
    if not ids:
        return {}
    query = select(Recommendation).where(Recommendation.id.in_(ids), visible_among_few(actor, office))
    found = list(session.scalars(query.options(joinedload(Recommendation.owner))))
    latest = _latest([row.id for row in found])
    return {row.id: _as_followed(row, _read_by(actor, office, row, latest.get(row.id))) for row in found}


def _read_by(
    actor: Actor, office: Office, row: Recommendation, entry: RecommendationEntry | None
) -> RecommendationEntry | None:
    """What was said last, where its words are this person's to read: who has it as owner, verifier or director reads
    what a former one wrote no more here than on its own page; who sees it by another tie sees it whole."""
    own = actor.id in [getattr(row, column.key) for column in OWN_COLUMNS]
    sight = RecommendationSight(whole=not own or office.holds(actor.id), steers=False)
    return entry if entry is not None and reads_entry(actor, row, sight, office)(entry) else None


def _latest(ids: Sequence[int]) -> Mapping[int, RecommendationEntry]:
    """The newest word of progress on each."""
    entry = RecommendationEntry
    newest = (
        select(func.max(entry.id))
        .where(entry.recommendation_id.in_(ids), entry.action.in_(("progress", "discuss")))
        .group_by(entry.recommendation_id)
    )
    found = session.scalars(select(entry).where(entry.id.in_(newest))) if ids else ()
    return {row.recommendation_id: row for row in found}


def _as_followed(row: Recommendation, latest: RecommendationEntry | None) -> Followed:
    return Followed(
        reference=row.reference,
        public_id=row.public_id,
        state=str(row.state),
        colour=colour_of(row),
        latest=latest.text if latest else "",
        latest_on=clock.day_of(latest.at) if latest else None,
        owner=row.owner.name if row.owner else "",
    )


# --- one line, and what is around a plan ----------------------------------------------------------------


def line(actor: Actor, office: Office, public_id: str) -> Line:
    """One line with its history, removed or not. Raises NotVisible."""
    query = (
        select(PlanLine)
        .where(PlanLine.public_id == public_id, visible_plans(actor, office))
        .options(
            joinedload(PlanLine.plan),
            joinedload(PlanLine.section),
            selectinload(PlanLine.entries).joinedload(PlanLineEntry.person),
        )
    )
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotVisible
    return Line(row, _followed(actor, office, [row]).get(row.recommendation_id or 0))


def section(actor: Actor, office: Office, public_id: str) -> tuple[Plan, PlanSection]:
    """A heading that stands in a plan. Raises NotVisible."""
    query = (
        select(Plan, PlanSection)
        .join(PlanSection, PlanSection.plan_id == Plan.id)
        .where(PlanSection.public_id == public_id, PlanSection.removed_at.is_(None), visible_plans(actor, office))
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotVisible
    return found[0], found[1]


def removed(plan: Plan) -> list[PlanLine]:
    """Lines that were taken out, the newest first."""
    query = select(PlanLine).where(PlanLine.plan_id == plan.id, PlanLine.removed_at.is_not(None))
    return list(session.scalars(query.order_by(PlanLine.removed_at.desc(), PlanLine.id).limit(PAGE)))


def looks(plan: Plan) -> list[tuple[PlanReview, str]]:
    """The quarterly looks that were held, newest first, with who recorded them."""
    query = (
        select(PlanReview, Person.name)
        .join(Person, Person.id == PlanReview.recorded_by_id)
        .where(PlanReview.plan_id == plan.id)
        .order_by(PlanReview.held_on.desc(), PlanReview.id.desc())
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def batches(plan: Plan) -> list[ImportBatch]:
    """The files that were taken into it, the newest first."""
    told = load_only(ImportBatch.public_id, ImportBatch.file_name, ImportBatch.made_at, ImportBatch.undone_at)
    query = select(ImportBatch).where(ImportBatch.plan_id == plan.id).options(told)  # what became of each row is long
    return list(session.scalars(query.order_by(ImportBatch.id.desc())))


# --- the papers -----------------------------------------------------------------------------------------


def paper(actor: Actor, office: Office, plan: Plan) -> dict[str, Any]:
    """All of a plan for one reader, as the documents room takes it."""
    found = table(actor, office, plan, None)
    extra = list(dict.fromkeys(name for line in found.lines for name in line.row.extra))
    return {
        "authority": load().authority_name,
        "name": plan.name,
        "kind": str(plan.kind),
        "on": clock.today(),
        "review_on": plan.review_on,
        "extra": extra,
        "sections": [
            {"title": heading.title if heading else "", "lines": [_paper_line(line) for line in lines]}
            for heading, lines in found.sections
        ],
    }


def _paper_line(line: Line) -> dict[str, Any]:
    row = line.row
    texts = {key: getattr(row, key) for key in ("why", "who", "what", "by_when", "how_known", "experience", "comments")}
    return {
        **texts,
        "due_on": row.due_on,
        "rag": str(row.rag) if row.rag else "",
        "followed": _followed_words(line.followed),
        "extra": dict(row.extra),
    }


def _followed_words(followed: Followed | None) -> str:
    if followed is None:
        return ""
    said = f"Recommendation {followed.reference}: {followed.colour.word}"
    return f"{said}. {followed.latest}" if followed.latest else said
