"""The one source of the present moment, so that a test or a demonstration can set it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

_source: ContextVar[Callable[[], datetime] | None] = ContextVar("plumbline_clock", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    source = _source.get()
    return source() if source else datetime.now(UTC)


def today() -> date:
    """The present date in London, which is the date people mean when they type one."""
    return now().astimezone(LONDON).date()


@contextmanager
def set_to(moment: datetime) -> Iterator[None]:
    """Hold the clock at `moment` (aware) for the length of a `with` block."""
    if moment.tzinfo is None:
        raise ValueError("the clock takes aware times only")
    token = _source.set(lambda: moment.astimezone(UTC))
    try:
        yield
    finally:
        _source.reset(token)


def day_of(moment: datetime | None) -> date | None:
    """The London date of a stored moment."""
    return moment.astimezone(LONDON).date() if moment else None
