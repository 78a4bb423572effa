"""`hc.recover`: the task of finding who regulates whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jax.random as jr
import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.number_checks import is_whole
from hybridcell.fit.gene_network import RecoverySettings, fit_networks, read_experiments
from hybridcell.graph.recovery.recovered import Recovered

if TYPE_CHECKING:
    from anndata import AnnData


def recover(
    adata: AnnData,
    *,
    rates: float | Sequence[float] | None = None,
    n: int | None = None,
    settings: RecoverySettings | None = None,
    progress: bool | None = None,
    key: PRNGKeyArray | None = None,
) -> Recovered:
    """Recover a gene network from steady states under knockouts and knockdowns, and from time series.

    A network of genes with two states each and Hill regulation is fitted to all experiments at once, several
    times: with other weights of the sparsity penalty, other rates to start from, and other random weights of
    the experiments. An edge scores by its mean \\|weight\\| over the members.

    Parameters
    ----------
    adata : AnnData
        Rows are measurements, columns genes, levels 0 or more and not logarithms; as from
        `hc.datasets.dream4` and `hybridcell.data.datasets.dream4_folder`. Any of wild type, knockouts,
        knockdowns and time series may be missing. Steady states under unknown perturbations are not used.
    rates : number or pair of numbers, optional
        Rates to expect, per unit of time: of the decay of mRNA and the turnover of protein. They are learned;
        this is the center of a prior one e-fold wide, and half of the members start at it, half at three
        times as much.
        Default: from the half-time in which the excursions of the time series come back.
    n : int, optional
        Number of members; default 12.
    settings : RecoverySettings, optional
        How the members differ.
    progress : bool, optional
        Whether to show a bar; default: in terminals and notebooks.
    key : PRNGKey, optional
        Of the random weights of the experiments; default ``jax.random.key(0)``.

    Returns
    -------
    Recovered
        `ranked()`: all ordered pairs, best first. `graph`: the edges as `Interactions`. `predict_doubles`.

    Raises
    ------
    DataError
        When the AnnData is not such experiments, or nothing in it tells who acts on whom.
    InvalidValueError
        On rates that are not positive, or a number of members below 1.
    NotConvergedError
        When no member explains the data.

    Notes
    -----
    What a weight is: the change of a promoter's log-odds when the regulator goes from absent to saturating.
    Weights of genes that are hardly expressed and were never touched are poorly known; where there are fewer
    than 5 measurements per gene, they are shrunk by the square root of the level of the source. Rates,
    thresholds, noise and the level of a promoter that is always on come from the data.

    References
    ----------
    Marbach et al., PNAS 107 (2010) 6286-6291, for the task; Huynh-Thu and Geurts, Sci. Rep. 8 (2018) 3384,
    for time series alone.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import hybridcell as hc
    >>> from hybridcell.data.datasets import dream4_folder
    >>> from hybridcell.graph.recovery import recover
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tables = pathlib.Path(folder)
    ...     _ = (tables / "wildtype.tsv").write_text("A\\tB\\tC\\n0.8\\t0.5\\t0.6\\n0.81\\t0.49\\t0.6\\n")
    ...     _ = (tables / "knockouts.tsv").write_text(
    ...         "A\\tB\\tC\\n0\\t0.1\\t0.59\\n0.79\\t0\\t0.61\\n0.8\\t0.51\\t0\\n")
    ...     found = recover(dream4_folder(folder), n=2)
    >>> found.ranked()[["source", "target"]].values.tolist()[0]
    ['A', 'B']
    """
    data = read_experiments(adata)
    fits = fit_networks(
        data,
        rates=_pair(rates),
        n_members=_count(n),
        settings=settings,
        progress=progress,
        key=jr.key(0) if key is None else key,
    )
    return Recovered(data=data, fits=fits)


def _pair(rates: Any) -> tuple[float, float] | None:
    if rates is None:
        return None
    try:
        values = np.broadcast_to(np.asarray(rates, dtype=float), (2,))
    except (TypeError, ValueError):
        values = np.array([np.nan, np.nan])
    if not (np.isfinite(values) & (values > 0)).all():
        raise InvalidValueError(
            f"rates is {rates!r}; wanted one positive number per unit of time, or two: decay of mRNA, "
            "turnover of protein."
        )
    return float(values[0]), float(values[1])


def _count(n: Any) -> int | None:
    if n is None:
        return None
    if not is_whole(n) or n < 1:
        raise InvalidValueError(f"n is {n!r}; wanted the number of members, 1 or more.")
    return int(n)
