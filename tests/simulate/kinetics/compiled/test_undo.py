"""Steps undone by hand, against reverse mode of the step."""

from __future__ import annotations

from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hybridcell as hc
from hybridcell.mechanisms.program.make import make_system
from hybridcell.simulate.kinetics.compiled import undo
from hybridcell.simulate.kinetics.compiled.field import Field
from hybridcell.simulate.kinetics.compiled.methods import make_method


def problem(lanes: int, elimination: bool) -> tuple[Any, ...]:
    network = hc.read_sbml(hc.networks.load("mapk_oscillator"))
    system = make_system(network.equations, universal=False)
    assert system.elimination is not None
    if not elimination:
        system = eqx.tree_at(lambda s: s.evaluator.elimination, system, None)
    rng = np.random.default_rng(lanes)
    p = np.asarray(network.values) * rng.uniform(0.8, 1.2, (lanes, len(network.values)))
    p = system.pad_constants(jnp.asarray(p))
    x = jax.vmap(system.initial, in_axes=(None, 0))(jnp.zeros(()), p) + rng.uniform(
        1.0, 2.0, (lanes, system.n)
    )
    t, h = jnp.asarray(rng.uniform(0.1, 0.5, (2, lanes)))
    to_end, *to_dense = jnp.asarray(rng.normal(size=(4, lanes, system.n)))
    return system, p, t, x, h, to_end, jnp.stack(to_dense)


def undone(
    make: Any, system: Any, p: Any, t: Any, x: Any, h: Any, to_end: Any, to_dense: Any, kept: Any = None
) -> Any:
    @eqx.filter_jit
    def run(system: Any, p: Any, given: tuple[Any, ...]) -> Any:
        return make(system)(p, None, *given)

    return run(system, p, (t, x, h, to_end, to_dense, kept))


def check(found: Any, wanted: Any) -> None:
    for one, other in zip(found, wanted, strict=True):
        assert float(jnp.abs(other).max()) > 0
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-11 * float(jnp.abs(other).max()))


@pytest.mark.parametrize("elimination", [True, False])
@pytest.mark.parametrize("lanes", [1, 3])
def test_by_hand_is_what_reverse_mode_gives(lanes: int, elimination: bool) -> None:
    given = problem(lanes, elimination)
    system = given[0]
    assert undo.is_undone_by_hand("rodas5p", system)
    by_hand = undone(partial(undo.make_undo, "rodas5p", lanes=lanes), *given)
    check(by_hand, undone(partial(undo.by_vjp, "rodas5p", lanes=lanes), *given))


@pytest.mark.parametrize("elimination", [True, pytest.param(False, marks=pytest.mark.suite)])
def test_a_step_that_was_kept_is_taken_and_others_are_made_again(elimination: bool) -> None:
    system, p, t, x, h, *cotangents = problem(1, elimination)
    advance = make_method("rodas5p", system, 1, forward_mode=False)
    kept = advance(Field(system, p, None, None), t, x, h).kept
    assert [a.shape[1:] for a in jax.tree.leaves(undo.keep_nothing(system, x))] == [
        a.shape for a in jax.tree.leaves(kept)
    ]
    # the step is the second of two that are kept; the first holds something else
    kept = jax.tree.map(lambda a: jnp.stack([jnp.ones_like(a), a])[None], kept)

    def run(number: int | None) -> Any:
        record = None if number is None else (kept, jnp.array([number]))
        make = partial(undo.make_undo, "rodas5p", lanes=1)
        return undone(make, system, p, t, x, h, *cotangents, kept=record)

    wanted = run(None)
    check(run(1), wanted)
    check(run(2), wanted)
    assert not np.allclose(run(0)[0], wanted[0])


@pytest.mark.parametrize("method", ["tsit5", "kvaerno5"])
def test_other_methods_are_left_to_reverse_mode(method: str) -> None:
    assert not undo.is_undone_by_hand(method, problem(1, elimination=True)[0])
