"""An invented plan with everything that makes a real one hard to read; and what is in any file, for accounting."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import PatternFill

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data" / "service-development-plan-2024-25.xlsx"
REAL = Path(os.environ.get("PLUMBLINE_REAL_PLAN", BESIDE))  # one as published, where somebody has put it
HEADS = (
    "Why?", "Who?", "Does what?", "By when?", "How will we know it has been done?",
    "What will be the experience of children?", "RAG rated progress", "Comments on progress",
)  # fmt: skip
WIDE = "A{0}:H{0}"


def saved(book: Workbook) -> bytes:
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def a_book(rows: Iterable[Iterable[Any]], merged: Iterable[str] = ()) -> bytes:
    """A workbook of one sheet with these rows."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Plan"
    for row in rows:
        sheet.append(list(row))
    for cells in merged:
        sheet.merge_cells(cells)
    return saved(book)


def messy() -> bytes:
    """Titles above the headings, headings inside the table, merged cells, blank rows, and dates of every kind."""
    rows: list[list[Any]] = [
        ["Improvement plan of Alder Vale, 2026-7"],
        ["Looked at each quarter. First written April 2026"],
        [],
        list(HEADS),
        ["From the staff survey"],
        ["Workers wait for rooms", "HoS", "Book family rooms ahead", "May-26", "Bookings", "Calm", "Green", "Begun"],
        ["Handover is thin", "", "Write a handover page", "01-Sep-26", "Page in use", "Nobody tells it twice", "", ""],
        [],
        [],
        ["Children in need"],
        ["Short breaks are late", "EH lead", "Look at the list", "Weekly.", "Minutes", "Breaks in time", "A", "On"],
        ["Disability offer", "HoS", "Join the network", "June and March 2027", "Guide", "as above", "Red/Amber", "Met"],
        ["Recording of decisions", "AD", "Spot-check records", "complete", "Checks", "Consistent care", "b", "Done"],
        [None, "AD", "Coach deputies", "April-June", "Notes", "as above", "", ""],
        [None, "AD", "Train on recording", "· Workers say it helps", "Log", "Clear records", "", "=1+1 they say"],
        ["The survey of 2025 is followed in another list"],
        [],
        ["Racism and safety"],
        ["Staff met racism", "HoS", "Use the standards", "", "Survey", "Strong advocates", "", ""],
        ["Day by its type", "HoS", "Hold the session", date(2027, 2, 3), "Minutes", "Heard", "", ""],
    ]  # fmt: skip
    merged = [WIDE.format(row) for row in (1, 2, 5, 10, 16, 18)] + ["A13:A15"]
    return a_book(rows, merged)


def coloured() -> bytes:
    """A colour in the place of its word."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(HEADS))
    sheet.append(["Late reviews", "HoS", "Plan them", "3/2/2027", "Dates", "In time", None, "Begun"])
    sheet["G2"].fill = PatternFill("solid", fgColor="FFFF0000")
    return saved(book)
