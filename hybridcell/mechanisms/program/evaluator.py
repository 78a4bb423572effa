"""What computes the numbers of a `System`."""

from __future__ import annotations

import abc

import equinox as eqx
import jax
from jaxtyping import Array, Float, Int

#: Names of the sections, beside the field: the fields of `sections.Sections` that are lists of expressions.
SECTIONS = (
    "initial", "relations", "roots", "switch_times", "triggers", "event_delays", "event_priorities",
    "event_values", "event_scales", "delay_times", "delay_arguments",
)  # fmt: skip


class Evaluator(eqx.Module):
    """Computes the field and the sections of a network from the vector x, t, p, delayed, modes, numbers.

    Attributes
    ----------
    numbers : (c,) float
        The literals of the file, last part of the vector.
    """

    numbers: eqx.AbstractVar[Float[Array, " c"]]

    @abc.abstractmethod
    def section(self, name: str, operands: Float[Array, " size"]) -> Float[Array, " _"]:
        """Return the values of one of `SECTIONS`."""

    @abc.abstractmethod
    def reads_modes(self, name: str) -> bool:
        """Whether a section may look at modes."""

    @abc.abstractmethod
    def field(self, operands: Float[Array, " size"]) -> Float[Array, " n"]:
        """Return F."""

    @abc.abstractmethod
    def linearized(
        self, operands: Float[Array, " size"]
    ) -> tuple[Float[Array, " n"], Float[Array, "n n"], Float[Array, " n"]]:
        """Return F, dF/dx and dF/dt."""


class SparseMatrix(eqx.Module):
    """``out[row] = sum of coefficient * entries[column]``, sorted by row; rows beyond it are padding."""

    rows: Int[Array, " nnz"]
    columns: Int[Array, " nnz"]
    coefficients: Float[Array, " nnz"]
    size: int = eqx.field(static=True)

    def __call__(self, entries: Float[Array, " entries"]) -> Float[Array, " size"]:
        """Multiply."""
        return jax.ops.segment_sum(
            self.coefficients * entries[self.columns], self.rows, self.size, indices_are_sorted=True
        )
