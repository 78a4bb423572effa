"""Rates as sums of terms: the same rates, and every sum of states that stays constant."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.expressions import apply, constant, number, state
from hybridcell.mechanisms.interpreter import Interpreter, rates_of_change
from hybridcell.mechanisms.reactions.equations import Equations
from hybridcell.simulate.kinetics.steady import make_terms
from tests.mechanisms.reactions.mass_action import network

N = 4
reactions = st.dictionaries(
    st.integers(0, N - 1), st.sampled_from([-2.0, -1.0, 1.0, 2.0]), min_size=1, max_size=3
)


def rates_by_terms(equations: Equations, x: np.ndarray) -> np.ndarray:
    terms = make_terms(equations)
    return terms.weights @ Interpreter(terms.expressions, equations)(0.0, x, equations.values)


@settings(max_examples=25, deadline=None)
@given(st.lists(reactions, max_size=6), st.integers(0, 100))
def test_terms_make_the_rates_and_laws_hold(columns: list[dict[int, float]], seed: int) -> None:
    equations = network(N, columns)
    stoichiometry = np.zeros((N, len(columns)))
    stoichiometry[equations.rows, equations.columns] = equations.coefficients
    x = np.random.default_rng(seed).uniform(0.5, 2.0, N)
    wanted = Interpreter(rates_of_change(equations), equations)(0.0, x, equations.values)
    np.testing.assert_allclose(rates_by_terms(equations, x), wanted, rtol=1e-12, atol=1e-12)
    laws, dependent = make_terms(equations).laws, make_terms(equations).dependent
    np.testing.assert_allclose(laws @ stoichiometry, 0.0, atol=1e-12)
    assert len(laws) == N - _rank(stoichiometry)
    free = np.setdiff1d(np.arange(N), dependent)
    assert _rank(stoichiometry[free]) == len(free)


def _rank(matrix: np.ndarray) -> int:
    return int(np.linalg.matrix_rank(matrix)) if matrix.size else 0  # older NumPy wants an entry


def test_products_of_sums_are_multiplied_out() -> None:
    a, b, k = state("s0"), state("s1"), constant("k0")
    flux = apply("div", apply("mul", apply("sub", a, b), apply("add", a, k)), apply("mul", number(2.0), k))
    equations = network(2, [{0: -1, 1: 1}], fluxes=(flux,))
    assert len(make_terms(equations).expressions) == 4
    x = np.array([1.5, 0.4])
    k0 = equations.values[equations.constants.index("k0")]
    v = (x[0] - x[1]) * (x[0] + k0) / (2 * k0)
    np.testing.assert_allclose(rates_by_terms(equations, x), [-v, v], rtol=1e-12)


def test_turnover_is_there_where_the_net_rate_is_nothing() -> None:
    reversible = apply("sub", apply("mul", constant("k0"), state("s0")), state("s1"))
    terms = make_terms(network(2, [{0: -1, 1: 1}], fluxes=(reversible,)))
    found = np.abs(terms.weights.toarray())
    np.testing.assert_array_equal(found, np.ones((2, 2)))


@pytest.mark.parametrize("sums", [5, 7])
def test_products_of_many_terms_stand_as_one(sums: int) -> None:
    long = state("s0")
    for i in range(1, sums):
        long = apply(
            "add",
            long,
            apply("mul", number(i + 0.5), apply("exp", apply("mul", number(float(i)), state("s1")))),
        )
    equations = network(2, [{0: -1}], fluxes=(apply("mul", long, apply("add", long, number(7.0))),))
    kept = len(make_terms(equations).expressions)
    assert kept == 1 if sums * (sums + 1) > 32 else kept > sums
    x = np.array([0.3, 0.2])
    wanted = Interpreter(equations.fluxes, equations)(0.0, x, equations.values)
    np.testing.assert_allclose(rates_by_terms(equations, x), [-wanted[0], 0.0], rtol=1e-12)
