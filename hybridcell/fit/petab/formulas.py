"""Formulas computed by JAX: all at every point, or each at points of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from hybridcell._core.expressions import Expression, constant, state, time
from hybridcell.mechanisms.program.evaluation import Evaluation
from hybridcell.mechanisms.program.grouping import group
from hybridcell.mechanisms.program.layout import join, make_layout
from hybridcell.mechanisms.program.templates import Template, make_template


def make_formulas(
    expressions: Sequence[Expression], states: Sequence[str], numbers: Sequence[str]
) -> Callable[[Float[Array, " c"], Float[Array, "n c"], Float[Array, "m c"]], Float[Array, "r c"]]:
    """Return what computes all expressions at c points.

    Returns
    -------
    callable
        Of times, states and constants, in the given orders.
    """
    layout = make_layout(
        expressions,
        states=[state(id) for id in states],
        constants=[constant(id) for id in numbers],
        time=time(),
        delays=(),
        relations=(),
        sizes=(len(states), len(numbers), 0, 0),
    )
    program, _ = group(expressions, layout, with_modes=False)

    def compute(t: Array, x: Array, p: Array) -> Array:
        nothing = jnp.zeros((0, *t.shape))
        return program.values(join(t, x, p, nothing, nothing, jnp.asarray(layout.numbers)))

    return compute


class PointFormulas:
    """One expression for each point, out of few.

    No point computes what it does not need: a logarithm that is infinite there could return through
    derivatives as 0 times infinity.

    Parameters
    ----------
    expressions : sequence of Expression
    which : ndarray of int, shape (r,)
        The expression of each point.
    place : callable
        Leaf (no number), points -> where its values at these points stand in the vector that `compute` is
        given.
    size : int
        Length of that vector.
    """

    def __init__(
        self,
        expressions: Sequence[Expression],
        which: Int[np.ndarray, " r"],
        place: Callable[[Expression, np.ndarray], np.ndarray],
        size: int,
    ):
        numbers: dict[Expression, int] = {}

        def index(leaf: Expression, points: np.ndarray) -> np.ndarray:
            if leaf.is_number:
                return np.full(len(points), size + numbers.setdefault(leaf, len(numbers)))
            return place(leaf, points)

        direct: list[np.ndarray] = []
        order: list[np.ndarray] = []
        groups: dict[Template, list[tuple[np.ndarray, np.ndarray]]] = {}
        for number, expression in enumerate(expressions):
            points = np.flatnonzero(np.asarray(which) == number)
            if not points.size:
                continue
            if not expression.args:
                direct.append(index(expression, points))
                order.append(points)
                continue
            template, operands = make_template(expression, lambda node: not node.args)
            table = np.stack([index(leaf, points) for leaf in operands])
            groups.setdefault(template, []).append((points, table))
        self._direct = np.concatenate([np.zeros(0, int), *direct])
        self._groups: list[tuple[Template, np.ndarray]] = []
        for template, parts in groups.items():
            order += [points for points, _ in parts]
            self._groups.append((template, np.concatenate([table for _, table in parts], axis=1)))
        self._back = np.argsort(np.concatenate([np.zeros(0, int), *order]))
        self._numbers = np.array([float(leaf.value) for leaf in numbers])  # pyright: ignore[reportArgumentType]

    def __call__(self, vector: Float[Array, " size"]) -> Float[Array, " r"]:
        """Return the value of each point's expression."""
        full = jnp.concatenate([vector, self._numbers])
        parts = [full[self._direct]]
        for template, table in self._groups:
            columns = full[table.ravel()].reshape(table.shape)
            parts.append(Evaluation(template, tuple(columns)).value)
        return jnp.concatenate(parts)[self._back]
