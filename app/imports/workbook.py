"""An Excel workbook, opened with care: it is looked through before anything is made of it.

Sizes are read off the directory and counted again while unpacking, since a directory may lie. Formulas are never
worked out: the value that was stored with them is what is read.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.cell import range_boundaries

from app.imports.book import (
    LARGEST_UNPACKED,
    MOST_SHEETS,
    Book,
    Cell,
    Counted,
    Merged,
    Sheet,
    Unreadable,
)
from forms.clean import clean_text

DAMAGED = "The file is damaged, or is no workbook. Open it, save it as an Excel workbook (.xlsx), and send that."
BOMB = "The file unpacks to far more than a plan ever holds, so it was not opened. Copy its table into a new workbook."
FULL = "The file has far more rows and cells than a plan ever holds. Copy its table into a new workbook, and send that."
MACROS = "The file has macros in it. Save it as a workbook without macros (.xlsx), and send that."
MOST_PARTS, GREATEST_RATIO, SMALL = 2_000, 150, 1024 * 1024
BLOCK = 256 * 1024
KEPT = ("xl/worksheets/sheet", "[content_types].xml")
# Counted before the library reads them, which takes it twenty seconds for a million: styled cells without a word,
# texts that no cell points to.
MOST_CELLS, CELL_OR_TEXT = 500_000, (b"<c ", b":c ", b"<si>", b":si>")
MOST_EMPTY = 300_000  # rows without a word that are walked over
COLOURED = "The cell is coloured ({colour}) and has no word in it."
COMMENTS = "Some cells have comments on them. Comments are not taken in: copy what matters into the cells."
LINKS = "The file points to other files. They were not opened; the values stored in this one were read."
KINDS = {
    "word/": "This is a text document. Copy its table into a spreadsheet, and save that as .xlsx.",
    "ppt/": "This is a presentation. Copy its table into a spreadsheet, and save that as .xlsx.",
    "content.xml": "This is an OpenDocument file. Save it as an Excel workbook (.xlsx), and send that.",
    "xl/workbook.bin": "This is a binary workbook (.xlsb). Save it as an Excel workbook (.xlsx), and send that.",
}


def read_workbook(content: bytes) -> Book:
    """Every sheet. Raises Unreadable."""
    parts = _looked_through(content)
    try:
        return _read(content, parts)
    except Unreadable:
        raise
    except Exception as error:  # a library that reads other people's files fails in more ways than can be named
        raise Unreadable(DAMAGED) from error


# --- before it is opened ------------------------------------------------------------------------------------


def _looked_through(content: bytes) -> dict[str, bytes]:
    """The sheets' own XML by name. Raises Unreadable where the file is not what it should be."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
            _of_right_kind([info.filename for info in infos])
            _of_right_size(infos)
            return dict(_unpacked(archive, infos))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise Unreadable(DAMAGED) from error
    except Unreadable:
        raise
    except Exception as error:  # zlib's own errors among them
        raise Unreadable(DAMAGED) from error


def _of_right_kind(names: list[str]) -> None:
    lower = [name.lower() for name in names]
    if any(name.endswith("vbaproject.bin") for name in lower):
        raise Unreadable(MACROS)
    if "xl/workbook.xml" in lower:
        return
    for start, sentence in KINDS.items():
        if any(name.startswith(start) for name in lower):
            raise Unreadable(sentence)
    raise Unreadable(DAMAGED)


def _of_right_size(infos: list[zipfile.ZipInfo]) -> None:
    whole = sum(info.file_size for info in infos)
    steep = any(info.file_size > SMALL and info.file_size > GREATEST_RATIO * info.compress_size for info in infos)
    if whole > LARGEST_UNPACKED or len(infos) > MOST_PARTS or steep:
        raise Unreadable(BOMB)


def _unpacked(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> Iterator[tuple[str, bytes]]:
    """Every part once, counted; what is kept of it is the XML of the sheets."""
    left = LARGEST_UNPACKED
    for info in infos:
        made, keep, cells = io.BytesIO(), info.filename.lower().startswith(KEPT), 0
        with archive.open(info) as part:
            while block := part.read(BLOCK):
                left -= len(block)
                if left < 0:
                    raise Unreadable(BOMB)
                if b"<!ENTITY" in block or b"<!DOCTYPE" in block:
                    raise Unreadable(DAMAGED)
                cells += sum(block.count(sign) for sign in CELL_OR_TEXT)
                if cells > MOST_CELLS:
                    raise Unreadable(FULL)
                if keep:
                    made.write(block)
        if b"macroEnabled" in made.getvalue():
            raise Unreadable(MACROS)
        yield info.filename, made.getvalue()


# --- what is in it --------------------------------------------------------------------------------------------


def _read(content: bytes, parts: dict[str, bytes]) -> Book:
    values = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    if not values.worksheets:
        raise Unreadable("There is no sheet with a table in the file.")
    if len(values.worksheets) > MOST_SHEETS:
        raise Unreadable(
            f"The file has more than {MOST_SHEETS} sheets. Save those with the plan in a file of their own."
        )
    formulas = _formulas(content) if any(b"<f" in each for each in parts.values()) else None
    counted = Counted()
    sheets = tuple(_sheet(each, parts, formulas, counted) for each in values.worksheets)
    return Book(sheets, tuple(_notes(parts)))


def _formulas(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)


def _notes(parts: dict[str, bytes]) -> Iterator[str]:
    names = [name.lower() for name in parts]
    if any("comments" in name for name in names):
        yield COMMENTS
    if any(name.startswith("xl/externallinks/") for name in names):
        yield LINKS


def _sheet(sheet: Any, parts: dict[str, bytes], formulas: Any, counted: Counted) -> Sheet:
    missing = _without_value(formulas[sheet.title]) if formulas is not None else {}
    rows: dict[int, dict[int, Cell]] = {}
    for number, cells in _rows(sheet):
        row = dict(_cells(number, cells, missing))
        if row:
            counted.row(sheet.title)
            for column, cell in row.items():
                counted.cell(sheet.title, number, column, cell.text)
            rows[number] = row
    xml = parts.get(str(getattr(sheet, "_worksheet_path", "")).lstrip("/"), b"")
    return Sheet(sheet.title, rows, tuple(_merged(xml)), sheet.sheet_state != "visible")


def _rows(sheet: Any) -> Iterator[tuple[int, Any]]:
    sheet.reset_dimensions()  # a file may claim a million columns and have eight
    for number, cells in enumerate(sheet.iter_rows(), 1):
        if number > MOST_EMPTY:
            raise Unreadable(
                f"The sheet “{sheet.title}” has words below its row {MOST_EMPTY:,}. Copy its table into a new workbook."
            )
        if cells:
            yield number, cells


def _cells(number: int, cells: Any, missing: dict[tuple[int, int], str]) -> Iterator[tuple[int, Cell]]:
    """The cells of a row that say anything: by a word, by a formula whose value is not there, or by a colour."""
    for cell in cells:
        column = getattr(cell, "column", 0) - 1
        if cell.value is not None:
            made = _cell(cell)
        elif written := missing.get((number, column)):
            made = Cell(written, note="A formula stands here, and its value was not stored with it.")
        elif colour := _colour(cell):
            made = Cell("", note=COLOURED.format(colour=colour))
        else:
            continue
        if made.text or made.note:
            yield column, made


def _cell(cell: Any) -> Cell:
    value = cell.value
    if isinstance(value, datetime | date):
        return _dated(value, str(cell.number_format or ""))
    if isinstance(value, bool):
        return Cell("Yes" if value else "No")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return Cell(str(int(value)))
    if isinstance(value, time | timedelta):
        return Cell(str(value))
    text = str(clean_text(str(value)))
    return Cell(text, note=f"“{text}” is an error of the spreadsheet.") if cell.data_type == "e" else Cell(text)


def _dated(value: datetime | date, shown: str) -> Cell:
    """A date by its type. Where the sheet shows only the month of it, its readers knew of no day."""
    day = value.date() if isinstance(value, datetime) else value
    letters = re.sub(r'"[^"]*"|\[[^\]]*\]', "", shown.lower())
    if "d" not in letters and "m" in letters and "y" in letters:
        return Cell(f"{day:%B %Y}")
    if isinstance(value, datetime) and value.time() != time(0):
        return Cell(f"{day.day} {day:%B %Y}, {value:%H:%M}", on=day)
    return Cell(f"{day.day} {day:%B %Y}", on=day)


_PLAIN_FILLS = {"00000000", "FFFFFFFF", "00FFFFFF", "FFDDDDDD", "00DDDDDD", "FFD9D9D9", "FFF2F2F2", "FFBFBFBF"}
_COLOURS = {
    "red": ("FF0000", "C00000", "FF5050", "FF7C80", "F8696B"),
    "amber": ("FFC000", "FFBF00", "FFA500", "FFCC00", "FFFF00", "F4B084", "FFEB84"),
    "green": ("00B050", "92D050", "00FF00", "70AD47", "C6E0B4", "A9D08E", "63BE7B", "008000"),
    "blue": ("0070C0", "00B0F0", "0000FF", "4472C4", "5B9BD5", "002060"),
}


def _colour(cell: Any) -> str:
    """The colour's name, of an empty cell that is filled with one of the four; a grey ground says nothing."""
    if not getattr(cell, "has_style", False):
        return ""
    fill = cell.fill
    if fill is None or fill.fill_type != "solid" or fill.fgColor.type != "rgb":
        return ""
    code = str(fill.fgColor.rgb).upper()
    return next((name for name, codes in _COLOURS.items() if code[-6:] in codes and code not in _PLAIN_FILLS), "")


def _without_value(sheet: Any) -> dict[tuple[int, int], str]:
    """The formulas of a sheet, by place: asked only for a cell in which no value was stored."""
    found: dict[tuple[int, int], str] = {}
    for number, cells in _rows(sheet):
        for cell in cells:
            if cell.value is not None and getattr(cell, "data_type", "") == "f":
                found[number, cell.column - 1] = str(clean_text(str(cell.value)))
    return found


_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"')


def _merged(xml: bytes) -> Iterator[Merged]:
    for number, found in enumerate(_MERGE.finditer(xml)):
        if number >= 20_000:
            return
        left, top, right, bottom = range_boundaries(found[1].decode())
        if None not in (left, top, right, bottom):
            yield Merged(int(top or 0), int(bottom or 0), int(left or 0) - 1, int(right or 0) - 1)
