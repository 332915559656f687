"""What the authority decided, as it stands: read here by rules and services alike, changed in `app.services.settings`.

The defaults are the handbook's starting values.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import JSON, Date, cast, event, null, select, union_all

from app import clock, working_days
from app.extensions import PlumblineSession, session
from app.models.records import ClosingDay, Setting
from app.models.reviews import Review
from app.policy.actor import Actor

WEB_ADDRESS = re.compile(r"https?://[^\s<>\"'\\]+")


class PanelRule(BaseModel):
    """Which reviews go to panel: all, every inadequate and a random percentage of the rest, or none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str = Field("all", pattern="^(all|sample|none)$")
    percent: int = Field(25, ge=0, le=100)


class Values(BaseModel):
    """Every setting; days are working days unless the name says months."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    authority_name: str = Field("Children's Services", min_length=1, max_length=120)
    case_system_label: str = Field("Case-system ID", min_length=1, max_length=40)
    duty_team_phone: str = Field("", max_length=40)
    practice_standards_link: str = Field("", max_length=300)
    panel_rule: PanelRule = PanelRule(kind="all", percent=25)
    drafting_days: int = Field(15, ge=1, le=60)
    response_days: int = Field(5, ge=1, le=30)
    moderation_days: int = Field(5, ge=1, le=30)
    redraft_days: int = Field(5, ge=1, le=30)
    redraft_shared_days: int = Field(2, ge=1, le=30)
    issue_days: int = Field(5, ge=1, le=30)
    accept_days: int = Field(5, ge=1, le=30)
    past_reviewer_days: int = Field(20, ge=1, le=250)
    look_back_months: int = Field(6, ge=1, le=24)
    reading_days: int = Field(2, ge=0, le=30)
    quorum: int = Field(3, ge=2, le=12)
    panel_minutes: int = Field(90, ge=15, le=480)
    impact_months: int = Field(3, ge=1, le=24)
    file_megabytes: int = Field(10, ge=1, le=20)

    @field_validator("practice_standards_link")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        """It becomes a link on a page, so nothing but a web address will do."""
        if value and not WEB_ADDRESS.fullmatch(value):
            raise ValueError("must be a web address that begins with https:// or http://, or be left empty")
        return value


SETTINGS = "plumbline_settings"


def load() -> Values:
    """All settings as the open transaction knows them; read once in each."""
    return _decided()[0]


def closing_days() -> frozenset[date]:
    """The days the authority is closed beside weekends and bank holidays."""
    return _decided()[1]


_DECIDED = union_all(
    select(Setting.key.label("key"), Setting.value.label("value"), cast(null(), Date).label("day")),
    select(null(), cast(null(), JSON), ClosingDay.day),
)


def _decided() -> tuple[Values, frozenset[date]]:
    """Both in one question, for who asks of the one soon asks of the other."""
    current = session()
    held = current.info.get(SETTINGS)
    if held is not None and held[0] is current.get_transaction():
        found: tuple[Values, frozenset[date]] = held[1]
        return found
    rows = current.execute(_DECIDED).all()
    values = Values.model_validate({row.key: row.value for row in rows if row.day is None})
    found = values, frozenset(row.day for row in rows if row.day is not None)
    current.info[SETTINGS] = current.get_transaction(), found
    return found


@event.listens_for(PlumblineSession, "after_flush")
def _may_have_changed(current: PlumblineSession, _context: Any) -> None:
    """A setting or a closing day was written in this very transaction."""
    written = (*current.new, *current.dirty, *current.deleted)
    if any(isinstance(row, Setting | ClosingDay) for row in written):
        current.info.pop(SETTINGS, None)


PastRule = tuple[int, frozenset[date]]


def past_rule() -> PastRule:
    """How many working days an external reviewer keeps, and the authority's closing days."""
    return load().past_reviewer_days, closing_days()


def is_past(actor: Actor, review: Review, rule: Callable[[], PastRule] = past_rule) -> bool:
    """Whether this is an external reviewer whose working days of access after issue have gone (handbook 1).

    The `rule` is asked only where the answer needs it.
    """
    mine = actor.id is not None and actor.id == review.reviewer_id and review.reviewer.agency_id is not None
    if not mine or review.sent_on is None:
        return False
    return clock.today() > working_days.add(review.sent_on, *rule())
