"""The checks of R8 where recommendations are read and written: warnings, never walls.

They are asked of what the reader may see and of nothing else: neither a likeness nor a count tells anybody of a
recommendation that he or she may not know of (R11).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, bindparam, false, func, or_, select
from sqlalchemy.orm import joinedload

from app import clock
from app.extensions import session
from app.insight.likeness import Like, all_telling, most_like
from app.models.people import Person
from app.models.recommendations import OPEN_ONLY, Recommendation
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.recommendation_sight import RecommendationSight
from app.policy.visibility import made_once, visible_among_few
from app.queries.recommendations import OF_CHILD, OWNER
from forms.hints import MANY, only_training
from workflows.recommendation import OPEN
from workflows.states import RecommendationState

HOLDS_MANY = 8
SHOWN = 3


@dataclass(frozen=True)
class Check:
    """One thing to look at, and what would put it right: the name of a step, or nothing."""

    key: str
    text: str
    step: str = ""


@dataclass(frozen=True)
class LikeRow:
    """An open one that is much like another."""

    row: Recommendation
    like: Like


def of_one(actor: Actor, office: Office, row: Recommendation, sight: RecommendationSight) -> list[Check]:
    """What is to be looked at with one that is open."""
    if row.state not in OPEN:
        return []
    found = [check for check in _of_row(row) if check]
    if row.owner is not None and (sight.steers or row.owner_id == actor.id):
        found += _holds_many(row.owner.name, held_by(actor, office, [row.owner_id]).get(row.owner_id or 0, 0))
    if sight.whole and row.review_id is not None:
        found += _many_in_review(row)
    return found


def _of_row(row: Recommendation) -> Iterable[Check | None]:
    yield None if row.owner_id else Check("owner", "Nobody owns it.", "name")
    yield None if row.verifier_id else Check("verifier", "Nobody is named to verify the impact.", "name")
    yield _left(row.owner, "owner")
    yield _left(row.verifier, "verifier")
    yield None if row.due_on else Check("due", "It has no date.", "extend")
    yield None if row.effect else Check("effect", "It does not say what it will change.")
    yield Check("training", "Training alone is seldom the answer.") if only_training(row.action) else None


def _left(person: Person | None, what: str) -> Check | None:
    if person is None or (person.active and (person.ends_on is None or person.ends_on >= clock.today())):
        return None
    return Check(f"{what}_left", f"{person.name}, its {what}, has left. Name somebody else.", "name")


def _holds_many(name: str, number: int) -> list[Check]:
    if number <= HOLDS_MANY:
        return []
    return [Check("load", f"{name} holds {number} open recommendations, which is more than {HOLDS_MANY}.", "name")]


_OF_REVIEW = select(func.count(Recommendation.id)).where(
    Recommendation.review_id == bindparam("review"), Recommendation.state != RecommendationState.DROPPED
)


def _many_in_review(row: Recommendation) -> list[Check]:
    number = session.scalar(_OF_REVIEW, {"review": row.review_id}) or 0
    if number <= MANY:
        return []
    return [Check("many", f"Its review made {number} recommendations. One may answer several findings.")]


def held_by(actor: Actor, office: Office, owner_ids: Iterable[int | None]) -> dict[int, int]:
    """How many open ones each of these people holds, of those the reader may see."""
    found = session.execute(_held(actor, office), {"owners": list(set(owner_ids))})
    return {owner: number for owner, number in found if owner is not None}


@made_once
def _held(actor: Actor, office: Office) -> Select[int | None, int]:
    return (
        select(Recommendation.owner_id, func.count())
        .where(
            Recommendation.owner_id.in_(bindparam("owners", expanding=True)),
            Recommendation.state.in_(OPEN),
            visible_among_few(actor, office),
        )
        .group_by(Recommendation.owner_id)
    )


def much_like(
    actor: Actor, office: Office, row: Recommendation, most: int = SHOWN, *, but_for: ColumnElement[bool] | None = None
) -> list[LikeRow]:
    """The open ones much like this one, the most like first."""
    others = but_for if but_for is not None else Recommendation.id == row.id
    return like_texts(actor, office, {"": row.action}, most, but_for=others).get("", [])


def like_texts(
    actor: Actor,
    office: Office,
    actions: Mapping[str, str],
    most: int = 1,
    *,
    but_for: ColumnElement[bool] | None = None,
) -> dict[str, list[LikeRow]]:
    """For each of several actions, by key, the open ones much like it.

    The database finds those with one of the telling words among the open ones (a partial index); only these are
    compared. What is shown of them is read last, for the few that are left.
    """
    candidates = _with_telling_words(actor, office, actions.values(), but_for)
    found = {key: most_like(action, candidates, most) for key, action in actions.items()} if candidates else {}
    rows = _rows({row_id for likes in found.values() for row_id, _ in likes})
    return {key: [LikeRow(rows[row_id], like) for row_id, like in likes] for key, likes in found.items() if likes}


def _with_telling_words(
    actor: Actor, office: Office, actions: Iterable[str], but_for: ColumnElement[bool] | None
) -> dict[int, str]:
    looked_for = all_telling(actions)
    if looked_for == []:
        return {}
    # Spelled out as the index has it: with the states as parameters SQLite would not know that it may use it
    query = select(Recommendation.id, Recommendation.action).where(OPEN_ONLY, visible_among_few(actor, office))
    if looked_for:
        query = query.where(or_(false(), *(_has(word) for word in looked_for)))
    if but_for is not None:
        query = query.where(~but_for)
    return {row.id: row.action for row in session.execute(query)}


def _has(word: str) -> ColumnElement[bool]:
    """Whether the action has these letters, large or small; SQLite's own LIKE asks no more of plain letters."""
    native = session.get_bind().dialect.name == "sqlite"
    return Recommendation.action.like(f"%{word}%") if native else Recommendation.action.ilike(f"%{word}%")


def _rows(ids: set[int]) -> dict[int, Recommendation]:
    if not ids:
        return {}
    query = select(Recommendation).where(Recommendation.id.in_(ids))
    shown = query.options(OWNER, OF_CHILD, joinedload(Recommendation.child), joinedload(Recommendation.activity))
    return {row.id: row for row in session.scalars(shown)}


def of_draft(
    actor: Actor,
    office: Office,
    rows: Iterable[Mapping[str, object]],
    review_id: int,
) -> tuple[dict[str, list[str]], list[Recommendation]]:
    """For recommendations being written (rows of a form, by key): one worker holding many, one much like another; and
    those whose words this tells, each of which is a look at its child's record (R10)."""
    rows = list(rows)
    found: dict[str, list[str]] = {}
    own = func.coalesce(Recommendation.review_id, 0) == review_id
    likes = like_texts(actor, office, {str(row["key"]): str(row.get("action") or "") for row in rows}, but_for=own)
    for key, like in likes.items():
        first = like[0].row
        found.setdefault(key, []).append(
            f"it is much like {first.reference}, which is open: “{_short(first.action)}”. Could they be one?"
        )
    for key, text in _loads(actor, office, rows):
        found.setdefault(key, []).append(text)
    return found, [like[0].row for like in likes.values()]


def _loads(actor: Actor, office: Office, rows: list[Mapping[str, object]]) -> Iterable[tuple[str, str]]:
    """The first row of each owner who holds too many, those of this draft counted with them."""
    named = {str(row["owner"]) for row in rows if row.get("owner")}
    if not named:
        return
    people = session.execute(select(Person.id, Person.public_id, Person.name).where(Person.public_id.in_(named))).all()
    held = held_by(actor, office, [person.id for person in people])
    for person in people:
        here = [str(row["key"]) for row in rows if row.get("owner") == person.public_id]
        number = held.get(person.id, 0) + len(here)
        if number > HOLDS_MANY:
            yield here[0], f"{person.name} would hold {number} open recommendations, which is more than {HOLDS_MANY}."


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:79].rsplit(" ", 1)[0] + "…"
