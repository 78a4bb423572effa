"""A definition as equations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from hybridcell._core.expressions import Expression
from hybridcell._core.expressions.expression import leaves
from hybridcell.mechanisms.reactions.elements import Definition
from hybridcell.mechanisms.reactions.equations import Equations
from hybridcell.mechanisms.reactions.resolve.closing import Closing
from hybridcell.mechanisms.reactions.resolve.constraints import constrain
from hybridcell.mechanisms.reactions.resolve.dynamics import START, Dynamics
from hybridcell.mechanisms.reactions.resolve.events import events
from hybridcell.mechanisms.reactions.resolve.memo import CircularError
from hybridcell.mechanisms.reactions.resolve.start import Start
from hybridcell.mechanisms.reactions.resolve.stoichiometry import rates_of_change, stoichiometry
from hybridcell.mechanisms.reactions.resolve.switches import switches
from hybridcell.mechanisms.reactions.resolve.table import Table
from hybridcell.mechanisms.reactions.resolve.verdicts import circular, refuse_empty_sizes, warn_of_gaps


def resolve(definition: Definition) -> Equations:
    """Return what a definition means, as equations.

    Warns (`SBMLWarning`) of reactions without a rate law, whose rate is then 0, and of values that are needed
    and not given, which are then NaN.

    Raises
    ------
    SBMLError
        If the definition has no meaning: unknown ids, circular rules, more algebraic rules than variables for
        them, division by the size of a compartment that is 0.
    UnsupportedSBMLError
        If it has one that this library does not compute.
    """
    table = Table(definition)
    try:
        equations = _assembled(table)
    except CircularError as error:
        raise circular(error, table) from None
    refuse_empty_sizes(equations, table)
    warn_of_gaps(equations, table)
    return equations


def _assembled(table: Table) -> Equations:
    dynamics = Dynamics(table)
    start = Start(dynamics)
    ids = [name for name in table.owners if name not in table.reactions]
    placeholders = [name for name in ids if _is_placeholder(name, dynamics)]
    closing = Closing(dynamics, start, placeholders)
    away = set(placeholders) - closing.kept | set(dynamics.solution.values)
    states = tuple(n for n in ids if (dynamics.is_state(n) or n in closing.kept) and n not in away)
    terms = list(_all_terms(dynamics, states))
    if table.reads_rates and START in leaves(terms, "state"):
        states = (*states, START)
    index = {name: i for i, name in enumerate(states)}
    closed = closing(terms)

    fluxes = tuple(closed[dynamics.value(name)] for name in table.reactions)
    changes = stoichiometry(dynamics, index, closed)
    constraints = constrain(dynamics, index, changes, fluxes, closed)
    entries = sorted(key for key, value in changes.numbers.items() if value)
    rates = rates_of_change(dynamics, index, changes, closed)
    moving = {*table.rate_rules, *table.sides, *dynamics.solution.implicit}
    discrete = {name for name in states if name not in moving}
    constants = _constants(dynamics)
    happenings = events(dynamics, index, discrete, closed)
    triggers = [t for e in happenings for t in (e.trigger, e.delay, e.priority) if t is not None]
    return Equations(
        states=states,
        discrete=np.array([name in discrete for name in states], bool),
        constants=tuple(constants),
        values=np.array(list(constants.values()), float),
        initial=tuple(start.amount(n) if n in table.species else start.value(n) for n in states),
        reactions=tuple(table.reactions),
        fluxes=fluxes,
        rows=np.array([row for row, _ in entries], np.int64),
        columns=np.array([column for _, column in entries], np.int64),
        coefficients=np.array([changes.numbers[key] for key in entries], float),
        rates=rates,
        differential=constraints.differential,
        residuals=constraints.residuals,
        relaxation=constraints.relaxation,
        events=happenings,
        switches=switches(triggers, [*fluxes, *rates.values(), *constraints.residuals], discrete),
        observables={name: closed[dynamics.value(name)] for name in table.owners},
        amounts={name: closed[dynamics.amount(name)] for name in table.species},
        concentrations={name: closed[dynamics.concentration(name)] for name in table.species},
    )


def _is_placeholder(name: str, dynamics: Dynamics) -> bool:
    """Whether nothing changes a variable whose value is not simply a number of the file."""
    table, solution = dynamics.table, dynamics.solution
    determined = (table.assigned, table.rate_rules, table.sides, table.set_by_events)
    if any(name in where for where in determined) or name in solution.values or name in solution.implicit:
        return False
    return dynamics.is_state(name) or name in table.initial


def _all_terms(dynamics: Dynamics, states: Iterable[str]) -> Iterator[Expression]:
    """Give every term over states that goes into the equations."""
    table = dynamics.table
    for name in table.owners:
        yield dynamics.value(name)
    for name in table.species:
        yield dynamics.amount(name)
        yield dynamics.concentration(name)
    for name in states:
        if name in table.rate_rules:
            yield dynamics.rule_rate(name)
        for side in table.sides.get(name, ()):
            yield dynamics.coefficient(side)
    yield from dynamics.solution.residuals
    for event in table.events:
        for math in table.event_math[event].values():
            yield dynamics.math(math)


def _constants(dynamics: Dynamics) -> dict[str, float]:
    """Return id -> number of the file, for all ids whose number counts.

    Of variables that residuals determine it is only where to search from: 1 where the file says nothing.
    """
    table, solved, sought = dynamics.table, dynamics.solution.values, dynamics.solution.implicit
    given: dict[str, float | None] = {name: one.size for name, one in table.compartments.items()}
    for name, species in table.species.items():
        amount = species.initial_amount
        given[name] = species.initial_concentration if amount is None else amount
    given |= {name: one.value for name, one in table.parameters.items() if name not in table.fixed}
    given |= {name: one.stoichiometry for name, one in table.references.items() if dynamics.is_state(name)}
    return {
        name: value if value is not None else 1.0 if name in sought else float("nan")
        for name, value in given.items()
        if name not in table.assigned and name not in table.initial and name not in solved
    }
