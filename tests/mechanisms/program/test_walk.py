"""Walking through lists: every entry once, in order, however many at once."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.mechanisms.program.walk import AT_ONCE, walk


def note(entry: tuple[jax.Array, ...], carry: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
    """Write the number of an entry where the ones before it end."""
    seen, place = carry
    return seen.at[place].set(entry[0] * 100 + entry[1]), place + 1


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("numbers", [1, 64])
@pytest.mark.parametrize("length", [1, AT_ONCE - 1, AT_ONCE, 3 * AT_ONCE + 2])
def test_each_entry_is_met_once_in_order(length: int, numbers: int, backward: bool) -> None:
    lists = jnp.arange(length), jnp.arange(length) + 7
    begun = jnp.full(length + 1, -1), jnp.asarray(0)
    seen, place = jax.jit(lambda: walk(lists, note, begun, numbers=numbers, backward=backward))()
    wanted = [100 * i + i + 7 for i in range(length)]
    assert int(place) == length
    np.testing.assert_array_equal(seen[:length], wanted[::-1] if backward else wanted)


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("numbers", [1, 64])
@pytest.mark.parametrize("count", [0, 1, AT_ONCE, AT_ONCE + 1])
def test_entries_behind_the_count_are_met_at_most_in_the_last_turn(
    count: int, numbers: int, backward: bool
) -> None:
    length = 4 * AT_ONCE
    lists = jnp.arange(length), jnp.zeros(length, int)
    begun = jnp.full(length + 1, -1), jnp.asarray(0)
    run = jax.jit(lambda count: walk(lists, note, begun, numbers=numbers, count=count, backward=backward))
    seen, place = run(jnp.asarray(count))
    turn = AT_ONCE if numbers == 1 else 1
    met = -(-count // turn) * turn
    assert int(place) == met
    np.testing.assert_array_equal(np.sort(seen[:met]), 100 * np.arange(met))
