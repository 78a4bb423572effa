"""The commands. What they need is imported when they run, so that `--help` waits for nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybridcell.cli.export import export
from hybridcell.cli.fit import fit
from hybridcell.cli.graph import graph
from hybridcell.cli.networks import networks
from hybridcell.cli.new import new
from hybridcell.cli.petab import petab
from hybridcell.cli.recover import EPILOG as _RECOVER_EPILOG
from hybridcell.cli.recover import recover
from hybridcell.cli.screen import screen

app = typer.Typer(
    name="hybridcell",
    help="A differentiable simulator of the cell: mechanism where you know it, neural where you don't.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog="Exit codes: 0 done, 1 the work failed, 2 bad usage. HYBRIDCELL_DEBUG=1 shows the traceback.",
)
for _job in (new, fit, graph, screen, export):
    app.command()(_job)
app.add_typer(petab, name="petab")
app.command(epilog=_RECOVER_EPILOG)(recover)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("hybridcell-demo"),
    seed: Annotated[int, typer.Option(help="Of the simulated noise, the split and the fit.")] = 0,
    smoke: Annotated[bool, typer.Option("--smoke", help="A quick test; its numbers mean nothing.")] = False,
) -> None:
    """Do the four jobs on a simulated screen with known truth, in a minute or two."""
    # seed 0 is the recipe as written, and then [expect] applies
    _run("demo", {"seed": seed} if seed else None, out, smoke)


@app.command()
def run(
    recipe: Annotated[
        str,
        typer.Argument(
            metavar="RECIPE", help="A TOML file, or the name of a recipe that ships with hybridcell."
        ),
    ],
    set: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="TABLE.KEY=VALUE", help="Change a setting, as in fit.steps=200; repeatable."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the results.")] = None,
    smoke: Annotated[bool, typer.Option("--smoke", help="A quick test; its numbers mean nothing.")] = False,
) -> None:
    """Run a recipe and write its results to one folder."""
    _run(recipe, set, out, smoke)


@app.command()
def simulate(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="An SBML file, or Antimony (.ant).")],
    end: Annotated[float, typer.Option(help="Last time, in the model's unit.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="CSV file; else standard output.")] = None,
    start: Annotated[float, typer.Option(help="First time.")] = 0.0,
    points: Annotated[int, typer.Option(help="Number of times, both ends included.")] = 101,
    set: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="ID=NUMBER", help="Another value of a constant; repeatable."),
    ] = None,
    amounts: Annotated[bool, typer.Option("--amounts", help="Species as amounts.")] = False,
    method: Annotated[str, typer.Option(help="Integration method.")] = "auto",
    rtol: Annotated[float, typer.Option(help="Relative tolerance.")] = 1e-6,
    backend: Annotated[str, typer.Option(help="jax, or numpy for a single run without compiling.")] = "numpy",
) -> None:
    """Simulate a model and write its species over time."""
    from hybridcell.cli.simulate import simulate_file, write_table

    frame = simulate_file(
        model,
        end=end,
        start=start,
        points=points,
        set=set or (),
        amounts=amounts,
        method=method,
        rtol=rtol,
        backend=backend,
    )
    if out is None:
        typer.echo(frame.to_csv(float_format="%.10g"), nl=False)
    else:
        write_table(frame, out)


@app.command()
def info(
    what: Annotated[
        str,
        typer.Argument(metavar="WHAT", help="An .h5ad, .hc, .toml or .xml file, or the name of what ships."),
    ],
) -> None:
    """Say what a file holds, or what a data set, network or recipe is."""
    from hybridcell.cli.info import describe

    typer.echo(describe(what))


app.command()(networks)


@app.command()
def versions() -> None:
    """Print versions and the device, and check that the installed JAX computes right."""
    from hybridcell.cli.versions import report

    lines, sound = report()
    typer.echo(lines)
    if not sound:
        raise typer.Exit(1)


def _run(recipe: str, set: dict[str, int] | list[str] | None, out: Path | None, smoke: bool) -> None:
    from hybridcell.recipes import run

    result = run(recipe, set=set, out=out, smoke=smoke, progress=typer.echo)
    if not result.passed:
        failed = "; ".join(str(check) for check in result.checks if not check.passed)
        typer.echo(f"hybridcell: the results are not what {result.name!r} expects: {failed}.", err=True)
        raise typer.Exit(1)
