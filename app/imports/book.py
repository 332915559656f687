"""What a file held once it is read: sheets of cells, each a text with what a text alone would not say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

LARGEST_FILE = 4 * 1024 * 1024
LARGEST_UNPACKED = 80 * 1024 * 1024
MOST_ROWS = 5_000
MOST_COLUMNS = 60
LONGEST_CELL = 20_000
MOST_LETTERS = 4_000_000
MOST_SHEETS = 20


class Unreadable(Exception):
    """The file cannot be taken in; `str` of it is a sentence for the person who sent it."""


@dataclass(frozen=True)
class Cell:
    """One cell. `on` where it is a date by its type; `note` is what has to be told beside the text."""

    text: str
    on: date | None = None
    note: str = ""

    @property
    def plain(self) -> bool:
        return self.on is None and not self.note

    def stored(self) -> Any:
        """As JSON: a text alone wherever that says it all."""
        return self.text if self.plain else [self.text, self.on.isoformat() if self.on else None, self.note]


def cell_of(stored: Any) -> Cell:
    """The cell that `Cell.stored` made."""
    if isinstance(stored, str):
        return Cell(stored)
    text, on, note = stored
    return Cell(text, date.fromisoformat(on) if on else None, note)


@dataclass(frozen=True)
class Merged:
    """Cells that are one: from the first row and column to the last, counted from 1 and 0."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int

    @property
    def across(self) -> bool:
        return self.last_column > self.first_column

    @property
    def down(self) -> bool:
        return self.last_row > self.first_row


@dataclass(frozen=True)
class Sheet:
    """One sheet: rows by their number in the file (from 1), those without a word left out."""

    name: str
    rows: Mapping[int, Mapping[int, Cell]]
    merged: Sequence[Merged] = ()
    hidden: bool = False

    @property
    def last_row(self) -> int:
        return max(self.rows, default=0)

    @property
    def columns(self) -> list[int]:
        """Every column with a word anywhere in it, from 0."""
        return sorted({column for row in self.rows.values() for column in row})

    def filled(self) -> Iterator[tuple[int, int, Cell]]:
        """Every cell that holds something."""
        for number, row in self.rows.items():
            for column, cell in row.items():
                yield number, column, cell


@dataclass(frozen=True)
class Book:
    """All of a file. `notes` are sentences about the whole of it."""

    sheets: tuple[Sheet, ...]
    notes: tuple[str, ...] = field(default=())


def to_json(book: Book) -> dict[str, Any]:
    """Fit to be kept until the person has looked at it."""
    return {"notes": list(book.notes), "sheets": [_sheet_to_json(sheet) for sheet in book.sheets]}


def _sheet_to_json(sheet: Sheet) -> dict[str, Any]:
    rows = {str(number): {str(at): cell.stored() for at, cell in row.items()} for number, row in sheet.rows.items()}
    merged = [[each.first_row, each.last_row, each.first_column, each.last_column] for each in sheet.merged]
    return {"name": sheet.name, "hidden": sheet.hidden, "rows": rows, "merged": merged}


def from_json(kept: Mapping[str, Any]) -> Book:
    """The book that `to_json` kept."""
    return Book(tuple(_sheet_from_json(each) for each in kept["sheets"]), tuple(kept["notes"]))


def _sheet_from_json(kept: Mapping[str, Any]) -> Sheet:
    rows = {
        int(number): {int(column): cell_of(cell) for column, cell in row.items()}
        for number, row in kept["rows"].items()
    }
    return Sheet(kept["name"], rows, tuple(Merged(*each) for each in kept["merged"]), kept["hidden"])


def letter(column: int) -> str:
    """A column's name as a spreadsheet has it: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


class Counted:
    """Refuses what is too much while it is read, in words that say how much would be right."""

    def __init__(self) -> None:
        self.rows, self.letters = 0, 0

    def row(self, sheet: str) -> None:
        self.rows += 1
        if self.rows > MOST_ROWS:
            where = f" (sheet “{sheet}”)" if sheet else ""
            raise Unreadable(
                f"The file has more than {MOST_ROWS:,} rows with words in them{where}. Divide it, or delete "
                "what is not to be taken in, and send it again."
            )

    def cell(self, sheet: str, row: int, column: int, text: str) -> None:
        self.letters += len(text)
        named = f"the sheet “{sheet}”" if sheet else "the file"  # a text has one sheet without a name
        at = f"cell {letter(column)}{row} of {named}"
        if column >= MOST_COLUMNS:
            raise Unreadable(
                f"{named[0].upper()}{named[1:]} is wider than {MOST_COLUMNS} columns: "
                f"column {letter(column)} has words in it. "
                "Delete the columns that are not to be taken in, and send it again."
            )
        if len(text) > LONGEST_CELL:
            raise Unreadable(f"There are {len(text):,} letters in {at}; {LONGEST_CELL:,} are the most. Shorten it.")
        if self.letters > MOST_LETTERS:
            raise Unreadable(
                f"The file has more than {MOST_LETTERS:,} letters (at {at}). Divide it and send the parts."
            )
