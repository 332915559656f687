"""What the authority decided, with the handbook's starting values; a change moves no deadline given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import select

from app import working_days
from app.extensions import session
from app.models.records import ClosingDay, Setting
from app.policy.actor import Actor
from app.services.unit_of_work import Work, unit_of_work
from workflows.engine import GuardFailed, Reason


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
    impact_months: int = Field(3, ge=1, le=24)


def load() -> Values:
    """All settings as they stand now."""
    rows = session.execute(select(Setting.key, Setting.value)).all()
    return Values.model_validate({row.key: row.value for row in rows})


def closing_days() -> frozenset[date]:
    """The days the authority is closed beside weekends and bank holidays."""
    return frozenset(session.scalars(select(ClosingDay.day)))


def deadline(start: date, days: int) -> date:
    """`days` working days after `start`, the authority's closing days left out."""
    return working_days.add(start, days, closing_days())


def change(actor: Actor, values: Mapping[str, Any]) -> None:
    """Set some settings. Raises GuardFailed with a sentence for each value that cannot be."""
    with unit_of_work(actor) as work:
        put(work, values)


def put(work: Work, values: Mapping[str, Any]) -> None:
    """The same inside a transaction that is open already."""
    try:
        checked = Values.model_validate({**load().model_dump(), **values}).model_dump()
    except ValidationError as error:
        raise GuardFailed(*(_reason(item) for item in error.errors())) from error
    for key in values:
        row = session.scalars(select(Setting).where(Setting.key == key)).one_or_none()
        if row is None:
            row = Setting(key=key)
            session.add(row)
        row.value, row.set_at, row.set_by_id = checked[key], work.at, work.actor.id
        session.flush()
        work.record("setting.change", row, key=key)


def _reason(item: Any) -> Reason:
    field = str(item["loc"][0]) if item["loc"] else ""
    return Reason(f"{field.replace('_', ' ').capitalize()}: {item['msg']}.", field)
