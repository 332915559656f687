"""`./run bench`, or a part of it: `./run bench --sizes 600,6000 --only "my work,register" --json figures.json`.

`./run bench tracker` measures the register of recommendations alone.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from app import clock, extensions
from tests.benchmarks import floors, imports, pages, panel, pool, report, tracker, tracker_meeting
from tests.benchmarks.data import NOW, YEAR_OF, Databases
from tests.benchmarks.measuring import Probe, measure, rounds
from tests.benchmarks.pages import Browsers
from tests.benchmarks.report import Line
from tests.support.world import World

SIZES = (YEAR_OF, 600, 6000)
REPEATS, ACTION_REPEATS = 40, 12


def main(words: Sequence[str]) -> int:
    """Measure, print, and say which targets are met. 0 whatever they say: a busy machine is no failure."""
    if words and words[0] == "tracker":
        return tracker.main(words[1:])
    asked = _arguments(words)
    backends = ["sqlite", "postgresql"] if asked.database == "both" else [asked.database]
    print(f"{platform.python_implementation()} {platform.python_version()}, {asked.repeats} rounds after 3 to warm up")
    found: list[Line] = []
    for backend in backends:
        found += _backend(backend, asked)
    if asked.json:
        Path(asked.json).write_text(json.dumps(report.as_json(found), indent=1) + "\n", encoding="utf-8")
    return 0


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench", description=report.__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of reviews")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="sqlite")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="rounds that are measured")
    parser.add_argument("--json", metavar="FILE", help="write the figures there too")
    parser.add_argument("--only", default="", help="only pages whose name begins so; several with commas between")
    parser.add_argument(
        "--everything", action="store_true", help="multiply open reviews as well: the worst case for lists of work"
    )
    parser.add_argument("--folder", metavar="FOLDER", help="keep the year made there (SQLite), or use the one that is")
    asked = parser.parse_args(words)
    asked.sizes = [int(size) for size in asked.sizes.split(",")]
    asked.only = tuple(name.strip() for name in asked.only.split(","))
    return asked


def _backend(backend: str, asked: argparse.Namespace) -> list[Line]:
    found: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as folder, clock.set_to(NOW):
        databases = Databases(backend, Path(asked.folder or folder), everything=asked.everything)
        for size in asked.sizes:
            began = time.monotonic()
            with databases.world(size) as (world, url):
                print(f"\n{backend}, {size:,} reviews (made and checked in {time.monotonic() - began:.0f} s)")
                found += _measured(world, url, size, asked)
    print("\nTargets")
    print(
        "\n".join(
            [
                *report.verdicts(found),
                *report.verdicts(found, panel.TARGETS),
                *panel.to_a_save(found),
                *tracker_meeting.to_a_save(found),
                *report.verdicts(found, imports.TARGETS),
            ]
        )
    )
    if len(asked.sizes) > 1:
        small, large = asked.sizes[-2:]
        print(f"\nGrowth from {small:,} to {large:,} reviews, at most {report.GROWTH}×")
        print("\n".join(report.growth(found, small, large)))
    return found


def _measured(world: World, url: str, size: int, asked: argparse.Namespace) -> list[Line]:
    """Two rounds of measuring, since the actions need reviews that would lengthen the pages' lists."""
    browsers = Browsers(world)
    few = min(asked.repeats, ACTION_REPEATS)
    chosen = _wanted([*pages.pages(browsers), pages.saving(browsers)], asked.only)
    found = _lines(browsers, url, size, chosen, asked.repeats) if chosen else []
    print(report.table(found), flush=True)
    taken = _wanted(pool.actions(browsers, rounds(few)), asked.only) if _asks_for(asked, pool.NAMES) else []
    if taken:
        more = _lines(browsers, url, size, taken, few)
        print("\n".join(report.table(more).splitlines()[1:]), flush=True)
        found += [line for line in more if line.name not in (report.BARE, report.SIGNED_IN)]
    found += _panel(browsers, url, size, few, asked)
    found += _meeting(browsers, url, size, few, asked)
    return found + _imports(browsers, url, size, few, asked)


def _panel(browsers: Browsers, url: str, size: int, few: int, asked: argparse.Namespace) -> list[Line]:
    """A third round: its reviews would lengthen the lists of both others."""
    if not any(only.startswith("panel") or "panel".startswith(only) for only in asked.only):
        return []
    lines = _lines(browsers, url, size, _wanted(panel.probes(browsers, rounds(few)), asked.only), few)
    print("\n".join(report.table(lines).splitlines()[1:]), flush=True)
    return [line for line in lines if line.name not in (report.BARE, report.SIGNED_IN)]


def _asks_for(asked: argparse.Namespace, names: Sequence[str]) -> bool:
    """Whether any of them is to be measured: what they need takes long to make."""
    return any(name.startswith(asked.only) for name in names)


def _meeting(browsers: Browsers, url: str, size: int, few: int, asked: argparse.Namespace) -> list[Line]:
    """A meeting of today over what is open; after the lists, which it would lengthen."""
    if not any(only.startswith("tracker") or "tracker".startswith(only) for only in asked.only):
        return []
    wanted = _wanted(tracker_meeting.probes(browsers, rounds(few)), asked.only)
    lines = _lines(browsers, url, size, wanted, few) if wanted else []
    print("\n".join(report.table(lines).splitlines()[1:]), flush=True)
    return [line for line in lines if line.name not in (report.BARE, report.SIGNED_IN)]


def _imports(browsers: Browsers, url: str, size: int, few: int, asked: argparse.Namespace) -> list[Line]:
    """Last, for it makes thousands of lines."""
    if not any(only.startswith("import") or "import".startswith(only) for only in asked.only):
        return []
    lines = _lines(browsers, url, size, _wanted(imports.probes(browsers), asked.only), min(few, 5))
    print("\n".join(report.table(lines).splitlines()[1:]), flush=True)
    return [line for line in lines if line.name not in (report.BARE, report.SIGNED_IN)]


def _wanted(probes: list[Probe], only: tuple[str, ...]) -> list[Probe]:
    return [probe for probe in probes if probe.name.startswith(only)]


def _lines(browsers: Browsers, url: str, size: int, probes: list[Probe], repeats: int) -> list[Line]:
    app, engine = floors.bare(url)
    client = app.test_client()
    bare = Probe(report.BARE, "–", lambda _n: client.get("/"))
    beneath = {who: _floor(browsers, who) for who in sorted({probe.floor for probe in probes if probe.floor})}
    with browsers.world.context():
        engines = extensions.engines()
    measure([bare, *probes], [*engines, engine], repeats, beneath)
    engine.dispose()
    return report.lines(browsers.world.backend, size, [bare, *beneath.values(), *probes])


def _floor(browsers: Browsers, who: str) -> Probe:
    return Probe(report.SIGNED_IN, who, lambda _n: browsers.client(who).get("/benchmark/floor"), floor=who)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
