"""What a request for a therapy asks, read and checked: aim, limits, costs, budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError, check_choice, unknown_name
from hybridcell._core.model import AbstractModel
from hybridcell._core.number_checks import is_finite_number, is_number, is_whole
from hybridcell.therapy.members import members_of
from hybridcell.therapy.optimization.problem import Limit
from hybridcell.therapy.optimization.risk import RISKS

#: Readout -> (lowest, highest); None for no bound on that side.
Limits: TypeAlias = Mapping[str, tuple[float | None, float | None]]


def check_risk(risk: str, tail: float) -> None:
    """Refuse unknown risks and tails that are no share."""
    check_choice("risk", risk, RISKS)
    if not (is_number(tail) and 0 < tail <= 1):
        raise InvalidValueError(f"tail is {tail!r}; wanted a share between 0 and 1.")


def check_count(name: str, number: Any) -> None:
    """Refuse what is no whole number from 1 on."""
    if not is_whole(number) or number < 1:
        raise InvalidValueError(f"{name} is {number!r}; wanted a whole number, at least 1.")


def read_aim(minimize: str | None, maximize: str | None) -> tuple[str, float]:
    """Return the readout to move, and 1 to lower it or -1 to raise it."""
    if (minimize is None) == (maximize is None):
        raise InvalidValueError("Say what to aim at: one of minimize= and maximize=, a readout.")
    return (minimize, 1.0) if minimize is not None else (str(maximize), -1.0)


def as_ensemble(members: Ensemble | list[AbstractModel]) -> Ensemble:
    """Return models as an ensemble, a single one as one of one member."""
    return members if isinstance(members, Ensemble) else Ensemble.from_models(members)


def read_limits(given: Limits | None, system: int, what: str, *, needed: bool = False) -> list[Limit]:
    """Return the limits on readouts of one system (0: treated, 1: healthy)."""
    if given is not None and not isinstance(given, Mapping):
        raise InvalidValueError(f"{what} is {given!r:.60}; wanted a dict, readout -> (lowest, highest).")
    if not given:
        if needed:
            raise InvalidValueError(
                "A healthy model is given without healthy_limits: say what is toxic in it."
            )
        return []
    found = []
    for readout, bounds in given.items():
        try:
            low, high = (None if bound is None else float(bound) for bound in bounds)
        except (TypeError, ValueError):
            raise InvalidValueError(
                f"{what}[{readout!r}] is {bounds!r}; wanted (lowest, highest), None for no bound."
            ) from None
        if (low is None and high is None) or any(b is not None and not np.isfinite(b) for b in (low, high)):
            raise InvalidValueError(f"{what}[{readout!r}] is {bounds!r}; wanted one finite bound at least.")
        if low is not None and high is not None and low > high:
            raise InvalidValueError(f"{what}[{readout!r}] is {bounds!r}; the lowest is above the highest.")
        found += [Limit(system, readout, 1.0, high)] if high is not None else []
        found += [Limit(system, readout, -1.0, low)] if low is not None else []
    return found


def read_systems(
    model: Any, healthy: Any, limits: Limits | None, healthy_limits: Limits | None
) -> tuple[list[Ensemble], list[Limit]]:
    """Return the system that is treated, the healthy one where there is one, and the limits on both."""
    ensembles = [as_ensemble(members_of(model)[0])]
    asked = read_limits(limits, 0, "limits")
    if healthy is not None:
        ensembles.append(as_ensemble(members_of(healthy)[0]))
        asked += read_limits(healthy_limits, 1, "healthy_limits", needed=True)
    elif healthy_limits:
        raise InvalidValueError(
            "healthy_limits are given without a healthy model; give healthy=, or use limits=."
        )
    return ensembles, asked


def readouts_of(which: int, readout: str, limits: Sequence[Limit]) -> list[str]:
    """Return the readouts that a system is asked for: the aim (of the treated one), and those with limits."""
    aim = [readout] if which == 0 else []
    return list(dict.fromkeys([*aim, *(limit.readout for limit in limits if limit.system == which)]))


def broken_limits(limits: Sequence[Limit], excesses: Sequence[float] | np.ndarray) -> str:
    """Return, in words, which limits are missed and by how much."""
    missed = [f"{limit.text} (missed by {over:.3g})" for limit, over in zip(limits, excesses) if over > 1e-6]
    return "; ".join(missed) or "none"


def check_names(model: AbstractModel, readouts: list[str], drugs: Sequence[str], *, healthy: bool) -> None:
    """Refuse readouts and drugs that a model does not have, and readouts on which nothing acts."""
    where = "healthy model's " if healthy else ""
    for name in readouts:
        if name not in model.names:
            raise unknown_name(f"{where}readout", name, model.names)
        if model.kinds[model.names.index(name)] == "drug":
            raise InvalidValueError(
                f"The {where}readout {name!r} is a drug, on which nothing acts; wanted what drugs change. "
                "Doses have their own bounds: the range that is given for them, and a budget."
            )
    for name in drugs:
        if name not in model.names:
            raise unknown_name(f"{where}drug", name, model.names)


def read_costs(costs: Mapping[str, float] | None, drugs: Sequence[str]) -> np.ndarray:
    """Return the cost per unit of dose of each drug, 1 where none is given."""
    found = np.ones(len(drugs))
    for name, cost in (costs or {}).items():
        if name not in drugs:
            raise unknown_name("drug (in costs)", name, drugs)
        if not (is_finite_number(cost) and cost >= 0):
            raise InvalidValueError(f"The cost of {name!r} is {cost!r}; wanted a number, 0 or more.")
        found[list(drugs).index(name)] = cost
    return found


def read_budget(budget: float | None) -> float:
    """Return the most that may be spent, infinite for no budget."""
    if budget is None:
        return float("inf")
    if not (is_finite_number(budget) and budget > 0):
        raise InvalidValueError(f"budget is {budget!r}; wanted a positive number, or None for no budget.")
    return float(budget)
