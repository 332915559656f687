"""A person's own names for sets of filters. Nobody else reads them, and none shows more than the register does."""

from __future__ import annotations

from sqlalchemy import func, select

from app.extensions import session
from app.models.tracker import SavedView
from app.policy.actor import Actor
from app.services.unit_of_work import NotFound, Work, unit_of_work
from app.services.words import words
from workflows.engine import GuardFailed, Reason

LONGEST = 80
MOST = 30


def save(actor: Actor, name: str, query: str) -> str:
    """Keep a view under a name; its public id. Raises GuardFailed naming the field."""
    with unit_of_work(actor) as work:
        named = _name(work, name)
        held = select(func.count()).select_from(SavedView).where(SavedView.person_id == work.person_id)
        if (session.scalar(held) or 0) >= MOST:
            raise GuardFailed(Reason(f"You have {MOST} views. Delete one first.", "name"))
        row = work.add(SavedView(person_id=work.person_id, name=named, query=query, saved_at=work.at))
        work.record("view.save", row)
        return row.public_id


def rename(actor: Actor, public_id: str, name: str) -> None:
    """Give it another name. Raises NotFound for another's, GuardFailed naming the field."""
    with unit_of_work(actor) as work:
        row = _own(work, public_id)
        row.name = _name(work, name, besides=row.id)
        work.record("view.rename", row)


def delete(actor: Actor, public_id: str) -> None:
    """Raises NotFound for another's."""
    with unit_of_work(actor) as work:
        row = _own(work, public_id)
        work.record("view.delete", row)
        session.delete(row)


def _own(work: Work, public_id: str) -> SavedView:
    query = select(SavedView.id).where(SavedView.public_id == public_id, SavedView.person_id == work.person_id)
    row_id = session.scalar(query)
    if row_id is None:
        raise NotFound("saved view")
    return work.lock(SavedView, row_id)


def _name(work: Work, typed: str, besides: int = 0) -> str:
    name = " ".join(words(typed, "name", LONGEST).split())
    if not name:
        raise GuardFailed(Reason("Give the view a name.", "name"))
    same = select(SavedView.id).where(
        SavedView.person_id == work.person_id, func.lower(SavedView.name) == name.lower(), SavedView.id != besides
    )
    if session.scalar(same) is not None:
        raise GuardFailed(Reason("You have a view of this name.", "name"))
    return name
