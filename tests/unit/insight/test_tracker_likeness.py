"""The overlap of two actions: symmetric, 1 for the same words, 0 for none, and a search that misses nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.insight.likeness import MUCH, all_telling, most_like, overlap, ratio, telling, words

some_words = st.lists(
    st.sampled_from("child plan ring school visit agree café worker manager the a".split()), max_size=12
)
texts = st.one_of(some_words.map(" ".join), st.text(max_size=60))


def alike(one: str, other: str) -> float:
    return overlap(words(one), words(other))


@given(texts, texts)
def test_it_is_the_same_both_ways(one: str, other: str) -> None:
    assert alike(one, other) == alike(other, one)
    assert ratio(one, other) == ratio(other, one)
    assert 0 <= alike(one, other) <= 1


@given(texts)
def test_the_same_words_are_one_and_order_or_signs_do_not_count(text: str) -> None:
    shuffled = ", ".join(sorted(words(text), reverse=True)).upper()
    assert alike(text, text) == (1 if words(text) else 0)
    if words(text) == words(shuffled):  # not so for a few letters that have no capital of their own
        assert alike(text, shuffled) == alike(text, text)


@given(some_words, some_words)
def test_none_in_common_is_nothing(one: list[str], other: list[str]) -> None:
    apart = [f"{word}x" for word in other]
    assert alike(" ".join(one), " ".join(apart)) == 0


@given(texts, texts)
def test_it_is_one_only_for_the_same_words(one: str, other: str) -> None:
    assert (alike(one, other) == 1) == (bool(words(one)) and words(one) == words(other))


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("a b c", "a b c d e", 0.6),
        ("a b c d e f", "a b c d e f g h i j", 0.6),
        ("Ring the school each Friday.", "ring the SCHOOL, each friday", 1.0),
        ("a b c", "a b d", 0.5),
        ("", "", 0.0),
        ("child's plan", "plan of the child", 0.4),
    ],
)
def test_the_formula_by_hand(one: str, other: str, shared: float) -> None:
    assert alike(one, other) == pytest.approx(shared)


def test_six_in_ten_is_much_and_less_is_not() -> None:
    assert [key for key, _ in most_like("a b c", {1: "a b c d e", 2: "a b c d e f"})] == [1]
    assert MUCH == 0.6


def test_letters_decide_between_those_with_the_same_words() -> None:
    action = "the child rings the school"
    found = most_like(action, {"turned": "the school rings the child", "same": "the child rings the school."})
    assert [key for key, _ in found] == ["same", "turned"]
    assert {like.overlap for _, like in found} == {1.0}


@given(texts, texts)
def test_what_is_much_alike_has_one_of_the_telling_words(one: str, other: str) -> None:
    looked_for = telling(one)
    if looked_for is not None and alike(one, other) >= MUCH:
        assert any(word in other.casefold() for word in looked_for)


@given(st.lists(texts, max_size=4), texts)
def test_several_are_looked_for_at_once(many: list[str], other: str) -> None:
    looked_for = all_telling(many)
    if looked_for is not None and any(alike(one, other) >= MUCH for one in many):
        assert any(word in other.casefold() for word in looked_for)


def test_a_text_in_another_script_is_looked_for_among_all() -> None:
    assert telling("згода з дитиною про план") is None
    assert telling("") is None
    assert telling("the café plan of the child") is not None
