"""Every condition once, and every pair finds its own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.therapy.screen.design import Design, choose_drugs, count_conditions


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
    np.testing.assert_array_equal(doses[design.parts(np.arange(design.n_conditions))].sum(axis=1), doses)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(2, 4), min_size=3, max_size=5))
def test_triples_are_there_once_with_the_pairs_inside_them(counts):
    levels = tuple(-np.arange(n, dtype=float) * (i + 1) for i, n in enumerate(counts))
    design = Design(drugs=tuple(f"d{i}" for i in range(len(counts))), levels=levels, order=3)
    assert count_conditions(counts, 3) == design.n_conditions
    assert count_conditions(counts, 2) == design.span(2)[1]
    rows = np.arange(design.n_conditions)
    doses, parts = design.doses(rows), design.parts(rows)
    assert len(np.unique(doses, axis=0)) == design.n_conditions
    np.testing.assert_array_equal(doses[parts].sum(axis=1), doses)
    assert ((doses[slice(*design.span(3))] != 0).sum(axis=1) == 3).all()
    inside = design.pair_parts(parts)
    assert not inside[: design.span(3)[0]].any()
    # two pairs without the third drug of one and the second of the other share the first drug alone
    triples = slice(*design.span(3))
    for k in range(3):
        np.testing.assert_array_equal(doses[inside[triples, k]] + doses[parts[triples, k]], doses[triples])
    for a, b, c in design.combinations(3):
        numbers = np.ix_(*(np.arange(counts[d]) for d in (a, b, c)))
        cube = design.conditions([a, b, c], list(numbers))
        for d, number in zip((a, b, c), numbers):
            np.testing.assert_array_equal(doses[cube, d], np.broadcast_to(levels[d][number], cube.shape))
        assert ((doses[cube] != 0).sum(axis=-1) <= 3).all()


def test_a_level_is_found_by_its_size():
    design = Design(("a", "b"), (np.array([0, -0.5, -1.0]),) * 2)
    assert [design.level_number("b", v) for v in (0, 0.5, -1)] == [0, 1, 2]
    with pytest.raises(InvalidValueError, match=r"not screened at 0.7; its levels are 0, 0.5, 1"):
        design.level_number("a", 0.7)
    with pytest.raises(InvalidValueError, match="not screened at 'x'"):
        design.level_number("a", "x")


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
