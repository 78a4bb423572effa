"""The system of a network whose laws are grouped by shape: fast to run and differentiable to any order."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from hybridcell.mechanisms.expressions import constant, state, time
from hybridcell.mechanisms.program.grouped_program import GroupedProgram
from hybridcell.mechanisms.program.grouping import Columns, group
from hybridcell.mechanisms.program.layout import bucket, join, make_layout
from hybridcell.mechanisms.program.sections import (
    Field,
    event_arrays,
    flat_assignments,
    make_sections,
    switch_arrays,
)
from hybridcell.mechanisms.program.system import Scalar, System
from hybridcell.mechanisms.reactions.equations import Equations


class SparseMatrix(eqx.Module):
    """``out[row] = sum of coefficient * entries[column]``; rows at the end are padding."""

    rows: Int[Array, " nnz"]
    columns: Int[Array, " nnz"]
    coefficients: Float[Array, " nnz"]
    size: int = eqx.field(static=True)

    def __call__(self, entries: Float[Array, " entries"]) -> Float[Array, " size"]:
        """Multiply."""
        return jax.ops.segment_sum(
            self.coefficients * entries[self.columns], self.rows, self.size, indices_are_sorted=True
        )


class GroupedSystem(System):
    """A `System` without padded states: for large models, many runs of one model, and gradients.

    Attributes
    ----------
    numbers : (c,) float
        Numbers of the file's expressions.
    field, others : GroupedProgram
        `field` computes the terms of F, `others` holds a program for every other section by name.
    assemble, assemble_slopes : SparseMatrix
        From the terms to F, and from the entries of their derivatives to [dF/dx, dF/dt].
    """

    mass: Float[Array, "n n"] | None
    state_mask: Bool[Array, " n"]
    discrete: Bool[Array, " n"]
    switch_mask: Bool[Array, " s"]
    switch_in_trigger: Bool[Array, " s"]
    switch_in_rate: Bool[Array, " s"]
    switch_timed: Bool[Array, " s"]
    switch_sign: Float[Array, " s"]
    switch_at_zero: Float[Array, " s"]
    event_mask: Bool[Array, " e"]
    event_initial: Bool[Array, " e"]
    event_persistent: Bool[Array, " e"]
    event_uses_trigger_values: Bool[Array, " e"]
    event_time_only: Bool[Array, " e"]
    event_has_delay: Bool[Array, " e"]
    event_has_priority: Bool[Array, " e"]
    assignment_event: Int[Array, " a"]
    assignment_state: Int[Array, " a"]
    numbers: Float[Array, " c"]
    field: GroupedProgram
    assemble: SparseMatrix
    assemble_slopes: SparseMatrix
    others: dict[str, GroupedProgram]
    constants: int = eqx.field(static=True)
    delay_count: int = eqx.field(static=True)

    @property
    def m(self) -> int:
        """Length of p."""
        return self.constants

    @property
    def k(self) -> int:
        """Number of delay nodes."""
        return self.delay_count

    def _operands(
        self, t: Scalar, x: Any, p: Any, delayed: Any, modes: Any, *, compare: bool = True
    ) -> Float[Array, " size"]:
        t, x, p = (jnp.asarray(each, float) for each in (t, x, p))
        delayed = jnp.zeros(self.k) if delayed is None else delayed
        if modes is None:
            modes = self.compare(t, x, p, delayed) if compare and self.s else jnp.zeros(self.s)
        return join(t, x, p, delayed, modes, self.numbers)

    def _section(self, name: str, t: Any, x: Any, p: Any, delayed: Any, modes: Any) -> Float[Array, " _"]:
        program = self.others[name]
        return program.values(self._operands(t, x, p, delayed, modes, compare=bool(program.levels)))

    def initial(self, t0: Any, p: Any) -> Any:
        """See `System`."""
        operands = self._operands(t0, jnp.zeros(self.n), p, None, None, compare=False)
        return self.others["initial"].values(operands)

    def rhs(self, t: Any, x: Any, p: Any, delayed: Any = None, modes: Any = None) -> Any:
        """See `System`."""
        return self.assemble(self.field.values(self._operands(t, x, p, delayed, modes)))

    def linearized(self, t: Any, x: Any, p: Any, delayed: Any = None, modes: Any = None) -> Any:
        """See `System`."""
        terms, entries = self.field.linearized(self._operands(t, x, p, delayed, modes))
        slopes = self.assemble_slopes(entries).reshape(self.n, self.n + 1)
        return self.assemble(terms), slopes[:, : self.n], slopes[:, self.n]

    def compare(self, t: Any, x: Any, p: Any, delayed: Any = None) -> Any:
        """See `System`."""
        operands = self._operands(t, x, p, delayed, None, compare=False)
        return self.others["relations"].values(operands)

    def roots(self, t: Any, x: Any, p: Any, delayed: Any = None, modes: Any = None) -> Any:
        """See `System`."""
        return self._section("roots", t, x, p, delayed, modes)

    def switch_times(self, t: Any, x: Any, p: Any) -> Any:
        """See `System`."""
        found = self._section("switch_times", t, x, p, None, None)
        return jnp.where(jnp.isfinite(found), found, jnp.inf)

    def triggers(self, t: Any, x: Any, p: Any, delayed: Any = None, modes: Any = None) -> Any:
        """See `System`."""
        return self._section("triggers", t, x, p, delayed, modes)

    def event_delays(self, t: Any, x: Any, p: Any, delayed: Any = None, modes: Any = None) -> Any:
        """See `System`."""
        return self._section("event_delays", t, x, p, delayed, modes)

    def event_priorities(self, t: Any, x: Any, p: Any, delayed: Any = None, modes: Any = None) -> Any:
        """See `System`."""
        return self._section("event_priorities", t, x, p, delayed, modes)

    def event_values(self, t: Any, x: Any, p: Any, delayed: Any = None, modes: Any = None) -> Any:
        """See `System`."""
        return self._section("event_values", t, x, p, delayed, modes)

    def event_scales(self, t: Any, x: Any, p: Any, delayed: Any = None, modes: Any = None) -> Any:
        """See `System`."""
        return self._section("event_scales", t, x, p, delayed, modes)

    def delay_times(self, t: Any, x: Any, p: Any, delayed: Any = None, modes: Any = None) -> Any:
        """See `System`."""
        return self._section("delay_times", t, x, p, delayed, modes)

    def delay_arguments(self, t: Any, x: Any, p: Any, delayed: Any = None, modes: Any = None) -> Any:
        """See `System`."""
        return self._section("delay_arguments", t, x, p, delayed, modes)


_OTHERS = (
    "initial", "relations", "roots", "switch_times", "triggers", "event_delays", "event_priorities",
    "event_values", "event_scales", "delay_times", "delay_arguments",
)  # fmt: skip


def make_grouped(equations: Equations) -> GroupedSystem:
    """Group the laws of a network by shape."""
    sections = make_sections(equations)
    n, m = equations.n, len(equations.constants)
    layout = make_layout(
        sections.every_root(),
        states=[state(id) for id in equations.states],
        constants=[constant(id) for id in equations.constants],
        time=time(),
        delays=sections.delays,
        relations=sections.relations,
        sizes=(n, m, len(sections.delays), len(sections.relations)),
    )
    program, columns = group(sections.field.terms, layout, slopes=True)
    others = {
        name: group(getattr(sections, name), layout, with_modes=name not in ("relations", "initial"))[0]
        for name in _OTHERS
    }
    assignments = flat_assignments(equations)
    described: dict[str, Any] = {
        **switch_arrays(equations),
        **event_arrays(equations),
        "discrete": np.asarray(equations.discrete, bool),
        "state_mask": np.ones(n, bool),
        "assignment_event": np.array([event for event, _ in assignments], np.int32),
        "assignment_state": np.array([each.state for _, each in assignments], np.int32),
    }
    return GroupedSystem(
        **{name: jnp.asarray(array) for name, array in described.items()},
        mass=None if sections.field.mass is None else jnp.asarray(sections.field.mass),
        numbers=jnp.asarray(layout.numbers),
        field=program,
        assemble=_assemble(sections.field, n),
        assemble_slopes=_assemble_slopes(sections.field, columns, n),
        others=others,
        constants=m,
        delay_count=layout.k,
    )


def _assemble(field: Field, n: int) -> SparseMatrix:
    return _sparse(field.rows, field.columns, field.coefficients, n)


def _assemble_slopes(field: Field, columns: list[Columns], n: int) -> SparseMatrix:
    found = [
        (int(row) * (n + 1) + column, entry, coefficient)
        for row, term, coefficient in zip(field.rows, field.columns, field.coefficients)
        for column, entry in columns[term].items()
    ]
    found.sort(key=lambda each: each[0])
    places = np.array([place for place, _, _ in found], int)
    entries = np.array([entry for _, entry, _ in found], int)
    return _sparse(places, entries, np.array([each for _, _, each in found], float), n * (n + 1))


def _sparse(rows: np.ndarray, columns: np.ndarray, coefficients: np.ndarray, size: int) -> SparseMatrix:
    missing = bucket(len(rows)) - len(rows)
    return SparseMatrix(
        rows=jnp.asarray(np.pad(rows, (0, missing), constant_values=size).astype(np.int32)),
        columns=jnp.asarray(np.pad(columns, (0, missing)).astype(np.int32)),
        coefficients=jnp.asarray(np.pad(coefficients, (0, missing))),
        size=size,
    )
