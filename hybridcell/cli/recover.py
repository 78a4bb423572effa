"""`hybridcell recover`: from a folder of expression tables to ranked edges and double knockouts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pandas as pd

EPILOG = (
    "One --out takes the ranked edges or, with --doubles, the predicted double knockouts; two take the edges "
    "and then the double knockouts. --edges names the file of the edges in any case."
)


def recover(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help="Tables of a DREAM4 network: any of wildtype, knockouts, knockdowns, timeseries (.tsv).",
        ),
    ],
    out: Annotated[
        list[Path] | None,
        typer.Option("--out", "-o", help="TSV file; without any, the edges go to standard output."),
    ] = None,
    edges: Annotated[Path | None, typer.Option(help="TSV file of all ordered pairs, best first.")] = None,
    doubles: Annotated[
        Path | None,
        typer.Option(
            metavar="PAIRS",
            help="Also predict double knockouts: two genes a line, as names or numbers from 1.",
        ),
    ] = None,
    decay: Annotated[
        float | None, typer.Option(help="Expected decay of mRNA, per time; alone also the turnover.")
    ] = None,
    turnover: Annotated[float | None, typer.Option(help="Expected turnover of protein, per time.")] = None,
    members: Annotated[int | None, typer.Option(help="Number of fits; 12 if not given.")] = None,
    stimulus_off: Annotated[float, typer.Option(help="Time at which the stimuli of the series end.")] = 500.0,
    seed: Annotated[int, typer.Option(help="Of the random weights of the experiments.")] = 0,
) -> None:
    """Find who regulates whom from knockouts, knockdowns and time series."""
    edge_file, double_file = files(out or [], edges, doubles is not None)
    from hybridcell.cli.recover_files import read_pairs, write_tables

    given = [rate for rate in (decay, turnover) if rate is not None]
    rates = (given[0], given[-1]) if given else None
    import jax

    from hybridcell.data.datasets import dream4_folder
    from hybridcell.graph.recovery import recover as find

    adata = dream4_folder(folder, stimulus_off=stimulus_off)
    # a mistake in the pairs must not cost the minutes of the fit
    pairs = None if doubles is None else read_pairs(doubles, [str(name) for name in adata.var_names])
    found = find(adata, rates=rates, n=members, key=jax.random.key(seed))
    tables: list[tuple[pd.DataFrame, Path]] = []
    if edge_file is not None:
        tables.append((found.ranked(), edge_file))
    if pairs is not None and double_file is not None:
        tables.append((found.predict_doubles(pairs), double_file))
    write_tables(tables)
    if not tables:
        typer.echo(found.ranked().to_csv(sep="\t", index=False, float_format="%.6g"), nl=False)


def files(out: list[Path], edges: Path | None, with_doubles: bool) -> tuple[Path | None, Path | None]:
    """Return where the edges go and where the double knockouts go.

    Raises
    ------
    typer.BadParameter
        When the files named do not fit what is asked for.
    """
    wanted = 1 + with_doubles - (edges is not None)
    if len(out) > wanted:
        what = f"{len(out)} files are named with --out and {wanted} can be written"
        raise typer.BadParameter(what + ("." if with_doubles else "; doubles need --doubles PAIRS."))
    if with_doubles and not out:
        raise typer.BadParameter("--doubles needs a file for what it predicts: -o predicted.tsv.")
    named = [*([edges] if edges else []), *out]
    if len(named) == 2 and named[0].resolve() == named[1].resolve():
        raise typer.BadParameter(f"{str(named[0])!r} is named twice; wanted two different files.")
    if not with_doubles:
        return (named[0] if named else None), None
    return (named[0] if len(named) == 2 else None), named[-1]
