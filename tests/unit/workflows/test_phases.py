"""Every combination of stored facts has a phase, and none falls through to one that shows more."""

from __future__ import annotations

import itertools

import pytest

from workflows.phases import phase
from workflows.states import Phase, ReviewState

S, P = ReviewState, Phase
# state, item opened, issued: None where it makes no difference.
TABLE = [
    (S.PLANNED, None, None, P.PLANNED),
    (S.DRAFTING, None, None, P.DRAFTING),
    (S.DISCUSSION, None, None, P.DISCUSSION),
    (S.HOS_MODERATION, None, None, P.FIRST_MODERATION),
    (S.PANEL_MODERATION, False, None, P.PANEL_SEALED),
    (S.PANEL_MODERATION, True, None, P.PANEL_OPEN),
    (S.TRACKING, None, False, P.DECIDED),
    (S.TRACKING, None, True, P.ISSUED),
    (S.CLOSED, None, False, P.DECIDED),
    (S.CLOSED, None, True, P.ISSUED),
    (S.WITHDRAWN, None, None, P.WITHDRAWN),
]


COMBINATIONS = list(itertools.product(ReviewState, (False, True), (False, True)))


@pytest.mark.parametrize(("state", "opened", "issued"), COMBINATIONS)
def test_every_combination_has_one_phase(state: ReviewState, opened: bool, issued: bool) -> None:
    wanted = [
        found for (of, when_opened, when_issued, found) in TABLE
        if of is state and when_opened in (None, opened) and when_issued in (None, issued)
    ]  # fmt: skip
    assert [phase(state, item_opened=opened, issued=issued)] == wanted


def test_every_phase_is_reached() -> None:
    assert {found for *_, found in TABLE} == set(Phase)
