"""Which e-mail addresses an account may have: those that a message can be written to, and goes to."""

from __future__ import annotations

import pytest

from app.services.accounts import ADDRESS


@pytest.mark.parametrize("typed", ["a@x.org", "ama.o'neill+qa@council.gov.uk", "señal@exämple.org", "a-b_c@x-y.uk"])
def test_an_address(typed: str) -> None:
    assert ADDRESS.fullmatch(typed)


@pytest.mark.parametrize(
    "typed",
    ["", "@x.org", "a@x", "a b@x.org", "(@x.org", "(b@evil.org)", "a@[x.y", "b@evil.org(x.y", "a:b@x.org", "a@x..y",
     ".a@x.org", "a.@x.org", "a@x.org.", "a\\b@x.org", "a@x.org,b@x.org"],
)  # fmt: skip
def test_what_would_go_elsewhere_or_nowhere(typed: str) -> None:
    assert not ADDRESS.fullmatch(typed)
