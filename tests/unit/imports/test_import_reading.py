"""Files that are not what they should be: a sentence for each, and none is ever opened further than it must."""

from __future__ import annotations

import contextlib
import io
import time
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from app.imports import book as books
from app.imports.book import Book, Unreadable, from_json, to_json
from app.imports.columns import Target, guess, layout, twice
from app.imports.reading import OLE, read
from app.imports.rows import Making, plan_rows
from tests.support.messy import HEADS, a_book, coloured, messy, saved

TODAY = date(2026, 11, 23)
LINE = ["Audit", "HoS", "Book rooms", "3/2/2027", "Bookings", "Calm", "Green", "Begun"]


def refused(content: bytes) -> str:
    began = time.monotonic()
    with pytest.raises(Unreadable) as why:
        read(content)
    assert time.monotonic() - began < 10
    return str(why.value)


def texts(book: Book, sheet: int = 0) -> list[list[str]]:
    rows = book.sheets[sheet].rows
    return [[rows[number][column].text for column in sorted(rows[number])] for number in sorted(rows)]


def with_part(name: str, content: bytes, start: bytes | None = None) -> bytes:
    """A workbook with one part more, or with that part replaced."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(start or a_book([HEADS, LINE]))) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for info in old.infolist():
            if info.filename != name:
                new.writestr(info.filename, old.read(info))
        new.writestr(name, content)
    return made.getvalue()


def sheet_xml(rows: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode()


SHEET = "xl/worksheets/sheet1.xml"


# --- what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"   \n ", "is empty"),
        (b"%PDF-1.7 x", "This is a PDF"),
        (b"\x89PNG\r\n\x1a\n", "This is a picture"),
        (b"<!DOCTYPE html><table><tr><td>Why?</td></tr></table>", "This is a web page"),
        (b"\x00\x01\x02\x03\x04 not text", "not a spreadsheet"),
        (b"MZ\x90\x00\x03\x00\x00\x00\x04\x00", "not a spreadsheet"),
        (OLE + b"\x00" * 600 + "Workbook".encode("utf-16-le"), "old kind"),
        (OLE + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"), "protected with a password"),
        (b"PK\x03\x04 and nothing more", "damaged"),
        (messy()[:4000], "damaged"),
        (b"a" * (books.LARGEST_FILE + 1), "larger than 4 MB"),
    ],
)
def test_a_file_that_is_no_spreadsheet_is_refused_in_words(content: bytes, told: str) -> None:
    assert told in refused(content)


def test_a_macro_file_is_refused_whatever_it_is_called() -> None:
    assert "has macros" in refused(with_part("xl/vbaProject.bin", b"x"))


@pytest.mark.parametrize(("part", "told"), [("word/document.xml", "text document"), ("content.xml", "OpenDocument")])
def test_other_packages_are_told_apart(part: str, told: str) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(part, "x")
    assert told in refused(made.getvalue())


def test_a_zip_bomb_is_not_unpacked() -> None:
    bomb = with_part("xl/sharedStrings.xml", b" " * (60 * 1024 * 1024))
    assert len(bomb) < 100_000
    assert "unpacks to far more" in refused(bomb)


def test_many_small_bombs_are_counted_together() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "x")
        for number in range(100):
            archive.writestr(f"xl/part{number}.xml", b" " * 1024 * 1024)
    assert "unpacks to far more" in refused(made.getvalue())


def test_entities_are_not_followed() -> None:
    xml = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'
    assert "damaged" in refused(with_part(SHEET, xml))


def test_a_hundred_thousand_rows_are_too_many_and_the_limit_is_said() -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>x{n}</t></is></c></row>' for n in range(1, 100_001))
    assert "more than 5,000 rows" in refused(with_part(SHEET, sheet_xml(rows)))
    assert "more than 5,000 rows" in refused(b"why,who\n" * 100_000)


def test_a_cell_at_the_far_end_of_the_sheet_fills_no_memory() -> None:
    far = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    assert "Copy its table" in refused(with_part(SHEET, sheet_xml(far)))
    wide = '<dimension ref="A1:XFD1048576"/>'
    small = sheet_xml('<row r="1"><c r="A1" t="inlineStr"><is><t>Why?</t></is></c></row>')
    assert texts(read(with_part(SHEET, small.replace(b"<sheetData>", wide.encode() + b"<sheetData>")))) == [["Why?"]]


def test_three_hundred_columns_are_too_many() -> None:
    assert "wider than 60 columns" in refused(a_book([[f"c{n}" for n in range(300)]]))


def test_one_cell_of_a_novel_is_named() -> None:
    assert "cell B2" in refused(a_book([HEADS, ["x", "n" * 20_001]]))


def test_a_quotation_mark_that_is_never_closed() -> None:
    assert "never closed" in refused(b'why,who\n"' + b"x," * 60_000)


@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", OLE, b"\xff\xfe", b"\xef\xbb\xbf"]))
def test_no_bytes_at_all_break_the_reader(content: bytes, start: bytes) -> None:
    told = ""
    try:
        read(start + content)
    except Unreadable as why:
        told = str(why)
    assert told == "" or told.endswith(".")


@given(st.integers(0, 5_000), st.binary(min_size=1, max_size=8))
def test_a_workbook_with_bytes_changed_is_read_or_refused(at: int, change: bytes) -> None:
    good = messy()
    at %= len(good)
    with contextlib.suppress(Unreadable):
        read(good[:at] + change + good[at + len(change) :])


# --- what is read -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("between", [",", ";", "\t", "|"])
def test_text_in_any_letters_with_any_sign_between_the_columns(encoding: str, between: str) -> None:
    rows = [["Why?", "Who?", "Does what?"], ["Café’s “plan”, £5; so", "Zoë", "Book | rooms\tnow"]]
    text = "\r\n".join(between.join(f'"{cell}"' for cell in row) for row in rows) + "\r\n"
    book = read(text.encode(encoding))
    assert texts(book) == rows
    assert bool(book.notes) == (encoding == "cp1252")


def test_the_first_line_may_say_the_separator() -> None:
    assert texts(read(b"sep=;\nWhy?;Who?\na,b;c")) == [["Why?", "Who?"], ["a,b", "c"]]


def test_formulas_are_read_by_their_value_and_never_worked_out() -> None:
    cell = '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f>HYPERLINK("x")</f></c></row>'
    [row] = read(with_part(SHEET, sheet_xml(cell))).sheets[0].rows.values()
    assert (row[0].text, row[0].note) == ("2", "")
    assert row[1].text.startswith("=HYPERLINK")
    assert "its value was not stored" in row[1].note


def test_links_to_other_files_are_told_and_not_opened() -> None:
    book = read(with_part("xl/externalLinks/externalLink1.xml", b"<externalLink/>"))
    assert any("points to other files" in note for note in book.notes)


def test_a_date_that_is_shown_as_a_month_is_a_month() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([datetime(2027, 5, 1), datetime(2027, 5, 1)])  # noqa: DTZ001 - as a spreadsheet has them
    sheet["A1"].number_format, sheet["B1"].number_format = "mmm-yy", "dd/mm/yyyy"
    [row] = read(saved(book)).sheets[0].rows.values()
    assert (row[0].text, row[0].on) == ("May 2027", None)
    assert (row[1].text, row[1].on) == ("1 May 2027", date(2027, 5, 1))


def test_a_colour_in_the_place_of_a_word_is_asked_about() -> None:
    sheet = read(coloured()).sheets[0]
    line = plan_rows(sheet, guess(sheet, Target.PLAN), Target.PLAN, TODAY)[1]
    assert line.rag == ""
    assert line.doubts == ("RAG rated progress: The cell is coloured (red) and has no word in it.",)


def test_what_is_kept_of_a_file_is_all_of_it() -> None:
    for content in (messy(), coloured()):
        assert from_json(to_json(read(content))) == read(content)


def test_the_workbook_of_the_test_opens_in_a_spreadsheet() -> None:
    assert load_workbook(io.BytesIO(messy())).active is not None


# --- headings and columns ---------------------------------------------------------------------------------


def planned(content: bytes) -> tuple[dict[str, str], list[str], tuple[str, ...]]:
    """(what each heading means, what becomes of each row, notes)."""
    sheet = read(content).sheets[0]
    found = guess(sheet, Target.PLAN)
    rows = plan_rows(sheet, found, Target.PLAN, TODAY)
    return {each.heading: each.means for each in found.columns}, [str(row.making) for row in rows], found.notes


def test_headings_by_other_names_are_known_and_unknown_ones_kept() -> None:
    heads = [
        "Ref",
        "Action required",
        "Lead officer",
        "Target date",
        "Expected impact",
        "Budget",
        "RAG status",
        "Update",
    ]
    means, _rows, _notes = planned(a_book([["Plan"], heads, ["1", "Do", "Ann", "3/2/27", "Good", "£5", "G", "Fine"]]))
    assert means == {
        "Ref": "extra", "Action required": "what", "Lead officer": "who", "Target date": "by_when",
        "Expected impact": "experience", "Budget": "extra", "RAG status": "rag", "Update": "comments",
    }  # fmt: skip


def test_two_rows_of_headings_are_one_heading() -> None:
    rows = [["Action", "", "Progress", ""], ["What", "Who", "RAG", "Comments"], ["Book", "Ann", "Red", "Late"]]
    means, made, notes = planned(a_book(rows))
    assert made == ["heading", "heading", "line"]
    assert "Rows 1 and 2" in notes[0]
    assert set(means.values()) >= {"who", "rag"}


def test_without_headings_the_places_are_guessed_and_said_to_be() -> None:
    means, made, notes = planned(a_book([LINE, LINE]))
    assert made == ["line", "line"]
    assert list(means.values()) == ["why", "who", "what", "by_when", "how_known", "experience", "rag", "comments"]
    assert "No row of headings was found" in notes[0]


def test_headings_that_come_again_are_no_line() -> None:
    assert planned(a_book([HEADS, LINE, HEADS, LINE]))[1] == ["heading", "line", "heading", "line"]


def test_a_column_can_say_the_section() -> None:
    sheet = read(a_book([["Theme", "Action", "Lead"], ["Care", "Do", "Ann"], ["", "More", "Bob"]])).sheets[0]
    rows = plan_rows(sheet, guess(sheet, Target.PLAN), Target.PLAN, TODAY)
    assert [row.title for row in rows] == ["", "Care", "Care"]


def test_cells_beyond_the_headings_are_kept() -> None:
    sheet = read(a_book([HEADS, [*LINE, "left over"]])).sheets[0]
    [_head, line] = plan_rows(sheet, guess(sheet, Target.PLAN), Target.PLAN, TODAY)
    assert line.extra == {"Column I": "left over"}


def test_one_meaning_for_two_columns_is_found() -> None:
    sheet = read(a_book([HEADS, LINE])).sheets[0]
    assert twice(layout(sheet, Target.PLAN, 1, 1, {0: "what", 2: "what"}).columns) == ["what"]


WORDS = st.lists(st.lists(st.text(max_size=12), max_size=9), min_size=1, max_size=12)


@given(WORDS)
def test_no_word_of_any_table_is_lost(rows: list[list[str]]) -> None:
    text = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    try:
        sheet = read(("Why?,Who?,Does what?\n" + text).encode("utf-8", "replace")).sheets[0]
    except Unreadable:
        return
    made = plan_rows(sheet, guess(sheet, Target.PLAN), Target.PLAN, TODAY)
    assert [row.number for row in made] == list(range(1, sheet.last_row + 1))
    for row in made:
        cells = [cell.text for _column, cell in sorted(sheet.rows.get(row.number, {}).items())]
        assert [text for _head, text in row.words] == cells
        if row.making is Making.LINE:
            held = [*row.fields.values(), *row.extra.values(), row.rag]
            assert all(cell in held or cell.lower().strip(" .") in ("r", "a", "g", "b") or row.rag for cell in cells)


def test_more_cells_than_a_plan_ever_has_are_counted_before_they_are_read() -> None:
    """A million styled cells without a word in a file of two megabytes kept a worker busy for twenty seconds."""
    cells = "".join(f'<row r="{n}">' + f'<c r="A{n}" s="0"/>' * 50 + "</row>" for n in range(1, 10_500))
    made = with_part(SHEET, sheet_xml(cells))
    began = time.process_time()
    assert "more rows and cells than a plan ever holds" in refused(made)
    assert time.process_time() - began < 2


def test_a_text_that_is_too_large_is_not_said_to_have_a_sheet() -> None:
    assert "“”" not in refused(b"Why,What\n" + b"a,b\n" * 5_001)
    assert refused(",".join("v" * 70).encode()).startswith("The file is wider than 60 columns")
