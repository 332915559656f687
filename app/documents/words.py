"""What is stored as keys and dates, in the words of a paper."""

from __future__ import annotations

from datetime import date

from app.documents.model import NOT_GIVEN
from forms.rendering import long_date

CHILD_STATUS = {
    "early_help": "Early help",
    "assessment": "Assessment",
    "child_in_need": "Child in need",
    "child_protection": "Child protection plan",
    "child_in_care": "Child in care",
    "care_leaver": "Care leaver",
}
REVIEWER_KIND = {"external": "External", "internal": "Internal"}
HOW = {"panel": "By the panel", "without_panel": "By the Head of QA, without a panel"}
REACHED = {"agreed": "The panel agreed", "chair_decided": "The chair decided"}
WHO = {"worker": "The worker", "line_manager": "The line manager"}
ITEM = {
    "waiting": "Not opened yet",
    "discussing": "Under discussion",
    "decided": "Decided",
    "adjourned": "Adjourned",
    "moved": "Moved to another meeting",
    "sent_back": "Sent back to the reviewer",
    "withdrawn": "Withdrawn",
}
SETTLED = {"keep": "Kept", "change": "Changed", "add": "Added", "drop": "Dropped"}
SEAT = {"chair": "Chair", "deputy_chair": "Deputy chair", "member": "Member", "substitute": "Substitute"}
ATTENDANCE = {"present": "Present", "absent": "Absent", "expected": "Not said yet"}
STANCE = {"agree": "Agrees", "correction": "Factual correction", "disagree": "Disagrees"}
REPLY = {"corrected": "Corrected", "kept": "Kept, with the reason"}
LEVEL = {"child": "For this child", "service": "For the service"}


def day(value: date | None) -> str:
    """3 March 2026."""
    return long_date(value.isoformat()) if value else NOT_GIVEN


ORDINALS = ("first", "second", "third", "fourth", "fifth")


def ordinal(number: int) -> str:
    """Which of several, counted from 1: `first`; beyond what is written out, `number 6`."""
    return ORDINALS[number - 1] if 0 < number <= len(ORDINALS) else f"number {number}"


def iso_day(value: str | None) -> str:
    """The same of a day as answers hold it."""
    return long_date(value) or NOT_GIVEN


def yes_no(value: bool) -> str:
    return "Yes" if value else "No"


def age(born: date, on: date) -> str:
    """How old in whole years and months, as a sentence's end: "7 years 2 months"."""
    months = (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)
    if months < 1:
        return _count(max(0, (on - born).days), "day")
    years, rest = divmod(months, 12)
    parts = [_count(years, "year")] if years else []
    return " ".join([*parts, _count(rest, "month")] if rest else parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
