"""Values computed from one another in whatever order works."""

from __future__ import annotations

import pytest

from hybridcell.mechanisms.reactions.resolve.memo import CircularError, Memo


def test_each_value_is_computed_once():
    computed: list[int] = []

    def fibonacci(n: int):
        computed.append(n)
        if n < 2:
            return n
        return (yield n - 1) + (yield n - 2)

    memo = Memo(fibonacci)
    assert memo[30] == 832040
    assert sorted(computed) == list(range(31))
    assert memo[30] == 832040
    assert len(computed) == 31


def test_long_chains_need_no_recursion():
    def count(n: int):
        return 0 if n == 0 else (yield n - 1) + 1

    assert Memo(count)[50_000] == 50_000


def test_circles_are_named():
    follows = {"a": "b", "b": "c", "c": "d", "d": "b"}

    def needed(name: str):
        return (yield follows[name])

    with pytest.raises(CircularError) as caught:
        Memo(needed)["a"]
    assert caught.value.cycle == ("b", "c", "d")
