"""The office is read when a rule asks about it, once, and then says what the office says."""

from __future__ import annotations

from dataclasses import fields

import pytest

from app.policy.acting import AskedOffice, Office

HELD = Office(
    heads=(1,),
    deputies=(2, 3),
    assistant_directors=(4,),
    delegated={2: "away"},
    names={1: "Amira Haddad", 2: "Ben Okafor"},
    declared=frozenset({(1, 7)}),
)


class Reader:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Office:
        self.times += 1
        return HELD


def test_nothing_is_read_until_something_is_asked() -> None:
    reader = Reader()
    asked = AskedOffice(reader)
    assert reader.times == 0
    assert asked.holds(1)
    assert asked.holds(2)
    assert not asked.holds(3)
    assert reader.times == 1


@pytest.mark.parametrize("name", [each.name for each in fields(Office)])
def test_no_field_is_known_before_it_is_read(name: str) -> None:
    """One with a value of its own in the class would be found there, and who is out would be in."""
    assert getattr(AskedOffice(Reader()), name) == getattr(HELD, name)


def test_what_no_office_has_is_missing() -> None:
    reader = Reader()
    with pytest.raises(AttributeError):
        AskedOffice(reader).nobody  # noqa: B018 - asking is the test
    assert reader.times == 0
