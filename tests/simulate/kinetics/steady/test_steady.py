"""Steady states of reaction networks: roots, certificates, and what has none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.expressions import apply, constant, number, state, time
from hybridcell.mechanisms.reactions.equations import Equations, EventAssignment, EventEquations, Switch
from hybridcell.simulate import Solve
from hybridcell.simulate.kinetics.steady import make_terms, solve_network_steady_state
from tests.mechanisms.reactions.mass_action import network

NUMPY = Solve(backend="numpy", rtol=1e-8)
BACKENDS = pytest.mark.parametrize("backend", ["numpy", "jax"])


def settle(equations: Equations, solve: Solve = NUMPY, **values: float) -> Any:
    """Return the steady state under the equations' own constants, some replaced."""
    return solve_network_steady_state(equations, with_values(equations, **values)[None], solve=solve)


def with_values(equations: Equations, **values: float) -> np.ndarray:
    """Return constants, some replaced."""
    p = equations.values.copy()
    for name, value in values.items():
        p[equations.constants.index(name)] = value
    return p


def toggle() -> Equations:
    """Return two genes that repress each other: two stable states, an unstable one between them."""

    def made(by: str) -> Any:
        repression = apply("add", number(1.0), apply("pow", state(by), number(4.0)))
        return apply("div", constant("k0"), repression)

    switch = network(2, [{0: 1}, {0: -1}, {1: 1}, {1: -1}])
    return network(
        2,
        [{0: 1}, {0: -1}, {1: 1}, {1: -1}],
        fluxes=(made("s1"), switch.fluxes[1], made("s0"), switch.fluxes[3]),
    )


def brusselator() -> Equations:
    """Return an oscillator."""
    return network(2, [{0: 1}, {0: 1, 1: -1}, {0: -1, 1: 1}, {0: -1}], fluxes=(
        constant("k0"),
        apply("mul", apply("mul", state("s0"), state("s0")), state("s1")),
        apply("mul", constant("k2"), state("s0")),
        state("s0"),
    ))  # fmt: skip


REVERSIBLE = network(2, [{0: -1, 1: 1}, {1: -1, 0: 1}])


@BACKENDS
@pytest.mark.parametrize("size", [1e-25, 1.0, 1e5])
def test_reversible_reaction_whatever_the_units(size: float, backend: str) -> None:
    found = settle(REVERSIBLE, Solve(backend=backend), s0=3 * size, s1=size, k0=2.0, k1=0.5)
    np.testing.assert_allclose(found.x[0], [0.8 * size, 3.2 * size], rtol=1e-12)
    assert found.success[0]
    assert found.stable[0]
    assert found.method == ("newton",)
    assert found.flag == ("",)
    assert found.residual[0] < 1e-14


def test_with_fixed_steps_it_integrates() -> None:
    found = settle(REVERSIBLE, Solve(backend="numpy", dt=0.1), s0=3.0, s1=1.0, k0=2.0, k1=0.5)
    np.testing.assert_allclose(found.x[0], [0.8, 3.2], rtol=1e-12)
    assert found.method == ("integration",)


def test_many_conditions_each_with_its_own_totals() -> None:
    rng = np.random.default_rng(0)
    p = np.exp(rng.normal(size=(70, 4)))
    found = solve_network_steady_state(REVERSIBLE, p, solve=NUMPY)
    s0, s1, k0, k1 = p.T
    wanted = np.stack([(s0 + s1) * k1 / (k0 + k1), (s0 + s1) * k0 / (k0 + k1)], axis=1)
    assert found.success.all()
    np.testing.assert_allclose(found.x, wanted, rtol=1e-11)


def test_no_conditions_and_no_states() -> None:
    assert solve_network_steady_state(REVERSIBLE, np.empty((0, 4)), solve=NUMPY).x.shape == (0, 2)
    empty = settle(network(0, []))
    assert empty.x.shape == (1, 0)
    assert empty.success[0]


def test_everything_decays_to_nothing() -> None:
    chain = network(3, [{0: -1, 1: 1}, {1: -1, 2: 1}, {2: -1}])
    found = settle(chain, s1=0.0, s2=0.0, k2=1e4)
    assert found.success[0]
    np.testing.assert_allclose(found.x[0], 0.0, atol=1e-12)


def test_slow_decay_of_second_order_ends() -> None:
    found = settle(network(1, [{0: -2}], fluxes=(apply("mul", state("s0"), state("s0")),)))
    assert found.success[0]
    assert 0.0 <= found.x[0, 0] < 1e-8


def test_stiff_and_degenerate_robertson() -> None:
    robertson = network(
        3,
        [{0: -1, 1: 1}, {1: -1, 2: 1}, {1: -1, 0: 1}],
        fluxes=(
            apply("mul", constant("k0"), state("s0")),
            apply("mul", constant("k1"), apply("mul", state("s1"), state("s1"))),
            apply("mul", constant("k2"), apply("mul", state("s1"), state("s2"))),
        ),
    )
    found = settle(robertson, s0=1.0, s1=0.0, s2=0.0, k0=0.04, k1=3e7, k2=1e4)
    assert found.success[0]
    np.testing.assert_allclose(found.x[0], [0.0, 0.0, 1.0], atol=1e-8)


@BACKENDS
@pytest.mark.parametrize("first", [0, 1])
def test_a_switch_settles_where_its_start_leads(first: int, backend: str) -> None:
    start = {f"s{first}": 2.0, f"s{1 - first}": 0.1}
    found = settle(toggle(), Solve(backend=backend), k0=4.0, k1=1.0, k3=1.0, **start)
    assert found.success[0]
    assert found.x[0, first] > 3.9
    assert found.x[0, 1 - first] < 0.1


def test_an_unstable_start_is_not_called_steady() -> None:
    found = settle(toggle(), s0=1.0, s1=1.0, k0=4.0, k1=1.0, k3=1.0)
    assert found.flag == ("unstable",)
    assert not found.success[0]
    assert not found.stable[0]


def test_an_oscillation_is_named() -> None:
    found = settle(brusselator(), s0=1.5, s1=1.0, k0=1.0, k2=3.0)
    assert found.flag == ("oscillating",)
    assert found.method == ("integration",)
    assert not found.success[0]


@pytest.mark.parametrize("period", [6.3, 12.4, 12.5, 12.6, 25.2])
def test_an_oscillation_is_named_whatever_its_period(period: float) -> None:
    """A 32nd of the late part of the integration is 12.5: at times that far apart it would seem to drift."""
    turn = [apply("mul", constant(k), state(s)) for k, s in (("k0", "s1"), ("k1", "s0"))]
    circle = network(2, [{}, {}], rates=dict(enumerate(turn)), fluxes=(number(0.0), number(0.0)))
    speed = 2 * np.pi / period
    found = settle(circle, Solve(backend="numpy"), s0=1.0, s1=0.1, k0=speed, k1=-speed)
    assert found.flag == ("oscillating",)


def test_growth_is_named() -> None:
    found = settle(network(1, [{0: 1}], fluxes=(constant("k0"),)))
    assert found.flag == ("diverged",)
    assert not found.success[0]


def test_rate_rules_that_share_a_term_conserve_their_sum() -> None:
    exchange = apply(
        "sub", apply("mul", constant("k1"), state("s1")), apply("mul", state("s0"), constant("k0"))
    )
    back = apply("sub", apply("mul", constant("k0"), state("s0")), apply("mul", state("s1"), constant("k1")))
    ruled = network(2, [{}, {}], rates={0: exchange, 1: back}, fluxes=(number(0.0), number(0.0)))
    assert make_terms(ruled).laws.tolist() in ([[1.0, 1.0]], [[-1.0, -1.0]])
    found = settle(ruled, s0=1.0, s1=2.0, k0=2.0, k1=3.0)
    np.testing.assert_allclose(found.x[0], [1.8, 1.2], rtol=1e-12)


def test_a_slow_leak_beside_fast_exchange_is_not_overlooked() -> None:
    leaking = network(2, [{0: -1, 1: 1}, {1: -1, 0: 1}, {1: -1}])
    found = settle(leaking, k0=1e5, k1=2e5, k2=1e-5)
    assert found.success[0]
    np.testing.assert_allclose(found.x[0], 0.0, atol=1e-8)
    cut_short = settle(
        leaking, Solve(method="rodas5p", backend="numpy", max_steps=200), k0=1e5, k1=2e5, k2=1e-5
    )
    assert not cut_short.success[0] or np.allclose(cut_short.x[0], 0.0, atol=1e-6)


def test_algebraic_equations_hold() -> None:
    # s0 <-> s1 at equilibrium (s1 = 3 s0), s1 -> s2 -> s0
    fast = apply("sub", state("s1"), apply("mul", number(3.0), state("s0")))
    equations = network(
        3,
        [{1: -1, 2: 1}, {2: -1, 0: 1}],
        differential=np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        residuals=(fast,),
    )
    found = settle(equations, s0=4.0, s1=0.0, s2=0.0, k0=1.0, k1=1.0)
    assert found.success[0]
    assert found.stable[0]
    np.testing.assert_allclose(found.x[0], np.array([1.0, 3.0, 3.0]) * 4 / 7, rtol=1e-10)


def test_events_are_integrated() -> None:
    after = apply("gt", time(), number(5.0))
    switch = Switch(
        relation=after,
        root=apply("sub", time(), number(5.0)),
        time=number(5.0),
        in_trigger=True,
        in_rate=False,
    )
    dose = EventEquations(
        id="dose",
        trigger=after,
        initial_value=True,
        persistent=True,
        delay=None,
        priority=None,
        use_trigger_values=True,
        assignments=(EventAssignment(state=0, value=number(10.0)),),
        time_only=True,
    )
    equations = network(2, [{0: -1, 1: 1}, {1: -1, 0: 1}], events=(dose,), switches=(switch,))
    found = settle(equations, k0=1.0, k1=1.0, s0=0.0, s1=0.0)
    assert found.method == ("integration",)
    assert found.success[0]
    np.testing.assert_allclose(found.x[0], [5.0, 5.0], rtol=1e-6)


@BACKENDS
def test_other_methods_integrate(backend: str) -> None:
    found = settle(REVERSIBLE, Solve(method="rodas5p", backend=backend), s0=3.0, s1=1.0, k0=2.0, k1=0.5)
    assert found.method == ("integration",)
    assert found.success[0]
    np.testing.assert_allclose(found.x[0], [0.8, 3.2], rtol=1e-9)


def test_a_rest_at_which_something_died_out_under_a_power_is_certified():
    network = hc.read_sbml("x = 1; h = 1.6; x -> ; x; y = 1; -> y; 1 + x^h; y -> ; y; at time > 1: x = 2;")
    found = hc.steady_state(network, solve=hc.Solve(backend="numpy"))
    assert found.obs["success"].all()
    np.testing.assert_allclose(found.X[0], [0.0, 1.0], atol=1e-9)
