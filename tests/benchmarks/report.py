"""From what was measured to a table, the targets, and how each page grows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from tests.benchmarks.measuring import Probe

BARE = "bare floor"
SIGNED_IN = "signed-in floor"
GROWTH = 1.3


@dataclass(frozen=True)
class Line:
    """One row of the table; times in milliseconds of processor time."""

    backend: str
    reviews: int
    name: str
    who: str
    median: float
    p95: float
    to_bare: float
    to_signed_in: float
    queries: int
    size: int

    @property
    def key(self) -> tuple[str, str]:
        return self.name, self.who


@dataclass(frozen=True)
class Target:
    """What was asked of the pages whose name begins so."""

    begins: str
    text: str
    most: float
    value: Callable[[Line], float]
    unit: str = "×"


TARGETS = (
    Target("my work", "my work at most 2× the signed-in floor", 2, lambda line: line.to_signed_in),
    Target("register", "the register at most 2×", 2, lambda line: line.to_signed_in),
    Target("section", "a section page at most 3×", 3, lambda line: line.to_signed_in),
    Target("saving a draft", "saving a draft at most 2×", 2, lambda line: line.to_signed_in),
    Target("review PDF", "review PDF at most 8 ms a page", 8, lambda line: line.median, " ms"),
)


def lines(backend: str, reviews: int, probes: Sequence[Probe]) -> list[Line]:
    """A line for each probe, with its ratios to the bare floor and to the floor of the same person."""
    floors = {probe.who: probe.median for probe in probes if probe.name == SIGNED_IN}
    bare = next(probe.median for probe in probes if probe.name == BARE)
    return [
        Line(
            backend=backend,
            reviews=reviews,
            name=probe.name,
            who=probe.who,
            median=probe.median,
            p95=probe.p95,
            to_bare=probe.median / bare,
            to_signed_in=probe.median / floors.get(probe.floor, min(floors.values())),
            queries=probe.queries,
            size=probe.size,
        )
        for probe in probes
    ]


def table(found: Sequence[Line]) -> str:
    """As printed and as it stands in docs/measurements.md."""
    numbers = f"{'CPU ms':>8}{'p95':>8}{'to bare':>9}{'to floor':>9}{'queries':>9}{'bytes':>10}"
    head = f"{'page or action':28}{'who':20}{numbers}"
    rows = [
        f"{line.name:28}{line.who:20}{line.median:8.2f}{line.p95:8.2f}{line.to_bare:9.2f}{line.to_signed_in:9.2f}"
        f"{line.queries:9d}{line.size:10,d}"
        for line in found
    ]
    return "\n".join([head, *rows])


def verdicts(found: Sequence[Line], targets: Sequence[Target] = TARGETS) -> list[str]:
    """Each target, met or not, with the page that comes nearest to its bound or goes furthest past it."""
    said = []
    for target in targets:
        concerned = [line for line in found if line.name.startswith(target.begins)]
        if not concerned:
            said.append(f"not measured  {target.text}")
            continue
        worst = max(concerned, key=target.value)
        met = target.value(worst) <= target.most
        said.append(
            f"{'met    ' if met else 'NOT MET'}  {target.text}: {target.value(worst):.2f}{target.unit}"
            f" ({worst.name}, {worst.who}, {worst.reviews:,} reviews)"
        )
    return said


def growth(found: Sequence[Line], small: int, large: int, most: float = GROWTH) -> list[str]:
    """Each page at the larger size against itself at the smaller, both as ratios to the floor of their own run.

    The ratio and not the milliseconds: the two sizes are measured minutes apart on a machine that others use.
    """
    before = {line.key: line for line in found if line.reviews == small}
    after = [line for line in found if line.reviews == large and line.key in before]
    said = []
    for line in sorted(after, key=lambda line: -_grown(line, before)):
        times = _grown(line, before)
        said.append(f"{'met    ' if times <= most else 'NOT MET'}  {line.name}, {line.who}: {times:.2f}×")
    return said


def _grown(line: Line, before: dict[tuple[str, str], Line]) -> float:
    return line.to_bare / before[line.key].to_bare


def as_json(found: Sequence[Line]) -> list[dict[str, object]]:
    return [asdict(line) for line in found]
