"""Networks that start from a given state: preequilibration, and going on from where a simulation ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import ArrayLike, Float

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions import Expression, constant
from hybridcell._core.expressions.expression import leaves
from hybridcell.mechanisms.interpreter import Interpreter
from hybridcell.mechanisms.reactions.equations import Equations


def start_constant(state: str) -> str:
    """Return the id of the constant that holds the start of a state whose start the file computes."""
    return f"initial({state})"


def starts_in(constants: Mapping[str, float]) -> dict[str, float]:
    """Return the starts among constants, by id of the state."""
    return {name[8:-1]: value for name, value in constants.items() if name.startswith("initial(")}


def with_start(
    equations: Equations, numbers: Float[ArrayLike, " m"], x: Float[ArrayLike, " n"], *, t0: float
) -> tuple[Equations, Float[np.ndarray, " k"]]:
    """Return equations and constants with `x` as the start; see `ReactionNetwork.starting_from`."""
    state = np.asarray(x, dtype=float)
    if state.shape != (equations.n,):
        raise InvalidValueError(f"The state has shape {state.shape}; this network has {equations.n} states.")
    if not np.isfinite(state).all():
        lost = equations.states[int(np.flatnonzero(~np.isfinite(state))[0])]
        raise InvalidValueError(f"The state of {lost!r} is not a finite number; was a steady state found?")
    values = np.array(numbers, dtype=float)
    fixed = _with_own_constants(equations, values, state, t0)
    free = [i for i in range(equations.n) if i not in fixed]
    for i, value in fixed.items():
        values[equations.constants.index(equations.states[i])] = value
    if free:
        equations = _freed(equations, free)
        values = np.concatenate([values, state[free]])
    return equations, values


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
    names = [start_constant(equations.states[i]) for i in free]
    initial: list[Expression] = list(equations.initial)
    for i, name in zip(free, names):
        initial[i] = constant(name)
    return replace(
        equations,
        constants=(*equations.constants, *names),
        values=np.concatenate([equations.values, np.full(len(names), np.nan)]),
        initial=tuple(initial),
    )


def freed_start(
    equations: Equations, constants: Float[np.ndarray, "c m"]
) -> tuple[Equations, Float[np.ndarray, "c k"]]:
    """Return equations in which every state starts from a constant of its own, the last ones, and these."""
    starts = Interpreter(equations.initial, equations)
    with np.errstate(all="ignore"):
        x = np.stack([starts(0.0, np.zeros(equations.n), p) for p in constants])
    return _freed(equations, list(range(equations.n))), np.concatenate([constants, x], axis=1)
