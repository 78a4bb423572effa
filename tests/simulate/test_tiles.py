import numpy as np
import pytest

from hybridcell.simulate import tiles


@pytest.mark.parametrize("n", [1, 8, 9, 40])
def test_tiles_give_what_the_whole_gives(n, monkeypatch):
    monkeypatch.setattr(tiles, "TILE", 32)
    a, b = np.arange(3.0 * n).reshape(n, 3), np.arange(n) * 1.0
    sizes = []

    def fn(a, b):
        sizes.append(len(a))
        return a * b[:, None], b + 1

    first, second = tiles.in_tiles(fn, a, b)
    np.testing.assert_array_equal(first, a * b[:, None])
    np.testing.assert_array_equal(second, b + 1)
    assert set(sizes) == {32}
    first[0] = 7.0
    assert first.flags.writeable
