"""`hybridcell fit`: from a perturbation screen to an ensemble of fitted networks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def fit(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="A perturbation screen, as .h5ad.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File for the fit, as .hc.")],
    members: Annotated[int, typer.Option(min=1, help="Number of fits.")] = 20,
    seed: Annotated[int, typer.Option(help="Of the starting networks and of all draws.")] = 0,
    prior: Annotated[
        Path | None, typer.Option(help="Known edges (.sif, .tsv, .csv, .graphml); others cost more.")
    ] = None,
    neural: Annotated[
        int, typer.Option(min=0, metavar="WIDTH", help="Add a neural residual so wide; 0 for none.")
    ] = 0,
    resample: Annotated[
        str, typer.Option(help="What differs besides the start: seeds, bootstrap or split.")
    ] = "seeds",
    steps: Annotated[int | None, typer.Option(min=1, help="Of training; 80 if not given.")] = None,
    calibrate: Annotated[
        bool, typer.Option(help="Also fit without some conditions each, for intervals of predictions.")
    ] = True,
) -> None:
    """Fit a network to a perturbation screen, many times, and write the ensemble."""
    from hybridcell.cli.fitted import check_suffix

    check_suffix(out, (".hc",))
    import hybridcell as hc

    options = {"resample": resample, "calibrate": calibrate} | ({} if steps is None else {"steps": steps})
    ensemble = fit_screen(data, prior=prior, neural=neural, members=members, seed=seed, **options)
    hc.save(ensemble, out)
    typer.echo(f"{ensemble!r}\nWritten to {out}.")


def fit_screen(
    data: Path,
    *,
    prior: Path | None = None,
    neural: int = 0,
    members: int = 20,
    seed: int = 0,
    **options: Any,
) -> Any:
    """Return the ensemble of a screen in a file; `options` go to `hc.fit_ensemble`.

    Raises
    ------
    FileFormatError
        When the data are no AnnData file.
    NotConvergedError
        When none of the fits succeeded.
    """
    import jax.random as jr

    import hybridcell as hc
    from hybridcell._core.errors import NotConvergedError
    from hybridcell.data import as_perturbation_data, load_h5ad

    screen = as_perturbation_data(load_h5ad(data))
    keys = jr.split(jr.key(seed), 3)
    known = None if prior is None else hc.read_prior(prior).on([*screen.readouts, *screen.perturbations])
    model = hc.CellBox.from_data(screen, prior=known, key=keys[0])
    if neural:
        model = model + hc.NeuralResidual(width=neural, key=keys[1])
    ensemble = hc.fit_ensemble(model, screen, n=members, key=keys[2], **options)
    if "success" not in ensemble.result:
        raise NotConvergedError(f"None of the {ensemble.n} fits succeeded; the first: {ensemble.result[0]}.")
    return ensemble
