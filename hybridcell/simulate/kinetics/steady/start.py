"""Networks that start from a given state: preequilibration, and going on from where a simulation ended."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike, Float

from hybridcell._core.errors import InvalidValueError
from hybridcell.mechanisms.expressions import Expression, constant
from hybridcell.mechanisms.expressions.expression import leaves
from hybridcell.mechanisms.interpreter import Interpreter
from hybridcell.mechanisms.reactions.equations import Equations
from hybridcell.mechanisms.reactions.network import ReactionNetwork


def starting_from(network: ReactionNetwork, x: Float[ArrayLike, " n"], *, t0: float = 0.0) -> ReactionNetwork:
    """Return the network with `x` as its state at the start.

    All other constants stay as they are, those that the file computes from initial values too. Where the file
    itself computes the initial value, or where something else reads it, the network gets a constant
    ``initial(ID)`` for it.

    Parameters
    ----------
    network
    x : array_like, shape (n,)
        State in the order of ``network.equations.states`` (amounts of species), as from `hc.steady_state`.
    t0 : float
        Time of the start, for initial values that read it.

    Raises
    ------
    InvalidValueError
        On a state of another length, or one that is not finite (no steady state was found).
    """
    equations = network.equations
    state = np.asarray(x, dtype=float)
    if state.shape != (equations.n,):
        raise InvalidValueError(f"The state has shape {state.shape}; this network has {equations.n} states.")
    if not np.isfinite(state).all():
        lost = equations.states[int(np.flatnonzero(~np.isfinite(state))[0])]
        raise InvalidValueError(f"The state of {lost!r} is not a finite number; was a steady state found?")
    values = np.array(network.values, dtype=float)
    fixed = _with_own_constants(equations, values, state, t0)
    free = [i for i in range(equations.n) if i not in fixed]
    for i, value in fixed.items():
        values[equations.constants.index(equations.states[i])] = value
    if free:
        equations = _freed(equations, free)
        values = np.concatenate([values, state[free]])
    return ReactionNetwork(definition=network.definition, equations=equations, values=jnp.asarray(values))


def _with_own_constants(
    equations: Equations, values: np.ndarray, x: np.ndarray, t0: float
) -> dict[int, float]:
    """Return the numbers to give to constants that decide nothing but the start of one state."""
    own = [i for i, name in enumerate(equations.states) if name in set(equations.constants)]
    elsewhere = [
        set(leaves([root], "constant"))
        for root in (*equations.dynamic, *equations.observables.values(), *equations.initial)
    ]
    readers: dict[str, int] = {}
    for names in elsewhere:
        for name in names:
            readers[name] = readers.get(name, 0) + 1
    own = [
        i
        for i in own
        if readers.get(equations.states[i], 0) == 1
        and equations.states[i] in leaves([equations.initial[i]], "constant")
    ]
    if not own:
        return {}
    places = [equations.constants.index(equations.states[i]) for i in own]
    evaluate = Interpreter([equations.initial[i] for i in own], equations)

    def at(numbers: np.ndarray | float) -> np.ndarray:
        changed = values.copy()
        changed[places] = numbers
        return evaluate(t0, np.zeros(equations.n), changed)

    at_zero = at(0.0)
    with np.errstate(all="ignore"):
        numbers = (x[own] - at_zero) / (at(1.0) - at_zero)  # initial values are linear in these
        right = np.abs(at(numbers) - x[own]) <= 1e-12 * np.abs(x[own])
    return {i: float(v) for i, v, good in zip(own, numbers, right) if good}


def _freed(equations: Equations, free: list[int]) -> Equations:
    names = [f"initial({equations.states[i]})" for i in free]
    initial: list[Expression] = list(equations.initial)
    for i, name in zip(free, names):
        initial[i] = constant(name)
    return replace(
        equations,
        constants=(*equations.constants, *names),
        values=np.concatenate([equations.values, np.full(len(names), np.nan)]),
        initial=tuple(initial),
    )
