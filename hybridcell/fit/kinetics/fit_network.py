"""A fit of a reaction network to time courses, from the first guess to the last retry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.progress import progress_bar
from hybridcell._core.workers import Parcel, Workers, working
from hybridcell.fit.kinetics.adam import descend
from hybridcell.fit.kinetics.free_numbers import FreeNumbers, find_free_numbers
from hybridcell.fit.kinetics.gradient_matching import Matching
from hybridcell.fit.kinetics.levenberg_marquardt import Minimum, minimize
from hybridcell.fit.kinetics.measurements import FIRST_SHARE, Measurements, read_measurements
from hybridcell.fit.kinetics.objective import Objective, Task, make_objective
from hybridcell.fit.kinetics.result import NetworkFit, effective_numbers, parameter_table
from hybridcell.fit.kinetics.scales import is_untrained, scaled_to_data, with_fresh_weights
from hybridcell.fit.kinetics.settings import NetworkFitSettings
from hybridcell.fit.kinetics.shooting import shoot
from hybridcell.hybrid import neural_share
from hybridcell.mechanisms.reactions.delays import delay_terms
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from hybridcell.simulate import simulate

#: Chi-square may exceed its expectation by this many standard deviations; above, a fit is tried again.
_POOR = 1.75
#: How far a retry moves the mechanism's numbers, in their own units.
_SHAKE = 0.5
#: Rounds in which errors are estimated again, where none were given.
_ERROR_ROUNDS = 3


def fit_network(
    network: ReactionNetwork,
    data: Any,
    settings: NetworkFitSettings,
    *,
    executor: Any = None,
    key: PRNGKeyArray,
    progress: bool | None = None,
) -> NetworkFit:
    """Fit a reaction network; see `hybridcell.fit.fit.fit`."""
    search = make_search(network, data, settings)
    keys = jr.split(key, 1 + settings.retries)
    bar = progress_bar(total=settings.iterations * len(keys), description="fit", show=progress)
    with working(executor) as workers, bar as shown:
        if workers is None:
            attempts = (
                search.attempt(part, first=k == 0, on_step=lambda _: shown.update(1))
                for k, part in enumerate(keys)
            )
            best, tried, _ = _first_good(search, attempts)
        else:
            best, tried = _attempts_on(workers, search, keys, lambda: shown.update(settings.iterations))
    return _finished(search, best, data, tried)


def _first_good(search: Search, attempts: Iterable[Minimum]) -> tuple[Minimum, int, bool]:
    """Return the best of attempts up to the first that describes the data, how many, and whether one does."""
    best: Minimum | None = None
    tried = 0
    for tried, found in enumerate(attempts, start=1):
        best = found if best is None or found.cost < best.cost else best
        if search.describes(best):
            return best, tried, True
    assert best is not None
    return best, tried, False


def _attempts_on(
    workers: Workers, search: Search, keys: PRNGKeyArray, advance: Callable[[], Any]
) -> tuple[Minimum, int]:
    """Make all attempts at the same time, until what one after the other would end with is there."""
    shared, numbers = Parcel(search), np.asarray(jr.key_data(keys))
    waiting = ((k, (shared, numbers[k], k == 0)) for k in range(len(numbers)))
    found: dict[int, Minimum] = {}

    def in_order() -> Iterator[Minimum]:
        for k in range(len(numbers)):
            if k not in found:
                return
            yield found[k]

    def keep(k: int, minimum: Minimum) -> bool:
        found[k] = minimum
        advance()
        return 0 in found and _first_good(search, in_order())[2]

    workers.run(_attempt_there, lambda: next(waiting, None), keep)
    return _first_good(search, in_order())[:2]


def _attempt_there(shared: Parcel, key_data: np.ndarray, first: bool) -> Minimum:
    return shared.value.attempt(jr.wrap_key_data(jnp.asarray(key_data)), first=first)


def make_search(network: ReactionNetwork, data: Any, settings: NetworkFitSettings) -> Search:
    """Read the data, take scales of inputs from them, and compile."""
    if delay_terms(network.equations):
        raise InvalidValueError(
            "The network has delays, which fits do not take yet. Simulate it with hc.simulate, whose "
            "derivatives go through delays too."
        )
    measured = read_measurements(network, data, sd=settings.sd, noise=settings.noise)
    network = scaled_to_data(network, measured, settings.solve)
    free = find_free_numbers(network, settings.free)
    _check_free(free, measured)
    return Search(network, free, measured, settings)


class Search:
    """What attempts share: objective, first guess, errors."""

    def __init__(
        self,
        network: ReactionNetwork,
        free: FreeNumbers,
        measured: Measurements,
        settings: NetworkFitSettings,
    ):
        self.network, self.free, self.measured, self.settings = network, free, measured, settings
        self.objective = make_objective(
            network, free, measured, solve=settings.solve, noise=settings.noise, penalty=settings.penalty
        )
        matched = settings.warm_start in ("auto", "matching")
        self.linear = measured.on_linear_scale(settings.noise)
        self.matching = Matching(network, free, self.linear) if matched else None
        if settings.warm_start == "matching" and not (self.matching and self.matching.usable):
            raise InvalidValueError(
                "warm_start='matching' needs every state measured (or known from a conserved sum), at five "
                "times at least under each condition; take 'auto', 'shooting' or 'none'."
            )
        self.untrained = [hole for hole in network.holes if is_untrained(network, hole)]

    def with_objective(self, objective: Objective) -> Search:
        """Return the same with another objective."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__, objective=objective)
        return other

    def __reduce__(self) -> tuple[Any, ...]:
        # programs are compiled anew where it goes; the objective's numbers may no longer be the first ones
        given = (self.network, self.free, self.measured, self.settings)
        return _search_again, (given, self.objective.task)

    def attempt(self, key: PRNGKeyArray, *, first: bool, on_step: Any = None) -> Minimum:
        """Return one minimum, from the network as it is or from a start nearby."""
        theta = self._start(key, first=first)
        theta = self._improved(theta)
        if self.settings.method == "adam":
            theta = descend(self.objective, self.free, theta, self.settings, key=key)
        for share in self.settings.horizon[:-1]:
            theta = self._better(theta, self._minimum(self._up_to(share), theta, on_step).theta)
        return self._minimum(self.objective, theta, on_step)

    def describes(self, found: Minimum) -> bool:
        """Whether a minimum explains the data as well as their errors let expect."""
        n = self.objective.n_data
        return bool(
            np.isfinite(found.cost) and np.sum(found.residuals[:n] ** 2) <= n + _POOR * np.sqrt(2 * n)
        )

    def estimate_errors(self, found: Minimum) -> tuple[Minimum, dict[str, float]]:
        """Return the minimum under errors estimated from residuals, one per readout, and these."""
        errors: dict[str, float] = {}
        for _ in range(_ERROR_ROUNDS):
            n = self.objective.n_data
            sd = np.asarray(self.objective.task.sd).copy()
            off = found.residuals[:n] * sd[:n]
            for r, id in enumerate(self.measured.readouts):
                mine = self.measured.readout == r
                errors[id] = max(float(np.sqrt(np.mean(off[mine] ** 2))), 1e-9 * float(sd[:n][mine].max()))
                sd[:n][mine] = errors[id]
            self.objective = replace(self.objective, task=self.objective.task.with_errors(sd))
            found = self._minimum(self.objective, found.theta, None)
        return found, errors

    def _start(self, key: PRNGKeyArray, *, first: bool) -> np.ndarray:
        if first:
            return self.free.theta(np.asarray(self.network.values))
        weights, shake = jr.split(key)
        fresh = with_fresh_weights(self.network, self.untrained, weights)
        theta = self.free.theta(np.asarray(fresh.values))
        moved = _SHAKE * np.asarray(jr.normal(shake, theta.shape))
        redrawn = {id for hole in self.untrained for id in hole.weights}
        moved[[id in redrawn for id in self.free.ids]] = 0.0
        return np.clip(theta + moved, self.free.low, self.free.high)

    def _improved(self, theta: np.ndarray) -> np.ndarray:
        """Return the better of a start and the first guess that it leads to."""
        if self.settings.warm_start == "shooting":
            guess = shoot(self.network, self.free, self.linear, self.settings, theta)
        elif self.matching is not None and self.matching.usable:
            guess = self.matching.improve(theta)
        else:
            return theta
        return self._better(theta, guess)

    def _better(self, theta: np.ndarray, guess: np.ndarray) -> np.ndarray:
        """Return the one with the lower cost of all measurements."""
        costs = [np.nan_to_num(np.sum(self.objective.residuals(t) ** 2), nan=np.inf) for t in (theta, guess)]
        return guess if costs[1] < costs[0] else theta

    def _up_to(self, share: float) -> Objective:
        return replace(self.objective, task=self.objective.task.up_to(share))

    def _minimum(self, objective: Objective, theta: np.ndarray, on_step: Any) -> Minimum:
        return minimize(
            objective.residuals,
            objective.linearized,
            theta,
            low=self.free.low,
            high=self.free.high,
            iterations=self.settings.iterations,
            on_step=on_step,
        )


def _search_again(given: tuple[Any, ...], task: Task) -> Search:
    search = Search(*given)
    return search.with_objective(replace(search.objective, task=task))


def _check_free(free: FreeNumbers, measured: Measurements) -> None:
    for id in free.ids:
        if id in measured.ids and not np.isnan(measured.settings[:, measured.ids.index(id)]).any():
            raise InvalidValueError(
                f"{id!r} is to be fitted, but every condition of the data sets it: take it out of "
                'obsm["doses"], or out of free.'
            )


def _finished(search: Search, best: Minimum, data: Any, tried: int) -> NetworkFit:
    errors: dict[str, float] = {}
    described = search.describes(best)
    if not search.measured.sd_known and np.isfinite(best.cost):
        best, errors = search.estimate_errors(best)
    n = search.objective.n_data
    fitted = search.free.place(search.network, best.theta)
    chi2 = float(np.sum(best.residuals[:n] ** 2))
    jacobian = best.jacobian if np.isfinite(best.cost) else np.zeros_like(best.jacobian)
    numbers = effective_numbers(jacobian, n) if np.isfinite(best.cost) else np.nan
    scale = 2 * float(np.sum(np.log(np.asarray(search.objective.task.sd)[:n]))) if errors else 0.0
    history = np.asarray(best.history)
    return NetworkFit(
        model=fitted,  # pyright: ignore[reportArgumentType]
        result=_verdict(best, described, _missed(search, errors) or f"chi-square {chi2:.4g} of {n}", tried),
        loss=best.cost / n,
        train=data,
        residual_share=_share(fitted, search.measured, search.settings) if np.isfinite(best.cost) else 0.0,
        info={
            "attempts": tried,
            "end": best.reason,
            "free numbers": len(search.free),
            "determined by data": round(float(numbers), 1),
        },
        chi2=chi2,
        n_data=n,
        bic=chi2 + scale + numbers * float(np.log(n)),
        sd=errors,
        search=search,
        _table=parameter_table(search.free, best.theta, jacobian),
        _history={
            "objective": history / n,
            "train_loss": history / n,
            "validation_loss": np.full(len(history), np.nan),
        },
    )


def _missed(search: Search, errors: Mapping[str, float]) -> str:
    """Return by how much the worst readout is missed, where no errors were given: chi-square is n then."""
    measured = search.measured
    usual = {id: measured.sd[measured.readout == r].max() for r, id in enumerate(measured.readouts)}
    worst = max(errors, key=lambda id: errors[id] / usual[id], default=None)
    if worst is None:
        return ""
    of = "size" if search.settings.noise == "log-normal" else "range"
    return f"it is off by {errors[worst] / usual[worst] * FIRST_SHARE:.0%} of the {of} of {worst!r}"


def _verdict(best: Minimum, described: bool, missed: str, tried: int) -> str:
    if not np.isfinite(best.cost):
        return (
            "the model cannot be simulated where the fit starts: the solver fails or a readout is not finite"
        )
    if described:
        return "success"
    return f"the model does not describe the data: {missed}, best of {tried} attempts"


def _share(network: ReactionNetwork, measured: Measurements, settings: NetworkFitSettings) -> float:
    if not len(network.holes):
        return 0.0
    found = simulate(
        network, t1=measured.end, n_points=41, conditions=measured.conditions, solve=settings.solve
    )
    return neural_share(network, found).total
