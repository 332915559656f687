"""A file with what its sender has chosen so far: which sheet, which headings, what each row would become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.imports import columns
from app.imports.book import Book, Sheet, from_json
from app.imports.columns import COLUMNS, KEEP, Layout, Target
from app.imports.rows import Choices, Making, Planned, plan_rows

ROW_CHOICES = ("made", "days", "changed", "people")


@dataclass(frozen=True)
class Looked:
    """One sheet of the file as it is read now."""

    book: Book
    place: int
    sheet: Sheet
    layout: Layout
    rows: tuple[Planned, ...]

    @property
    def unsure(self) -> int:
        """In how many rows there is a doubt."""
        return sum(bool(row.doubts) for row in self.rows)

    def count(self, making: Making) -> int:
        return sum(row.making is making for row in self.rows)


def look(kept: Mapping[str, Any], chosen: Mapping[str, Any], target: Target, today: date) -> Looked:
    """What would be made, from what was kept of the file and of the choices."""
    book = from_json(kept)
    place = _sheet(book, chosen, target)
    sheet = book.sheets[place]
    layout = _layout(sheet, chosen, target)
    made = plan_rows(sheet, layout, target, today, _choices(chosen))
    return Looked(book, place, sheet, layout, tuple(made))


def _sheet(book: Book, chosen: Mapping[str, Any], target: Target) -> int:
    """The one that was chosen, or the first that looks like a table with headings."""
    place = chosen.get("sheet")
    if isinstance(place, int) and 0 <= place < len(book.sheets):
        return place

    def weight(number: int) -> tuple[bool, bool, int]:
        sheet = book.sheets[number]
        return not sheet.hidden, bool(columns.guess(sheet, target).header), -number

    return max((number for number, sheet in enumerate(book.sheets) if sheet.rows), key=weight)


def _layout(sheet: Sheet, chosen: Mapping[str, Any], target: Target) -> Layout:
    guessed = columns.guess(sheet, target)
    if "header" not in chosen:
        return guessed
    header, heads = int(chosen["header"]), int(chosen.get("heads", 1))
    known = {*COLUMNS[target], KEEP}
    means = {int(at): said for at, said in (chosen.get("columns") or {}).items() if said in known}
    made = columns.layout(sheet, target, header, heads if header else 0, means)
    same = (made.header, made.heads) == (guessed.header, guessed.heads)
    return Layout(made.header, made.heads, made.columns, guessed.notes if same else ())


def _choices(chosen: Mapping[str, Any]) -> Choices:
    return Choices(
        made={int(row): str(said) for row, said in (chosen.get("made") or {}).items()},
        days={int(row): date.fromisoformat(day) for row, day in (chosen.get("days") or {}).items()},
        last_of_month=bool(chosen.get("last_of_month")),
    )
