"""Averages of cells at their edges: no cells, one cell, blocks, names that join, and the laws of a mean."""

from __future__ import annotations

import anndata
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from hybridcell._core.errors import DataError, InvalidValueError, UnknownNameError
from hybridcell.data import average_cells, pseudobulk


def _cells(values, groups, **columns):
    cells = anndata.AnnData(np.asarray(values, dtype=float))
    cells.obs["gene"] = list(groups)
    for name, column in columns.items():
        cells.obs[name] = column
    return cells


values = arrays(float, (7, 2), elements=st.integers(-8, 8).map(lambda k: k / 2))
groups = st.lists(st.sampled_from("abc"), min_size=7, max_size=7)


@settings(max_examples=30)
@given(values, groups, st.integers(1, 9))
def test_means_and_errors_do_not_depend_on_where_blocks_end(values, groups, rows):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pseudobulk, "_BLOCK", rows * 2)
        found = average_cells(_cells(values, groups), by="gene", counts=False)
    assert list(found.obs_names) == list(dict.fromkeys(groups))
    errors = found.layers.get("sd", np.full(found.shape, np.nan))
    for name, mean, error, n in zip(found.obs_names, found.X, errors, found.obs["n_cells"]):
        own = values[[g == name for g in groups]]
        assert n == len(own)
        np.testing.assert_allclose(mean, own.mean(axis=0), atol=1e-12)
        wanted = own.std(axis=0, ddof=1 if n > 1 else 0) / np.sqrt(n)
        said = wanted > 0
        np.testing.assert_allclose(error[said], wanted[said], atol=1e-12)
        assert said.any() or "sd" not in found.layers or (error > 0).all()


@settings(max_examples=20)
@given(values, groups, st.floats(0.5, 4.0), st.floats(-3.0, 3.0))
def test_means_have_the_unit_and_the_zero_of_the_values(values, groups, factor, shift):
    one = average_cells(_cells(values, groups), by="gene", counts=False)
    other = average_cells(_cells(factor * values + shift, groups), by="gene", counts=False)
    np.testing.assert_allclose(other.X, factor * one.X + shift, atol=1e-9)
    assert list(other.layers) == list(one.layers)
    # newer anndata lists X as a layer without a name
    for name in filter(None, one.layers):
        np.testing.assert_allclose(other.layers[name], factor * one.layers[name], atol=1e-9)


def test_counts_of_any_depth_are_one_profile():
    """A cell sequenced ten times deeper says the same."""
    counts = np.array([[1.0, 3.0], [10.0, 30.0], [0.0, 0.0]])
    found = average_cells(_cells(counts, "aab"), by="gene", scale=100.0)
    np.testing.assert_allclose(found.X[0], np.log1p([25.0, 75.0]))
    assert "sd" not in found.layers  # the two agree
    assert found.X[1].tolist() == [0.0, 0.0]  # a cell without counts has none after scaling
    of_sparse = average_cells(
        anndata.AnnData(sparse.csr_matrix(counts), obs=_cells(counts, "aab").obs), by="gene", scale=100.0
    )
    np.testing.assert_allclose(of_sparse.X, found.X)


def test_a_control_is_itself_and_the_rest_is_told_from_it():
    cells = _cells([[1.0], [3.0], [10.0], [14.0]], "ccxx")
    found = average_cells(cells, by="gene", counts=False, control="c")
    assert found.X.ravel().tolist() == [0.0, 10.0]
    np.testing.assert_allclose(found.layers["sd"].ravel(), [1.0, np.hypot(1.0, 2.0)])


@pytest.mark.parametrize(
    ("change", "options", "error", "message"),
    [
        ({}, {"by": []}, InvalidValueError, "by is empty"),
        ({}, {"by": "gen"}, UnknownNameError, "column of obs 'gen'. Did you mean 'gene'"),
        ({}, {"by": "gene", "readouts": ["2"]}, UnknownNameError, "gene '2'"),
        ({}, {"by": "gene", "control": "z"}, UnknownNameError, "control in 'gene' 'z'"),
        ({"line": ["u", None, "u"]}, {"by": ["gene", "line"]}, DataError, "Cell '1' has no 'line'"),
        (
            {"line": ["u", "u", "v"]}, {"by": ["gene", "line"], "control": "a"}, DataError,
            "'b' with line='v' has no control with the same",
        ),
        ({}, {"by": "gene", "counts": True}, DataError, "negative values; counts are 0 or more"),
    ],
)  # fmt: skip
def test_what_cannot_be_averaged_is_told(change, options, error, message):
    cells = _cells([[1.0, 2.0], [-1.0, 0.5], [0.0, 1.0]], "aab", **change)
    with pytest.raises(error, match=message):
        average_cells(cells, **options)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_are_finite(bad):
    with pytest.raises(DataError, match="not finite"):
        average_cells(_cells([[1.0], [bad]], "ab"), by="gene")


def test_numbers_as_names_of_groups_are_texts():
    cells = _cells([[1.0], [2.0]], [1, 2])
    assert list(average_cells(cells, by="gene", counts=False).obs_names) == ["1", "2"]
