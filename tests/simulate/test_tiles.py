import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridcell.simulate import tiles


@given(st.integers(1, 512))
def test_padded_size_is_a_power_of_two_that_is_large_enough(n):
    size = tiles.padded_size(n)
    assert size >= max(n, 8)
    assert size < 2 * n or size == 8
    assert size & (size - 1) == 0


@pytest.mark.parametrize("n", [1, 8, 9, 20])
def test_tiles_give_what_the_whole_gives(n, monkeypatch):
    monkeypatch.setattr(tiles, "TILE", 8)
    a, b = np.arange(3.0 * n).reshape(n, 3), np.arange(n) * 1.0
    sizes = []

    def fn(a, b):
        sizes.append(len(a))
        return a * b[:, None], b + 1

    first, second = tiles.in_tiles(fn, a, b)
    np.testing.assert_array_equal(first, a * b[:, None])
    np.testing.assert_array_equal(second, b + 1)
    assert set(sizes) == {8}
    first[0] = 7.0
    assert first.flags.writeable
