from typing import Any

import equinox as eqx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell.mechanisms.program.sections import Field
from hybridcell.mechanisms.program.transposed import plan_transposed
from hybridcell.simulate.kinetics.simulate import system_of
from tests.tolerances import ANALYTIC


@eqx.filter_jit
def products(plan: Any, entries: Any, vector: Any) -> Any:
    to_terms, both = plan.terms(vector), plan.slopes(entries)
    return to_terms, plan.states(plan.slopes(entries[:, 0]), to_terms), both


@settings(max_examples=25)
@given(st.sampled_from([1, 3, 9]), st.sampled_from([1, 7]), st.integers(0, 2**31))
def test_it_is_the_product_with_the_transposed_matrix(n: int, terms: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(n, terms)) * (rng.random((n, terms)) < rng.random())
    slopes = rng.normal(size=(terms, n + 1)) * (rng.random((terms, n + 1)) < rng.random())
    rows, columns = np.nonzero(matrix)
    field = Field(terms=(), rows=rows, columns=columns, coefficients=matrix[rows, columns])
    # entries of any order; the first belongs to nobody, the last column is the time
    number = 1 + rng.permutation(slopes.size).reshape(slopes.shape)
    entries = np.append(0.5, np.zeros(slopes.size))
    entries[number] = slopes
    of_term = [{int(i): int(number[term, i]) for i in np.flatnonzero(slopes[term])} for term in range(terms)]
    plan, vector = plan_transposed(field, of_term, n), rng.normal(size=n)
    to_terms, to_states, both = products(plan, np.stack([entries, 2 * entries], axis=-1), vector)
    np.testing.assert_allclose(to_terms, matrix.T @ vector, **ANALYTIC)
    np.testing.assert_allclose(to_states, (matrix @ slopes[:, :n]).T @ vector, **ANALYTIC)
    np.testing.assert_array_equal(both[:, 1], 2 * both[:, 0])


@pytest.mark.parametrize("name", ["mapk_cascade", "toggle_switch", "jak_stat", "repressilator"])
def test_it_is_that_of_the_jacobian_of_a_network(name: str) -> None:
    equations = hc.read_sbml(hc.networks.load(name)).equations
    system = system_of(equations, universal=False)
    rng = np.random.default_rng(0)
    x, u = rng.uniform(0.1, 2.0, (2, system.n))
    p = system.pad_constants(equations.values * rng.uniform(0.5, 2.0, len(equations.values)))
    given = (0.5, x, p, rng.uniform(0, 1, system.k), rng.integers(0, 2, system.s).astype(float))

    @eqx.filter_jit
    def both(system: Any, *given: Any) -> Any:
        _, entries = system.terms_and_slopes(*given)
        plan = system.transposed
        return system.jacobian(*given), plan.states(plan.slopes(entries), plan.terms(u))

    jacobian, found = both(system, *given)
    assert np.any(jacobian)
    np.testing.assert_allclose(found, jacobian.T @ u, **ANALYTIC)


def test_what_networks_share_has_none() -> None:
    equations = hc.read_sbml(hc.networks.load("repressilator")).equations
    assert system_of(equations, universal=True).transposed is None
