"""Figures (`hc.pl`): every function takes and returns a Matplotlib `ax`, or several; loaded at first use."""

from __future__ import annotations

from importlib import import_module
from typing import Any

#: Public name -> module that defines it.
_EXPORTS = {
    "history": "hybridcell.plot.training",
    "splits": "hybridcell.plot.studies",
    "waterfall": "hybridcell.plot.estimation",
    "parameters": "hybridcell.plot.estimation",
    "histories": "hybridcell.plot.estimation",
    "petab_fit": "hybridcell.plot.petab",
    "trajectory": "hybridcell.plot.over_time",
    "network_fit": "hybridcell.plot.time_courses",
    "neural_response": "hybridcell.plot.neural",
    "neural_share": "hybridcell.plot.neural",
    "extrapolation": "hybridcell.plot.neural",
    "distillation": "hybridcell.plot.laws",
    "edges": "hybridcell.plot.interactions",
    "graph": "hybridcell.plot.interactions",
    "baselines": "hybridcell.plot.accuracy",
    "predicted_measured": "hybridcell.plot.accuracy",
    "calibration": "hybridcell.plot.intervals",
    "prediction_bands": "hybridcell.plot.intervals",
    "profiles": "hybridcell.plot.profile_curves",
    "corner": "hybridcell.plot.posterior",
    "traces": "hybridcell.plot.posterior",
    "posterior_bands": "hybridcell.plot.predictive_bands",
    "identifiability": "hybridcell.plot.verdicts",
    "information": "hybridcell.plot.design",
    "dose_surface": "hybridcell.plot.therapy",
    "synergy_map": "hybridcell.plot.therapy",
    "isobologram": "hybridcell.plot.isoboles",
    "pareto": "hybridcell.plot.therapy_plans",
    "therapy_plan": "hybridcell.plot.therapy_plans",
    "schedule": "hybridcell.plot.schedules",
}

__all__ = [*_EXPORTS]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        from hybridcell._core.errors import nearest

        guess = nearest(name, _EXPORTS)
        hint = f" Did you mean {guess!r}?" if guess else ""
        raise AttributeError(f"hc.pl has no function {name!r}.{hint}")
    value = getattr(import_module(_EXPORTS[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
