"""What a “By when?” means: a day, or words that have to be asked about. Day first, always: these are English papers.

Nothing is guessed in silence. A day comes back only where one certain day is written; everything else keeps its words
and brings a sentence that says what is not known.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
            "september sept sep", "october oct", "november nov", "december dec",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
NAMES = list(calendar.month_name)
WEEKDAYS = {name.lower(): number for number, name in enumerate(calendar.day_name)}
STATUSES = frozenset(
    (
        "complete", "completed", "done", "finished", "achieved", "closed", "ended", "in progress", "underway",
        "under way", "started", "not started", "overdue", "on hold", "paused", "delayed", "deferred", "superseded",
        "cancelled", "on track", "implemented", "in place", "actioned", "met", "not met", "green", "amber", "red",
    )
)  # fmt: skip
NO_DATE = frozenset(
    ("tbc", "tba", "tbd", "n/a", "na", "-", "–", "none", "?", "not set", "to be confirmed", "to be agreed")
)
EARLIER, LATER = 15, 15  # years from today between which a plan's dates lie
SERIAL_FROM, SERIAL_TO = 36_526, 58_000  # 1 January 2000 and a day in 2058, as Excel counts them
BEGAN = date(1899, 12, 30)


class Kind(StrEnum):
    DAY = "day"
    MONTH = "month"
    RANGE = "range"  # several days or months, a quarter, a season
    STATUS = "status"  # how it stands, in the place of when
    WORDS = "words"
    NONE = "none"


@dataclass(frozen=True)
class Read:
    """What was read. `on` only with kind DAY and no doubt; `likely` is what may be meant, for the person to say."""

    kind: Kind
    words: str
    on: date | None = None
    doubt: str = ""
    likely: date | None = None


def says_only(words: str, on: date | None) -> bool:
    """Whether the words say no more than this day, in whatever figures."""
    return on is not None and (not words or read(words, on).on == on)


def read(words: str, today: date, typed: date | None = None) -> Read:
    """What these words mean as a date. `typed`: the cell is a date by its type."""
    words = " ".join(words.split())
    if typed is not None:
        return _day(words, typed, today)
    if not words:
        return Read(Kind.NONE, "", doubt="There is no date.")
    plain = words.lower().strip(" .;:·•*")
    return _in_figures(words, plain, today) or _in_words(words, plain, today)


def _in_figures(words: str, plain: str, today: date) -> Read | None:
    """A whole date, or a number that may be one."""
    if found := re.fullmatch(r"(?:by|due|due by|on|by the)?\s*(.+)", plain):
        plain = found[1]
    if (day := _whole(plain)) is not None:
        return _wrong_weekday(words, plain, day) or _day(words, day, today)
    if re.fullmatch(r"\d{5}(\.\d+)?", plain) and SERIAL_FROM <= float(plain) <= SERIAL_TO:
        day = BEGAN + timedelta(days=int(float(plain)))
        doubt = f"“{words}” may be {_said(day)}, as Excel counts days: is that the day?"
        return Read(Kind.WORDS, words, doubt=doubt, likely=day)
    if re.fullmatch(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}", plain):
        return Read(Kind.WORDS, words, doubt=f"“{words}” is no day when it is read day first: which day is meant?")
    return None


def _whole(plain: str) -> date | None:
    """One whole date and nothing else."""
    plain = re.sub(rf"^(?:{'|'.join(WEEKDAYS)}|mon|tues?|wed|thurs?|fri|sat|sun)[, ]+(?:the )?", "", plain)
    if found := re.fullmatch(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4}|\d{2})", plain):
        return _date(_year(found[3]), int(found[2]), int(found[1]))
    if found := re.fullmatch(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?:[ t]\d{2}:\d{2}(?::\d{2})?)?", plain):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)?(?: of)?[ \-/.]*([a-z]+)[ \-/.,']*(\d{4}|\d{2})", plain):
        return _date(_year(found[3]), MONTHS.get(found[2], 0), int(found[1]))
    if found := re.fullmatch(r"([a-z]+) (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})", plain):
        return _date(int(found[3]), MONTHS.get(found[1], 0), int(found[2]))
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _year(figures: str) -> int:
    return int(figures) if len(figures) == 4 else 2000 + int(figures)


def _wrong_weekday(words: str, plain: str, day: date) -> Read | None:
    named = next((number for name, number in WEEKDAYS.items() if plain.startswith(name)), None)
    if named is None or named == day.weekday():
        return None
    doubt = f"“{words}”: {_said(day)} is a {calendar.day_name[day.weekday()]}. Which day is meant?"
    return Read(Kind.WORDS, words, doubt=doubt, likely=day)


def _day(words: str, day: date, today: date) -> Read:
    """A day, unless its year is one that no plan has."""
    if today.year - EARLIER <= day.year <= today.year + LATER:
        return Read(Kind.DAY, words or _said(day), on=day)
    return Read(Kind.WORDS, words or _said(day), doubt=f"“{words}” is in the year {day.year}: which day is meant?")


def _in_words(words: str, plain: str, today: date) -> Read:
    if plain in STATUSES:
        doubt = f"“{words}” says how it stands, not by when: is there a day?"
        return Read(Kind.STATUS, words, doubt=doubt)
    if plain in NO_DATE or not plain:
        return Read(Kind.WORDS, words, doubt=f"“{words}” gives no date: is there a day?")
    return _month(words, plain, today) or _range(words, plain) or _only_words(words, plain, today)


_YEAR = r"(\d{4}|(?:'|’)?\d{2})"
_BEFORE = r"(?:by|due|in|during|by the end of|by end of|end of|end|early|mid|late|before|from)?[ \-]*"


def _month(words: str, plain: str, today: date) -> Read | None:
    """One month, with its year or without."""
    found = re.fullmatch(rf"{_BEFORE}([a-z]+)(?:[ \-/.,]*{_YEAR})?", plain)
    month, figures = (MONTHS.get(found[1], 0), found[2]) if found else (0, None)
    if not month and (found := re.fullmatch(r"(\d{1,2})[/.\-](\d{4})", plain)):
        month, figures = int(found[1]), found[2]
    if not 1 <= month <= 12:
        return None
    if not figures:
        return Read(Kind.MONTH, words, doubt=f"“{words}” names a month without a year: which day is meant?")
    year = _year(figures.strip("'’"))
    if not today.year - EARLIER <= year <= today.year + LATER:
        return Read(Kind.MONTH, words, doubt=f"“{words}” is in the year {year}: which day is meant?")
    last = date(year, month, calendar.monthrange(year, month)[1])
    doubt = f"“{words}” names a month and no day: which day of {NAMES[month]} {year}?"
    return Read(Kind.MONTH, words, doubt=doubt, likely=last)


_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SEASON = re.compile(r"\b(spring|summer|autumn|winter|q[1-4]|quarter|term|half[ -]?year|year end)\b")


def _range(words: str, plain: str) -> Read | None:
    """More than one day or month, or a stretch of the year."""
    if re.fullmatch(rf"\d{{1,2}}(?:st|nd|rd|th)?(?: of)?[ \-]*(?:{'|'.join(MONTHS)})", plain):
        return Read(Kind.WORDS, words, doubt=f"“{words}” names no year: which day is meant?")
    days = len(re.findall(r"\b\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}\b", plain))
    months = sum(word in MONTHS for word in re.findall("[a-z]+", plain))
    short = len(plain.split()) <= 8
    if days > 1 and short:
        return Read(Kind.RANGE, words, doubt=f"“{words}” names {_count(days)} days: which is meant?")
    if months > 1 and short:
        return Read(Kind.RANGE, words, doubt=f"“{words}” names {_count(months)} months: which day is meant?")
    if short and (_SEASON.search(plain) or re.fullmatch(r"\d{4}(?:[/\-–]\d{2,4})?", plain)):
        return Read(Kind.RANGE, words, doubt=f"“{words}” names a stretch of time: which day is meant?")
    return None


def _count(number: int) -> str:
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)


def _only_words(words: str, plain: str, today: date) -> Read:
    shown = words if len(words) <= 90 else words[:89] + "…"
    likely = _inside(plain, today)
    if likely is not None:
        doubt = f"“{shown}” holds a date, {_said(likely)}: is it the day by when?"
        return Read(Kind.WORDS, words, doubt=doubt, likely=likely)
    return Read(Kind.WORDS, words, doubt=f"“{shown}” is not a date: is there a day?")


def _inside(plain: str, today: date) -> date | None:
    """The one date that stands among other words."""
    written = rf"\d{{1,2}}(?:st|nd|rd|th)?[ \-]*(?:{'|'.join(MONTHS)})[ \-,]*\d{{2,4}}"
    found = re.findall(rf"\b(\d{{1,2}}[/.\-]\d{{1,2}}[/.\-]\d{{2,4}}|{written})\b", plain)
    day = _whole(found[0]) if len(found) == 1 else None
    return day if day and today.year - EARLIER <= day.year <= today.year + LATER else None


def _said(day: date) -> str:
    return f"{day.day} {NAMES[day.month]} {day.year}"
