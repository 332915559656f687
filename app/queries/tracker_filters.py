"""What somebody asked the register of recommendations for, and the same as conditions of a query.

Everything is in the address, so that a view can be shared; what cannot be read there counts as not asked. The words
of the filters are values of a query that is made once for each set of filters (`made_once`), never part of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, String, and_, bindparam, or_, select, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.functions import FunctionElement

from app import clock, working_days
from app.models.activities import Activity, ActivityKind
from app.models.base import among, row_by_row
from app.models.people import Person, Team
from app.models.recommendations import Forecast, Level, Recommendation, RecommendationTag
from app.models.reviews import Review
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.visibility import visible_beyond_dates
from workflows.recommendation import OPEN
from workflows.states import Outcome, RecommendationState

PRACTICE_REVIEW = "practice_review"
ALL = "all"
ME, NOBODY = "me", "nobody"
STANDS = (
    "overdue", "will_miss", "at_risk", "on_track", "no_forecast", "waiting_for_impact", "impact_overdue", "verified",
)  # fmt: skip
DUE = ("overdue", "this_month", "next_month", "no_date")
CLOSED = ("this_quarter", "last_quarter")
SORTS = ("due", "-due", "raised", "-raised", "reference", "-reference", "owner", "-owner")
LONGEST = 100
KEY = re.compile(r"[a-z0-9_]{1,60}")
PUBLIC_ID = re.compile(r"[0-9a-f-]{36}")
MONTH = re.compile("[0-9]{4}-(0[1-9]|1[0-2])")

_raised = Recommendation
AT_WORK = (RecommendationState.AGREED, RecommendationState.IN_PROGRESS)
# As the partial index has it, word for word, or neither database would see that it may be used.
OPEN_ONLY = text("(recommendation.state IN ('agreed', 'in_progress', 'action_complete')) IS TRUE")


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _is_day(typed: str) -> bool:
    return _day(typed) is not None


def _is_person(typed: str) -> bool:
    return typed in (ME, NOBODY) or PUBLIC_ID.fullmatch(typed) is not None


def _is_month(typed: str) -> bool:
    return MONTH.fullmatch(typed) is not None and typed > "0001"


def _is_key(typed: str) -> bool:
    return KEY.fullmatch(typed) is not None


def _is_public_id(typed: str) -> bool:
    return PUBLIC_ID.fullmatch(typed) is not None


READABLE: Mapping[str, Callable[[str], bool]] = {
    "search": bool,
    "status": lambda typed: typed == ALL or typed in tuple(RecommendationState),
    "stands": STANDS.__contains__,
    "level": lambda typed: typed in tuple(Level),
    "owner": _is_person,
    "team": _is_public_id,
    "source": _is_key,
    "theme": _is_key,
    "framework": _is_key,
    "due": DUE.__contains__,
    "due_from": _is_day,
    "due_to": _is_day,
    "worker": _is_public_id,
    "raised": _is_month,
    "closed": CLOSED.__contains__,
    "sort": SORTS.__contains__,
}


@dataclass(frozen=True)
class Filters:
    """What is asked; empty means everything, and for the status the open ones."""

    search: str = ""
    status: str = ""
    stands: str = ""
    level: str = ""
    owner: str = ""
    team: str = ""
    source: str = ""
    theme: str = ""
    framework: str = ""
    due: str = ""
    due_from: str = ""
    due_to: str = ""
    worker: str = ""
    raised: str = ""
    closed: str = ""
    sort: str = ""

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Filters:
        """What can be read of an address; the rest is left out."""
        typed = {name: asked.get(name, "").strip()[:LONGEST] for name in READABLE}
        return cls(**{name: word for name, word in typed.items() if word and READABLE[name](word)})

    def as_query(self) -> dict[str, str]:
        """The same as an address carries it."""
        return dict(self._asked)

    @cached_property
    def _asked(self) -> dict[str, str]:
        """A page asks a dozen times."""
        return {name: word for name in READABLE if (word := getattr(self, name))}

    @property
    def order(self) -> str:
        return self.sort or "due"

    @property
    def narrow(self) -> bool:
        """Whether anything is asked besides an order."""
        return bool(set(self._asked) - {"sort"})

    @cached_property
    def shape(self) -> tuple[str, ...]:
        """What decides the query: which filters there are, and of some which word."""
        return tuple(f"{name}={word}" if name in SHAPING else name for name, word in self._conditions())

    def _conditions(self) -> Iterator[tuple[str, str]]:
        for name, word in self._asked.items():
            if name == "owner":
                yield {ME: "owner_me", NOBODY: "owner_nobody"}.get(word, "owner"), word
            elif name == "source":
                yield ("from_review" if word == PRACTICE_REVIEW else "source"), word
            elif name != "sort":
                yield name, word
        if not {"status", "stands", "closed"} & set(self._asked):
            yield "status", "open"

    def given(self, actor: Actor) -> dict[str, Any]:
        """The values that the query is asked with."""
        today = clock.today()
        values: dict[str, Any] = {"today": today, "me": actor.id, **month_span(today), **quarter_span(self.closed)}
        values |= {name: getattr(self, name) for name in ("owner", "team", "source", "theme", "framework", "worker")}
        values |= {"due_from": _day(self.due_from), "due_to": _day(self.due_to)}
        values["search"] = self.search.upper()  # as references are written
        values["search_end"] = values["search"] + LAST_LETTER
        return {**values, **raised_span(self.raised)}


SHAPING = ("status", "stands", "level", "due", "closed")


def month_span(today: date) -> dict[str, date]:
    """The first days of this month and of the two after it."""
    first = today.replace(day=1)
    return {f"month_{n}": working_days.add_months(first, n) for n in range(3)}


def quarter_of(today: date) -> date:
    """The first day of the quarter: the same whether the year is counted from January or from April."""
    return date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)


def quarter_span(closed: str = "this_quarter") -> dict[str, datetime]:
    """From when to before when a recommendation was closed, as moments in London."""
    first = quarter_of(clock.today())
    first = working_days.add_months(first, -3) if closed == "last_quarter" else first
    return {"closed_from": _midnight(first), "closed_before": _midnight(working_days.add_months(first, 3))}


def raised_span(month: str) -> dict[str, datetime]:
    if not month:
        return {}
    first = date.fromisoformat(f"{month}-01")
    if first.year > 9000:  # a month of no year that anybody will see
        first = date(9000, 1, 1)
    return {"raised_from": _midnight(first), "raised_before": _midnight(working_days.add_months(first, 1))}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, clock.LONDON)


# The conditions


class by_letter(FunctionElement[str]):  # noqa: N801 - read as a function
    """A text compared letter by letter, as no language orders it: so that a range of it is a beginning of it."""

    type = String()
    name = "by_letter"
    inherit_cache = True


@compiles(by_letter)
def _by_letter(element: Any, compiler: Any, **options: Any) -> str:
    return f'{compiler.process(element.clauses, **options)} COLLATE "C"'


@compiles(by_letter, "sqlite")
def _by_letter_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    """As SQLite compares every text."""
    return str(compiler.process(element.clauses, **options))


LAST_LETTER = chr(0x10FFFF)


OPEN_SHAPES = frozenset(
    ("status=open", *(f"status={each}" for each in OPEN), *(f"stands={each}" for each in STANDS if each != "verified"))
)


def is_open(shape: tuple[str, ...]) -> bool:
    """Whether all that is asked for is open."""
    return not OPEN_SHAPES.isdisjoint(shape)


def conditions(actor: Actor, office: Office, shape: tuple[str, ...]) -> Iterator[ColumnElement[bool] | Any]:
    """Each filter of the shape as SQL; every word of theirs is a value that comes with the asking."""
    opened = is_open(shape)
    for part in shape:
        name, _, word = part.partition("=")
        name = f"{name}_of_open" if opened and f"{name}_of_open" in _PLAIN else name
        yield from _WORDED[name](word) if name in _WORDED else [_PLAIN[name](actor, office)]


def _person(key: str) -> Any:
    """By a copy of the table: the condition round it may have people of its own."""
    person = aliased(Person)
    return select(person.id).where(person.public_id == bindparam(key)).scalar_subquery()


def _in_team(column: Any) -> ColumnElement[bool]:
    person = aliased(Person)
    team = select(Team.id).where(Team.public_id == bindparam("team")).scalar_subquery()
    return _is_in(column, select(person.id).where(person.team_id == team))


def _is_in(column: Any, ids: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.in_(ids)
    return found


def _of_worker(actor: Actor, office: Office) -> ColumnElement[bool]:
    """Telling: asked only of reviews of which this person sees more than dates (R11)."""
    beyond = visible_beyond_dates(actor, office)
    return _raised.review_id.in_(select(Review.id).where(Review.worker_id == _person("worker"), beyond))


def _named() -> ColumnElement[bool]:
    """By the beginning of a reference: found first, by its index, whatever the order of the rows."""
    named = aliased(Recommendation)
    reference = by_letter(named.reference)
    span = and_(reference >= bindparam("search"), reference < bindparam("search_end"))
    return _raised.id.in_(select(named.id).where(span))


def _of_kind(column: Any) -> ColumnElement[bool]:
    kind = select(ActivityKind.id).where(ActivityKind.key == bindparam("source")).scalar_subquery()
    return _is_in(column, select(Activity.id).where(Activity.kind_id == kind))


def _tagged(key: str, column: Any) -> Callable[[Actor, Office], ColumnElement[bool]]:
    """By the list of its rows: one of few is found at once, whatever the order."""
    tag = aliased(RecommendationTag)
    there = _is_in(column, select(tag.recommendation_id).where(tag.tag == bindparam(key)))
    return lambda _actor, _office: there


def _often_tagged(key: str) -> Callable[[Actor, Office], ColumnElement[bool]]:
    """Row by row, in the order of the page: of many, a page is soon full and the list would be long."""
    tag = aliased(RecommendationTag)
    asked = select(tag.id).where(tag.recommendation_id == _raised.id, tag.tag == bindparam(key))
    return lambda _actor, _office: asked.correlate(_raised).exists()


def _between(column: Any, first: str, before: str) -> ColumnElement[bool]:
    return and_(column >= bindparam(first), column < bindparam(before))


_PLAIN: dict[str, Callable[[Actor, Office], ColumnElement[bool]]] = {
    "search": lambda *_: _named(),
    "owner": lambda *_: _raised.owner_id == _person("owner"),
    "owner_me": lambda *_: _raised.owner_id == bindparam("me"),
    "owner_nobody": lambda *_: _raised.owner_id.is_(None),
    "team": lambda *_: _in_team(_raised.owner_id),
    "team_of_open": lambda *_: _in_team(row_by_row(_raised.owner_id)),
    "from_review": lambda *_: _raised.review_id.is_not(None),
    "source": lambda *_: _of_kind(_raised.activity_id),
    "source_of_open": lambda *_: _of_kind(row_by_row(_raised.activity_id)),
    "theme": _tagged("theme", _raised.id),
    "theme_of_open": _tagged("theme", row_by_row(_raised.id)),
    "framework": _tagged("framework", _raised.id),
    "framework_of_open": _tagged("framework", row_by_row(_raised.id)),
    "theme_often": _often_tagged("theme"),
    "framework_often": _often_tagged("framework"),
    "due_from": lambda *_: _raised.due_on >= bindparam("due_from"),
    "due_to": lambda *_: _raised.due_on <= bindparam("due_to"),
    "worker": _of_worker,
    "raised": lambda *_: _between(_raised.raised_at, "raised_from", "raised_before"),
}


def _status(word: str) -> Iterator[Any]:
    if word == "open":
        yield OPEN_ONLY
    elif word != ALL:
        yield from _open_too(RecommendationState(word))
        yield _raised.state == RecommendationState(word)


def _open_too(state: RecommendationState) -> Iterator[Any]:
    """Said as well, so that the index of the open ones is used."""
    if state in (*AT_WORK, RecommendationState.ACTION_COMPLETE):
        yield OPEN_ONLY


def past_due() -> ColumnElement[bool]:
    """Overdue is derived from the date, never typed (R9); once the action is complete its impact has a date."""
    return and_(among(_raised.state, AT_WORK), _raised.due_on < bindparam("today"))


def not_past_due() -> ColumnElement[bool]:
    in_time = or_(_raised.due_on.is_(None), _raised.due_on >= bindparam("today"))
    return and_(among(_raised.state, AT_WORK), in_time)


def waits_for_impact() -> ColumnElement[bool]:
    return _raised.state == RecommendationState.ACTION_COMPLETE


def _stands(word: str) -> Iterator[Any]:
    """How it stands, as `queries.recommendations.colour_of` says it of open ones in words."""
    if word == "verified":
        yield _raised.outcome == Outcome.IMPACT_VERIFIED
        return
    yield OPEN_ONLY
    if word == "overdue":
        yield past_due()
    elif word in ("waiting_for_impact", "impact_overdue"):
        late = and_(_raised.impact_due_on.is_not(None), _raised.impact_due_on < bindparam("today"))
        yield and_(waits_for_impact(), late if word == "impact_overdue" else ~late)
    else:
        forecast = None if word == "no_forecast" else Forecast(word)
        yield and_(not_past_due(), _raised.forecast.is_(None) if forecast is None else _raised.forecast == forecast)


def _due(word: str) -> Iterator[Any]:
    if word == "overdue":
        yield OPEN_ONLY
        yield past_due()
    elif word == "no_date":
        yield _raised.due_on.is_(None)
    else:
        first = 0 if word == "this_month" else 1
        yield _between(_raised.due_on, f"month_{first}", f"month_{first + 1}")


_WORDED: dict[str, Callable[[str], Iterator[Any]]] = {
    "status": _status,
    "stands": _stands,
    "level": lambda word: iter([_raised.level == Level(word)]),
    "due": _due,
    "closed": lambda _word: iter([_between(_raised.closed_at, "closed_from", "closed_before")]),
}
