"""Two who send at once: each message leaves once, whichever of them takes it."""

from __future__ import annotations

from collections import Counter

import pytest

from app.messages import sending
from app.messages.transports import transport
from app.services import outbox
from tests.concurrency.racing import extensions_of, many, race
from tests.support.mail import mail_server
from tests.support.stages import review_at
from tests.support.world import World
from workflows.states import ReviewState

pytestmark = pytest.mark.postgres


def test_several_send_at_once_and_nothing_leaves_twice(pg: World) -> None:
    with pg.context():
        for _ in range(4):
            review_at(pg, ReviewState.DISCUSSION)
    with mail_server() as server:

        def send(_worker: int, _number: int) -> object:
            with transport(server.mail) as way:
                return sending.send(way, server.mail.sender)

        assert set(many(pg, 4, send, 2)) == {"done"}
        left = Counter(str(each["Message-ID"]) for each in server.taken)
    assert len(left) == 12
    assert set(left.values()) == {1}


def test_what_one_has_in_hand_another_neither_waits_for_nor_takes(pg: World) -> None:
    """A row that is locked is passed over; the last one is nobody else's."""
    with pg.context():
        review_at(pg, ReviewState.DISCUSSION)
    found: list[object] = []
    with extensions_of(pg).connect() as busy:
        busy.exec_driver_sql("SELECT id FROM outbox_message ORDER BY id LIMIT 1 FOR UPDATE")
        assert race_free(pg, found, 4) == ["done"] * 4
        busy.rollback()
    taken = [each.message_id for each in found if isinstance(each, outbox.Claim)]
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 2
    assert found.count(None) == 2


def race_free(world: World, found: list[object], times: int) -> list[str]:
    return race(world, *[lambda: found.append(outbox.claim()) for _ in range(times)])
