"""Where parameters of a problem occur: formula by formula, and whether anything else reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Int

from hybridcell._core.expressions import Expression, constant
from hybridcell._core.expressions.expression import leaves
from hybridcell.fit.petab.binding import Binding
from hybridcell.fit.petab.objective import Compiled
from hybridcell.io.petab.statement import Statement


@dataclass(frozen=True, eq=False)
class Formula:
    """What some measurements are compared with, with all placeholders filled.

    Attributes
    ----------
    found, sigma : Expression
        Observable and noise, over states and constants.
    distribution : str
    observable : str
    rows : ndarray of int
        The measurements.
    """

    found: Expression
    sigma: Expression
    distribution: str
    observable: str
    rows: Int[np.ndarray, " k"]

    @cached_property
    def in_found(self) -> frozenset[str]:
        """Ids of constants in the observable."""
        return frozenset(leaves([self.found], "constant"))

    @cached_property
    def in_sigma(self) -> frozenset[str]:
        """Ids of constants in the noise."""
        return frozenset(leaves([self.sigma], "constant"))


def formulas_of(compiled: Compiled) -> list[Formula]:
    """Return the distinct formulas of a problem's measurements."""
    statement, binding = compiled.statement, compiled.simulator.binding
    parameters = {parameter.id for parameter in compiled.parameters}
    measured = statement.measurements
    rows: dict[tuple[int, tuple[Expression, ...]], list[int]] = {}
    for row, number in enumerate(measured.observable):
        filled = (*measured.observable_parameters[row], *measured.noise_parameters[row])
        rows.setdefault((int(number), filled), []).append(row)
    found = []
    for (number, filled), own in rows.items():
        observable = statement.observables[number]
        ids = (*observable.placeholders, *observable.noise_placeholders)
        also = {id: _filler(value, binding, parameters) for id, value in zip(ids, filled)}
        found.append(
            Formula(
                found=binding.resolve(observable.formula, also=also),
                sigma=binding.resolve(observable.noise, also=also),
                distribution=observable.distribution,
                observable=observable.id,
                rows=np.array(own),
            )
        )
    return found


def _filler(value: Expression, binding: Binding, parameters: set[str]) -> Expression:
    if value.is_number:
        return value
    if value.op == "symbol" and value.value in parameters:
        return constant(str(value.value))
    return binding.resolve(value)


def read_elsewhere(compiled: Compiled) -> set[str]:
    """Return the ids that the model, conditions or networks read or set: all that simulations depend on."""
    statement, network = compiled.statement, compiled.simulator.binding.network
    equations = network.equations
    found = set(leaves([*equations.dynamic, *equations.initial], "constant"))
    for experiment in statement.experiments:
        for change in (change for period in experiment.periods for change in period.changes):
            found.add(change.target)
            if change.value is not None:
                found |= set(leaves([change.value], "symbol"))
    return found | _words_of_networks(statement)


def _words_of_networks(statement: Statement) -> set[str]:
    """Return every word of the tables that say what networks read; more than they do, which does no harm."""
    if not statement.networks:
        return set()
    found: set[str] = set()
    for name, table in statement.tables.items():
        if name not in ("parameters", "measurements", "observables"):
            found |= {word for cell in table.to_numpy().ravel() for word in re.findall(r"\w+", str(cell))}
    for use in statement.networks:
        for entry in use.inputs:
            found |= set(leaves(entry, "symbol")) if isinstance(entry, tuple) else set()
        found |= set(leaves(use.targets.values(), "symbol"))
    return found
