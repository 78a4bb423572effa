"""Expressions evaluated on NumPy over x, p and t: the backend that needs no compilation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from jaxtyping import Float

from hybridcell._core.expressions import Expression
from hybridcell._core.expressions.expression import walk
from hybridcell.mechanisms.interpreter.array_program import ArrayProgram
from hybridcell.mechanisms.interpreter.layout import make_layout
from hybridcell.mechanisms.interpreter.scalar_program import ScalarProgram
from hybridcell.mechanisms.reactions.equations import Equations

#: One call of NumPy takes as long as so many operations on floats (measured: 1.1 us and 0.09 us).
_OPERATIONS_PER_CALL = 12
#: Below so many operations nobody counts.
_SMALL = 60
#: Up to so many points, one after the other on floats.
_FEW = 16


class Interpreter:
    """Evaluates expressions of a network.

    Parameters
    ----------
    roots : sequence of Expression
        Over time, states, constants and numbers of the network.
    equations : Equations
        Whose states, constants, switches and delays give the order of the inputs.
    """

    def __init__(self, roots: Sequence[Expression], equations: Equations):
        delays: tuple[Expression, ...] = ()
        if any(node.op == "delay" for node in walk(roots)):
            from hybridcell.mechanisms.reactions.delays import delay_terms

            delays = delay_terms(equations)
        self._layout = make_layout(
            roots,
            states=equations.states,
            constants=equations.constants,
            delays=delays,
            relations=tuple(switch.relation for switch in equations.switches),
        )
        self._scalar: ScalarProgram | None = None
        self._array: ArrayProgram | None = None

    @property
    def reads_past(self) -> bool:
        """Whether any root holds a delay."""
        return self._layout.delays > 0

    @cached_property
    def prefers_scalars(self) -> bool:
        """Whether single points are computed on floats."""
        operations = len(self._layout.moving)
        return operations < _SMALL or operations < _OPERATIONS_PER_CALL * len(self.array_program().moving)

    def scalar_program(self) -> ScalarProgram:
        """Return the program over floats, made when first needed."""
        if self._scalar is None:
            self._scalar = ScalarProgram(self._layout)
        return self._scalar

    def array_program(self) -> ArrayProgram:
        """Return the program over arrays, made when first needed."""
        if self._array is None:
            self._array = ArrayProgram(self._layout)
        return self._array

    def bind(self, p: Float[np.ndarray, " m"]) -> Bound:
        """Return the same for fixed constants: what depends on them alone is computed once."""
        return Bound(self, np.asarray(p, float))

    def __call__(
        self,
        t: float | np.ndarray,
        x: np.ndarray,
        p: np.ndarray,
        delayed: np.ndarray | None = None,
        modes: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return the values of the roots, shape (roots, *batch).

        Parameters
        ----------
        t : float or ndarray of shape batch
        x : ndarray, shape (n,) or (n, *batch)
        p : ndarray, shape (m,) or (m, *batch)
        delayed : ndarray, shape (k, *batch), optional
            Values of the delay terms. Without them, a delayed value is the present one.
        modes : ndarray, shape (s,), optional
            Truth values that replace the network's switches; a NaN, or none at all, compares.
        """
        x, p = np.asarray(x, float), np.asarray(p, float)
        batch = np.broadcast_shapes(np.shape(t), x.shape[1:], p.shape[1:])
        with np.errstate(all="ignore"):
            if not batch:
                return self.bind(p)(float(t), x, delayed, modes)
            program = self.array_program()
            return program.run(program.start(p, batch), t, x, delayed, modes)


class Bound:
    """An interpreter with its constants in place. Not to be called from two threads at once."""

    def __init__(self, interpreter: Interpreter, p: np.ndarray):
        self.interpreter = interpreter
        self.p = p
        with np.errstate(all="ignore"):
            if interpreter.prefers_scalars:
                program = interpreter.scalar_program()
                self._run, self._slots = program.run, program.start(p.tolist())
            else:
                program = interpreter.array_program()
                self._run, self._slots = program.run, program.start(p, ())

    def __call__(
        self, t: float, x: np.ndarray, delayed: np.ndarray | None = None, modes: np.ndarray | None = None
    ) -> Float[np.ndarray, " roots"]:
        """Return the values of the roots at one point.

        Callers in a loop hold ``np.errstate(all="ignore")`` themselves: entering it costs more than a small
        network.
        """
        return np.array(self._run(self._slots, t, x, delayed, modes))  # pyright: ignore[reportArgumentType]

    def many(
        self,
        t: np.ndarray,
        x: np.ndarray,
        delayed: np.ndarray | None = None,
        modes: np.ndarray | None = None,
    ) -> Float[np.ndarray, "roots points"]:
        """Return the values of the roots at several points: t (T,), x (n, T), delayed (k, T)."""
        if self.interpreter.prefers_scalars and len(t) <= _FEW:
            rows = [
                self(float(t[k]), x[:, k], None if delayed is None else delayed[:, k], modes)
                for k in range(len(t))
            ]
            return np.stack(rows, axis=1)
        return self.interpreter(t, x, self.p, delayed, modes)
