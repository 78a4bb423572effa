"""Simulation of reaction networks by either backend."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.arrays import is_traced
from hybridcell._core.config import config
from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions.expression import walk
from hybridcell._core.garbage import without_collections
from hybridcell.mechanisms.reactions.delays import delay_terms
from hybridcell.mechanisms.reactions.equations import Equations
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from hybridcell.simulate.kinetics.fast_reactions import check_fast_reactions
from hybridcell.simulate.kinetics.interpreted import integrate_interpreted
from hybridcell.simulate.kinetics.overrides import constant_sets
from hybridcell.simulate.kinetics.tolerance import default_atol
from hybridcell.simulate.kinetics.trajectory import NetworkTrajectory
from hybridcell.simulate.solve import Solve

#: A network of fewer terms, under few conditions, runs on the executable that all small networks share.
_SMALL, _FEW = 40, 8

_TRACED = "not known inside a JAX transformation: values are NaN from a failure on"

_systems: WeakKeyDictionary[Equations, dict[bool, Any]] = WeakKeyDictionary()
#: Whether a network is small, and how many delay terms it has: found once.
_sizes: WeakKeyDictionary[Equations, tuple[bool, int]] = WeakKeyDictionary()


def simulate_network(
    network: ReactionNetwork,
    *,
    t0: float,
    ts: np.ndarray,
    conditions: Any,
    solve: Solve,
    key: PRNGKeyArray | None,
) -> NetworkTrajectory:
    """Integrate a reaction network; see `hybridcell.simulate.simulate`."""
    if config.precision != "float64":
        raise InvalidValueError(
            "Kinetics of reactions need double precision: single precision gives wrong numbers without "
            "notice. Set hc.config.precision = 'float64'."
        )
    names, constants = constant_sets(network, conditions)
    equations = network.equations
    check_fast_reactions(equations, constants)
    traced = is_traced(constants)
    if solve.backend == "numpy":
        if traced:
            raise InvalidValueError("The NumPy backend has no gradients; use Solve(backend='jax').")
        values, delayed, result, method = _interpreted(equations, constants, t0, ts, solve, key)
    else:
        if solve.atol is None:
            solve = replace(solve, atol=default_atol(equations, solve.rtol))
        values, delayed, result, method = _compiled(equations, constants, t0, ts, solve, key, traced)
    return NetworkTrajectory(
        ts=ts,
        values=values,
        names=equations.states,
        kinds=state_kinds(network),
        conditions=names,
        result=result,
        method=method,
        network=network,
        constants=constants,
        delayed=delayed,
    )


def system_of(equations: Equations, *, universal: bool) -> Any:
    """Return the network's program, made once."""
    from hybridcell.mechanisms.program import make_system

    made = _systems.setdefault(equations, {})
    if universal not in made:
        # kept for later calls, so that its arrays may not belong to a trace that is going on now
        with jax.ensure_compile_time_eval(), without_collections():
            made[universal] = make_system(equations, universal=universal)
    return made[universal]


def _size(equations: Equations) -> tuple[bool, int]:
    if equations not in _sizes:
        _sizes[equations] = is_small(equations), len(delay_terms(equations))
    return _sizes[equations]


def is_small(equations: Equations) -> bool:
    """Tell whether a network is small enough for the executable that small networks share."""
    return sum(1 for _ in walk(equations.dynamic)) <= _SMALL


def state_kinds(network: ReactionNetwork) -> tuple[str, ...]:
    """Return "species", "compartment", "parameter" or "stoichiometry" for each state."""
    kinds = dict.fromkeys(network.equations.amounts, "species")
    kinds |= {one.id: "compartment" for one in network.definition.compartments}
    kinds |= {one.id: "parameter" for one in network.definition.parameters}
    return tuple(kinds.get(name, "stoichiometry") for name in network.equations.states)


def _interpreted(
    equations: Equations, constants: np.ndarray, t0: float, ts: np.ndarray, solve: Solve, key: Any
) -> tuple[Any, Any, tuple[str, ...], str]:
    seed = 0 if key is None else np.asarray(jax.random.key_data(key)).ravel().tolist()
    rng = np.random.default_rng(seed)
    runs = [integrate_interpreted(equations, p, t0=t0, ts=ts, solve=solve, rng=rng) for p in constants]
    return (
        np.stack([run.x for run in runs]),
        np.stack([run.delayed for run in runs]),
        tuple(run.result for run in runs),
        runs[0].method,
    )


def _compiled(
    equations: Equations,
    constants: Any,
    t0: float,
    ts: np.ndarray,
    solve: Solve,
    key: PRNGKeyArray | None,
    traced: bool,
) -> tuple[Any, Any, tuple[str, ...], str]:
    """Integrate by a compiled program; inside a JAX transformation failures are told by NaN alone."""
    from hybridcell.simulate.kinetics.compiled import MESSAGES, integrate_compiled
    from hybridcell.simulate.kinetics.compiled.methods import choose_method

    small, delays = _size(equations)
    # with delays, programs are so long that instructions cost more to compile than the network's own laws
    universal = not traced and len(constants) <= _FEW and small and delays == 0
    system = system_of(equations, universal=universal)
    x, delayed, code = integrate_compiled(system, constants, t0=t0, ts=ts, solve=solve, key=key)
    # a program that networks share has room for more states and delays than this one has
    x = x if x.shape[-1] == equations.n else x[..., : equations.n]
    delayed = delayed if delayed.shape[-1] == delays else delayed[..., :delays]
    method = choose_method(solve)
    if traced:
        return x, delayed, (_TRACED,) * len(constants), method
    return x, delayed, tuple(MESSAGES[int(c)] for c in np.asarray(code)), method
