"""Networks of parameters under rules and events, written as formulas, and their runs on NumPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hybridcell.mechanisms.reactions.elements import Definition, Event, ParameterElement, Rule
from hybridcell.mechanisms.reactions.equations import Equations
from hybridcell.mechanisms.reactions.resolve import resolve
from hybridcell.simulate.kinetics.interpreted import Run, integrate_interpreted
from hybridcell.simulate.solve import Solve
from tests.mechanisms.formula import f


def event(trigger: str, assignments: Mapping[str, str], **options) -> Event:
    """Return an event; formulas for `delay` and `priority`, the rest as in `Event`."""
    given = {k: f(v) if k in ("delay", "priority") else v for k, v in options.items()}
    return Event(
        id=given.pop("id", "e"),
        trigger=f(trigger),
        assignments=tuple((name, f(value)) for name, value in assignments.items()),
        **given,
    )


def network(
    values: Mapping[str, float],
    *,
    rates: Mapping[str, str] | None = None,
    assigned: Mapping[str, str] | None = None,
    algebraic: Sequence[str] = (),
    events: Sequence[Event] = (),
) -> Equations:
    """Return the equations of a network of parameters."""
    rules = [Rule(kind="rate", variable=v, math=f(text)) for v, text in (rates or {}).items()]
    rules += [Rule(kind="assignment", variable=v, math=f(text)) for v, text in (assigned or {}).items()]
    rules += [Rule(kind="algebraic", math=f(text)) for text in algebraic]
    moved = {rule.variable for rule in rules} | {v for e in events for v, _ in e.assignments}
    return resolve(
        Definition(
            parameters=tuple(
                ParameterElement(id=name, value=value, constant=name not in moved and not algebraic)
                for name, value in values.items()
            ),
            rules=tuple(rules),
            events=tuple(events),
        )
    )


def run(equations: Equations, ts: Sequence[float] | np.ndarray, *, seed: int = 0, **options) -> Run:
    """Run a network from its first time on, at tight tolerances."""
    options = {"rtol": 1e-10, "atol": 1e-13, "backend": "numpy", **options}
    times = np.asarray(ts, float)
    return integrate_interpreted(
        equations,
        equations.values,
        t0=float(times[0]),
        ts=times,
        solve=Solve(**options),
        rng=np.random.default_rng(seed),
    )


def column(equations: Equations, result: Run, name: str) -> np.ndarray:
    """Return the values of one id over a run that got to its end."""
    assert result.result == "success"
    return result.x[:, equations.states.index(name)]
