"""Row by row: what would be made of each, and what is not certain of it. Every row of the file is accounted for."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from app.imports import dates
from app.imports.book import Cell, Sheet, letter
from app.imports.columns import ACTIVITY_LABELS, KEEP, LABELS, Column, Layout, Target, plain
from app.imports.dates import Kind

TEXTS = ("why", "who", "what", "by_when", "how_known", "experience", "comments")


class Making(StrEnum):
    """What becomes of a row."""

    TITLE = "title"  # above the heading: kept with the import
    HEADING = "heading"  # the table's own headings, the first time or again
    BLANK = "blank"
    SECTION = "section"
    LINE = "line"
    NOTHING = "nothing"  # by a person's choice: kept with the import


@dataclass(frozen=True)
class Choices:
    """What the person has said so far, over what was guessed."""

    made: Mapping[int, str] = field(default_factory=dict)  # row: section, line or nothing
    days: Mapping[int, date] = field(default_factory=dict)  # row: the day its words mean
    last_of_month: bool = False  # a month alone means its last day


@dataclass(frozen=True)
class Planned:
    """One row of the file and what would be made of it."""

    number: int
    making: Making
    words: tuple[tuple[str, str], ...] = ()  # heading and text of every cell that holds something
    title: str = ""
    section_row: int = 0  # the row whose heading this line stands under; 0 for none
    fields: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    due_on: date | None = None
    likely: date | None = None
    rag: str = ""
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # what was done, and is certain
    asks_day: bool = False
    asks_making: bool = False

    @property
    def fingerprint(self) -> str:
        """The same for the same words, however they are spaced, cased or stopped."""
        held = {key: plain(text) for key, text in (*self.fields.items(), ("rag", self.rag)) if plain(text)}
        held |= {f"+{plain(key)}": plain(text) for key, text in self.extra.items() if plain(text)}
        return _digest(held)

    @property
    def key(self) -> str:
        """The same for a line whose dates, colours and comments have moved on; empty where too little tells it."""
        held = {key: plain(self.fields.get(key, "")) for key in ("why", "what")}
        return _digest(held) if all(held.values()) else ""


def _digest(held: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()


RAGS = {
    "red": "red", "r": "red", "amber": "amber", "a": "amber", "yellow": "amber", "orange": "amber", "green": "green",
    "g": "green", "blue": "blue", "b": "blue",
}  # fmt: skip
AS_ABOVE = re.compile(r"(as|see|same as) (above|before|previous)|ditto|\"|〃|''", re.IGNORECASE)


def plan_rows(
    sheet: Sheet, layout: Layout, target: Target, today: date, choices: Choices | None = None
) -> list[Planned]:
    """Every row from the first to the last, in order."""
    reader = _Reader(sheet, layout, target, today, choices or Choices())
    return list(reader.rows())


class _Reader:
    """Goes down one sheet, and knows under which heading it is."""

    def __init__(self, sheet: Sheet, layout: Layout, target: Target, today: date, choices: Choices) -> None:
        self.sheet, self.layout, self.target, self.today, self.choices = sheet, layout, target, today, choices
        self.columns: Sequence[Column] = layout.columns
        self.labels = LABELS if target is Target.PLAN else ACTIVITY_LABELS
        self.down = {
            (row, each.first_column): each.first_row
            for each in sheet.merged
            if each.down
            for row in range(each.first_row + 1, min(each.last_row, sheet.last_row) + 1)
        }
        self.across = {each.first_row for each in sheet.merged if each.across and not each.down}
        self.section = 0
        self.under = ""  # the words of a column that says the section
        self.above: Planned | None = None
        self.head = self._plain_row(layout.header) if layout.header else {}

    def _plain_row(self, number: int) -> dict[int, str]:
        return {column: plain(cell.text) for column, cell in self.sheet.rows.get(number, {}).items()}

    def rows(self) -> Iterator[Planned]:
        planned: list[Planned] = []
        for number in range(1, self.sheet.last_row + 1):
            planned.append(self._row(number))
        yield from _empty_headings(planned)

    def _row(self, number: int) -> Planned:
        cells = self.sheet.rows.get(number, {})
        above = number < self.layout.first_row
        words = tuple(
            (f"Column {letter(column)}" if above else self._heading(column), cell.text)
            for column, cell in sorted(cells.items())
            if cell.text
        )
        if not words:  # a colour alone says nothing
            return Planned(number, Making.BLANK)
        if above:
            making = Making.HEADING if self.layout.header <= number else Making.TITLE
            return Planned(number, making, words)
        if self.head and self._plain_row(number) == self.head:
            return Planned(number, Making.HEADING, words, notes=("The headings once more.",))
        return self._of_table(number, cells, words)

    def _heading(self, column: int) -> str:
        return next((each.heading for each in self.columns if each.index == column), f"Column {letter(column)}")

    def _of_table(self, number: int, cells: Mapping[int, Cell], words: tuple[tuple[str, str], ...]) -> Planned:
        alone = len(words) == 1 and len(self.columns) > 1
        making = self.choices.made.get(number) or (self._guess_alone(cells) if alone else Making.LINE)
        if making == Making.NOTHING:
            return Planned(number, Making.NOTHING, words, asks_making=alone)
        if making == Making.SECTION:
            return self._section(number, words, alone)
        line = self._line(number, cells, words)
        return replace(line, asks_making=alone, doubts=(*line.doubts, *self._alone_doubt(number, alone, words)))

    def _guess_alone(self, cells: Mapping[int, Cell]) -> Making:
        """One cell with words stands for a heading where it is the first; elsewhere it is an unfinished line."""
        first = self.columns[0].index
        return Making.SECTION if self.target is Target.PLAN and first in cells else Making.LINE

    def _alone_doubt(self, number: int, alone: bool, words: tuple[tuple[str, str], ...]) -> Iterator[str]:
        if alone and number not in self.choices.made:
            yield f"Only “{_short(words[0][1])}” stands in this row: is it a line?"

    def _section(self, number: int, words: tuple[tuple[str, str], ...], alone: bool) -> Planned:
        self.section, self.above, self.under = number, None, ""
        title = " ".join(text for _heading, text in words)
        sure = number in self.choices.made or number in self.across
        doubt = () if sure else (f"Only “{_short(title)}” stands in this row: is it a heading of what follows?",)
        return Planned(number, Making.SECTION, words, title=title, section_row=number, doubts=doubt, asks_making=alone)

    # --- one line -------------------------------------------------------------------------------------------

    def _line(self, number: int, cells: Mapping[int, Cell], words: tuple[tuple[str, str], ...]) -> Planned:
        fields: dict[str, str] = {}
        extra: dict[str, str] = {}
        doubts: list[str] = []
        notes: list[str] = []
        for column in self.columns:
            cell = self._cell(number, column, cells, notes)
            if cell is None:
                continue
            if cell.note:
                doubts.append(f"{column.heading}: {cell.note}")
            if cell.text and column.means == KEEP:
                extra[column.heading] = cell.text
            elif cell.text:
                fields[column.means] = cell.text
        title = self._said_section(fields.pop("section", ""))
        when = self._when(number, cells, fields, doubts)
        rag = self._rag(fields.pop("rag", ""), extra, doubts)
        doubts += self._as_above(fields)
        doubts += self._no_reason(fields)
        made = Planned(
            number, Making.LINE, words, title=title, section_row=0 if title else self.section, fields=fields,
            extra=extra, due_on=when.on, likely=when.likely, rag=rag, doubts=tuple(doubts), notes=tuple(notes),
            asks_day=when.kind is not Kind.DAY and self._has("by_when"),
        )  # fmt: skip
        self.above = made
        return made

    def _has(self, means: str) -> bool:
        return any(each.means == means for each in self.columns)

    def _cell(self, number: int, column: Column, cells: Mapping[int, Cell], notes: list[str]) -> Cell | None:
        """The cell, or the one it is merged with; said, since the words then stand in more lines than one."""
        if column.index in cells:
            return cells[column.index]
        first = self.down.get((number, column.index))
        found = self.sheet.rows.get(first, {}).get(column.index) if first else None
        if found is not None:
            notes.append(f"{column.heading}: the cell is merged with that of row {first}, and its words are taken.")
        return found

    def _said_section(self, said: str) -> str:
        """The section a column names; an empty cell below stands for the same."""
        self.under = said or self.under
        return self.under if self._has("section") else ""

    def _when(self, number: int, cells: Mapping[int, Cell], fields: dict[str, str], doubts: list[str]) -> dates.Read:
        column = next((each for each in self.columns if each.means == "by_when"), None)
        if column is None:
            return dates.Read(Kind.NONE, "")
        cell = cells.get(column.index)
        found = dates.read(fields.get("by_when", ""), self.today, cell.on if cell else None)
        chosen = self.choices.days.get(number)
        if chosen is None and self.choices.last_of_month and found.kind is Kind.MONTH:
            chosen = found.likely
        if chosen is not None:
            return replace(found, on=chosen)
        if found.doubt:
            doubts.append(found.doubt)
        return found

    def _rag(self, said: str, extra: dict[str, str], doubts: list[str]) -> str:
        """Red, amber, green, blue; anything else is kept in its words and asked about."""
        if not said:
            return ""
        if (rag := RAGS.get(plain(said), "")) and plain(said) == rag:
            return rag
        heading = next(each.heading for each in self.columns if each.means == "rag")
        extra[heading] = said
        if rag:
            doubts.append(f"“{said}” under “{heading}” was taken for {rag}: is it?")
            return rag
        doubts.append(f"“{_short(said)}” under “{heading}” is none of red, amber, green and blue: which is it?")
        return ""

    def _as_above(self, fields: Mapping[str, str]) -> Iterator[str]:
        for key, text in fields.items():
            if key != "by_when" and AS_ABOVE.fullmatch(text.strip(" .")):
                before = self.above.fields.get(key, "") if self.above else ""
                told = f" The line above says “{_short(before)}”." if before else ""
                yield f"“{text}” stands under “{self.labels[key]}”: which words are meant?{told}"

    def _no_reason(self, fields: Mapping[str, str]) -> Iterator[str]:
        """A line without its “Why?” below one that has it: the same may be meant, and nobody said so."""
        if self.target is not Target.PLAN or not self._has("why") or fields.get("why"):
            return
        if self.above and self.above.fields.get("why"):
            yield "“Why?” is empty. Is what the line above says meant here too?"


def _empty_headings(planned: list[Planned]) -> Iterator[Planned]:
    """A heading that no line follows may be a note."""
    holding = {each.section_row for each in planned if each.making is Making.LINE}
    for each in planned:
        if each.making is Making.SECTION and each.number not in holding and not each.doubts:
            doubt = f"No line follows “{_short(each.title)}”: is it a heading, or a note?"
            yield replace(each, doubts=(doubt,), asks_making=True)
        else:
            yield each


def _short(text: str, most: int = 80) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"
