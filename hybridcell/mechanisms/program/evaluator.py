"""What computes the numbers of a `System`."""

from __future__ import annotations

import abc
from typing import Any

import equinox as eqx
from jaxtyping import Array, Float

from hybridcell.mechanisms.program.elimination import Elimination
from hybridcell.mechanisms.program.transposed import Transposed

#: Names of the sections, beside the field: the fields of `sections.Sections` that are lists of expressions.
SECTIONS = (
    "initial", "relations", "roots", "switch_times", "triggers", "event_delays", "event_priorities",
    "event_values", "event_scales", "delay_times", "delay_arguments",
)  # fmt: skip


class Evaluator(eqx.Module):
    """Computes the field and the sections of a network from the vector x, t, p, delayed, modes, numbers.

    The field takes conditions side by side too, as a trailing axis.

    Attributes
    ----------
    numbers : (l,) float
        The literals of the file, last part of the vector.
    assemble : SparseMatrix or ListedMatrix
        From the terms to F.
    assemble_slopes
        From the entries of their derivatives to [dF/dx, dF/dt].
    elimination : Elimination or None
        For matrices of the pattern of dF/dx and the diagonal; None where dense ones are faster.
    assemble_pattern
        As `assemble_slopes`, with the values of that pattern in the place of dF/dx.
    transposed : Transposed or None
        Products with the transposed of dF/dx; None for programs that networks share: none of them is undone.
    """

    numbers: eqx.AbstractVar[Float[Array, " l"]]
    assemble: eqx.AbstractVar[Any]
    assemble_slopes: eqx.AbstractVar[Any]
    elimination: eqx.AbstractVar[Elimination | None]
    assemble_pattern: eqx.AbstractVar[Any]
    transposed: eqx.AbstractVar[Transposed | None]

    @abc.abstractmethod
    def section(self, name: str, operands: Float[Array, " size"]) -> Float[Array, " _"]:
        """Return the values of one of `SECTIONS`."""

    @abc.abstractmethod
    def reads_modes(self, name: str) -> bool:
        """Whether a section may look at modes."""

    @abc.abstractmethod
    def field(self, operands: Float[Array, " size *c"]) -> Float[Array, " n *c"]:
        """Return F."""

    @abc.abstractmethod
    def terms_and_slopes(
        self, operands: Float[Array, " size *c"]
    ) -> tuple[Float[Array, " terms *c"], Float[Array, " entries *c"]]:
        """Return the terms of F and the entries of their derivatives."""

    def linearized(
        self, operands: Float[Array, " size *c"]
    ) -> tuple[Float[Array, " n *c"], Float[Array, " n n *c"], Float[Array, " n *c"]]:
        """Return F, dF/dx and dF/dt."""
        terms, entries = self.terms_and_slopes(operands)
        f, flat = self.assemble(terms), self.assemble_slopes(entries)
        n = len(f)
        return f, flat[: n * n].reshape(n, n, *flat.shape[1:]), flat[n * n :]

    def linearized_sparsely(
        self, operands: Float[Array, " size *c"]
    ) -> tuple[Float[Array, " n *c"], Float[Array, " entries *c"], Float[Array, " n *c"]]:
        """Return F, the values of dF/dx at the places of `elimination`, and dF/dt."""
        terms, entries = self.terms_and_slopes(operands)
        f, flat = self.assemble(terms), self.assemble_pattern(entries)
        return f, flat[: len(flat) - len(f)], flat[len(flat) - len(f) :]
