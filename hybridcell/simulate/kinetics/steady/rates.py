"""F and dF/dx of many conditions at once, interpreted or compiled, behind one door."""

from __future__ import annotations

import abc
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from hybridcell.mechanisms.interpreter import Interpreter, jacobian_terms
from hybridcell.mechanisms.program.system import System
from hybridcell.mechanisms.reactions.equations import Equations
from hybridcell.simulate.kinetics.steady.terms import Terms

#: Conditions in one compiled call: the last tile is filled up, so that every call has one shape.
_TILE = 64


class Rates(abc.ABC):
    """Rates of one network under fixed constants, shape (C, m), at one time.

    `rows` in all methods says which conditions the states x, shape (len(rows), n), belong to.
    """

    def __init__(self, equations: Equations, terms: Terms, p: Float[np.ndarray, "c m"], t: float):
        self.equations, self.terms, self.p, self.t = equations, terms, p, t
        self._evaluate = Interpreter(terms.expressions, equations)
        self._start = Interpreter(equations.initial, equations)

    @property
    def n(self) -> int:
        """Number of states."""
        return self.equations.n

    def initial(self) -> Float[np.ndarray, "c n"]:
        """Return the states that the network starts from."""
        nothing = np.zeros(self.n)
        return np.stack([self._start(self.t, nothing, p) for p in self.p])

    def turnover(self, rows: Int[np.ndarray, " c"], x: Float[np.ndarray, "c n"]) -> Float[np.ndarray, "c n"]:
        """Return the sum of the sizes of all that makes and takes each state."""
        values = [self._evaluate(self.t, xc, self.p[c]) for c, xc in zip(rows, x)]
        return np.stack([abs(self.terms.weights) @ np.abs(v) for v in values])

    @abc.abstractmethod
    def linearized(
        self, rows: Int[np.ndarray, " c"], x: Float[np.ndarray, "c n"]
    ) -> tuple[Float[np.ndarray, "c n"], Float[np.ndarray, "c n n"]]:
        """Return F and dF/dx."""


class InterpretedRates(Rates):
    """Rates computed by NumPy, derivatives of each term by the rules of calculus."""

    def __init__(self, equations: Equations, terms: Terms, p: Float[np.ndarray, "c m"], t: float):
        super().__init__(equations, terms, p, t)
        i, j, slopes = jacobian_terms(terms.expressions, equations.states)
        self._place = (np.array(i, int), np.array(j, int))
        both = Interpreter([*terms.expressions, *slopes], equations)
        self._bound = [both.bind(row) for row in p]

    def linearized(self, rows: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return F and dF/dx, one condition after the other."""
        from scipy.sparse import csr_array

        weights: Any = self.terms.weights
        shape = (len(self.terms.expressions), self.n)
        rates, jacobians = np.empty_like(x), np.empty((len(x), self.n, self.n))
        with np.errstate(all="ignore"):
            for k, (c, state) in enumerate(zip(rows, x)):
                values = self._bound[c](self.t, state)
                rates[k] = weights @ values[: shape[0]]
                slopes: Any = csr_array((values[shape[0] :], self._place), shape=shape)
                jacobians[k] = (weights @ slopes).toarray()
        return rates, jacobians


class CompiledRates(Rates):
    """Rates computed by the network's JAX program."""

    def __init__(self, system: System, equations: Equations, terms: Terms, p: np.ndarray, t: float):
        super().__init__(equations, terms, p, t)
        self.system = system

    def linearized(self, rows: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return F and dF/dx, conditions side by side."""
        size = min(_TILE, 1 << (len(self.p) - 1).bit_length())
        found = []
        for first in range(0, len(x), size):
            given = np.arange(first, first + size).clip(max=len(x) - 1)
            found.append(linearize(self.system, self.t, x[given], self.p[rows[given]], self.n))
        rates, jacobians = (np.concatenate(parts)[: len(x)] for parts in zip(*found))
        return rates, jacobians


def linearize(
    system: System, t: float, x: np.ndarray, p: np.ndarray, n: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return F and dF/dx of the network's own n rows."""
    padded = np.pad(x, ((0, 0), (0, system.n - n)))
    constants = system.pad_constants(jnp.asarray(p))
    rates, jacobians = _linearize(system, jnp.asarray(t, float), jnp.asarray(padded), constants)
    return np.asarray(rates)[:, :n], np.asarray(jacobians)[:, :n, :n]


@eqx.filter_jit
def _linearize(system: System, t: Array, x: Array, p: Array) -> tuple[Array, Array]:
    return jax.vmap(lambda xc, pc: system.linearized(t, xc, pc)[:2])(x, p)
