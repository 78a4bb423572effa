from __future__ import annotations

import numpy as np
import pytest

from hybridcell._core.padding import BLOCK, pad_rows, padded_size


@pytest.mark.parametrize("n", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 10 * BLOCK])
def test_sizes_are_rounded_up_to_whole_blocks(n):
    size = padded_size(n)
    assert size >= max(n, 1)
    assert size % BLOCK == 0
    assert size - n < BLOCK or n == 0


def test_rows_of_zeros_are_added_at_the_end():
    rows = np.arange(6).reshape(3, 2)
    padded = pad_rows(rows)
    assert padded.shape == (BLOCK, 2)
    assert padded.dtype == rows.dtype
    np.testing.assert_array_equal(padded[:3], rows)
    assert not padded[3:].any()
