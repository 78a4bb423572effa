"""Grouped and universal programs against the interpreter, on expressions made here."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions import Expression, apply, constant, number, state, time
from hybridcell._core.expressions.operators import ARITY, RELATIONS
from hybridcell.mechanisms.interpreter import Interpreter
from hybridcell.mechanisms.program import make_system
from hybridcell.mechanisms.reactions.equations import (
    Equations,
    EventAssignment,
    EventEquations,
    Switch,
)
from tests.tolerances import ANALYTIC, ORACLE

STATES, CONSTANTS = ("A", "B", "C"), ("k", "K")
A, B, C, k, K = *map(state, STATES), *map(constant, CONSTANTS)
X, P = np.array([0.7, 1.3, 0.2]), np.array([0.9, 2.1])
everything = jax.jit(
    lambda system, t, x, p, modes: (
        SimpleNamespace(
            linearized=system.linearized(t, x, p, None, modes), initial=system.initial(t, p)
        ).__dict__
    )
)


def equations(fluxes: list[Expression], **changes: Any) -> Equations:
    """Return A -> B -> C -> ... with the given fluxes."""
    count = len(fluxes)
    rows = np.repeat(np.arange(count) % 3, 2)
    rows[1::2] = (rows[1::2] + 1) % 3
    content: dict[str, Any] = {
        "states": STATES,
        "discrete": np.zeros(3, bool),
        "constants": CONSTANTS,
        "values": P,
        "initial": (k, number(1.0), apply("mul", k, K)),
        "reactions": tuple(f"v{i}" for i in range(count)),
        "fluxes": tuple(fluxes),
        "rows": rows,
        "columns": np.repeat(np.arange(count), 2),
        "coefficients": np.tile([-1.0, 2.0], count),
        "rates": {},
        "differential": None,
        "residuals": (),
        "events": (),
        "switches": (),
        "observables": {},
        "amounts": {},
        "concentrations": {},
    }
    return Equations(**{**content, **changes})


def expected(network: Equations, x: np.ndarray = X, modes: Any = None) -> np.ndarray:
    terms = [*network.fluxes, *network.rates.values(), *network.residuals]
    values = Interpreter(terms, network)(1.5, x, P, None, modes)
    rates = np.zeros(3)
    flows = network.coefficients * values[network.columns]
    np.add.at(rates, network.rows, np.where(flows == 0, 0.0, flows))
    for i, row in enumerate(network.rates):
        rates[row] += values[len(network.fluxes) + i]
    if network.differential is None:
        return rates
    return np.concatenate([network.differential @ rates, values[len(values) - len(network.residuals) :]])


MICHAELIS = apply("div", apply("mul", k, A), apply("add", K, A))
HILL = apply("div", apply("pow", B, k), apply("add", apply("pow", K, k), apply("pow", B, k)))
BRANCH = apply("if", apply("gt", A, number(0.5)), apply("div", k, apply("sub", A, number(0.5))), time())

leaf = st.sampled_from([A, B, C, k, K, time(), number(1.0), number(2.0), number(0.37), number(-1.5)])
operators = [op for op in ARITY if op not in ("delay", "rate_of", "factorial", "digamma", "floor", "ceil")]


def combined(children: Any) -> Any:
    return st.sampled_from(operators).flatmap(
        lambda op: st.tuples(*[children] * ARITY[op]).map(lambda args: apply(op, *args))
    )


terms = st.recursive(leaf, combined, max_leaves=8)


@pytest.mark.parametrize("universal", [False, True])
@pytest.mark.parametrize(
    "fluxes", [[MICHAELIS], [HILL, apply("mul", k, B), MICHAELIS], [BRANCH, apply("exp", A)]]
)
def test_field_and_jacobian(fluxes: list[Expression], universal: bool) -> None:
    network = equations(fluxes, rates={2: apply("sin", apply("mul", A, time()))})
    system = make_system(network, universal=universal)
    x = jnp.pad(jnp.asarray(X), (0, system.n - 3))
    p = system.pad_constants(jnp.asarray(P))
    field, jacobian, slope = everything(system, 1.5, x, p, None)["linearized"]
    np.testing.assert_allclose(field[:3], expected(network), **ANALYTIC)
    np.testing.assert_array_equal(field[3:], 0.0)
    h = 1e-6
    for j in range(3):
        step = h * np.eye(3)[j]
        wanted = (expected(network, X + step) - expected(network, X - step)) / (2 * h)
        np.testing.assert_allclose(jacobian[:3, j], wanted, rtol=1e-7, atol=1e-7)
    later, earlier = (system.rhs(1.5 + d, x, p) for d in (h, -h))
    np.testing.assert_allclose(slope, (later - earlier) / (2 * h), rtol=1e-7, atol=1e-7)


@settings(max_examples=25, deadline=None)
@given(st.lists(terms, min_size=1, max_size=3))
def test_programs_agree_on_any_expression(fluxes: list[Expression]) -> None:
    network = equations(fluxes)
    wanted = Interpreter(fluxes, network)(1.5, X, P)
    universal = make_system(network, universal=True)
    grouped = make_system(network, universal=False)
    x, p = jnp.pad(jnp.asarray(X), (0, universal.n - 3)), universal.pad_constants(jnp.asarray(P))
    first = everything(universal, 1.5, x, p, None)["linearized"]
    with jax.disable_jit():
        second = grouped.linearized(1.5, X, P)
    if np.all(np.isfinite(wanted)) and np.max(np.abs(wanted)) < 1e8:
        np.testing.assert_allclose(first[0][:3], expected(network), rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(second[0], expected(network), rtol=1e-8, atol=1e-8)
        jacobian = np.asarray(second[1])
        if np.all(np.isfinite(jacobian)) and np.max(np.abs(jacobian)) < 1e8:
            np.testing.assert_allclose(first[1][:3, :3], jacobian, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("universal", [False, True])
def test_branch_that_is_not_taken_never_counts(universal: bool) -> None:
    guarded = apply("if", apply("gt", A, number(0.0)), apply("div", k, A), number(0.0))
    network = equations([guarded, apply("mul", k, apply("pow", B, number(1.5))), apply("sqrt", C)])
    system = make_system(network, universal=universal)
    x, p = jnp.zeros(system.n), system.pad_constants(jnp.asarray(P))
    for part in everything(system, 0.0, x, p, None)["linearized"]:
        np.testing.assert_array_equal(part, 0.0)


def test_derivatives_of_the_jacobian_are_finite_at_zero() -> None:
    guarded = apply("if", apply("gt", A, number(0.0)), apply("div", k, A), number(0.0))
    network = equations([guarded, apply("pow", B, k), apply("mul", K, apply("sqrt", C))])
    system = make_system(network, universal=False)

    def score(p: Any, x: Any) -> Any:
        field, jacobian, _ = system.linearized(0.0, x, p)
        return jnp.sum(field) + jnp.sum(jacobian)

    at = (jnp.asarray(P), jnp.zeros(3))
    for derivative in (jax.grad, jax.jacfwd):
        assert all(np.all(np.isfinite(each)) for each in jax.jit(derivative(score, (0, 1)))(*at))


def test_jacobian_agrees_with_automatic_differentiation() -> None:
    system = make_system(equations([MICHAELIS, HILL, BRANCH]), universal=False)
    wanted = jax.jit(jax.jacfwd(lambda x: system.rhs(1.5, x, P)))(X)
    np.testing.assert_allclose(system.jacobian(1.5, X, P), wanted, **ORACLE)


def test_networks_of_one_shape_share_an_executable() -> None:
    traced = 0

    @jax.jit
    def field(system: Any, x: Any, p: Any) -> Any:
        nonlocal traced
        traced += 1
        return system.rhs(0.0, x, p)

    laws = [apply("mul", k, A), apply("mul", K, B), apply("mul", number(3.0), C)]
    for chosen in (laws, laws[::-1]):
        field(make_system(equations(chosen), universal=False), X, P)
    assert traced == 1
    for chosen in (laws, [MICHAELIS], [HILL, HILL, BRANCH]):
        system = make_system(equations(chosen), universal=True)
        field(system, jnp.ones(system.n), jnp.ones(system.m))
    assert traced == 2


def test_order_of_reactions_changes_nothing() -> None:
    fluxes = [MICHAELIS, HILL, apply("mul", k, apply("mul", A, B))]
    network = equations(fluxes)
    order = [2, 0, 1]
    shuffled = equations(
        [fluxes[i] for i in order], columns=np.array([order.index(c) for c in network.columns])
    )
    found = [make_system(each, universal=False).jacobian(0.0, X, P) for each in (network, shuffled)]
    np.testing.assert_allclose(found[0], found[1], **ANALYTIC)


def test_long_sums_and_shared_terms() -> None:
    total = A
    for i in range(12):
        total = apply("sub" if i % 3 else "add", total, apply("mul", number(i + 0.5), apply("exp", B)))
    network = equations([apply("mul", k, total), apply("div", A, apply("add", total, K)), total])
    system = make_system(network, universal=False)
    np.testing.assert_allclose(system.rhs(1.5, X, P), expected(network), **ANALYTIC)
    wanted = jax.jacfwd(lambda x: system.rhs(1.5, x, P))(X)
    np.testing.assert_allclose(system.jacobian(1.5, X, P), wanted, **ORACLE)


@pytest.mark.parametrize("universal", [False, True])
def test_events_and_switches(universal: bool) -> None:
    relation, timed = apply("ge", A, K), apply("lt", time(), k)
    switches = tuple(
        Switch(relation=each, root=apply("sub", *each.args), time=when, in_trigger=True, in_rate=True)
        for each, when in ((relation, None), (timed, k))
    )
    event = EventEquations(
        id="e", trigger=apply("and", relation, timed), initial_value=True, persistent=False,
        delay=apply("add", k, A), priority=None, use_trigger_values=True, time_only=False,
        assignments=(EventAssignment(state=1, value=apply("mul", C, K)),
                     EventAssignment(state=2, value=number(4.0), scale=B)),
    )  # fmt: skip
    network = equations([apply("if", relation, k, A)], switches=switches, events=(event,))
    system = make_system(network, universal=universal)
    x = jnp.pad(jnp.asarray(X), (0, system.n - 3))
    p = system.pad_constants(jnp.asarray(P))
    np.testing.assert_array_equal(system.compare(0.5, x, p)[:2], [0.0, 1.0])
    np.testing.assert_allclose(system.roots(0.5, x, p)[:2], [X[0] - P[1], 0.5 - P[0]])
    np.testing.assert_allclose(system.switch_times(0.5, x, p)[:2], [np.inf, P[0]])
    modes = jnp.pad(jnp.ones(2), (0, system.s - 2))
    assert system.triggers(0.5, x, p)[0] == 0.0
    assert system.triggers(0.5, x, p, None, modes)[0] == 1.0
    np.testing.assert_allclose(system.rhs(0.5, x, p, None, modes)[:3], P[0] * np.array([-1.0, 2.0, 0.0]))
    assert system.event_delays(0.5, x, p)[0] == pytest.approx(P[0] + X[0])
    assert system.event_priorities(0.5, x, p)[0] == -np.inf
    np.testing.assert_allclose(system.event_values(0.5, x, p)[:2], [X[2] * P[1], 4.0])
    np.testing.assert_allclose(system.event_scales(0.5, x, p)[:2], [1.0, X[1]])
    np.testing.assert_array_equal(system.switch_sign[:2], [1.0, -1.0])
    np.testing.assert_array_equal(system.switch_at_zero[:2], [1.0, 0.0])
    np.testing.assert_array_equal(system.roots(0.5, x, p)[2:], 1.0)
    np.testing.assert_array_equal(system.triggers(0.5, x, p)[1:], 0.0)


@pytest.mark.parametrize("universal", [False, True])
def test_residuals_and_delays(universal: bool) -> None:
    past = apply("delay", A, K)
    network = equations(
        [apply("mul", k, past)],
        differential=np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        residuals=(apply("sub", A, apply("mul", B, K)),),
    )
    system = make_system(network, universal=universal)
    x = jnp.pad(jnp.asarray(X), (0, system.n - 3))
    p = system.pad_constants(jnp.asarray(P))
    delayed = jnp.full(system.k, 0.6)
    np.testing.assert_allclose(
        system.rhs(0.0, x, p, delayed)[:3], [P[0] * 0.6, 0.0, X[0] - X[1] * P[1]], **ANALYTIC
    )
    np.testing.assert_allclose(system.jacobian(0.0, x, p, delayed)[2, :3], [1.0, -P[1], 0.0])
    assert system.delay_times(0.0, x, p, delayed)[0] == P[1]
    assert system.delay_arguments(0.0, x, p, delayed)[0] == X[0]
    wanted = np.eye(system.n)
    wanted[:3, :3] = [[1, 1, 0], [0, 0, 1], [0, 0, 0]]
    np.testing.assert_array_equal(system.mass, wanted)


def test_single_precision_is_refused() -> None:
    with jax.enable_x64(False), pytest.raises(InvalidValueError, match="double precision"):
        make_system(equations([MICHAELIS]), universal=False)


def test_relations_are_known() -> None:
    from hybridcell.mechanisms.program.description import _SIGN

    assert set(_SIGN) == set(RELATIONS)
