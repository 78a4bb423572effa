"""Three systems with one rate law hidden: truth, noisy data, new initial values, and the models compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import anndata
import jax.random as jr
import numpy as np
import pandas as pd

import hybridcell as hc
from hybridcell._core.expressions.expression import leaves
from hybridcell.mechanisms.reactions.composition.rate import mass_action
from hybridcell.mechanisms.reactions.network import ReactionNetwork

#: Error of a measurement, relative to the mean of its readout.
NOISE = 0.05
#: Where fits start: constants are off by a factor of this spread (standard deviation of the logarithm).
OFF = 0.3


@dataclass(frozen=True)
class Problem:
    """A system with a hidden law.

    Attributes
    ----------
    network : str
        In networks/.
    hidden : str
        The reaction whose law is unknown.
    free : tuple of str
        Constants of the other reactions, fitted by all mechanistic models.
    law : tuple of str
        Constants of the hidden law, fitted where the true law is given.
    readouts : tuple of str
    starts : tuple of dict
        Initial values of the training conditions.
    times : ndarray
        Of all of them.
    new_start : callable
        Generator -> initial values to predict from.
    """

    network: str
    hidden: str
    free: tuple[str, ...]
    law: tuple[str, ...]
    readouts: tuple[str, ...]
    starts: tuple[Mapping[str, float], ...]
    times: np.ndarray
    new_start: Callable[[np.random.Generator], dict[str, float]]

    @property
    def truth(self) -> ReactionNetwork:
        """The network with its true law."""
        return _truth(self.network)

    @property
    def end(self) -> float:
        """The last time."""
        return float(self.times[-1])

    def data_for(self, network: ReactionNetwork, seed: int) -> anndata.AnnData:
        """Return the noisy measurements of one seed, with the initial values that the network has."""
        data = self.data(seed)
        doses: Any = data.obsm["doses"]
        data.obsm["doses"] = doses[[id for id in doses if id in network.equations.constants]]
        return data

    def data(self, seed: int) -> anndata.AnnData:
        """Return the noisy measurements of one seed."""
        clean = self.observed(self.truth, list(self.starts))
        sd = NOISE * clean.mean(axis=(0, 1))
        noise = np.random.default_rng(seed).normal(size=clean.shape) * sd
        rows = (clean + noise).reshape(-1, len(self.readouts))
        n = len(rows)
        names = [f"c{c}_t{t}" for c in range(len(self.starts)) for t in range(len(self.times))]
        doses = pd.DataFrame(
            np.repeat(
                [[start[id] for id in self.starts[0]] for start in self.starts], len(self.times), axis=0
            ),
            index=names,
            columns=list(self.starts[0]),
        )
        return anndata.AnnData(
            rows,
            obs=pd.DataFrame({"time": np.tile(self.times, len(self.starts))}, index=names),
            var=pd.DataFrame(index=list(self.readouts)),
            layers={"sd": np.broadcast_to(sd, (n, len(sd))).copy()},
            obsm={"doses": doses},
        )

    def observed(self, network: Any, starts: list[dict[str, float]], points: int | None = None) -> np.ndarray:
        """Return readouts, conditions x times x readouts."""
        ts = self.times if points is None else np.linspace(0, self.end, points)
        known = set(network.equations.constants)  # a black box has the readouts only
        given = [{id: v for id, v in start.items() if id in known} for start in starts]
        found = hc.simulate(network, t1=self.end, ts=ts, conditions=given, solve=hc.Solve(rtol=1e-8))
        return np.stack([np.asarray(found[id]) for id in self.readouts], axis=-1)

    def held_out_error(self, network: Any, seed: int, count: int = 8) -> float:
        """Return the error on new initial values: root mean square, in units of each readout's spread."""
        rng = np.random.default_rng(1000 + seed)
        starts = [self.new_start(rng) for _ in range(count)]
        truth = self.observed(self.truth, starts, 61)
        found = np.nan_to_num(self.observed(network, starts, 61), nan=0.0)
        spread = truth.std(axis=(0, 1))
        return float(np.mean(np.sqrt(np.mean((found - truth) ** 2, axis=(0, 1))) / spread))

    def started(self, network: ReactionNetwork, ids: tuple[str, ...], seed: int) -> ReactionNetwork:
        """Return the network with constants to fit, that start off the truth."""
        rng = np.random.default_rng(2000 + seed)
        values = dict(zip(network.equations.constants, np.asarray(network.values), strict=True))
        factors = {id: np.exp(OFF * rng.normal()) for id in ids}
        return network.with_parameters(
            {id: hc.Parameter(values[id] * factors[id], transform="log") for id in ids}
        )

    def true_law(self, seed: int) -> ReactionNetwork:
        """Return the model that knows the law, but not its constants."""
        return self.started(self.truth, (*self.free, *self.law), seed)

    def wrong_law(self, seed: int) -> ReactionNetwork:
        """Return the model with mass action in the place of the law."""
        wrong = _shared(self.network, "wrong", _mass_action(self.truth, self.hidden))
        return self.started(wrong, (*self.free, "k_wrong"), seed)

    def hybrid(self, seed: int) -> ReactionNetwork:
        """Return the model with a hole in the place of the law; it reads what the true law reads."""
        law = leaves([self.truth.reactions[self.hidden].law], "symbol")
        reads = [s.id for s in self.truth.species if s.id in law]
        fresh = self.truth.replace(self.hidden, hc.NeuralRate(reads, key=jr.key(seed)))
        values = np.asarray(fresh.values)
        return self.started(_shared(self.network, "hybrid", fresh).with_values(values), self.free, seed)

    def black_box(self, seed: int) -> ReactionNetwork:
        """Return a neural network alone that moves the readouts."""
        definition = self.truth.definition
        kept = tuple(s for s in definition.species if s.id in self.readouts)
        bare = replace(definition, species=kept, reactions=(), rules=(), parameters=(), functions=())
        residual = hc.NeuralResidual(width=16, conserve=False, positive=False, bound=None, key=jr.key(seed))
        fresh = ReactionNetwork.from_definition(bare) + residual
        return _shared(self.network, "black box", fresh).with_values(np.asarray(fresh.values))


_made: dict[tuple[str, str], ReactionNetwork] = {}


def _shared(network: str, what: str, fresh: ReactionNetwork) -> ReactionNetwork:
    """Return the first network of a kind: those of other seeds differ in values only, and share programs."""
    return _made.setdefault((network, what), fresh)


@cache
def _truth(network: str) -> ReactionNetwork:
    return hc.read_sbml(hc.networks.load(network))


def _mass_action(network: ReactionNetwork, id: str) -> ReactionNetwork:
    from hybridcell._core.expressions import apply, symbol
    from hybridcell.mechanisms.reactions import elements as e
    from hybridcell.mechanisms.reactions.composition.rate import first_constant

    d = network.definition
    reaction = next(r for r in d.reactions if r.id == id)
    substrates = mass_action(reaction.reactants)
    k = e.ParameterElement(id="k_wrong", value=first_constant(network, reaction, substrates))
    changed = replace(reaction, law=apply("mul", symbol("k_wrong"), substrates))
    return ReactionNetwork.from_definition(
        replace(
            d,
            parameters=(*d.parameters, k),
            reactions=tuple(changed if r is reaction else r for r in d.reactions),
        )
    )


def _around(starts: list[dict[str, float]], low: float, high: float) -> Callable[[Any], dict[str, float]]:
    def draw(rng: np.random.Generator) -> dict[str, float]:
        start = starts[rng.integers(len(starts))]
        return {id: v * rng.uniform(low, high) for id, v in start.items()}

    return draw


def _kinases(rng: np.random.Generator) -> dict[str, float]:
    found: dict[str, float] = {}
    for forms, whole in (
        (("MKKK", "MKKK_P"), 100.0),
        (("MKK", "MKK_P", "MKK_PP"), 300.0),
        (("MAPK", "MAPK_P", "MAPK_PP"), 300.0),
    ):
        shares = rng.uniform(0.0, 0.3, len(forms))
        shares[0] = 1.0 - shares[1:].sum()
        found |= {id: float(whole * share) for id, share in zip(forms, shares, strict=True)}
    return found


_LOTKA = [{"prey": 1.0, "predator": 0.5}]
_GLYCOLYSIS = [
    {"glucose": 8.0, "ATP": 2.5},
    {"glucose": 12.0, "ATP": 1.0},
    {"glucose": 10.0, "ATP": 4.0},
    {"glucose": 7.0, "ATP": 0.8},
]
_MAPK = [
    {"MKKK": 90.0, "MKKK_P": 10.0, "MKK": 280.0, "MKK_P": 10.0, "MKK_PP": 10.0, "MAPK": 280.0, "MAPK_P": 10.0,
     "MAPK_PP": 10.0},
]  # fmt: skip

PROBLEMS = {
    "Lotka-Volterra": Problem(
        network="lotka_volterra", hidden="hunt", free=("growth", "death"), law=("predation",),
        readouts=("prey", "predator"), starts=tuple(_LOTKA), times=np.linspace(0, 15, 31)[1:],
        new_start=_around(_LOTKA, 0.7, 1.3),
    ),
    "glycolysis": Problem(
        network="glycolytic_oscillator", hidden="use", free=("Vin", "k1"), law=("kp", "Km"),
        readouts=("glucose", "ATP"), starts=tuple(_GLYCOLYSIS), times=np.linspace(0, 49, 8)[1:],
        new_start=_around(_GLYCOLYSIS, 0.7, 1.3),
    ),
    "MAPK": Problem(
        network="mapk_oscillator", hidden="J1", free=("V2", "k3", "k4"),
        law=("V1", "KI"), readouts=("MKK", "MKK_PP", "MAPK", "MAPK_PP"), starts=tuple(_MAPK),
        times=np.linspace(0, 3000, 16)[1:], new_start=_kinases,
    ),
    "Rosenzweig-MacArthur": Problem(
        network="predator_prey", hidden="hunt", free=("growth", "crowding", "death"), law=("intake", "half"),
        readouts=("prey", "predator"), starts=tuple(_LOTKA), times=np.linspace(0, 30, 31)[1:],
        new_start=_around(_LOTKA, 0.7, 1.3),
    ),
}  # fmt: skip
