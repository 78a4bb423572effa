"""`hybridcell petab`: check, simulate and fit estimation problems in the PEtab format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.fit.estimation import Estimation
    from hybridcell.fit.petab.problem import PetabProblem

petab = typer.Typer(
    help="Estimation problems in the PEtab format.", no_args_is_help=True, rich_markup_mode=None
)

_Problem = Annotated[
    Path, typer.Argument(metavar="PROBLEM", help="The YAML file of a PEtab problem, version 1 or 2.")
]
_Rtol = Annotated[
    float | None, typer.Option("--rtol", help="Relative tolerance of simulations; 1e-8 if not given.")
]


@petab.command()
def check(
    problem: _Problem,
    validate: Annotated[
        bool, typer.Option("--validate", help="Have the package petab check the files first.")
    ] = False,
    rtol: _Rtol = None,
) -> None:
    """Read a problem, simulate it at the nominal values, and say what it holds."""
    if validate:
        need_linter()
    lines, failures = report(read(problem, rtol=rtol, validate=validate))
    typer.echo(lines)
    if failures:
        typer.echo(f"hybridcell: {problem} cannot be simulated at its nominal values: {failures}", err=True)
        raise typer.Exit(1)


@petab.command()
def simulate(
    problem: _Problem,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="TSV file; else standard output.")] = None,
    parameters: Annotated[
        Path | None,
        typer.Option(help="Other values: a table with parameterId and nominalValue, as PEtab's."),
    ] = None,
    rtol: _Rtol = None,
) -> None:
    """Write the table of measurements with simulated values in the place of measured ones."""
    read_problem = read(problem, rtol=rtol)
    theta = None if parameters is None else read_values(parameters)
    frame = simulations(read_problem, theta)
    text = frame.to_csv(sep="\t", index=False, float_format="%.17g", lineterminator="\n")
    if out is None:
        typer.echo(text, nl=False)
    else:
        from hybridcell._core.files import write_text

        write_text(out, text)


@petab.command()
def fit(
    problem: _Problem,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")],
    starts: Annotated[int, typer.Option(help="From how many points to start.")] = 20,
    method: Annotated[
        str,
        typer.Option(
            help="least-squares, trust-region, l-bfgs-b, fides, adam, cma-es; auto: the first that fits."
        ),
    ] = "auto",
    seed: Annotated[int, typer.Option(help="Of the starts.")] = 0,
    iterations: Annotated[int | None, typer.Option(help="Most iterations of a run.")] = None,
    hierarchical: Annotated[
        bool,
        typer.Option(
            "--hierarchical", help="Find scalings, offsets and noise for each vector of the others."
        ),
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start anew, where the folder has an unfinished fit.")
    ] = False,
    rtol: _Rtol = None,
) -> None:
    """Estimate the parameters from many starts; the same call goes on where it was stopped."""
    import jax

    from hybridcell.fit.estimation import estimate

    read_problem = read(problem, rtol=rtol)
    outer = read_problem.hierarchical() if hierarchical else None
    objective = read_problem.objective if outer is None else outer
    if method == "auto":
        method = "least-squares" if objective.has_least_squares else "trust-region"
    checkpoint = out / "checkpoint.npz"
    if fresh:
        checkpoint.unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    estimation = estimate(
        objective,
        n_starts=starts,
        method=method,
        max_iterations=iterations,
        checkpoint=checkpoint,
        key=jax.random.key(seed),
    )
    best = estimation.best.theta
    fitted = read_problem.with_parameters(best if outer is None else outer.full(best))
    write_results(fitted, estimation, out)
    typer.echo(summary(fitted, estimation))


# ---------------------------------------------------------------------------------------------- the work


def read(problem: Path, *, rtol: float | None = None, validate: bool = False) -> PetabProblem:
    """Return the problem of a file."""
    import hybridcell as hc

    solve = None if rtol is None else hc.Solve(rtol=rtol, atol=rtol)
    return hc.read_petab(problem, solve=solve, validate=validate)


def need_linter() -> None:
    """Refuse where the package petab is missing: silence would look like a clean bill.

    Raises
    ------
    InvalidValueError
        With how to install it.
    """
    from importlib.util import find_spec

    from hybridcell._core.errors import InvalidValueError

    if find_spec("petab") is None:
        raise InvalidValueError("--validate needs the package petab: pip install 'hybridcell[petab]'.")


def report(problem: PetabProblem) -> tuple[str, str]:
    """Return what a problem holds, in aligned lines, and what cannot be simulated ("" if all can)."""
    import numpy as np

    from hybridcell.cli.info import lines_of

    statement = problem.statement
    measured = statement.measurements
    observables = [o.id for o in statement.observables]
    facts: dict[str, object] = {
        "model": f"{problem.model.id}, {_counted(len(problem.model.equations.states), 'state')}",
        "observables": f"{len(observables)}: {_listed(observables)}",
        "noise": ", ".join(sorted({o.distribution for o in statement.observables})),
        "measurements": _measurements(len(measured), measured.time),
        "experiments": f"{len(statement.experiments)}: {_listed([e.id for e in statement.experiments])}",
    }
    for use in statement.networks:
        facts[f"network {use.id}"] = _counted(sum(a.value.size for a in use.arrays.values()), "weight")
    own = [p.id for p in statement.parameters if p.estimate]
    weights = len(problem.free) - len(own)
    facts["to estimate"] = f"{_counted(len(own), 'parameter')}: {_listed(own)}" + (
        f"; {_counted(weights, 'weight')}" if weights else ""
    )
    missing = [id for id, value in zip(problem.free, problem.nominal) if not np.isfinite(value)]
    failures = ""
    if missing:
        failures = f"no nominal value of {_listed(missing)}."
    else:
        facts["log-likelihood"] = f"{problem.log_likelihood():.10g} at the nominal values"
        facts["log-prior"] = f"{problem.log_prior():.10g}"
        facts["chi2"] = f"{problem.chi2():.10g} of {len(measured)} measurements"
        rows = problem.failures()
        both = zip(rows["conditions"], rows["reason"])
        reasons = [f"{conditions or 'the simulation'}: {reason}" for conditions, reason in both]
        if not np.isfinite(problem.log_likelihood()) and not reasons:
            reasons = ["a simulated value or its noise is not finite, or not positive under a logarithm"]
        failures = "; ".join(reasons[:5]) + ("; ..." if len(reasons) > 5 else "") + ("." if reasons else "")
    return lines_of(f"{statement.file.name}: PEtab version {statement.version}", facts), failures


def _measurements(n: int, times: Any) -> str:
    import numpy as np

    finite = times[np.isfinite(times)]
    rest = int(np.isinf(times).sum())
    if not len(finite):
        return f"{n}, all at the steady state"
    span = f", times {finite.min():g} to {finite.max():g}" if np.ptp(finite) else f", time {finite[0]:g}"
    return f"{n}{span}" + (f", {rest} at the steady state" if rest else "")


def _counted(n: int, what: str) -> str:
    return f"{n} {what}" + ("" if n == 1 else "s")


def _listed(names: Any) -> str:
    names = [*names]
    return ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")


def read_values(path: Path) -> dict[str, float]:
    """Return id -> value of a table with the columns parameterId and nominalValue.

    Raises
    ------
    FileFormatError
        When there is no such table, or something in it is no number.
    """
    import pandas as pd

    from hybridcell._core.errors import FileFormatError
    from hybridcell._core.text_numbers import number_in

    try:
        table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise FileFormatError(f"{str(path)!r} cannot be read as a table of parameters: {error}.") from error
    for column in ("parameterId", "nominalValue"):
        if column not in table.columns:
            raise FileFormatError(
                f"{str(path)!r} has no column {column!r}; wanted parameterId, nominalValue."
            )
    values: dict[str, float] = {}
    for line, (id, text) in enumerate(zip(table["parameterId"], table["nominalValue"]), 2):
        try:
            values[id] = number_in(text)
        except ValueError:
            raise FileFormatError(f"{path}, line {line}: {text!r} is no number.") from None
    return values


def simulations(problem: PetabProblem, values: dict[str, float] | None = None) -> pd.DataFrame:
    """Return the table of measurements with a column `simulation` in the place of `measurement`.

    Raises
    ------
    NotConvergedError
        When something could not be simulated.
    """
    import numpy as np

    from hybridcell._core.errors import NotConvergedError

    problem = problem if values is None else problem.with_parameters(values)
    frame = problem.simulate().drop(columns=["measurement", "noise"])
    if not np.isfinite(frame["simulation"]).all():
        rows = problem.failures()
        reason = rows["reason"].iloc[0] if len(rows) else "a simulated value is not finite"
        raise NotConvergedError(f"{problem.statement.file}: {reason}.")
    return frame


def write_results(fitted: PetabProblem, estimation: Estimation, folder: Path) -> None:
    """Write the table of all runs, the fitted problem, the calibrated model, and figures."""
    import hybridcell as hc
    from hybridcell._core.files import write_text

    runs = estimation.to_dataframe()
    write_text(folder / "estimation.tsv", runs.to_csv(sep="\t", index=False, float_format="%.17g"))
    hc.write_petab(fitted, folder / "petab")
    hc.write_sbml(fitted.calibrated(), folder / "calibrated.xml", resimulate=False)
    _write_figures(fitted, estimation, folder)


def _write_figures(fitted: PetabProblem, estimation: Estimation, folder: Path) -> None:
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    import hybridcell as hc
    from hybridcell._core.files import replacing

    drawn = {
        "waterfall": lambda: hc.pl.waterfall(estimation),
        "parameters": lambda: hc.pl.parameters(estimation),
        "fit": lambda: hc.pl.petab_fit(fitted)[0],
    }
    for name, draw in drawn.items():
        figure = draw().figure
        with replacing(folder / f"{name}.png") as temporary:
            figure.savefig(temporary, dpi=150)
        plt.close(figure)


def summary(fitted: PetabProblem, estimation: Estimation) -> str:
    """Return how the fit went, and the estimates, in aligned lines."""
    import numpy as np

    from hybridcell.cli.info import lines_of

    facts: dict[str, object] = {
        "runs": estimation.result,
        "method": estimation.method,
        "log-likelihood": f"{fitted.log_likelihood():.10g}",
        "chi2": f"{fitted.chi2():.6g} of {len(fitted.statement.measurements)} measurements",
    }
    values = fitted.linear()
    theta, lower, upper = fitted.nominal, fitted.lower, fitted.upper
    near = np.minimum(theta - lower, upper - theta) < 1e-6 * np.minimum(upper - lower, 1e300)
    shown = [*zip(values.items(), near)][:40]
    facts |= {id: f"{value:.6g}" + (" (at a bound)" if edge else "") for (id, value), edge in shown}
    if len(values) > len(shown):
        facts["..."] = f"{len(values) - len(shown)} more in petab/"
    return lines_of(f"{fitted.name}: {_counted(len(estimation), 'start')}", facts)
