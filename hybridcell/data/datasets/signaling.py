"""Simulated screens with known truth: the data of the demonstration, no download needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hybridcell._core.errors import InvalidValueError
from hybridcell.data import networks
from hybridcell.data.synthetic import simulate_screen

if TYPE_CHECKING:
    from anndata import AnnData


def signaling(*, network: str = "mapk_pi3k", seed: int = 0, **options: Any) -> AnnData:
    """Simulate a drug screen of a shipped network.

    Parameters
    ----------
    network
        Name of a network of interactions among `hc.networks.available()`.
    seed
        Of the noise.
    **options
        Passed to `hybridcell.data.simulate_screen`: drugs, doses, order, noise, replicates, missing, times.

    Returns
    -------
    AnnData
        Conditions x nodes, with the truth (see `hybridcell.data.truth_edges`).

    Raises
    ------
    UnknownNameError
        When the network or a drug does not exist.
    InvalidValueError
        When the network is one of reactions.

    Examples
    --------
    >>> import hybridcell as hc
    >>> hc.datasets.signaling(drugs=["aMEK", "aPI3K"], doses=[1.0], times=[1.0, 4.0]).shape
    (8, 39)
    """
    entry = networks.load(network)
    if not isinstance(entry, networks.InteractionEntry):
        raise InvalidValueError(
            f"{network!r} is a reaction network; screens are simulated from networks of interactions, "
            "such as 'mapk_pi3k'."
        )
    return simulate_screen(entry, seed=seed, **options)


def demo(*, seed: int = 0) -> AnnData:
    """Simulate the embedded demonstration screen: 9 drugs at two doses, alone and in pairs.

    Parameters
    ----------
    seed
        Of the noise.

    Returns
    -------
    AnnData
        163 conditions x 39 nodes (27 proteins, 3 phenotypes, 9 drugs), 5 % noise, control measured, truth
        included.

    Examples
    --------
    >>> import hybridcell as hc
    >>> hc.datasets.demo().shape
    (163, 39)
    """
    return signaling(seed=seed)
