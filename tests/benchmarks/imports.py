"""A file of two thousand rows: sent, looked at, taken into a plan, taken in again, undone; and the plan it made.

`./run bench --only import` measures this alone.
"""

from __future__ import annotations

import io
from typing import Any

from app.extensions import session
from app.models.plans import ImportBatch, ImportDraft, Plan
from tests.benchmarks.measuring import Probe
from tests.benchmarks.pages import HEAD, Browsers
from tests.benchmarks.report import Target
from tests.support.messy import HEADS, a_book

ROWS = 2_000
WHENS = ("May-27", "01-Sep-27", "Weekly.", "June and March 2027", "complete", "3/2/2027", "as above", "")
WORDS = "Families hear the same from everybody, and do not have to tell their story twice. "

TARGETS = (
    Target("import: sent and taken in", "import of 2,000 rows under 2 s", 2_000, lambda line: line.median, " ms"),
    Target("import: plan's page", "a plan's page at most 3× the signed-in floor", 3, lambda line: line.to_signed_in),
)


def a_file() -> bytes:
    """Forty sections with the lines between them."""
    rows: list[list[str]] = [["A plan of two thousand rows"], list(HEADS)]
    for number in range(ROWS):
        if number % 50 == 0:
            rows.append([f"Section {number // 50}"])
        when = WHENS[number % len(WHENS)]
        rows.append([f"Finding {number}", "HoS", f"Action {number}. {WORDS}", when, "Records", WORDS, "Green", WORDS])
    return a_book(rows)


class Bench:
    """Each repetition with a draft or a plan of its own."""

    def __init__(self, browsers: Browsers) -> None:
        self.browsers, self.content, self.count = browsers, a_file(), 0
        self.plan = self._taken_plan()

    def probes(self) -> list[Probe]:
        page = f"/plans/{self.plan}"
        return [
            Probe("import: sent and taken in", HEAD, lambda _n: self._take(self._send()), 303, HEAD),
            Probe("import: sent again, nothing new", HEAD, lambda _n: self._take(self._send(self.plan)), 303, HEAD),
            Probe("import: looking at its rows", HEAD, lambda _n: self._get(self.rows), 200, HEAD, prepare=self._draft),
            Probe("import: undone", HEAD, lambda _n: self._undo(), 303, HEAD, prepare=self._another),
            Probe("import: plan's page", HEAD, lambda _n: self._get(page), 200, HEAD),
            Probe("import: plan for Excel", HEAD, lambda _n: self._get(f"{page}/plan.xlsx"), 200, HEAD),
        ]

    def _get(self, url: str) -> Any:
        return self.browsers.client(HEAD).get(url)

    def _post(self, url: str, **data: Any) -> Any:
        token = self.browsers.token(HEAD)
        return self.browsers.client(HEAD).post(url, data={"csrf_token": token, **data})

    def _send(self, plan: str = "") -> str:
        self.count += 1
        name = f"Benchmark plan {self.count}"
        answer = self._post(
            "/plans/import", plan=plan, name=name, kind="other", file=(io.BytesIO(self.content), "a.xlsx")
        )
        return str(answer.location)

    def _take(self, draft: str) -> Any:
        return self._post(f"{draft}/rows", version="1", do="import")

    def _draft(self, _number: int) -> None:
        self.rows = self._send() + "/rows"

    def _another(self, _number: int) -> None:
        self.batch = str(self._take(self._send()).location)

    def _undo(self) -> Any:
        return self._post(f"{self.batch}/undo", seen="0")

    def _taken_plan(self) -> str:
        self._take(self._send())
        with self.browsers.world.context():
            assert session.query(ImportDraft).count() == 0
            batch = session.query(ImportBatch).order_by(ImportBatch.id.desc()).first()
            assert batch is not None
            return session.get_one(Plan, batch.plan_id).public_id


def probes(browsers: Browsers) -> list[Probe]:
    """What is measured of imports and plans."""
    return Bench(browsers).probes()
