"""The doors to PEtab problems."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.petab.kept_programs import digest_of
from hybridcell.fit.petab.problem import PetabProblem, make_problem
from hybridcell.io.petab.check import check_symbols, warn_of_unread
from hybridcell.io.petab.lint import lint_with_petab
from hybridcell.io.petab.read import read_statement
from hybridcell.io.petab.statement import Statement
from hybridcell.io.petab.write import write_statement
from hybridcell.simulate.solve import Solve


def read_petab(
    yaml: str | PathLike[str], *, solve: Solve | None = None, validate: bool = False
) -> PetabProblem:
    """Read a PEtab problem.

    Parameters
    ----------
    yaml : path
        The YAML file of a problem in PEtab version 1 or 2, also with the PEtab-SciML extension. Files that it
        names must lie in its folder or below.
    solve : Solve, optional
        Tolerances of simulations; 1e-8 for both (in the units of the model) if not given.
    validate : bool
        Have the package `petab` (extra ``petab``) check the problem first; its complaints are raised.

    Returns
    -------
    PetabProblem

    Raises
    ------
    PetabError
        Naming the file, the line and the column of what is missing, unknown or contradictory.
    SBMLError
        If the model cannot be read.

    References
    ----------
    Schmiester et al. (2021), PLoS Comput. Biol. 17:e1008646. https://petab.readthedocs.io

    Examples
    --------
    >>> import hybridcell as hc
    >>> problem = hc.read_petab(hc.networks.load("jak_stat").petab)
    >>> round(problem.log_likelihood(), 2)
    121.62
    >>> problem
    PetabProblem('jak_stat': 76 measurements of 3 observables, 2 experiments, 9 parameters to estimate)
    """
    from hybridcell.io import read_sbml

    if validate:
        complaints = lint_with_petab(yaml)
        if complaints is None:
            raise InvalidValueError(
                "validate=True asks the package petab, which is not installed. Install it by "
                "pip install 'hybridcell[petab]', or leave validate out: the problem is checked all the same."
            )
        if complaints:
            raise InvalidValueError("The petab package finds: " + "; ".join(complaints))
    statement = read_statement(yaml)
    model = read_sbml(statement.model)
    if not statement.networks:
        ids = set(model.equations.observables)
        check_symbols(statement, ids)
        warn_of_unread(statement, ids)
    # arrays of networks are not among the files below
    digest = None if statement.networks else digest_of(_files(statement))
    return make_problem(statement, model, solve, digest=digest)


def _files(statement: Statement) -> list[Path]:
    folder = statement.file.parent
    tables = {folder / file for rows in statement.origins.values() for file, _ in rows}
    return [statement.file, statement.model, *sorted(tables)]


def write_petab(problem: PetabProblem, folder: str | PathLike[str]) -> Path:
    """Write a problem, with its nominal values of now, in the version in which it was read.

    Parameters
    ----------
    problem : PetabProblem
    folder : path
        Made if it is not there. Files are written under temporary names and then renamed.

    Returns
    -------
    Path
        The YAML file.

    Examples
    --------
    >>> import tempfile
    >>> import hybridcell as hc
    >>> problem = hc.read_petab(hc.networks.load("jak_stat").petab)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = hc.read_petab(hc.write_petab(problem, folder))
    >>> again.log_likelihood() == problem.log_likelihood()
    True
    """
    return write_statement(problem.statement, Path(folder))
