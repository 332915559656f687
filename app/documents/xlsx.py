"""A table as a file of Excel, written row by row into a file.

The sheet is written here and not by openpyxl, which makes an object of each cell and asks it for its style: of six
thousand rows that took three times as long as everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import IO, Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl.utils import get_column_letter

from app.documents.spreadsheet import Column, cell, harmless

SHORT = 60
DAY_ZERO = date(1899, 12, 30)  # as Excel counts days
QUOTES = {'"': "&quot;"}

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# What a workbook has beside its sheet. Styles: plain, a heading, a day.
_PARTS = {
    "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/></Types>',
    "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'{_XML}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1" applyAlignment="1">'
    '<alignment vertical="top" wrapText="1"/></xf>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
_BOOK = (
    f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="%s" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_SHEET = (
    f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    "<cols>%s</cols><sheetData>"
)


def write_xlsx(file: IO[bytes], title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> None:
    """One sheet with a frozen, filtered heading. A row is written out as it comes, and none is kept."""
    letters = [get_column_letter(number) for number in range(1, len(columns) + 1)]
    with ZipFile(file, "w", ZIP_DEFLATED) as book:
        for name, part in _PARTS.items():
            book.writestr(name, part)
        book.writestr("xl/workbook.xml", _BOOK % escape(title[:31], QUOTES))
        with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write((_SHEET % _widths(columns)).encode())
            sheet.write(_row(1, letters, [_text(column.heading, ' s="1"') for column in columns]))
            lines = 1
            for lines, row in enumerate(rows, 2):
                sheet.write(_row(lines, letters, [_drawn(value) for value in row]))
            sheet.write(f'</sheetData><autoFilter ref="A1:{letters[-1]}{lines}"/></worksheet>'.encode())


def _widths(columns: Sequence[Column]) -> str:
    return "".join(
        f'<col min="{number}" max="{number}" width="{column.width}" customWidth="1"/>'
        for number, column in enumerate(columns, 1)
    )


def _row(number: int, letters: Sequence[str], cells: Iterable[str]) -> bytes:
    """A cell without a value is left out."""
    drawn = "".join(f'<c r="{letter}{number}"{cell}' for letter, cell in zip(letters, cells, strict=True) if cell)
    return f'<row r="{number}">{drawn}</row>'.encode()


def _drawn(value: Any) -> str:
    """A cell from behind its place on; the words of a state or a name come again and again."""
    if isinstance(value, str):
        return _short_text(value) if len(value) <= SHORT else _text(value)
    kept = cell(value)
    if kept is None:
        return ""
    if isinstance(kept, bool):
        return f' t="b"><v>{kept:d}</v></c>'
    if isinstance(kept, date):
        return f' s="2"><v>{(kept - DAY_ZERO).days}</v></c>'
    return f"><v>{kept}</v></c>" if isinstance(kept, int | float) else _text(kept)


def _text(value: str, style: str = "") -> str:
    """Its words in the cell itself, where a formula cannot be."""
    words = escape(harmless(value))
    return f'{style} t="inlineStr"><is><t xml:space="preserve">{words}</t></is></c>' if words else ""


_short_text = lru_cache(4096)(_text)
