"""`hybridcell export`: the best model of a fit as SBML."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybridcell.cli.fitted import Fitted


def export(
    fit: Fitted,
    out: Annotated[Path, typer.Option("--out", "-o", help="SBML file, as .xml or .sbml.")],
    neural: Annotated[
        str, typer.Option(help="Neural parts: exact, distill (formulas), omit, or error if there are any.")
    ] = "exact",
    level: Annotated[str, typer.Option(help="Level and version of SBML: 3.2 or 2.4.")] = "3.2",
    check: Annotated[
        bool, typer.Option(help="Simulate the file again, with libRoadRunner and COPASI where installed.")
    ] = True,
) -> None:
    """Write the best model of a fit as SBML, and say what is exact."""
    from hybridcell.cli.fitted import check_suffix, load_fitted

    check_suffix(out, (".xml", ".sbml"))
    import hybridcell as hc

    report = hc.write_sbml(load_fitted(fit), out, neural=neural, level=level, resimulate=check)
    typer.echo(repr(report))
