"""What the papers of a plan are made of: its sections and lines for one reader, checked as they come in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from app.documents.content import Closed
from app.imports.dates import says_only

COLUMNS = (
    "Why?", "Who?", "Does what?", "By when?", "How will we know it has been done?",
    "What will be the experience of children?", "RAG", "Comments on progress",
)  # fmt: skip
KINDS = {"service_development": "Service Development Plan", "workforce": "Workforce plan", "other": "Plan"}


@dataclass(frozen=True)
class PlanLine(Closed):
    """One line. `followed` is how its recommendation stands, where this reader may know."""

    why: str
    who: str
    what: str
    by_when: str
    due_on: date | None
    how_known: str
    experience: str
    rag: str
    comments: str
    followed: str
    extra: dict[str, str]

    @property
    def colour(self) -> str:
        return self.rag.capitalize()

    @property
    def only_day(self) -> bool:
        """Whether what is written says no more than the day it is due, in whatever figures."""
        return says_only(self.by_when, self.due_on)

    @property
    def progress(self) -> str:
        """What is written of it, and how its recommendation stands."""
        return "\n\n".join(part for part in (self.comments, self.followed) if part)


@dataclass(frozen=True)
class PlanPart(Closed):
    """A heading and the lines under it; the first may have no title."""

    title: str
    lines: tuple[PlanLine, ...]


@dataclass(frozen=True)
class PlanContent(Closed):
    """A whole plan. `extra` names the columns that came with a file and are none of the paper's."""

    authority: str
    name: str
    kind: str
    on: date
    review_on: date | None
    extra: tuple[str, ...]
    sections: tuple[PlanPart, ...]


_PLAN = TypeAdapter(PlanContent)


def read_plan(data: Mapping[str, Any]) -> PlanContent:
    """The data of a plan. pydantic.ValidationError where it is not one."""
    return _PLAN.validate_python(data)
