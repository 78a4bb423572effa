"""Every condition once, and every pair finds its own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.therapy.screen.design import Design, choose_drugs


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(2, 4), min_size=2, max_size=5))
def test_each_condition_is_there_once_and_grids_point_at_its_doses(counts):
    levels = tuple(-np.arange(n, dtype=float) * (i + 1) for i, n in enumerate(counts))
    design = Design(drugs=tuple(f"d{i}" for i in range(len(counts))), levels=levels)
    doses = design.doses(np.arange(design.n_conditions))
    assert len(np.unique(doses, axis=0)) == design.n_conditions
    seen = np.zeros(design.n_conditions, dtype=bool)
    for q, (i, j) in enumerate(design.pairs):
        grid = design.grid(q)
        np.testing.assert_array_equal(doses[grid, i], np.broadcast_to(levels[i][:, None], grid.shape))
        np.testing.assert_array_equal(doses[grid, j], np.broadcast_to(levels[j][None], grid.shape))
        assert ((doses[grid] != 0).sum(axis=-1) <= 2).all()
        np.testing.assert_array_equal(
            grid[1:, 1:].ravel(), np.arange(design.n_conditions)[design.interior(q)]
        )
        seen[grid] = True
    assert seen.all()
    # a condition is the sum of those that give its drugs alone
    np.testing.assert_array_equal(doses[design.alone].sum(axis=1), doses)


def test_a_pair_is_found_in_either_order():
    design = Design(("a", "b", "c"), (np.array([0, 1.0]),) * 3)
    assert design.pair("a", "c") == (1, False)
    assert design.pair("c", "a") == (1, True)
    with pytest.raises(InvalidValueError, match="Both drugs are 'a'"):
        design.pair("a", "a")
    with pytest.raises(UnknownNameError, match="Did you mean"):
        design.pair("a", "bb")


def test_drugs_are_checked():
    known = ("ERK", "aMEK", "aBRAF")
    assert choose_drugs(None, known, ["aMEK", "aBRAF"]) == ("aMEK", "aBRAF")
    assert choose_drugs(["aBRAF", "ERK"], known, []) == ("aBRAF", "ERK")
    with pytest.raises(UnknownNameError, match=r"no drug 'aMEKK'\. Did you mean 'aMEK'"):
        choose_drugs(["aMEKK", "aBRAF"], known, ["aMEK"])
    with pytest.raises(InvalidValueError, match="more than once"):
        choose_drugs(["aMEK", "aMEK"], known, [])
    with pytest.raises(InvalidValueError, match="at least two drugs; found aMEK"):
        choose_drugs(["aMEK"], known, [])
    with pytest.raises(InvalidValueError, match="wanted a list"):
        choose_drugs("aMEK", known, [])
