"""The expressions of a network sorted by what a driver asks for, before any program is made of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from hybridcell._core.expressions import Expression, number
from hybridcell.mechanisms.reactions.delays import delay_terms
from hybridcell.mechanisms.reactions.equations import Equations, EventAssignment

_ZERO, _ONE, _INFINITY, _MINUS_INFINITY = (
    number(0.0),
    number(1.0),
    number(float("inf")),
    number(-float("inf")),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Field:
    """F = A f: the terms f (fluxes, rates, residuals) and the sparse matrix A, sorted by row."""

    terms: tuple[Expression, ...]
    rows: Int[np.ndarray, " nnz"]
    columns: Int[np.ndarray, " nnz"]
    coefficients: Float[np.ndarray, " nnz"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Sections:
    """Expressions by purpose. Lengths: s switches, e events, a flat assignments, k delay nodes."""

    field: Field
    initial: tuple[Expression, ...]
    delays: tuple[Expression, ...]
    relations: tuple[Expression, ...]
    roots: tuple[Expression, ...]
    switch_times: tuple[Expression, ...]
    triggers: tuple[Expression, ...]
    event_delays: tuple[Expression, ...]
    event_priorities: tuple[Expression, ...]
    event_values: tuple[Expression, ...]
    event_scales: tuple[Expression, ...]
    delay_times: tuple[Expression, ...]
    delay_arguments: tuple[Expression, ...]

    def every_root(self) -> tuple[Expression, ...]:
        """Return everything that some program computes."""
        return (
            *self.field.terms, *self.initial, *self.relations, *self.roots, *self.switch_times,
            *self.triggers, *self.event_delays, *self.event_priorities, *self.event_values,
            *self.event_scales, *self.delay_times, *self.delay_arguments,
        )  # fmt: skip


def make_sections(equations: Equations) -> Sections:
    """Sort the expressions of a network."""
    events, switches = equations.events, equations.switches
    assignments = flat_assignments(equations)
    delays = delay_terms(equations)
    return Sections(
        field=_field(equations),
        initial=tuple(equations.initial),
        delays=delays,
        relations=tuple(switch.relation for switch in switches),
        roots=tuple(switch.root for switch in switches),
        switch_times=tuple(switch.time or _INFINITY for switch in switches),
        triggers=tuple(event.trigger for event in events),
        event_delays=tuple(event.delay or _ZERO for event in events),
        event_priorities=tuple(event.priority or _MINUS_INFINITY for event in events),
        event_values=tuple(assignment.value for _, assignment in assignments),
        event_scales=tuple(assignment.scale or _ONE for _, assignment in assignments),
        delay_times=tuple(node.args[1] for node in delays),
        delay_arguments=tuple(node.args[0] for node in delays),
    )


def flat_assignments(equations: Equations) -> list[tuple[int, EventAssignment]]:
    """Return every assignment with the index of its event."""
    return [(i, each) for i, event in enumerate(equations.events) for each in event.assignments]


def _field(equations: Equations) -> Field:
    n, fluxes, rated = equations.n, len(equations.fluxes), sorted(equations.rates)
    terms = (*equations.fluxes, *(equations.rates[i] for i in rated), *equations.residuals)
    rows = np.concatenate([np.asarray(equations.rows, int), np.array(rated, int)])
    columns = np.concatenate([np.asarray(equations.columns, int), fluxes + np.arange(len(rated))])
    coefficients = np.concatenate([np.asarray(equations.coefficients, float), np.ones(len(rated))])
    if equations.differential is not None:
        rows, columns, coefficients = _times(equations.differential, rows, columns, coefficients)
        count = len(equations.residuals)
        rows = np.concatenate([rows, n - count + np.arange(count)])
        columns = np.concatenate([columns, fluxes + len(rated) + np.arange(count)])
        coefficients = np.concatenate([coefficients, np.ones(count)])
    order = np.lexsort((columns, rows))
    return Field(terms=terms, rows=rows[order], columns=columns[order], coefficients=coefficients[order])


def _times(
    left: Float[np.ndarray, "d n"],
    rows: Int[np.ndarray, " nnz"],
    columns: Int[np.ndarray, " nnz"],
    coefficients: Float[np.ndarray, " nnz"],
) -> tuple[Int[np.ndarray, " c"], Int[np.ndarray, " c"], Float[np.ndarray, " c"]]:
    """Return L A in coordinates, from A in coordinates."""
    found: dict[tuple[int, int], float] = {}
    for row, column, coefficient in zip(rows, columns, coefficients):
        for i in np.flatnonzero(left[:, row]):
            key = (int(i), int(column))
            found[key] = found.get(key, 0.0) + float(left[i, row] * coefficient)
    keys = np.array(list(found), int).reshape(-1, 2)
    return keys[:, 0], keys[:, 1], np.array(list(found.values()), float)
