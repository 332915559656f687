"""Files of a view: typed, filtered, frozen, with no formula in them, and logged before they leave."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select

from app.documents.spreadsheet import Column, harmless
from app.documents.xlsx import write_xlsx
from app.extensions import session
from app.models.records import AuditEvent, ViewEvent
from app.services import records
from app.web.tracker_words import TAG
from tests.support import register as tracker
from tests.support.people_at_work import visitor
from tests.support.world import LIBRARY, World

RISKY = ["=1+1", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"]  # noqa: RUF001


def sheet(world: World, login: str, query: str = "") -> Any:
    answer = visitor(world, login).get(f"/recommendations/export.xlsx{query}")
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(answer.data)).active


def test_an_excel_file_is_typed_filtered_and_frozen(world: World) -> None:
    with world.context():
        reference = tracker.of_activity(world, due=date(2026, 12, 20), tags=["neglect", "outcome_1"])
        tracker.issued(world)
    found = sheet(world, "head.qa", "?sort=reference")
    assert found.freeze_panes == "A2"
    heading = [cell.value for cell in found[1]]
    assert found.auto_filter.ref == f"A1:{found.cell(1, len(heading)).column_letter}3"
    assert 60 <= found.column_dimensions["F"].width < 61  # with the room that Excel leaves at the sides
    rows = {row[0].value: dict(zip(heading, row, strict=True)) for row in found.iter_rows(min_row=2)}
    row = rows[reference]
    assert row["Due"].is_date
    assert row["Due"].value == datetime(2026, 12, 20)  # noqa: DTZ001 - a spreadsheet has no zone
    assert row["Raised"].is_date
    assert (row["Source"].value, row["Themes"].value) == ("Inspection", "Neglect")
    assert str(row["National framework"].value).startswith("Outcome 1")
    assert row["How it stands"].value == "No forecast yet"


def test_an_excel_file_printed_says_on_each_page_what_and_whose_it_is(sqlite_world: World) -> None:
    with sqlite_world.context():
        tracker.of_activity(sqlite_world)
    found = sheet(sqlite_world, "head.qa")
    assert (found.print_title_rows, found.print_title_cols) == ("$1:$1", "$A:$A")
    assert (found.page_setup.orientation, found.page_setup.paperSize) == ("landscape", 9)


def test_an_excel_file_keeps_words_numbers_and_days() -> None:
    """Read by another's program: signs of XML, lines, spaces at the ends, letters of other scripts, a long text."""
    words = ["a < b & c > d", "“Ó Súilleabháin” 'x' \"y\"", "one\ntwo", "日本 🙂", "x" * 40_000, "a\x00\ud800b", "]]>"]
    rows: list[list[Any]] = [
        *([word, date(2026, 2, 28), 7, 1.5, True, None] for word in words),
        ["", None, 0, None, False, "last"],
    ]
    columns = [Column(f"H & <{number}>", 10 + number) for number in range(6)]
    file = io.BytesIO()
    write_xlsx(file, 'A "sheet" & more', columns, iter(rows))
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ['A "sheet" & more']
    found = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert found[0] == [column.heading for column in columns]
    assert [row[0] for row in found[1:8]] == [*words[:4], "x" * 32_000, "ab", "]]>"]
    assert {tuple(row[1:]) for row in found[1:8]} == {(datetime(2026, 2, 28), 7, 1.5, True, None)}  # noqa: DTZ001
    assert found[8] == [None, None, 0, None, False, "last"]
    assert book.active["A1"].font.b
    assert book.active.auto_filter.ref == "A1:F9"


@pytest.mark.parametrize("text", RISKY)
@pytest.mark.databases("sqlite")
def test_no_text_is_taken_for_a_formula(world: World, text: str) -> None:
    with world.context():
        tracker.of_activity(world, action=text)
    [row] = sheet(world, "head.qa").iter_rows(min_row=2)
    assert row[5].data_type == "s"
    assert str(row[5].value).startswith("'")
    lines = visitor(world, "head.qa").get("/recommendations/export.csv").data
    assert lines.startswith(b"\xef\xbb\xbf")
    [line] = csv.DictReader(io.StringIO(lines.decode("utf-8-sig")))
    assert line["Action"].startswith("'")


def test_ordinary_texts_are_left_alone() -> None:
    for text in ("Ask the child", "1 = 1", "", "a\nb", "“=”"):
        assert harmless(text) == text
    assert harmless("a\x00b\x07") == "ab"


def test_a_file_is_a_look_at_each_review_in_it_and_an_event(world: World) -> None:
    """R10: who asks later who has seen this child's review finds the file; the log has no word of what was asked."""
    with world.context():
        ids = {tracker.issued(world).id for _ in range(2)}
        tracker.of_activity(world)
    for kind in ("xlsx", "csv"):
        visitor(world, "manager").get(f"/recommendations/export.{kind}?search=2026")
    with world.context():
        looks = session.execute(
            select(ViewEvent.review_id, ViewEvent.what).where(ViewEvent.channel == "export").order_by(ViewEvent.id)
        ).all()
        assert {review for review, _ in looks} == ids
        assert sorted(what for _, what in looks) == ["recommendations csv"] * 2 + ["recommendations xlsx"] * 2
        events = session.scalars(select(AuditEvent).where(AuditEvent.kind == "recommendation.export")).all()
        assert [(event.data["action"], event.data["number"]) for event in events] == [("xlsx", 2), ("csv", 2)]
        assert records.verify_changes().whole


def test_a_file_that_cannot_be_logged_is_not_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object) -> None:
        raise RuntimeError("no log")

    with world.context():
        tracker.of_activity(world)
    client = visitor(world, "head.qa")
    monkeypatch.setattr(records, "log_export", refuse)
    world.app.config["PROPAGATE_EXCEPTIONS"] = False
    try:
        answer = client.get("/recommendations/export.csv")
    finally:
        world.app.config["PROPAGATE_EXCEPTIONS"] = None
    assert answer.status_code == 500
    assert b"ACT-" not in answer.data


def test_an_empty_view_is_a_file_with_its_heading(world: World) -> None:
    assert sheet(world, "director").max_row == 1
    with world.context():
        assert session.scalar(select(func.count()).select_from(ViewEvent)) == 0


def test_every_tag_of_the_shipped_forms_has_words() -> None:
    import yaml

    for name in ("practice-review-2024-04", "practice-review-2026-04"):
        form = yaml.safe_load((LIBRARY / f"{name}.yaml").read_text(encoding="utf8"))
        for options in ("themes", "national_framework"):
            for option in form["option_sets"][options]:
                assert TAG[option["key"]] == option["label"]
