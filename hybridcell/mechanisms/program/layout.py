"""Where a program finds its operands: one vector of everything that is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions import Expression
from hybridcell._core.expressions.expression import walk


def bucket(count: int) -> int:
    """Return the count to pad to: the next power of two or 3/4 of one, 0 for nothing."""
    if count == 0:
        return 0
    power = 1 << (count - 1).bit_length()
    return power * 3 // 4 if power >= 4 and count <= power * 3 // 4 else power


def round_up(count: int, least: int) -> int:
    """Return the next of least, 4 least, 16 least..., of which there are few."""
    size = least
    while size < count:
        size *= 4
    return size


@dataclass(frozen=True, eq=False)
class Layout:
    """Positions in the vector x, t, p, delayed, modes, numbers; the first five as long as the system's
    arrays.

    Attributes
    ----------
    n, m, k, s : int
        Lengths of x, p, delayed and modes, padding included.
    positions : dict
        Of states, constants, time, delay nodes and numbers.
    modes : dict
        Of the comparisons of switches.
    numbers : ndarray
        Padded.
    """

    n: int
    m: int
    k: int
    s: int
    positions: dict[Expression, int]
    modes: dict[Expression, int]
    numbers: Float[np.ndarray, " c"]

    @property
    def size(self) -> int:
        """Length of the vector."""
        return self.n + 1 + self.m + self.k + self.s + len(self.numbers)


def make_layout(
    roots: Iterable[Expression],
    *,
    states: Sequence[Expression],
    constants: Sequence[Expression],
    time: Expression,
    delays: Sequence[Expression],
    relations: Sequence[Expression],
    sizes: tuple[int, int, int, int],
    pad_numbers: Callable[[int], int] = bucket,
) -> Layout:
    """Lay out what the roots read. `sizes` are the padded lengths of x, p, delayed and modes."""
    n, m, k, s = sizes
    positions = {node: i for i, node in enumerate(states)}
    positions[time] = n
    positions.update((node, n + 1 + i) for i, node in enumerate(constants))
    positions.update((node, n + 1 + m + i) for i, node in enumerate(delays))
    modes = {node: n + 1 + m + k + i for i, node in enumerate(relations)}
    numbers = [node for node in walk(roots) if node.is_number]
    start = n + 1 + m + k + s
    positions.update((node, start + i) for i, node in enumerate(numbers))
    values = np.ones(pad_numbers(len(numbers)))
    values[: len(numbers)] = [node.value for node in numbers]  # pyright: ignore[reportArgumentType]
    return Layout(n=n, m=m, k=k, s=s, positions=positions, modes=modes, numbers=values)


def join(
    t: Float[Array, "*c"],
    x: Float[Array, " n *c"],
    p: Float[Array, " m *c"],
    delayed: Float[Array, " k *c"],
    modes: Float[Array, " s *c"],
    numbers: Float[Array, " l"],
) -> Float[Array, " size *c"]:
    """Return the vector of a `Layout`, of one condition or of several side by side."""
    numbers = jnp.broadcast_to(along_rows(numbers, x), (*numbers.shape, *x.shape[1:]))
    return jnp.concatenate([x, t[None], p, delayed, modes, numbers])


def along_rows(values: Float[Array, " rows"], table: Array) -> Array:
    """Return values of rows in the form in which they multiply a table (rows, *c)."""
    return values.reshape(-1, *(1,) * (table.ndim - 1))


def check_double_precision() -> None:
    """Refuse to compute kinetics in single precision, which returns wrong numbers without a sign."""
    if not jax.config.jax_enable_x64:  # pyright: ignore[reportAttributeAccessIssue]
        raise InvalidValueError(
            "Reaction networks need double precision, and JAX runs in single precision (x64 is off): stiff "
            'kinetics go wrong there unnoticed. Set hc.config.precision = "float64", or unset '
            "$JAX_ENABLE_X64, before arrays are made."
        )
