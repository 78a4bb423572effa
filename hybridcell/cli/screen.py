"""`hybridcell screen`: all combinations of drugs, as a table and as a page for a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybridcell.cli.fitted import Fitted


def screen(
    fit: Fitted,
    readout: Annotated[str, typer.Option(help="Node whose response is screened, such as a viability.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("screen"),
    drugs: Annotated[
        list[str] | None,
        typer.Option(help="Names with commas between them; repeatable. All of the data if not given."),
    ] = None,
    doses: Annotated[int, typer.Option(min=2, help="Levels of each drug, 0 included.")] = 8,
    order: Annotated[int, typer.Option(help="Drugs per combination: 2 or 3.")] = 2,
    largest: Annotated[
        float | None, typer.Option(help="Largest dose or strength of all drugs; else that of the data.")
    ] = None,
    scale: Annotated[
        str | None,
        typer.Option(help="What responses are: log2, ln, log10 or linear; that of the network if not given."),
    ] = None,
    better: Annotated[str, typer.Option(help="Which way the readout should go: lower or higher.")] = "lower",
    keep: Annotated[
        bool,
        typer.Option(
            "--keep",
            help="Write responses to screen.zarr as they come; the same call goes on where it stopped.",
        ),
    ] = False,
    by: Annotated[str, typer.Option(help="What ranks: bliss, hsa, additive or effect.")] = "bliss",
) -> None:
    """Simulate all combinations of drugs; write screen.tsv and, for a browser, screen.html."""
    if out.exists() and not out.is_dir():
        raise typer.BadParameter(f"{str(out)!r} is a file; wanted a folder.", param_hint="--out")
    from hybridcell._core.errors import check_choice
    from hybridcell.cli.fitted import load_fitted

    check_choice("--by", by, ("bliss", "hsa", "additive", "effect"))
    import hybridcell as hc

    found = hc.screen_combinations(
        load_fitted(fit),
        readout=readout,
        drugs=None if drugs is None else [name.strip() for text in drugs for name in text.split(",")],
        doses=doses,
        order=order,
        input_range=largest,
        scale=scale,
        better=better,
        out=out / "screen.zarr" if keep else None,
    )
    best = found.top(10, by=by)
    written = [
        found.write(out / "screen.tsv"),
        found.to_html(out / "screen.html", title=f"{fit.stem}: drugs and {readout}"),
    ]
    typer.echo(f"{found!r}\n{best.to_string(index=False, float_format='%.4g')}")
    typer.echo(f"Written to {', '.join(map(str, written))}.")
