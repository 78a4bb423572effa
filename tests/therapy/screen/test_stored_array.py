"""A stored array answers as the matrix it stores."""

from __future__ import annotations

import numpy as np
import pytest

from hybridcell.therapy.screen.stored_array import StoredArray, columns_of


@pytest.fixture
def pair(tmp_path):
    import zarr

    values = np.random.default_rng(0).normal(size=(3, 40))
    array = zarr.create_array(str(tmp_path / "a.zarr"), shape=(3, 40), chunks=(2, 7), dtype="float64")
    array[:] = values
    return values, array


@pytest.mark.parametrize("rows", [slice(3, 29), np.array([5, 39, 0, 5]), np.zeros(0, dtype=int)])
def test_some_columns(pair, rows):
    values, array = pair
    np.testing.assert_array_equal(columns_of(StoredArray(array), rows), values[:, rows])
    np.testing.assert_array_equal(columns_of(values, rows), values[:, rows])
    largest = StoredArray(array, largest=True)
    np.testing.assert_array_equal(columns_of(largest, rows), values.max(axis=0)[rows])


def test_the_whole(pair, monkeypatch):
    values, array = pair
    stored, largest = StoredArray(array), StoredArray(array, largest=True)
    assert (stored.shape, stored.ndim, len(stored), largest.shape) == ((3, 40), 2, 3, (40,))
    np.testing.assert_array_equal(np.asarray(stored), values)
    np.testing.assert_array_equal(stored[1], values[1])
    np.testing.assert_array_equal(stored[1:, 2], values[1:, 2])
    assert largest[3] == values[:, 3].max()
    monkeypatch.setattr("hybridcell.therapy.screen.stored_array._READ", 20)
    assert stored.max() == values.max()
    assert largest.max() == values.max()
    assert "on disk" in repr(stored)
