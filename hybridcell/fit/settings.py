"""The settings of a fit, checked once, and the schedule they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, check_choice, unknown_name
from hybridcell._core.number_checks import is_finite_number
from hybridcell.simulate import Solve

LOSSES = ("mse", "gaussian", "huber")
SCHEDULES = ("cosine", "constant", "exponential")
STARTS = ("ridge", "given")
#: What a stage may set for itself.
PENALTIES = ("l1", "l2", "drug_l2", "residual_l2", "residual", "prior", "off_target", "dose_prior")
STAGED = ("steps", "learning_rate", "schedule", *PENALTIES)


@dataclass(frozen=True, kw_only=True)
class FitSettings:
    """Keyword arguments of `hc.fit`; see there for their meaning."""

    steps: int = 80
    learning_rate: float = 0.005
    schedule: str = "cosine"
    loss: str = "mse"
    huber_delta: float = 1.0
    l1: float = 0.1
    l2: float = 0.1
    drug_l2: float = 1.0
    residual_l2: float = 2.0
    residual: float = 0.0
    prior: float = 0.3
    off_target: float = 1.0
    dose_prior: float = 0.1
    stages: Sequence[Mapping[str, Any]] = ()
    start: str = "ridge"
    residual_start: float = 0.3
    contraction: float | None = 0.95
    iterations: int = 6
    clip: float | None = 10.0
    patience: int | None = None
    solve: Solve | None = None

    def __post_init__(self) -> None:
        check_choice("loss", self.loss, LOSSES)
        check_choice("start", self.start, STARTS)
        for name in ("steps", "iterations"):
            _count(name, getattr(self, name))
        for name in ("learning_rate", "huber_delta"):
            _positive(name, getattr(self, name))
        for name in PENALTIES:
            _not_negative(name, getattr(self, name))
        if self.clip is not None:
            _positive("clip", self.clip)
        if self.patience is not None:
            _count("patience", self.patience)
        if self.contraction is not None and not (
            is_finite_number(self.contraction) and 0 < self.contraction < 1
        ):
            raise InvalidValueError(
                f"contraction is {self.contraction!r}; wanted a number between 0 and 1, or None for no guard."
            )
        if not (is_finite_number(self.residual_start) and 0 <= self.residual_start <= 1):
            raise InvalidValueError(f"residual_start is {self.residual_start!r}; wanted a share from 0 to 1.")
        if self.solve is not None and not isinstance(self.solve, Solve):
            raise InvalidValueError(f"solve is a {type(self.solve).__name__}; wanted a Solve.")
        self.stage_list()

    def stage_list(self) -> list[dict[str, Any]]:
        """Return the stages with every setting filled in."""
        base = {name: getattr(self, name) for name in STAGED}
        if not all(isinstance(stage, Mapping) for stage in self.stages):
            raise InvalidValueError(f"stages is {self.stages!r:.80}; wanted a list of dicts of settings.")
        stages = [dict(stage) for stage in self.stages] or [{}]
        for i, stage in enumerate(stages):
            for name, value in stage.items():
                if name not in STAGED:
                    raise unknown_name(f"setting of stage {i + 1}", name, STAGED)
                if name == "schedule":
                    continue
                check = {"steps": _count, "learning_rate": _positive}.get(name, _not_negative)
                check(f"stages[{i}].{name}", value)
        stages = [{**base, **stage} for stage in stages]
        for stage in stages:
            check_choice("schedule", stage["schedule"], SCHEDULES)
        return stages

    def table(self) -> dict[str, np.ndarray]:
        """Return one row per step: the learning rate and the strength of each penalty."""
        columns: dict[str, list[np.ndarray]] = {}
        for stage in self.stage_list():
            steps = int(stage["steps"])
            rates = learning_rates(stage["schedule"], float(stage["learning_rate"]), steps)
            columns.setdefault("learning_rate", []).append(rates)
            for name in PENALTIES:
                columns.setdefault(name, []).append(np.full(steps, float(stage[name])))
        return {name: np.concatenate(parts) for name, parts in columns.items()}

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values, for files."""
        out = {f.name: getattr(self, f.name) for f in fields(self)}
        out["stages"] = [dict(stage) for stage in self.stages]
        if self.solve is not None:
            out["solve"] = {f.name: getattr(self.solve, f.name) for f in fields(Solve)}
        return out


def learning_rates(schedule: str, rate: float, steps: int) -> np.ndarray:
    """Return the learning rate of every step of a stage."""
    done = np.arange(steps) / steps
    if schedule == "cosine":
        return rate * 0.5 * (1 + np.cos(np.pi * done))
    if schedule == "exponential":
        return rate * 0.01**done
    return np.full(steps, rate)


def settings_from(options: Mapping[str, Any]) -> FitSettings:
    """Return checked settings; an unknown option raises with the nearest one."""
    known = [f.name for f in fields(FitSettings)]
    for name in options:
        if name not in known:
            raise unknown_name("option of fit", name, known)
    return FitSettings(**options)


def _positive(name: str, value: Any) -> None:
    if not (is_finite_number(value) and value > 0):
        raise InvalidValueError(f"{name} is {value!r}; wanted a positive number.")


def _count(name: str, value: Any) -> None:
    if not (is_finite_number(value) and value > 0 and value == int(value)):
        raise InvalidValueError(f"{name} is {value!r}; wanted a positive whole number.")


def _not_negative(name: str, value: Any) -> None:
    if not (is_finite_number(value) and value >= 0):
        raise InvalidValueError(f"{name} is {value!r}; wanted a number that is not negative.")
