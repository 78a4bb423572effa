from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.mechanisms.program.gather import undo_by_walking
from hybridcell.simulate.kinetics.compiled import methods
from hybridcell.simulate.kinetics.compiled.field import Field
from hybridcell.simulate.kinetics.compiled.lanes import by_state
from hybridcell.simulate.kinetics.compiled.methods import choose_method, make_method
from hybridcell.simulate.kinetics.simulate import system_of
from tests.conftest import ROOT
from tests.simulate.kinetics.compiled.problems import constrained
from tests.tolerances import ORACLE


@pytest.fixture
def eliminated(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Pretend that loops are whole, and list the matrices that are eliminated by their pattern."""
    seen, prepare = [], methods.sparse.prepare

    def spy(elimination: Any, jacobian: Any, h: Any) -> Any:
        seen.append(jacobian)
        return prepare(elimination, jacobian, h)

    monkeypatch.setattr(methods, "loops_are_whole", lambda: True)
    monkeypatch.setattr(methods.sparse, "prepare", spy)
    return seen


def start(name: str, universal: bool, lanes: int) -> tuple[Any, ...]:
    """Return system, p, t, x and step sizes of a network soon after its start."""
    equations = hc.read_sbml(ROOT / "networks" / name / "model.xml").equations
    system = system_of(equations, universal=universal)
    rng = np.random.default_rng(0)
    p = system.pad_constants(equations.values * rng.uniform(0.9, 1.1, (lanes, len(equations.values))))
    x = np.zeros((lanes, system.n))
    x[:, : equations.n] = rng.uniform(0.1, 1.0, (lanes, equations.n))
    return system, jnp.asarray(p), jnp.zeros(lanes), jnp.asarray(x), jnp.linspace(0.05, 0.1, lanes)


@pytest.mark.parametrize("lanes", [1, 3])
@pytest.mark.parametrize("universal", [True, False])
@pytest.mark.parametrize("name", ["mapk_cascade", "repressilator"])
def test_a_step_by_pattern_is_a_dense_step(eliminated: Any, name: str, universal: bool, lanes: int) -> None:
    system, p, t, x, h = start(name, universal, lanes)

    def step(forward_mode: bool) -> Any:
        advance = make_method("rodas5p", system, lanes, forward_mode=forward_mode)
        return jax.jit(lambda p, x: advance(Field(system, p, None, None), t, x, h))(p, x)

    wanted = step(True)
    assert not eliminated
    found = step(False)
    assert len(eliminated) == 1
    columns = by_state(x)
    assert found.x.shape == columns.shape
    assert found.dense.shape == (3, *columns.shape)
    size = float(jnp.max(jnp.abs(wanted.x)))
    assert float(jnp.max(jnp.abs(found.x - columns))) > 1e-4 * size
    assert found.kept is not None
    for a, b in zip((*found[:3], found.kept.stages), (*wanted[:3], wanted.kept.stages), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11 * size)


@pytest.mark.parametrize(("name", "lanes"), [("repressilator", 3), ("nfkb", 1)])
def test_a_step_by_pattern_has_the_gradient_of_a_dense_step(eliminated: Any, name: str, lanes: int) -> None:
    system, p, t, x, h = start(name, False, lanes)

    def score(forward_mode: bool) -> Any:
        advance = make_method("rodas5p", system, lanes, forward_mode=forward_mode)

        def loss(p: Any, x: Any) -> Any:
            made = advance(Field(system, p, None, None), t, x, h)
            return jnp.sum(jnp.sin(made.x)) + jnp.sum(made.dense**2)

        with nullcontext() if forward_mode else undo_by_walking():
            return jax.jit(jax.grad(loss, (0, 1)))(p, x)

    wanted, found = score(True), score(False)
    assert len(eliminated) == 1
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-9 * float(jnp.max(jnp.abs(b))))


def test_lanes_step_as_they_do_alone(eliminated: Any) -> None:
    system, p, t, x, h = start("mapk_cascade", False, 3)
    together = make_method("rodas5p", system, 3, forward_mode=False)
    alone = make_method("rodas5p", system, 1, forward_mode=False)
    wanted = jax.jit(lambda p, x: together(Field(system, p, None, None), t, x, h))(p, x)
    one = jax.jit(lambda p, t, x, h: alone(Field(system, p, None, None), t, x, h))
    for i in range(3):
        here = slice(i, i + 1)
        found = one(p[here], t[here], x[here], h[here])
        np.testing.assert_allclose(found.x, wanted.x[:, i], **ORACLE)
        np.testing.assert_allclose(found.error, wanted.error[:, i], **ORACLE)
        np.testing.assert_allclose(found.dense, wanted.dense[..., i], **ORACLE)


def test_dense_where_loops_are_not_whole(eliminated: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(methods, "loops_are_whole", lambda: False)
    system, p, t, x, h = start("repressilator", False, 1)
    advance = make_method("rodas5p", system, 1, forward_mode=False)
    jax.jit(lambda p: advance(Field(system, p, None, None), t, x, h).x)(p)
    assert not eliminated


def test_names() -> None:
    assert choose_method(hc.Solve()) == "rodas5p"
    assert choose_method(hc.Solve(method="tsit5")) == "tsit5"
    with pytest.raises(InvalidValueError, match="'euler'"):
        choose_method(hc.Solve(method="euler"))
    system: Any = constrained()
    with pytest.raises(InvalidValueError, match="algebraic constraints"):
        make_method("kvaerno5", system, 1, forward_mode=False)
