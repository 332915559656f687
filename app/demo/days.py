"""Days of the demonstration: counted from the day it is loaded for, so that it never grows old."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from app import working_days

_PLACE = re.compile(r"\{([a-z_]+)([+-]\d+)?\}")


class Days:
    """Working days before and after `today`."""

    def __init__(self, today: date) -> None:
        self.today = today
        self._known: dict[int, date] = {}

    def at(self, number: int) -> date:
        """The day `number` working days after today, before it where negative; 0 is today itself."""
        if number not in self._known:
            self._known[number] = self._count(number)
        return self._known[number]

    def _count(self, number: int) -> date:
        if number >= 0:
            return working_days.add(self.today, number)
        before = self.at(number + 1)
        return on_or_before(before - timedelta(days=1))

    def of_month(self) -> int:
        """How many working days of its month have passed before today."""
        return working_days.between(self.today.replace(day=1), self.today)


def on_or_before(day: date) -> date:
    """The day, or the last working day before it: nobody writes a case note on Boxing Day."""
    while not working_days.is_working_day(day):
        day -= timedelta(days=1)
    return day


def written(day: date) -> str:
    """As the pages write it: 3 June 2026."""
    return f"{day.day} {day:%B %Y}"


def fill(text: str, base: date, names: Mapping[str, str]) -> str:
    """Put dates and names into a text: `{d-40}` is the working day 40 days before `base`, `{next-40}` the working
    day after that one, `{month-40}` its month, `{child}` a name.

    KeyError for a place that nothing is known for, so that no bracket ever reaches a page.
    """

    def put(found: re.Match[str]) -> str:
        word, offset = found.group(1), found.group(2)
        if word in ("d", "next", "month"):
            day = on_or_before(base + timedelta(days=int(offset or 0)))
            if word == "next":
                day = working_days.add(day, 1)
            return f"{day:%B %Y}" if word == "month" else written(day)
        return names[word]

    return _PLACE.sub(put, text)
