"""`./run bench tracker`: the register of recommendations at 300, 6,000 and 60,000 rows, one in twenty open.

With choices: `./run bench tracker --sizes 300,6000 --database both --json figures.json`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app import clock, extensions
from app.extensions import session
from app.models.people import Person, Team
from app.models.recommendations import Recommendation
from tests.benchmarks import floors, multiply, report, tracker_rows
from tests.benchmarks.data import NOW, TODAY, YEAR_OF, Databases, check
from tests.benchmarks.measuring import Probe, measure
from tests.benchmarks.pages import HEAD, MANAGER, WORKER, Browsers
from tests.benchmarks.report import Line, Target
from tests.support.world import World

SIZES = (300, 6_000, 60_000)
REPEATS = 30
EXCEL, EXCEL_OF, EXCEL_REPEATS = "Excel", 6_000, 5
REVIEWS_EACH = 10  # of so many recommendations there is a review
MOST_GROWN = 1.5

TARGETS = (
    Target("register", "a page of the register at most 2× the signed-in floor", 2, lambda line: line.to_signed_in),
    Target(EXCEL, "Excel of 6,000 rows under 2 s", 2_000, lambda line: line.median, " ms"),
)


class TrackerDatabases(Databases):
    """The year multiplied to as many reviews as there are tens of recommendations, then the recommendations."""

    def _fill(self, size: int) -> None:
        engine = extensions.engine()
        with engine.begin() as connection:
            multiply.multiply(connection, max(YEAR_OF, size // REVIEWS_EACH))
            tracker_rows.fill(connection, size, TODAY)
        check()
        if self.backend == "postgresql":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
        extensions.let_go()


def main(words: Sequence[str]) -> int:
    """Measure and print; 0 whatever the figures say."""
    parser = argparse.ArgumentParser(prog="./run bench tracker", description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of recommendations")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="sqlite")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--json", metavar="FILE")
    asked = parser.parse_args(words)
    sizes = [int(size) for size in asked.sizes.split(",")]
    found: list[Line] = []
    for backend in ["sqlite", "postgresql"] if asked.database == "both" else [asked.database]:
        found += _backend(backend, sizes, asked.repeats)
    if asked.json:
        Path(asked.json).write_text(json.dumps(report.as_json(found), indent=1) + "\n", encoding="utf-8")
    return 0


def _backend(backend: str, sizes: Sequence[int], repeats: int) -> list[Line]:
    found: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as folder, clock.set_to(NOW):
        databases = TrackerDatabases(backend, Path(folder), everything=False)
        for size in sizes:
            began = time.monotonic()
            with databases.world(size) as (world, url):
                print(f"\n{backend}, {size:,} recommendations (made and checked in {time.monotonic() - began:.0f} s)")
                found += _measured(world, url, size, repeats)
    print("\nTargets")
    print("\n".join(report.verdicts(found, TARGETS)))
    if len(sizes) > 1:
        print(f"\nGrowth from {sizes[-2]:,} to {sizes[-1]:,} recommendations, at most {MOST_GROWN}×")
        print("\n".join(report.growth(found, sizes[-2], sizes[-1], MOST_GROWN)))
    return found


def _measured(world: World, url: str, size: int, repeats: int) -> list[Line]:
    browsers = Browsers(world)
    app, engine = floors.bare(url)
    client = app.test_client()
    bare = Probe(report.BARE, "–", lambda _n: client.get("/"))
    beneath, asked = {who: _floor(browsers, who) for who in WHO}, _pages(browsers)
    with world.context():
        engines = extensions.engines()
    measure([bare, *asked], [*engines, engine], repeats, beneath)
    excel = [_excel(browsers, size)] if size == EXCEL_OF else []
    measure(excel, engines, EXCEL_REPEATS, {})
    engine.dispose()
    lines = report.lines(world.backend, size, [bare, *beneath.values(), *asked, *excel])
    print(report.table(lines), flush=True)
    return lines


WHO = (HEAD, MANAGER, WORKER)


def _floor(browsers: Browsers, who: str) -> Probe:
    return Probe(report.SIGNED_IN, who, lambda _n: browsers.client(who).get("/benchmark/floor"), floor=who)


def _pages(browsers: Browsers) -> list[Probe]:
    """The register as it is opened, each filter, each order, far down the whole of it."""
    with browsers.world.context():
        owner = session.scalars(select(Person.public_id).where(Person.email == "owner7@example.org")).one()
        team = session.scalars(select(Team.public_id).order_by(Team.id).limit(1)).one()
        order = (Recommendation.due_on, Recommendation.id)
        middle: Any = session.execute(
            select(Recommendation.public_id, Recommendation.due_on).where(Recommendation.due_on.is_not(None))
            .order_by(*order).offset(150).limit(1)
        ).one()  # fmt: skip
    far = f"{middle.public_id}.{middle.due_on}"
    asked = {
        "open": (HEAD, ""),
        "overdue": (HEAD, "?stands=overdue"),
        "waiting": (HEAD, "?status=action_complete"),
        "one theme": (HEAD, "?theme=neglect"),
        "one team": (HEAD, f"?team={team}"),
        "one owner": (HEAD, f"?owner={owner}"),
        "one source": (HEAD, "?source=inspection"),
        "several filters": (HEAD, f"?theme=neglect&team={team}&level=service&due=this_month"),
        "open, by owner": (HEAD, "?sort=owner"),
        "open, newest": (HEAD, "?sort=-raised"),
        "all": (HEAD, "?status=all"),
        "all, far down": (HEAD, f"?status=all&after={far}"),
        "all, newest": (HEAD, "?status=all&sort=-raised"),
        "all, one theme": (HEAD, "?status=all&theme=neglect"),
        "all, one owner": (HEAD, f"?status=all&owner={owner}"),
        "all, a reference": (HEAD, "?status=all&search=ACT-1002"),
        "of a manager": (MANAGER, ""),
        "of a manager, all": (MANAGER, "?status=all"),
        "of a worker": (WORKER, ""),
    }
    return [
        _page(browsers, f"register, {name}", who, f"/recommendations{query}") for name, (who, query) in asked.items()
    ]


def _page(browsers: Browsers, name: str, who: str, url: str) -> Probe:
    return Probe(name, who, lambda _n: browsers.client(who).get(url), floor=who)


def _excel(browsers: Browsers, size: int) -> Probe:
    url = "/recommendations/export.xlsx?status=all"
    return Probe(f"{EXCEL} of {size:,} rows", HEAD, lambda _n: browsers.client(HEAD).get(url), floor=HEAD)
