"""A view of the register as a file: Excel or CSV, with no column that its reader may not see."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from typing import Any

from flask import Response, stream_with_context

from app import clock
from app.documents.spreadsheet import Column, csv_lines, pieces
from app.documents.xlsx import write_xlsx
from app.queries import tracker_export as queries
from app.queries.recommendations import FORECASTS
from app.queries.tracker_export import Held
from app.services import records
from app.web import access, tracker_words, words
from app.web.recommendations import bp
from app.web.tracker_register import asked_filters

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Row = dict[str, Any]
Value = Callable[[Row], Any]


def _of(key: str) -> Value:
    return lambda row: row[key]


def _tags(known: dict[str, str], *, others: bool) -> Value:
    """The framework's have keys of their own; whatever is not one of them is a theme."""

    def value(row: Row) -> str:
        return "; ".join(tracker_words.tag(key) for key in row["tags"] if (key in known) != others)

    return value


def _forecast(row: Row) -> str:
    return FORECASTS[str(row["forecast"])].word if row["forecast"] else ""


def _outcome(row: Row) -> str:
    return words.OUTCOME[str(row["outcome"])][0] if row["outcome"] else ""


def _from(row: Row) -> str:
    return row["review"] or row["activity"] or ""


COLUMNS: tuple[tuple[Column, Value], ...] = (
    (Column("Reference", 14), _of("reference")),
    (Column("Initials", 10), _of("initials")),
    (Column("Level", 15), lambda row: words.LEVEL[str(row["level"])]),
    (Column("Source", 24), lambda row: "Practice review" if row["review"] else row["kind"] or ""),
    (Column("From", 14), _from),
    (Column("Action", 60), _of("action")),
    (Column("Expected effect", 40), _of("effect")),
    (Column("Owner", 22), _of("owner")),
    (Column("Team", 24), _of("team")),
    (Column("Verifier", 22), _of("verifier")),
    (Column("Worker", 22), _of("worker")),
    (Column("Due", 12), _of("due_on")),
    (Column("First due", 12), _of("first_due_on")),
    (Column("How it stands", 20), lambda row: row["colour"].word),
    (Column("Owner’s forecast", 18), _forecast),
    (Column("Status", 18), lambda row: words.RECOMMENDATION[str(row["state"])][0]),
    (Column("Outcome", 20), _outcome),
    (Column("Impact check due", 14), _of("impact_due_on")),
    (Column("Themes", 30), _tags(tracker_words.FRAMEWORK, others=True)),
    (Column("National framework", 40), _tags(tracker_words.FRAMEWORK, others=False)),
    (Column("Partner agency", 22), _of("partner_agency")),
    (Column("Evidence", 40), _of("evidence")),
    (Column("What changed", 40), _of("impact")),
    (Column("Plan", 24), _of("plan")),
    (Column("Raised", 12), _of("raised_on")),
    (Column("Completed", 12), _of("completed_on")),
    (Column("Closed", 12), _of("closed_on")),
)


@bp.get("/export.xlsx")
@access.signed_in
def export_xlsx() -> Any:
    """Written row by row into a file that is then sent in pieces; logged before."""
    found = _logged("xlsx")
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the last piece is sent
    write_xlsx(file, "Recommendations", [column for column, _ in _columns(found)], _lines(found))
    response = Response(pieces(file), mimetype=XLSX)
    response.call_on_close(file.close)
    return _named(response, "xlsx")


@bp.get("/export.csv")
@access.signed_in
def export_csv() -> Any:
    """Sent line by line as it is read; logged before."""
    found = _logged("csv")
    lines = csv_lines([column.heading for column, _ in _columns(found)], _lines(found))
    return _named(Response(stream_with_context(lines), mimetype="text/csv"), "csv")


def _logged(kind: str) -> Held:
    """What the file will hold, with its look at each child's record in the log."""
    filters = asked_filters()
    found = queries.held(access.actor(), access.office(), filters)
    records.log_export(access.actor(), found.subjects, kind, len(found.ids), filters.as_query())
    return found


def _columns(found: Held) -> list[tuple[Column, Value]]:
    """Without the worker where this person may know of none."""
    return [each for each in COLUMNS if each[0].heading != "Worker" or found.workers]


def _lines(found: Held) -> Iterator[list[Any]]:
    values = [value for _column, value in _columns(found)]
    for row in queries.rows(access.actor(), access.office(), found):
        yield [value(row) for value in values]


def _named(response: Response, kind: str) -> Response:
    name = f"recommendations-{clock.today():%Y-%m-%d}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
