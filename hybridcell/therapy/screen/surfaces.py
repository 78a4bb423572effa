"""One pair of a screen as a matrix of doses, simulated and measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell.therapy.screen.scoring import Scoring, condition_columns, scores_of

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.therapy.screen.combination_screen import CombinationScreen


def surface_frame(
    screen: CombinationScreen, a: str, b: str, value: str, at: Mapping[str, float] | None
) -> pd.DataFrame:
    """Return one column of one pair as a matrix; see `CombinationScreen.surface`."""
    import pandas as pd

    design = screen.design
    q, swapped = design.pair(a, b)
    i, j = design.pairs[q]
    rows = _cut(screen, i, j, at)
    values = _column(screen, value, rows.ravel()).reshape(rows.shape)
    frame = pd.DataFrame(
        values,
        index=pd.Index(np.abs(design.levels[i]), name=design.drugs[i]),
        columns=pd.Index(np.abs(design.levels[j]), name=design.drugs[j]),
    )
    return frame.T if swapped else frame


def _cut(screen: CombinationScreen, i: int, j: int, at: Mapping[str, float] | None) -> np.ndarray:
    """Return the conditions of two drugs, a third one held at a level."""
    design = screen.design
    drugs = [i, j]
    numbers = [np.arange(len(design.levels[i]))[:, None], np.arange(len(design.levels[j]))[None, :]]
    if at:
        if design.order != 3:
            raise InvalidValueError(
                f"at names {', '.join(at)}, but this screen has pairs only; triples need order=3."
            )
        if len(at) != 1 or design.position(next(iter(at))) in drugs:
            raise InvalidValueError(
                f"at is {dict(at)!r}; wanted one drug besides {design.drugs[i]!r} and {design.drugs[j]!r}."
            )
        ((name, level),) = at.items()
        drugs.append(design.position(name))
        numbers.append(np.array(design.level_number(name, level)))
    rising = np.argsort(drugs)
    return design.conditions([drugs[k] for k in rising], [numbers[k] for k in rising])


def _column(screen: CombinationScreen, value: str, rows: np.ndarray) -> np.ndarray:
    if value in scores_of(screen):
        return Scoring(screen, rows).mean(value)
    columns = condition_columns(screen, rows)
    return columns[check_choice("value", value, columns)]


def measured_frame(screen: CombinationScreen, a: str, b: str) -> pd.DataFrame:
    """Return what the training data hold about a pair; see `CombinationScreen.measured`."""
    import pandas as pd

    screen.design.pair(a, b)
    names = ["dose_a", "dose_b", "response", "effect"]
    train = screen.train
    if train is None or screen.readout not in train.readouts:
        return pd.DataFrame({name: np.zeros(0) for name in names})
    doses = np.stack(
        [
            train.doses[:, train.perturbations.index(d)] if d in train.perturbations else np.zeros(len(train))
            for d in (a, b)
        ],
        axis=1,
    )
    response = train.values[:, train.readouts.index(screen.readout)]
    keep = ~np.isnan(response) & (train.order == (doses != 0).sum(axis=1))
    here = np.ones(len(train), dtype=bool)
    if train.context is not None and screen.context in train.context:
        here = np.array(train.context) == screen.context
        keep &= here
    if train.time is not None:
        # a steady state, whose time is NaN, is later than any time
        times = np.where(np.isnan(train.time), np.inf, train.time)
        keep &= times == times[here].max(initial=-np.inf)
    controls = response[keep & train.is_control]
    control = float(controls.mean()) if controls.size else 0.0
    columns = [*np.abs(doses[keep]).T, response[keep], screen.scale.effect(response[keep], control)]
    return pd.DataFrame(dict(zip(names, columns)))
