"""An evaluator that reads its program: one executable runs every network whose arrays have the same lengths.

Measured on a CPU: XLA makes one tight loop of it (about 15 ns per instruction, 100 ns with trigonometry) as
long as the loop carries a single vector and writes one number. That is why values, partial derivatives (one
operation on all instructions at once) and the chain rule are three separate steps.
"""

from __future__ import annotations

import dataclasses
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

from hybridcell._core.expressions.operators import ARITY
from hybridcell.mechanisms.program.assembly import assemble, assemble_slopes, pattern
from hybridcell.mechanisms.program.elimination import Elimination, plan_elimination
from hybridcell.mechanisms.program.evaluator import SECTIONS, Evaluator
from hybridcell.mechanisms.program.gather import put
from hybridcell.mechanisms.program.layout import Layout, along_rows, round_up
from hybridcell.mechanisms.program.operations import CODES, COMMON, PARTIALS, VALUES
from hybridcell.mechanisms.program.sections import Sections
from hybridcell.mechanisms.program.sparse import ListedMatrix, make_listed, pad_listed
from hybridcell.mechanisms.program.tape import Chain, Tape, chain_rule
from hybridcell.mechanisms.program.transposed import Transposed

_LEAST_INSTRUCTIONS = 64

pad_instructions = partial(round_up, least=_LEAST_INSTRUCTIONS)


class Instructions(eqx.Module):
    """A tape as arrays.

    Attributes
    ----------
    codes : (length,) int
    arguments : (length, 3) int
    special : bool
        Whether operators beyond `operations.COMMON` occur. They cost all others time, so most programs leave
        them out.
    """

    codes: Int[Array, " length"]
    arguments: Int[Array, "length 3"]
    special: bool = eqx.field(static=True)

    def run(
        self, operands: Float[Array, " size *c"], start: Int[Array, ""], stop: Int[Array, ""]
    ) -> Float[Array, " longer *c"]:
        """Return the operands with the results of the instructions from start to stop behind them."""
        size, length = operands.shape[0], self.codes.shape[0]
        return _run(
            self.special,
            jnp.pad(operands, ((0, length), *((0, 0),) * (operands.ndim - 1))),
            self.codes,
            self.arguments,
            size,
            start,
            stop,
        )

    def partials(self, vector: Float[Array, " longer *c"]) -> Float[Array, " three_lengths *c"]:
        """Return the partial derivatives of every instruction, first those for all first arguments."""
        a, b, c = (vector[self.arguments[:, i]] for i in range(3))
        value = vector[vector.shape[0] - self.codes.shape[0] :]
        return _partials(self.special, self.codes, a, b, c, value)


@partial(jax.jit, static_argnums=0)
def _run(
    special: bool,
    vector: Float[Array, " longer *c"],
    codes: Int[Array, " length"],
    arguments: Int[Array, "length 3"],
    base: Int[Array, ""],
    start: Int[Array, ""],
    stop: Int[Array, ""],
) -> Float[Array, " longer *c"]:
    def step(i: Int[Array, ""], vector: Float[Array, " longer *c"]) -> Float[Array, " longer *c"]:
        code, places = codes[i], arguments[i]
        a, b, c = (vector[places[j]] for j in range(3))
        return put(vector, base + i, _select(special, code, a, b, c))

    return lax.fori_loop(start, stop, step, vector)


def _select(special: bool, code: Array, a: Array, b: Array, c: Array) -> Array:
    """Compute every operation and keep the one that is meant: on scalars that is cheaper than a jump."""
    ops = CODES if special else COMMON
    result = a + b
    for index, op in enumerate(ops[1:], 1):
        result = jnp.where(code == index, VALUES[op](*(a, b, c)[: ARITY[op]]), result)
    return result


@partial(jax.jit, static_argnums=0)
def _partials(
    special: bool, codes: Array, a: Array, b: Array, c: Array, value: Array
) -> Float[Array, " three_lengths *c"]:
    found = [jnp.zeros_like(a)] * 3
    for index, op in enumerate(CODES if special else COMMON):
        if op not in PARTIALS:
            continue
        slopes = PARTIALS[op](*(a, b, c)[: ARITY[op]], value)
        for i, slope in enumerate(slopes):
            if slope is not None:
                found[i] = jnp.where(along_rows(codes == index, a), slope, found[i])
    return jnp.concatenate(found)


class ChainRule(eqx.Module):
    """``entries[row] += partials[source] * entries[inner]`` one after the other; entry 0 is 1."""

    steps: Int[Array, "steps 3"]  # source, inner, row
    count: Int[Array, ""]
    entries: int = eqx.field(static=True)

    def __call__(self, partials: Float[Array, " c"]) -> Float[Array, " entries *c"]:
        """Return the entries."""

        lanes = partials.shape[1:]
        padding = ((0, self.entries - 1), *((0, 0),) * len(lanes))

        def step(i: Int[Array, ""], entries: Float[Array, " entries *c"]) -> Float[Array, " entries *c"]:
            source, inner, row = self.steps[i, 0], self.steps[i, 1], self.steps[i, 2]
            slope, weight = partials[source], entries[inner]
            nothing = (slope == 0) | (weight == 0)  # 0 * inf is 0 here: a branch not taken
            return put(entries, row, entries[row] + jnp.where(nothing, 0.0, slope * weight))

        return lax.fori_loop(0, self.count, step, jnp.pad(jnp.ones((1, *lanes)), padding))


class UniversalEvaluator(Evaluator):
    """Runs tapes: one for the terms of F, one for everything else, of which a section runs its part.

    Attributes
    ----------
    numbers : (c,) float
    terms, others : Instructions
    terms_count : () int
    spans : dict of (2,) int
        First and last instruction of every section in `others`.
    places : dict of int arrays
        Where the results of every section stand.
    """

    numbers: Float[Array, " c"]
    terms: Instructions
    terms_count: Int[Array, ""]
    assemble: ListedMatrix
    chain: ChainRule
    assemble_slopes: ListedMatrix
    elimination: Elimination | None
    assemble_pattern: ListedMatrix | None
    others: Instructions
    spans: dict[str, Int[Array, " two"]]
    places: dict[str, Int[Array, " _"]]
    transposed: Transposed | None

    def section(self, name: str, operands: Float[Array, " size *c"]) -> Float[Array, " _"]:
        """See `Evaluator`."""
        if self.places[name].shape[0] == 0:
            return jnp.zeros(0)
        span = self.spans[name]
        return self.others.run(operands, span[0], span[1])[self.places[name]]

    def reads_modes(self, name: str) -> bool:
        """See `Evaluator`."""
        return name != "initial"

    def field(self, operands: Float[Array, " size *c"]) -> Float[Array, " n *c"]:
        """See `Evaluator`."""
        return self.assemble(self.terms.run(operands, jnp.zeros((), jnp.int32), self.terms_count))

    def terms_and_slopes(
        self, operands: Float[Array, " size *c"]
    ) -> tuple[Float[Array, " terms *c"], Float[Array, " entries *c"]]:
        """See `Evaluator`."""
        vector = self.terms.run(operands, jnp.zeros((), jnp.int32), self.terms_count)
        return vector, self.chain(self.terms.partials(vector))


def make_universal(sections: Sections, layout: Layout) -> UniversalEvaluator:
    """Write the tapes of a network. `sections` are padded, and so is the layout."""
    looked_up = {**layout.positions, **layout.modes}
    terms, others = Tape(layout.size), Tape(layout.size)
    term_places, _ = terms.write(sections.field.terms, looked_up)
    written = {
        name: others.write(
            getattr(sections, name), layout.positions if name in ("relations", "initial") else looked_up
        )
        for name in SECTIONS
    }
    term_instructions = _instructions(terms)
    chain = chain_rule(terms, layout.n + 1, len(term_instructions.codes))
    # the terms of F are read where they stand: columns become places of the vector
    columns = [chain.columns.get(int(place), {}) for place in range(layout.size + len(terms.codes))]
    field = dataclasses.replace(sections.field, columns=term_places[sections.field.columns])
    n = layout.n
    elimination = plan_elimination(pattern(field, columns, n), n, universal=True)
    places = None if elimination is None else np.asarray(elimination.places)
    return UniversalEvaluator(
        numbers=layout.numbers,  # pyright: ignore[reportArgumentType]
        terms=term_instructions,
        terms_count=np.int32(len(terms.codes)),  # pyright: ignore[reportArgumentType]
        assemble=assemble(field, n, make=make_listed),
        chain=_chain(chain),
        assemble_slopes=assemble_slopes(field, columns, n, make=make_listed),
        elimination=elimination,
        assemble_pattern=(
            None if places is None else assemble_slopes(field, columns, n, places, make=make_listed)
        ),
        others=_instructions(others),
        spans={name: np.array(span, np.int32) for name, (_, span) in written.items()},  # pyright: ignore
        places={name: places for name, (places, _) in written.items()},  # pyright: ignore
        transposed=None,
    )


def _instructions(tape: Tape) -> Instructions:
    codes, arguments = tape.arrays(pad_instructions)
    return Instructions(
        codes=codes,  # pyright: ignore[reportArgumentType]
        arguments=arguments,  # pyright: ignore[reportArgumentType]
        special=max(tape.codes, default=0) >= len(COMMON),
    )


def _chain(chain: Chain) -> ChainRule:
    steps = np.zeros((pad_listed(len(chain.row)), 3), np.int32)
    steps[: len(chain.row)] = np.array([chain.source, chain.inner, chain.row], np.int32).T
    return ChainRule(
        steps=steps,  # pyright: ignore[reportArgumentType]
        count=np.int32(len(chain.row)),  # pyright: ignore[reportArgumentType]
        entries=pad_listed(chain.entries),
    )
