"""Tables as files that a spreadsheet opens: Excel and CSV, with every text made harmless.

A cell that begins as a formula does would be worked out by the program that opens the file, whoever typed it; such a
text gets an apostrophe in front, in both kinds of file. Dates are dates in Excel and ISO in CSV.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

from forms.clean import clean_text

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # noqa: RUF001 - wide ones count as formulas too
LONGEST_CELL = 32_000  # Excel holds 32,767 characters
BYTE_ORDER_MARK = "\ufeff"  # or Excel reads the file in another alphabet
CHUNK = 64 * 1024


@dataclass(frozen=True)
class Column:
    """One column: its heading, and how wide it is in characters."""

    heading: str
    width: int = 16


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula, without what none can hold."""
    risky = text.lstrip(" ").startswith(FORMULA) or text.startswith("\n")
    cleaned = str(clean_text(text))[:LONGEST_CELL]
    return f"'{cleaned}" if risky or cleaned.startswith(FORMULA) else cleaned


def cell(value: Any) -> Any:
    """A value as Excel keeps it: dates and numbers as what they are, texts made harmless."""
    if value is None or (isinstance(value, bool | int | float | date) and not isinstance(value, datetime)):
        return value
    return harmless(str(value))


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """A finished file from its beginning, a piece at a time; it is closed at the end."""
    with file:
        file.seek(0)
        while piece := file.read(CHUNK):
            yield piece


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The lines of a CSV file, the first with the mark that says it is UTF-8."""
    held = io.StringIO()
    writer = csv.writer(held)
    writer.writerow([harmless(heading) for heading in columns])
    yield BYTE_ORDER_MARK + held.getvalue()
    for row in rows:
        held.seek(0)
        held.truncate()
        writer.writerow(["" if value is None else _text(value) for value in row])
        yield held.getvalue()


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(cell(value))
