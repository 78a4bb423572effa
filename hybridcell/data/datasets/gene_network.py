"""Knockouts, knockdowns and time courses of random gene networks whose edges are known."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, NotConvergedError
from hybridcell._core.number_checks import is_whole
from hybridcell.data._gene_dynamics import GeneDynamics
from hybridcell.data.gene_experiments import KNOCKDOWN, KNOCKOUT, GeneExperiments
from hybridcell.data.synthetic import checked_noise

if TYPE_CHECKING:
    from anndata import AnnData

_TIMES = np.arange(0.0, 1001.0, 50.0)
_STIMULUS_OFF = 500.0
# A share of the networks drawn oscillates or settles too slowly to be measured at steady state.
_ATTEMPTS = 20


def gene_network(
    n: int = 10,
    *,
    series: int = 5,
    doubles: int = 0,
    noise: float | tuple[float, float] = (0.02, 0.05),
    seed: int = 0,
) -> AnnData:
    """Simulate the experiments of the DREAM4 challenge on a random gene network with Hill regulation.

    mRNA and protein of each gene follow x' = d (f(y) - x), y' = p (x - y). f is a product over the
    regulators of the gene of Hill curves that rise or fall with the protein of the regulator; knockouts take
    all of f away, knockdowns half. Every gene has one to three regulators, few genes regulate many. In each
    time series an unknown stimulus changes f of a third of the genes by up to threefold until t = 500. The
    half-lives of mRNA and protein are 15 to 60 in the unit of time.

    Parameters
    ----------
    n
        Number of genes, 3 or more.
    series
        Number of time series, of 21 times each.
    doubles
        Number of pairs of genes, chosen at random, whose double knockout is measured too (experiment "double
        knockout").
    noise
        Standard deviation of the measurement: one number for an additive and an equal proportional part, or
        (additive, proportional). Levels are between 0 and 1; noise takes none below 0.
    seed
        Of network, stimuli and noise.

    Returns
    -------
    AnnData
        As from `hybridcell.data.datasets.dream4_folder`, with the true edges and their signs (see
        `hybridcell.data.truth_edges`).

    Raises
    ------
    InvalidValueError
        When an option is out of range.
    NotConvergedError
        When none of the networks drawn settles.

    Examples
    --------
    >>> import hybridcell as hc
    >>> adata = hc.datasets.gene_network(5, series=1, seed=1)
    >>> adata.obs["experiment"].value_counts().to_dict()
    {'timeseries': 21, 'knockout': 5, 'knockdown': 5, 'wildtype': 1}
    """
    additive, proportional = checked_noise(noise)
    _check_sizes(n, series, doubles, seed)
    rng = np.random.default_rng(seed)
    pairs = sorted(map(tuple, rng.permutation(list(itertools.combinations(range(n), 2)))[:doubles].tolist()))
    network, steady = _drawn(n, pairs, rng)
    courses = [_course(network, steady[0], rng) for _ in range(series)]
    measured = lambda clean: np.maximum(  # noqa: E731
        clean + np.hypot(additive, proportional * clean) * rng.standard_normal(clean.shape), 0.0
    )
    levels = measured(steady[:, :n])
    experiments = GeneExperiments(
        tuple(f"G{k + 1}" for k in range(n)),
        wildtype=levels[:1],
        knockouts=levels[1 : n + 1],
        knockdowns=levels[n + 1 : 2 * n + 1],
        series=[(_TIMES, measured(course)) for course in courses],
        doubles=(pairs, levels[2 * n + 1 :]) if doubles else None,
        stimulus_off=_STIMULUS_OFF,
    )
    provenance = {
        "source": "simulated by hybridcell",
        "noise": [additive, proportional],
        "seed": int(seed),
    }
    return experiments.to_anndata(provenance=provenance, truth=_truth(network, experiments.genes))


def _check_sizes(n: int, series: int, doubles: int, seed: int) -> None:
    for name, value in {"n": n, "series": series, "doubles": doubles, "seed": seed}.items():
        if not is_whole(value):
            raise InvalidValueError(f"{name} is {value!r}; wanted a whole number.")
    if seed < 0:
        raise InvalidValueError(f"seed is {seed}; wanted 0 or more.")
    if n < 3:
        raise InvalidValueError(f"n is {n}; wanted 3 genes or more.")
    if series < 0:
        raise InvalidValueError(f"series is {series}; wanted 0 or more.")
    if not 0 <= doubles <= n * (n - 1) // 2:
        raise InvalidValueError(f"doubles is {doubles}; {n} genes have 0 to {n * (n - 1) // 2} pairs.")


def _drawn(n: int, pairs: list[tuple[int, int]], rng: np.random.Generator) -> tuple[GeneDynamics, np.ndarray]:
    """Return a network that settles, and its steady states: wild type, knockouts, knockdowns, doubles."""
    left = np.concatenate(
        [np.ones((1, n)), 1 - KNOCKOUT * np.eye(n), 1 - KNOCKDOWN * np.eye(n), np.ones((len(pairs), n))]
    )
    for row, pair in enumerate(pairs, start=2 * n + 1):
        left[row, list(pair)] = 0.0
    for _ in range(_ATTEMPTS):
        network = _network(n, rng)
        try:
            network.settle(left[:1])  # most that oscillate do so untouched, which is quickly seen
            return network, network.settle(left)
        except NotConvergedError:
            continue
    raise NotConvergedError(f"None of {_ATTEMPTS} random networks of {n} genes settles; try another seed.")


def _network(n: int, rng: np.random.Generator) -> GeneDynamics:
    signs = np.zeros((n, n))
    # some genes regulate many others: the chance to be chosen falls with the rank
    appeal = 1.0 / (1.0 + rng.permutation(n))
    for gene in range(n):
        chance = np.delete(appeal, gene)
        count = min(int(rng.integers(1, 4)), n - 1)
        regulators = rng.choice(np.delete(np.arange(n), gene), count, replace=False, p=chance / chance.sum())
        signs[gene, regulators] = rng.choice([1.0, -1.0], count, p=[0.6, 0.4])
    lifetime = lambda: rng.uniform(15.0, 60.0, n) / np.log(2.0)  # noqa: E731
    network = GeneDynamics(
        signs,
        threshold=np.full((n, n), 0.5),
        exponent=rng.uniform(1.5, 4.0, (n, n)),
        leak=rng.uniform(0.1, 0.4, (n, n)),
        decay=1.0 / lifetime(),
        protein_decay=1.0 / lifetime(),
    )
    return replace(network, threshold=_thresholds(network, rng))


def _thresholds(network: GeneDynamics, rng: np.random.Generator) -> np.ndarray:
    """Place each threshold near the level of its regulator, where regulation is felt."""
    level = np.full(network.n, 0.5)
    spread = rng.uniform(0.6, 1.6, network.signs.shape)
    for _ in range(50):
        placed = replace(network, threshold=spread * level)
        level = 0.5 * level + 0.5 * placed.activity(level[None])[0]
    return spread * level


def _course(network: GeneDynamics, start: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return mRNA (times, n) while a stimulus acts on a third of the genes, and after it."""
    n = network.n
    hit = rng.choice(n, max(1, n // 3), replace=False)
    factor = np.ones((1, n))
    factor[0, hit] = 3.0 ** rng.uniform(-1.0, 1.0, len(hit))
    state, states = start[None], [start]
    for before, after in itertools.pairwise(_TIMES):
        state = network.advance(state, factor if before < _STIMULUS_OFF else np.ones((1, n)), after - before)
        states.append(state[0])
    return np.array(states)[:, :n]


def _truth(network: GeneDynamics, genes: tuple[str, ...]) -> dict[str, Any]:
    target, source = np.nonzero(network.signs)
    order = np.lexsort((target, source))
    strength = network.signs * (1 - network.leak)
    return {
        "network": "random gene network",
        "source": [genes[source[k]] for k in order],
        "target": [genes[target[k]] for k in order],
        "weight": [float(strength[target[k], source[k]]) for k in order],
        "nodes": list(genes),
    }
