"""Several people at once, each in a thread with an application context and a connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import count

from sqlalchemy import Connection, text

from app import clock, extensions
from app.services.unit_of_work import NotFound, Stale
from tests.support.world import TODAY, World
from workflows.engine import Refused

POLLS = 2_000
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")

FORGET = text("SELECT pg_stat_clear_snapshot()")


def alone(world: World, act: Callable[[], object]) -> str:
    """One person's action as an outcome: done, or the name of the refusal. Anything else is raised."""
    with clock.set_to(TODAY), world.context():
        try:
            act()
        except (Refused, Stale, NotFound) as why:
            return type(why).__name__
        return "done"


def race(world: World, *acts: Callable[[], object], in_turn: bool = False) -> list[str]:
    """All of them at the same moment: what they need last is held until each waits or has ended.

    The head of the chain is the last lock of every action, so with it held nobody can finish writing, and
    everybody has read and decided before anybody is let through. `in_turn`: each begins when the one before waits,
    and is let through after it.
    """
    with ThreadPoolExecutor(len(acts)) as pool, extensions_of(world).connect() as gate:
        if world.backend == "postgresql":
            gate.execute(text("SELECT id FROM audit_head FOR UPDATE"))
        futures: list[Future[str]] = []
        for act in acts:
            futures.append(pool.submit(alone, world, act))
            if in_turn:
                _until_all_wait(gate, futures)
        if world.backend == "postgresql":
            _until_all_wait(gate, futures)
        gate.rollback()
        return [future.result(timeout=60) for future in futures]


def extensions_of(world: World) -> extensions.Engine:
    """The engine of the world, for a connection beside those of the application."""
    made: extensions.Engine = world.app.extensions[extensions.ENGINE][0]
    return made


def _until_all_wait(gate: Connection, futures: Sequence[Future[str]]) -> None:
    for _ in range(POLLS):
        done = wait(futures, timeout=0.01).done
        gate.execute(FORGET)  # within a transaction the server shows what it showed first
        if (gate.scalar(WAITING) or 0) + len(done) >= len(futures):
            return
    raise AssertionError("the racers neither wait nor end")


def many(world: World, workers: int, act: Callable[[int, int], object], times: int) -> list[str]:
    """`workers` people doing `act(worker, number)` `times` over, all at once; every outcome."""

    def one(worker: int) -> list[str]:
        return [alone(world, lambda number=number: act(worker, number)) for number in range(times)]  # type: ignore[misc]

    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(one, worker) for worker in range(workers)]
        return [outcome for future in futures for outcome in future.result(timeout=300)]


def until_saved(save: Callable[[], object]) -> int:
    """Try again on Stale, as a page does that shows both texts; how often it took."""
    for tries in count(1):
        try:
            save()
        except Stale:
            continue
        return tries
    raise AssertionError("unreachable")
