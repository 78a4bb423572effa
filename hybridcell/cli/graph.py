"""`hybridcell graph`: the interaction graph of a fit, as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybridcell.cli.fitted import Fitted

_SUFFIXES = (".graphml", ".html", ".tsv", ".sif", ".json", ".sbml", ".xml")


def graph(
    fit: Fitted,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help=f"File, as {', '.join(_SUFFIXES)}; else the table is printed."),
    ] = None,
    confidence: Annotated[
        float | None, typer.Option(help="Keep edges whose interval over the fits at this level is not 0.")
    ] = None,
    top: Annotated[int | None, typer.Option(min=1, help="Keep so many of the strongest edges.")] = None,
    kind: Annotated[
        str, typer.Option(help="What a weight is: structural, response, local or global.")
    ] = "structural",
) -> None:
    """Write who acts on whom in a fitted model, with intervals over the fits."""
    from hybridcell.cli.fitted import check_suffix, load_fitted

    if out is not None:
        check_suffix(out, _SUFFIXES)
    import hybridcell as hc

    # the interval that decides which edges stay is the one that is shown
    level = 0.95 if confidence is None else confidence
    found = hc.interactions(load_fitted(fit), kind=kind, level=level)
    if confidence is not None or top is not None:
        found = found.filter(confidence=confidence, top=top)
    if out is None:
        typer.echo(found.edges.to_csv(sep="\t", index=False, float_format="%.6g"), nl=False)
        return
    if out.suffix.lower() == ".html":
        found.to_html(out, title=f"Interactions of {fit.stem}")
    else:
        found.write(out)
    typer.echo(f"{found!r}\nWritten to {out}.")
