"""Distillation: a learned rate replaced by the kinetic law that describes the data best."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import jax.random as jr
import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.hole import Hole
from hybridcell._core.number_checks import is_whole
from hybridcell._core.progress import progress_bar
from hybridcell.fit.distillation.candidates import make_scope, may_read, screen_all, worth_fitting
from hybridcell.fit.distillation.law import Law
from hybridcell.fit.distillation.learned import LearnedRate, learn
from hybridcell.fit.distillation.putting import find_hole, with_law
from hybridcell.fit.distillation.ranking import Fitted, describes, rank, screened_table
from hybridcell.fit.distillation.result import Distillation
from hybridcell.fit.distillation.screening import Screened
from hybridcell.fit.kinetics.fit_network import fit_network
from hybridcell.fit.kinetics.measurements import read_measurements
from hybridcell.fit.kinetics.settings import NetworkFitSettings, network_settings

if TYPE_CHECKING:
    from hybridcell.fit.kinetics.result import NetworkFit

#: Laws that are fitted in any case, so that the best one has something to be compared with.
_LEAST = 3
#: A law whose expected score is worse than the best one's by this is not fitted; by more, where the best
#: one's fit did not confirm what was expected of it, in multiples of how far off that was.
_HOPELESS, _DOUBT = 15.0, 3.0
#: Laws that are tried again, from other starts, when none describes the data.
_AGAIN = 2
_ITERATIONS = 60


def distill(
    fit: NetworkFit,
    target: str,
    *,
    n_fits: int = 8,
    accept: bool = False,
    key: PRNGKeyArray | None = None,
    progress: bool | None = None,
    **options: Any,
) -> Distillation:
    """Replace a learned rate by a kinetic law; see `NetworkFit.distill`."""
    if not is_whole(n_fits) or n_fits < 1:
        raise InvalidValueError(f"n_fits is {n_fits!r}; wanted a whole number, at least 1.")
    started = time.perf_counter()
    hole, reaction = find_hole(fit.network, target)
    refits = _Refits(fit, hole, reaction, _settings(fit, options), jr.key(0) if key is None else key)
    learned = refits.learn()
    scope = make_scope(fit.network, refits.element, learned)
    screened = screen_all(scope, learned)
    with progress_bar(total=n_fits, description="distill", show=progress) as bar:
        fitted = refits.run(worth_fitting(screened), n_fits, on_fit=lambda: bar.update(1))
        if not describes(fitted, fit):
            fitted = refits.again(fitted)
    ranked = rank(fitted)
    return Distillation(
        reaction=reaction,
        table=ranked.table(learned, fit),
        screened=screened_table(screened),
        laws={one.law.name: one.law for one in ranked.fitted},
        fits={one.law.name: one.fit for one in ranked.fitted},
        none_fits=not describes(fitted, fit),
        hybrid=fit,
        learned=learned,
        accept=accept,
        seconds=time.perf_counter() - started,
    )


def _settings(fit: NetworkFit, options: dict[str, Any]) -> NetworkFitSettings:
    """Return how laws are fitted: as the hybrid was, but from a start that is good already."""
    data: Any = fit.train
    for name in ("free", "warm_start", "retries", "method", "horizon"):
        if name in options:
            raise InvalidValueError(
                f"{name} is no option of distill: laws start where they describe the learned rate, and move "
                "the constants that the hybrid's fit moved."
            )
    if "sd" not in options and "sd" not in data.layers:
        if not fit.sd:
            raise InvalidValueError(
                "The data have no errors, and the hybrid's fit was given them as sd=...; give the same sd to "
                'distill, or store them in layers["sd"].'
            )
        # those that the hybrid's fit estimated: all laws are held to the same errors
        options = {**options, "sd": dict(fit.sd)}
    found = network_settings({"iterations": _ITERATIONS, **options})
    return replace(found, warm_start="none", retries=0)


@dataclass(frozen=True, eq=False)
class _Refits:
    """Fits of whole trajectories, one law after the other."""

    hybrid: NetworkFit
    hole: Hole
    reaction: str
    settings: NetworkFitSettings
    key: PRNGKeyArray

    @property
    def element(self) -> Any:
        return next(r for r in self.hybrid.network.definition.reactions if r.id == self.reaction)

    @property
    def mechanism(self) -> list[str]:
        """Constants of the mechanism that the hybrid's fit moved."""
        holes = self.hybrid.network.holes
        return [id for id in self.hybrid.parameters.index if holes.owner(str(id)) is not self.hole]

    def learn(self) -> LearnedRate:
        network, data = self.hybrid.network, self.hybrid.train
        measured = read_measurements(network, data, sd=self.settings.sd)  # pyright: ignore
        return learn(
            network,
            measured,
            self.settings,
            target=self.reaction,
            inputs=may_read(network, self.hole, self.element),
            free=list(self.hybrid.parameters.index),
        )

    def run(self, wanted: Sequence[Screened], most: int, *, on_fit: Any) -> list[Fitted]:
        found: list[Fitted] = []
        left: list[Screened] = []
        for one in wanted:
            if len(found) < most and not (found and self._cannot_win(one, wanted[0], found)):
                found.append(self.fit(one.law))
                on_fit()
            else:
                left.append(one)
        left.sort(key=lambda one: one.score)
        for one in left[: max(min(_LEAST, most) - len(found), 0)]:
            found.append(self.fit(one.law))
            on_fit()
        return found

    def again(self, fitted: list[Fitted]) -> list[Fitted]:
        """Return the same with the best ones fitted from other starts too."""
        order = sorted(fitted, key=lambda one: one.bic)
        harder = replace(self.settings, warm_start="auto", retries=1)
        second = [self.fit(one.law, harder) for one in order[:_AGAIN]]
        better = [min(pair, key=lambda one: one.bic) for pair in zip(order, second)]
        return [*better, *order[_AGAIN:]]

    def fit(self, law: Law, settings: NetworkFitSettings | None = None) -> Fitted:
        network = with_law(self.hybrid.network, self.hole, self.reaction, law)
        free = [*self.mechanism, *(c.id for c in law.constants)]
        found = fit_network(
            network,
            self.hybrid.train,
            replace(settings or self.settings, free=free),
            key=self.key,
            progress=False,
        )
        values = dict(zip(found.network.equations.constants, np.asarray(found.network.values).tolist()))
        return Fitted(law.with_values(values), found, len(free))

    def _cannot_win(self, one: Screened, first: Screened, found: Sequence[Fitted]) -> bool:
        """Whether even a perfect fit, or the expected one by far, would not reach the best so far."""
        lowest = min(self.hybrid.chi2, *(f.fit.chi2 for f in found)) - 1
        count = len(self.mechanism) + len(one.law.constants)
        bound = lowest + count * np.log(self.hybrid.n_data)
        best = min(f.bic for f in found)
        doubt = _DOUBT * abs(found[0].fit.chi2 - first.chi2)
        return bool(bound > best + 2 or one.score > first.score + _HOPELESS + doubt)
