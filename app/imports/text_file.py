"""A table as text: which letters, which sign between the columns, and what cannot be certain of either."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from app.imports.book import LONGEST_CELL, Book, Cell, Counted, Sheet, Unreadable
from forms.clean import clean_text

BETWEEN = ",;\t|"
LOOKED_AT = 50
NOT_SURE = (
    "The file does not say in which letters it was written. It was read as Windows writes them: check the names with "
    "accents, the pound signs and the quotation marks."
)
NOT_TEXT = "This is not a spreadsheet. Send an Excel workbook (.xlsx) or a table as text (.csv)."
NOT_A_PAGE = "This is a web page, whatever its name says. Open it in a spreadsheet, save it as .xlsx, and send that."


def read_text(content: bytes) -> Book:
    """One sheet of one text file."""
    text, notes = decoded(content)
    if text.lstrip()[:400].lower().startswith(("<!doctype", "<html", "<?xml", "<table")):
        raise Unreadable(NOT_A_PAGE)
    between, text = separator(text)
    counted, rows = Counted(), {}
    for number, cells in _lines(text, between):
        row = {column: Cell(word) for column, raw in enumerate(cells) if (word := str(clean_text(raw)))}
        if row:
            counted.row("")
            for column, cell in row.items():
                counted.cell("", number, column, cell.text)
            rows[number] = row
    return Book((Sheet("", rows),), notes)


def _lines(text: str, between: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(LONGEST_CELL * 4)
    try:
        yield from enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=between), 1)
    except csv.Error as error:
        raise Unreadable(
            "The file cannot be read as a table: a quotation mark that opens a cell is probably never closed. Open it "
            "in a spreadsheet, look at its last rows, and save it again."
        ) from error


def decoded(content: bytes) -> tuple[str, tuple[str, ...]]:
    """(text, what is not certain about it). Raises Unreadable where it is no text at all."""
    text, notes = _decoded(content)
    if any(ord(sign) < 32 and sign not in "\t\n\r\x0b\x0c" for sign in text[:20_000]):
        raise Unreadable(NOT_TEXT)
    return text, notes


def _decoded(content: bytes) -> tuple[str, tuple[str, ...]]:
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(name, "replace"), ()
    if (wide := _without_mark(content)) is not None:
        return content.decode(wide, "replace"), ()
    try:
        return content.decode("utf-8"), ()
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace"), (NOT_SURE,)


def _without_mark(content: bytes) -> str | None:
    """UTF-16 that does not say so: every second byte of English is nothing."""
    start = content[:400]
    for name, at in (("utf-16-le", 1), ("utf-16-be", 0)):
        half = start[at::2]
        if half and half.count(0) > 0.6 * len(half):
            return name
    return None


def separator(text: str) -> tuple[str, str]:
    """(the sign between the columns, the text). A first line `sep=;` says it; else the one that divides most evenly."""
    first, _, rest = text.partition("\n")
    if first.lower().startswith("sep=") and len(first.strip()) == 5:
        return first.strip()[4], rest
    return max(BETWEEN, key=lambda sign: _evenness(text, sign)), text


def _evenness(text: str, sign: str) -> tuple[int, int]:
    """How many lines have the commonest number of this sign outside quotation marks, and how many that is."""
    counts = [line.count(sign) for line in _outside_quotes(text).splitlines()[:LOOKED_AT]]
    some = [count for count in counts if count]
    if not some:
        return 0, 0
    commonest = max(set(some), key=lambda count: (some.count(count), count))
    return some.count(commonest) * commonest, commonest


def _outside_quotes(text: str) -> str:
    return "".join(part for number, part in enumerate(text[:200_000].split('"')) if number % 2 == 0)
