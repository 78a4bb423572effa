from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell._core import known_programs
from hybridcell.simulate.kinetics.compiled import integrate_compiled, results
from hybridcell.simulate.solve import Solve
from tests.simulate.kinetics.compiled.toy import make_toy

TS = np.array([0.0, 0.5, 2.0])
#: dx/dt = p x**2 from 1: infinite at 1 / p.
GROWTH = np.linspace(0.01, 0.8, 300)[:, None]


def grow(p: Any, ts: np.ndarray = TS) -> tuple[Any, Any, Any]:
    square = make_toy(lambda t, x, p, d, modes: p * x**2, lambda t, p: [1.0], 1, 1)
    return integrate_compiled(square, p, t0=0.0, ts=ts, solve=Solve(rtol=1e-9), key=None)  # pyright: ignore


@pytest.fixture(scope="module")
def grown():
    return grow(GROWTH)


def test_tiles_one_after_the_other_fill_arrays_of_the_wanted_size(grown):
    x, delayed, code = grown
    assert x.shape == (300, 3, 1)
    assert delayed.shape == (300, 3, 0)
    infinite = GROWTH[:, 0] > 0.5
    np.testing.assert_array_equal(code, np.where(infinite, results.STEP_TOO_SMALL, results.SUCCESS))
    np.testing.assert_allclose(x[~infinite, :, 0], 1 / (1 - GROWTH[~infinite] * TS), rtol=1e-5)
    assert np.isnan(x[infinite, -1]).all()


def test_tiles_one_after_the_other_have_the_numbers_of_one_program_for_all(grown):
    for one, other in zip(grown, grow(jnp.asarray(GROWTH)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9)


def test_another_number_of_conditions_is_no_other_program(grown, monkeypatch):
    calls = []
    call = known_programs.call
    monkeypatch.setattr(known_programs, "call", lambda *a: calls.append(a[1]) or call(*a))
    x, _, code = grow(GROWTH[:150])
    np.testing.assert_array_equal(x, grown[0][:150])
    np.testing.assert_array_equal(code, grown[2][:150])
    shapes = [[np.shape(leaf) for leaf in jax.tree.leaves(tree)] for tree in calls]
    assert len(shapes) == 2
    assert shapes[0] == shapes[1]


def test_every_condition_draws_as_in_one_batch(grown, monkeypatch):
    lanes = []
    call = known_programs.call
    monkeypatch.setattr(known_programs, "call", lambda *a: lanes.append(a[1][3]) or call(*a))
    grow(GROWTH)
    np.testing.assert_array_equal(np.concatenate(lanes)[:300], np.arange(300))
