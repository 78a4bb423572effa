"""What candidate conditions would show of a screen model: by its derivatives, or by its members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Float

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import DataError, InvalidValueError, unknown_name
from hybridcell._core.model import AbstractModel
from hybridcell._core.padding import pad_rows
from hybridcell.data import Conditions, PerturbationData
from hybridcell.infer.design.outlook import Outlook, features_after
from hybridcell.infer.design.screen_prior import prior_sd
from hybridcell.infer.design.slopes import movable, steady_slopes, timed_slopes
from hybridcell.simulate import Solve
from hybridcell.simulate.member_states import ensemble_states, model_states

#: Most numbers that derivatives may take, 3 GiB.
_MOST = 400_000_000
#: Noise is no less than this share of the size of what was measured.
_LEAST_NOISE = 1e-3


@dataclass(frozen=True, eq=False)
class ScreenCase:
    """A fitted screen model, its data, and the conditions that are to be ranked.

    Attributes
    ----------
    model
        Where derivatives are taken.
    train : PerturbationData
    candidates : Conditions
    readouts : tuple of str
    noise, own_noise : ndarray, shape (R,) and (all readouts of the data,)
        Standard deviation of a measurement of each readout, and of those that there are.
    settings : mapping
        Of the fit.
    """

    model: AbstractModel
    train: PerturbationData
    candidates: Conditions
    readouts: tuple[str, ...]
    noise: Float[np.ndarray, " r"]
    own_noise: Float[np.ndarray, " m"]
    settings: Mapping[str, Any]

    @property
    def times(self) -> np.ndarray | None:
        """Times of the candidates, None for steady states."""
        time = self.candidates.time
        return None if time is None or np.isnan(time).all() else time


def make_case(
    model: AbstractModel,
    train: PerturbationData,
    candidates: Conditions,
    *,
    readouts: Sequence[str] | None,
    noise: Any,
    settings: Mapping[str, Any],
) -> ScreenCase:
    """Check names, times and noise."""
    model.inputs(candidates)  # raises on unknown perturbations
    timed = candidates.time is not None and not np.isnan(candidates.time).all()
    if timed != (train.time is not None):
        with_times, without = ("candidates", "data") if timed else ("data", "candidates")
        raise DataError(
            f"The {with_times} have times and the {without} have none: give both, or take them from both."
        )
    if timed and not (np.isfinite(candidates.time) & (np.asarray(candidates.time) >= 0)).all():  # pyright: ignore[reportArgumentType, reportCallIssue]
        raise DataError("Some candidates have no time from 0 on; give one for each.")
    usual = [r for r, kind in zip(train.readouts, train.kinds) if kind != "drug"] or list(train.readouts)
    chosen = tuple(usual if readouts is None else readouts)
    if not chosen:
        raise InvalidValueError("readouts is empty; name at least one, or leave it out for all.")
    for name in chosen:
        if name not in model.names:
            raise unknown_name("readout", str(name), usual)
    if len(set(chosen)) < len(chosen):
        raise InvalidValueError("readouts names one twice.")
    sd = _noise(model, train, chosen, noise)
    own = _usual_noise(model, train, train.readouts)
    if noise is not None:
        own = np.array([sd[chosen.index(r)] if r in chosen else own[k] for k, r in enumerate(train.readouts)])
    return ScreenCase(model, train, candidates, chosen, sd, own, settings)


def _noise(
    model: AbstractModel, train: PerturbationData, readouts: tuple[str, ...], given: Any
) -> np.ndarray:
    if given is None:
        return _usual_noise(model, train, readouts)
    if isinstance(given, Mapping):
        for name in given:
            if name not in readouts:
                raise unknown_name("readout (named in noise)", str(name), readouts)
        usual = _usual_noise(model, train, readouts)
        found = np.array([given.get(name, usual[k]) for k, name in enumerate(readouts)], float)
    else:
        try:
            found = np.broadcast_to(np.asarray(given, float), (len(readouts),)).copy()
        except ValueError:
            raise InvalidValueError(
                f"noise is {given!r:.60}; wanted a positive number, one per readout, or a dict by readout."
            ) from None
    if not (np.isfinite(found) & (found > 0)).all():
        raise InvalidValueError(f"noise is {given!r:.60}; wanted positive numbers.")
    return found


def _usual_noise(model: AbstractModel, train: PerturbationData, readouts: tuple[str, ...]) -> np.ndarray:
    """Return errors of measurement where the data have them, else what the fit leaves unexplained."""
    places = {name: k for k, name in enumerate(train.readouts)}
    columns = [places.get(name) for name in readouts]
    if train.sd is not None:
        left = np.array([np.nan if k is None else _median(train.sd[:, k]) for k in columns])
    else:
        off = _residuals(model, train)
        left = np.array([np.nan if k is None else _root_mean_square(off[:, k]) for k in columns])
    fallback = float(np.sqrt(np.nanmean(left**2))) if np.isfinite(left).any() else 1.0
    size = float(np.sqrt(np.nanmean(train.values**2))) if np.isfinite(train.values).any() else 1.0
    return np.maximum(np.where(np.isfinite(left), left, fallback), _LEAST_NOISE * max(size, 1e-12))


def _median(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")


def _root_mean_square(off: np.ndarray) -> float:
    known = off[np.isfinite(off)]
    return float(np.sqrt(np.mean(known**2))) if known.size else float("nan")


def _residuals(model: AbstractModel, train: PerturbationData) -> np.ndarray:
    given = Conditions(train.conditions, train.perturbations, train.doses, train.time)
    states, _ = model_states(model, given, times=train.time)
    columns = [model.index(name) for name in train.readouts]
    return states[:, columns] - train.values


class ScreenKnowledge:
    """What the data tell of the free numbers of a screen model, and how far these may be off without data.

    Attributes
    ----------
    free, frame : PyTree
        The model in two parts.
    sd : ndarray, shape (q,)
        Prior standard deviations of the free numbers.
    measured : ndarray, shape (k, q)
        Slopes of all measurements, in units of noise and prior.
    """

    def __init__(self, case: ScreenCase):
        self.slopes = _Slopes(case)
        self.free, self.frame = self.slopes.free, self.slopes.frame
        train = case.train
        found, settled = self.slopes(train.doses, train.perturbations, train.time, train.readouts)
        own = case.own_noise
        kept = train.observed & settled[:, None]
        self.sd = prior_sd(
            self.free, self.frame, self.slopes.theta, np.any(found[kept] != 0, axis=0),
            noise=float(np.sqrt(np.mean(case.noise**2))), settings=case.settings,
        )  # fmt: skip
        self.measured = (found * self.sd / own[:, None])[kept]

    def scaled(self, case: ScreenCase) -> tuple[Float[np.ndarray, "c r q"], np.ndarray]:
        """Return slopes of the candidates' outcomes in units of noise and prior, and which are usable."""
        given = case.candidates
        found, usable = self.slopes(given.doses, given.perturbations, case.times, case.readouts)
        return found * self.sd / case.noise[:, None], usable


def fisher_outlook(case: ScreenCase, known: ScreenKnowledge | None = None) -> Outlook:
    """Return the outlook by derivatives of the predictions: Fisher information with the ridge as prior."""
    known = ScreenKnowledge(case) if known is None else known
    asked, usable = known.scaled(case)
    # a number that only the data depend on is not known either, and so has its part in what they tell
    used = np.any(asked != 0, axis=(0, 1)) | np.any(known.measured != 0, axis=0)
    features = features_after(asked[:, :, used].reshape(-1, int(used.sum())), known.measured[:, used])
    features = features.reshape(*asked.shape[:2], -1)
    return Outlook(
        names=case.candidates.names,
        features=features,
        interest=features[usable].reshape(-1, features.shape[2]),
        about="predictions",
        usable=usable,
        remarks=_unsettled(case, usable),
    )


class _Slopes:
    """Derivatives of a model's predictions, in tiles of one size, so that one program does for all."""

    def __init__(self, case: ScreenCase):
        self.case, model = case, case.model
        steady = case.times is None
        self.free = eqx.filter(model, movable(model, steady=steady))
        self.frame = eqx.filter(model, movable(model, steady=steady), inverse=True)
        self.theta = np.asarray(ravel_pytree(self.free)[0])

    def __call__(
        self, doses: np.ndarray, perturbations: Any, times: np.ndarray | None, readouts: Any
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return slopes (C, R, q), 0 where a condition has no solution, and which have one."""
        model = self.case.model
        names = tuple(str(k) for k in range(len(doses)))
        given = Conditions(names, tuple(perturbations), doses, times)
        columns = jnp.asarray([model.index(name) for name in readouts])
        if len(doses) * len(columns) * len(self.theta) > _MOST:
            raise InvalidValueError(
                f"{len(doses)} conditions x {len(columns)} readouts x {len(self.theta)} free numbers are too "
                "many derivatives to hold. Give fewer candidates or readouts=, or take an ensemble and "
                "criterion='disagreement'."
            )
        u = model.inputs(given)
        states, success = model_states(model, given, times=times)
        safe = np.where(success[:, None], states, 0.0)
        if times is None:
            found = steady_slopes(
                self.free, self.frame, jnp.asarray(pad_rows(u)), jnp.asarray(pad_rows(safe)), columns
            )
        else:
            ts, when = np.unique(times, return_inverse=True)
            if not ts[-1] > 0:
                raise DataError("All times are 0; wanted a time after it.")
            grid = np.concatenate([[0.0], ts]) if ts[0] > 0 else ts
            solve = Solve(rtol=1e-6, atol=1e-8)
            found = timed_slopes(
                self.free, self.frame, jnp.asarray(u), jnp.asarray(when + len(grid) - len(ts)),
                jnp.asarray(grid), columns, "tsit5", solve.rtol, solve.atol,
            )  # fmt: skip
        slopes = np.asarray(found)[: len(u)]
        usable = success & np.isfinite(slopes).all(axis=(1, 2))
        return np.where(usable[:, None, None], slopes, 0.0), usable


def disagreement_outlook(case: ScreenCase, ensemble: Ensemble) -> Outlook:
    """Return the outlook by what the members of an ensemble expect: their deviations are the features."""
    given, times = case.candidates, case.times
    states, success = ensemble_states(ensemble, given, times=times)
    members = np.array([result == "success" for result in ensemble.result]) & success.any(axis=1)
    columns = [case.model.index(name) for name in case.readouts]
    values, success = states[members][:, :, columns], success[members]
    if len(values) < 2:
        raise InvalidValueError(
            f"criterion='disagreement' needs members that can disagree; this ensemble has {len(values)} that "
            "can be used. Fit more: hc.fit_ensemble(model, data, n=20, key=...)."
        )
    usable = np.asarray(success.all(axis=0))
    off = (values - values.mean(axis=0)) / case.noise / np.sqrt(len(values) - 1)
    features = np.where(usable[:, None, None], np.moveaxis(off, 0, -1), 0.0)
    return Outlook(
        names=given.names,
        features=features,
        interest=features[usable].reshape(-1, len(values)),
        about="predictions",
        usable=usable,
        remarks=(*_unsettled(case, usable), *_unseen(case)),
    )


def _unsettled(case: ScreenCase, usable: np.ndarray) -> tuple[str, ...]:
    if usable.all():
        return ()
    names = [name for name, good in zip(case.candidates.names, usable) if not good]
    return (
        f"{len(names)} of {len(usable)} candidates cannot be simulated and were left out: "
        f"{', '.join(names[:4])}{', ...' if len(names) > 4 else ''}.",
    )


def _unseen(case: ScreenCase) -> tuple[str, ...]:
    given = {p for p, column in zip(case.train.perturbations, case.train.doses.T) if np.any(column != 0)}
    asked = [
        p for p, column in zip(case.candidates.perturbations, case.candidates.doses.T) if np.any(column != 0)
    ]
    unseen = [p for p in asked if p not in given]
    if not unseen:
        return ()
    return (
        f"The data hold no experiment with {', '.join(unseen[:6])}{', ...' if len(unseen) > 6 else ''}: "
        "members agree on them because none has learned anything, which is no knowledge. Criterion 'A' or "
        "'D' counts what is unknown there.",
    )
