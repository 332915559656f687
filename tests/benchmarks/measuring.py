"""Processor time of one request after another, each page beside the floors of the same round."""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine

from tests.support.statements import heard_on, questions

WARM_UP = 3


@dataclass
class Probe:
    """Something measured. `call(n)` does it for the n-th time and returns an answer; `expected` is its status.

    `units` divides the time, where the target is for a part of the whole (a page of a document). `prepare(n)` comes
    before it and is in no time.
    """

    name: str
    who: str
    call: Callable[[int], Any]
    expected: int = 200
    floor: str = ""
    units: int = 1
    prepare: Callable[[int], None] | None = None
    times: list[float] = field(default_factory=list)
    queries: int = 0
    size: int = 0

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        return sorted(self.times)[math.ceil(0.95 * len(self.times)) - 1]


def measure(probes: Sequence[Probe], engines: Sequence[Engine], repeats: int, beneath: Mapping[str, Probe]) -> None:
    """Every probe once a round, so that a slow minute of the machine slows them all, and right before it the floor of
    its person: a floor that comes after another page costs what a page costs there. In a row the floors found
    everything in the processor's caches, and looked a fifth cheaper than they are.

    What a probe prepares comes before the floor too, so that an action finds what a page finds and not what reading
    its form and clearing up after that left of the caches. The statements are counted in one round more: listening to
    them would cost time.
    """
    for number in range(WARM_UP + repeats):
        for probe in probes:
            _prepared(probe, number)
            for each in _with_its_floor(probe, beneath):
                spent = _once(each, number)
                if number >= WARM_UP:
                    each.times.append(spent * 1000 / each.units)
    for probe in {id(each): each for one in probes for each in _with_its_floor(one, beneath)}.values():
        _prepared(probe, WARM_UP + repeats)
        with heard_on(engines) as said:
            _check(probe, probe.call(WARM_UP + repeats))
        probe.queries = len(questions(said))


def _with_its_floor(probe: Probe, beneath: Mapping[str, Probe]) -> list[Probe]:
    return [beneath[probe.floor], probe] if probe.floor in beneath else [probe]


def rounds(repeats: int) -> int:
    """How often `measure` calls each probe: as many copies must be there of what can be done once."""
    return WARM_UP + repeats + 1


def _prepared(probe: Probe, number: int) -> None:
    """What the preparation left behind is cleared up here too, or what is measured would pay for it."""
    if probe.prepare is not None:
        probe.prepare(number)
        gc.collect()


def _once(probe: Probe, number: int) -> float:
    began = time.process_time()
    answer = probe.call(number)
    spent = time.process_time() - began
    _check(probe, answer)
    return spent


def _check(probe: Probe, answer: Any) -> None:
    """A page that was refused would be quick."""
    if answer.status_code != probe.expected:
        raise RuntimeError(f"{probe.name} as {probe.who}: {answer.status_code}, {probe.expected} was expected")
    probe.size = len(answer.data)
