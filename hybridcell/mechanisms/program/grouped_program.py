"""Expressions as a program whose cost grows with the number of their shapes, not with their number."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from hybridcell.mechanisms.program.evaluation import Evaluation
from hybridcell.mechanisms.program.gather import gather
from hybridcell.mechanisms.program.layout import along_rows
from hybridcell.mechanisms.program.products import Product
from hybridcell.mechanisms.program.row_sums import RowSums
from hybridcell.mechanisms.program.templates import Template


class Slopes(eqx.Module):
    """How the derivatives of a level's results follow from its partial derivatives, by the chain rule.

    Derivatives are kept sparse, as a growing vector of entries whose places (which result, which column) are
    known when the program is made; entry 0 is 1. ``new[row] += partial[source] * entries[inner]``, where a 0
    stands behind the partial derivatives, for padding.
    """

    wanted: tuple[tuple[int, ...], ...] = eqx.field(static=True)  # slots, by group
    source: Int[Array, " contributions"]
    inner: Int[Array, " contributions"]
    rows: RowSums


class Level(eqx.Module):
    """Terms that need nothing of one another: groups of one shape each, and long sums.

    Attributes
    ----------
    templates : tuple of Template
    counts : tuple of int
        How many terms each template computes, padding included.
    operands : (sum of slots x count,) int
        Places of the vector, group by group and slot by slot: one gather serves the whole level.
    sum_operand, sum_sign : (terms,)
        The terms of long sums.
    sums : RowSums or None
        Which of them each long sum adds up.
    slopes : Slopes or None
        None where nothing depends on x or t, or nobody asks.
    products : tuple of Product
        Long sums that are matrices times a vector.
    """

    templates: tuple[Template, ...] = eqx.field(static=True)
    counts: tuple[int, ...] = eqx.field(static=True)
    operands: Int[Array, " all"]
    sum_operand: Int[Array, " terms"]
    sum_sign: Float[Array, " terms"]
    sums: RowSums | None
    slopes: Slopes | None
    products: tuple[Product, ...] = ()

    def evaluations(self, vector: Float[Array, " size *c"]) -> list[Evaluation]:
        """Apply each template to its operands."""
        # the barriers keep XLA from computing a column again in every kernel that reads it, which took twice
        # as long to compile and up to four times as long to run
        gathered = lax.optimization_barrier(gather(vector, self.operands))
        groups: list[Evaluation] = []
        start = 0
        for template, count in zip(self.templates, self.counts):
            stop = start + template.slots * count
            columns = gathered[start:stop].reshape(template.slots, count, *vector.shape[1:])
            groups.append(Evaluation(template, tuple(columns)))
            start = stop
        return groups

    def append(
        self, vector: Float[Array, " size *c"], groups: list[Evaluation], given: Float[Array, " given *c"]
    ) -> Float[Array, " longer *c"]:
        """Return the vector with this level's results behind it."""
        parts = [vector, *(group.value for group in groups)]
        if self.sums is not None:
            parts.append(self.sums(along_rows(self.sum_sign, vector) * gather(vector, self.sum_operand)))
        parts += [product.values(vector, given) for product in self.products]
        return jnp.concatenate(parts)

    def differentiate(
        self,
        entries: Float[Array, " entries *c"],
        groups: list[Evaluation],
        given: Float[Array, " given *c"],
    ) -> Float[Array, " more *c"]:
        """Return the entries with those of this level's results behind them."""
        slopes = [product.slopes(entries, given) for product in self.products]
        own = self._differentiate(entries, groups)
        return jnp.concatenate([own, *slopes]) if slopes else own

    def _differentiate(
        self, entries: Float[Array, " entries *c"], groups: list[Evaluation]
    ) -> Float[Array, " more *c"]:
        if self.slopes is None:  # nothing here depends on x or t
            return entries
        partials = [
            lax.optimization_barrier(jnp.concatenate(group.partials(wanted)))
            for group, wanted in zip(groups, self.slopes.wanted)
            if wanted
        ]
        lanes = entries.shape[1:]
        signs = jnp.broadcast_to(along_rows(self.sum_sign, entries), (*self.sum_sign.shape, *lanes))
        source = jnp.concatenate([*partials, signs, jnp.zeros((1, *lanes), entries.dtype)])
        products = gather(source, self.slopes.source) * gather(entries, self.slopes.inner)
        return jnp.concatenate([entries, self.slopes.rows(products)])


class GroupedProgram(eqx.Module):
    """Expressions grouped by shape; conditions side by side are trailing axes of vectors.

    Attributes
    ----------
    levels : tuple of Level
    outputs : (r,) int
        Where each expression stands in the vector of operands and results.
    read : (size,) int or None
        What of the operands stands in that vector: all but the matrices of products, where these are large.
        None: everything.
    """

    levels: tuple[Level, ...]
    outputs: Int[Array, " r"]
    read: Int[Array, " size"] | None = None

    def values(self, operands: Float[Array, " given *c"]) -> Float[Array, " r *c"]:
        """Return the value of every expression; `operands` as `layout.join` gives them."""
        vector = self._first(operands)
        for level in self.levels:
            vector = level.append(vector, level.evaluations(vector), operands)
        return gather(vector, self.outputs)

    def linearized(
        self, operands: Float[Array, " given *c"]
    ) -> tuple[Float[Array, " r *c"], Float[Array, " entries *c"]]:
        """Return the values and the entries of their derivatives."""
        vector, entries = self._first(operands), jnp.ones((1, *operands.shape[1:]), operands.dtype)
        for level in self.levels:
            groups = level.evaluations(vector)
            entries = level.differentiate(entries, groups, operands)
            vector = level.append(vector, groups, operands)
        return gather(vector, self.outputs), entries

    def _first(self, operands: Float[Array, " given *c"]) -> Float[Array, " size *c"]:
        return operands if self.read is None else gather(operands, self.read)
