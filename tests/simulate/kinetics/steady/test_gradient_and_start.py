"""Derivatives of steady states, and networks that start from them."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions import apply, constant, number
from hybridcell.mechanisms.interpreter import Interpreter
from hybridcell.mechanisms.program import make_system
from hybridcell.mechanisms.reactions.elements import Definition
from hybridcell.mechanisms.reactions.equations import Equations
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from hybridcell.simulate import Solve
from hybridcell.simulate.kinetics.steady import (
    differentiable_steady_state,
    make_terms,
    solve_network_steady_state,
)
from tests.mechanisms.reactions.mass_action import network
from tests.tolerances import ANALYTIC, GRADIENT

NUMPY = Solve(backend="numpy")
#: E + S <-> ES -> E + P, P -> S
CYCLE = network(4, [{0: -1, 1: -1, 2: 1}, {2: -1, 0: 1, 1: 1}, {2: -1, 0: 1, 3: 1}, {3: -1, 1: 1}])


def of(equations: Equations) -> ReactionNetwork:
    """Return a network without a definition."""
    return ReactionNetwork(definition=Definition(), equations=equations, values=jnp.asarray(equations.values))


def test_derivative_of_a_reversible_reaction() -> None:
    equations = network(2, [{0: -1, 1: 1}, {1: -1, 0: 1}])
    system, terms = make_system(equations, universal=False), make_terms(equations)
    p = jnp.array([[3.0, 1.0, 2.0, 0.5]])
    x = jnp.array([[0.8, 3.2]])
    slope = jax.jacrev(lambda p: differentiable_steady_state(system, terms, p, x)[0, 0])(p)[0]
    total, k0, k1 = 4.0, 2.0, 0.5
    wanted = [k1 / 2.5, k1 / 2.5, -total * k1 / (k0 + k1) ** 2, total * k0 / (k0 + k1) ** 2]
    np.testing.assert_allclose(slope, wanted, **ANALYTIC)


def test_derivatives_agree_with_differences_forward_and_reverse() -> None:
    system, terms = make_system(CYCLE, universal=False), make_terms(CYCLE)
    p = CYCLE.values
    x = solve_network_steady_state(CYCLE, p[None], solve=NUMPY).x

    def state(p: jax.Array) -> jax.Array:
        return differentiable_steady_state(system, terms, p[None], x)[0]

    np.testing.assert_array_equal(state(jnp.asarray(p)), x[0])
    reverse, forward = (jax.jit(way(state))(jnp.asarray(p)) for way in (jax.jacrev, jax.jacfwd))
    np.testing.assert_allclose(forward, reverse, **ANALYTIC)
    steps = 1e-5 * np.eye(len(p))
    up = solve_network_steady_state(CYCLE, p + steps, solve=NUMPY).x
    down = solve_network_steady_state(CYCLE, p - steps, solve=NUMPY).x
    np.testing.assert_allclose(reverse, (up - down).T / 2e-5, **GRADIENT)


def test_a_network_that_starts_at_rest_stays_there() -> None:
    x = solve_network_steady_state(CYCLE, CYCLE.values[None], solve=NUMPY).x[0]
    rested = of(CYCLE).starting_from(x)
    assert rested.equations is CYCLE
    again = solve_network_steady_state(CYCLE, np.asarray(rested.values)[None], solve=NUMPY)
    np.testing.assert_allclose(again.x[0], x, rtol=1e-12)
    np.testing.assert_array_equal(rested.values[4:], CYCLE.values[4:])


def test_concentrations_are_set_and_computed_starts_get_constants() -> None:
    # s0 starts from a concentration, s1 from a formula
    initial = (apply("mul", constant("s0"), constant("k0")), apply("mul", number(2.0), constant("k0")))
    equations = network(2, [{0: -1, 1: 1}], initial=initial)
    start = of(equations).starting_from([6.0, 7.0])
    assert start.equations.constants[-1] == "initial(s1)"
    evaluate = Interpreter(start.equations.initial, start.equations)
    p = np.asarray(start.values)
    np.testing.assert_allclose(evaluate(0.0, np.zeros(2), p), [6.0, 7.0], rtol=1e-12)
    assert p[equations.constants.index("k0")] == equations.values[equations.constants.index("k0")]


def test_what_is_computed_from_a_start_keeps_its_value() -> None:
    # the rate reads the constant that s0 starts from
    equations = network(2, [{0: -1, 1: 1}], fluxes=(constant("s0"),))
    start = of(equations).starting_from([6.0, 7.0])
    place = equations.constants.index("s0")
    assert np.asarray(start.values)[place] == equations.values[place]
    assert start.equations.constants[-1] == "initial(s0)"


def test_bad_states_are_refused() -> None:
    with pytest.raises(InvalidValueError, match="4 states"):
        of(CYCLE).starting_from([1.0])
    with pytest.raises(InvalidValueError, match="'s2'"):
        of(CYCLE).starting_from([1.0, 1.0, np.nan, 1.0])


def test_delayed_rates_are_taken_at_rest() -> None:
    delayed = apply("delay", CYCLE.fluxes[0], number(1.0))
    late = replace(CYCLE, fluxes=(delayed, *CYCLE.fluxes[1:]))
    assert make_terms(late).expressions == make_terms(CYCLE).expressions
