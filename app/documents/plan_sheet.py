"""A plan as a workbook in the paper's layout: headings inside the table, real dates, nothing that can be worked out.

What people typed is stored as text and marked so: a cell that begins with = is words, in this file and when it is
saved again.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, NamedStyle, PatternFill
from openpyxl.utils import get_column_letter

from app.documents import words
from app.documents.plan_content import COLUMNS, PlanContent, PlanLine

DUE = "The day it is due"
WIDTHS = (40, 16, 44, 16, 34, 40, 12, 44)
DATE = "d mmmm yyyy"
LONGEST = 32_767  # letters that a cell of Excel holds
BOLD, TITLE = Font(bold=True), Font(bold=True, size=14)
TOP = Alignment(vertical="top", wrap_text=True)
HEAD, BAND = PatternFill("solid", fgColor="FFDDE7EA"), PatternFill("solid", fgColor="FFF6F4EE")


def workbook(content: PlanContent) -> bytes:
    """The file."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Plan"
    book.add_named_style(NamedStyle("day", number_format=DATE, alignment=TOP))
    _Sheet(sheet, content).draw()
    book.properties.creator = "Plumbline"
    book.properties.title = content.name
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


class _Sheet:
    """Draws from the top row to the last."""

    def __init__(self, sheet: Any, content: PlanContent) -> None:
        self.sheet, self.content = sheet, content
        self.with_day = any(line.due_on and not line.only_day for part in content.sections for line in part.lines)
        self.columns = (*COLUMNS, *((DUE,) if self.with_day else ()), *content.extra)
        self.row = 0

    def draw(self) -> None:
        self._across(self.content.name, TITLE)
        self._across(" · ".join(part for part in (self.content.authority, self._said()) if part), None)
        head = self.row = self.row + 1
        for column, name in enumerate(self.columns, 1):
            self._put(column, name, BOLD, HEAD)
        for part in self.content.sections:
            if part.title:
                self._across(part.title, BOLD, BAND)
            for line in part.lines:
                self.row += 1
                for column, value in enumerate(self._values(line), 1):
                    self._put(column, value)
        last = get_column_letter(len(self.columns))
        self.sheet.auto_filter.ref = f"A{head}:{last}{max(self.row, head)}"
        self.sheet.freeze_panes = f"A{head + 1}"
        self._page(head)

    def _said(self) -> str:
        on = f"As it stands on {words.day(self.content.on)}"
        return f"{on}. Next look {words.day(self.content.review_on)}" if self.content.review_on else on

    def _page(self, head: int) -> None:
        """How wide the columns are, and how it prints."""
        for column in range(1, len(self.columns) + 1):
            width = WIDTHS[column - 1] if column <= len(WIDTHS) else 22
            self.sheet.column_dimensions[get_column_letter(column)].width = width
        self.sheet.page_setup.orientation = "landscape"
        self.sheet.page_setup.paperSize = 9
        self.sheet.page_setup.fitToHeight = 0
        self.sheet.sheet_properties.pageSetUpPr.fitToPage = True
        self.sheet.print_title_rows = f"{head}:{head}"

    def _across(self, text: str, font: Font | None, fill: PatternFill | None = None) -> None:
        self.row += 1
        self._put(1, text, font, fill)
        self.sheet.merge_cells(start_row=self.row, end_row=self.row, start_column=1, end_column=len(self.columns))

    def _put(self, column: int, value: str | date, font: Font | None = None, fill: PatternFill | None = None) -> None:
        if value == "":
            return
        cell = self.sheet.cell(row=self.row, column=column)
        if isinstance(value, date):
            cell.value, cell.style = value, "day"
            return
        text = ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST]
        cell.value, cell.data_type = text, "s"
        cell.alignment = TOP
        cell.quotePrefix = text[:1] in "=+-@\t\r"
        if font is not None:
            cell.font = font
        if fill is not None:
            cell.fill = fill

    def _values(self, line: PlanLine) -> Iterator[str | date]:
        """In the order of the columns. A day alone is a date; beside words it has a column of its own."""
        alone = line.due_on if line.only_day else None
        yield from (line.why, line.who, line.what, alone or line.by_when, line.how_known, line.experience)
        yield from (line.colour, line.progress)
        if self.with_day:
            yield line.due_on if line.due_on and alone is None else ""
        yield from (line.extra.get(name, "") for name in self.content.extra)
