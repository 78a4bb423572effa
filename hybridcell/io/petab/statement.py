"""What a PEtab problem states, whichever version it is written in: all that an objective is made from.

Expressions are over the leaves ``symbol(id)``, ``time()`` and numbers. An id is one of the model, of the
parameter table, of a placeholder, or an output of a neural network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from hybridcell._core.expressions import Expression

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.io.petab.network_use import NetworkUse

#: Scales on which parameters are estimated.
SCALES = ("lin", "log", "log10")
#: Distributions of measurements around the observable.
NOISES = ("normal", "laplace", "log-normal", "log-laplace", "log10-normal", "log10-laplace")
#: Families of priors and how many numbers each takes.
PRIORS = {
    "uniform": 2, "normal": 2, "laplace": 2, "log-normal": 2, "log-laplace": 2, "log-uniform": 2, "cauchy": 2,
    "chisquare": 1, "exponential": 1, "gamma": 2, "rayleigh": 1,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Prior:
    """A prior of one parameter.

    Attributes
    ----------
    family : str
        A key of `PRIORS`.
    parameters : tuple of float
        As in the standard: location and scale, or shape and scale, ...
    on_scale : bool
        It is one of the value on the parameter's scale ("parameterScaleNormal" and its like in version 1).
    truncated : bool
        It is cut off at the parameter's bounds and normalized there (version 2).
    """

    family: str
    parameters: tuple[float, ...]
    on_scale: bool = False
    truncated: bool = False


@dataclass(frozen=True, kw_only=True)
class PetabParameter:
    """A row of the parameter table. Bounds and nominal value are on the linear scale.

    Attributes
    ----------
    id : str
    name : str
    scale : str
        One of `SCALES`; "lin" in version 2.
    lower, upper : float
        May be infinite.
    nominal : float
        NaN where the table gives none (allowed where it is estimated).
    estimate : bool
    prior : Prior or None
        Of the objective.
    start_prior : Prior or None
        From which starts of a fit are drawn (version 1: initializationPrior; None: the prior, or else
        uniformly on the scale within the bounds).
    """

    id: str
    name: str = ""
    scale: str = "lin"
    lower: float = -np.inf
    upper: float = np.inf
    nominal: float = np.nan
    estimate: bool = True
    prior: Prior | None = None
    start_prior: Prior | None = None


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a condition sets: the value of an id at the start of a period.

    Attributes
    ----------
    target : str
        A species, compartment or parameter of the model, or an id that only formulas read.
    value : Expression or None
        None: the model's own value (NaN in the condition table of version 1, for parameters and
        compartments).
    """

    target: str
    value: Expression | None


@dataclass(frozen=True, kw_only=True)
class Period:
    """From its time on, what its changes say; all of them are computed before any is made.

    Attributes
    ----------
    time : float
        ``-inf``: preequilibration, until nothing moves any more.
    changes : tuple of Change
    conditions : tuple of str
        Ids of the conditions that it is made of, for messages and tables.
    """

    time: float
    changes: tuple[Change, ...] = ()
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Periods, in the order of their times; the state goes on from one to the next."""

    id: str
    periods: tuple[Period, ...]


@dataclass(frozen=True, kw_only=True)
class Observable:
    """A row of the observable table.

    Attributes
    ----------
    formula, noise : Expression
        Ids of other observables are already replaced by their formulas.
    placeholders, noise_placeholders : tuple of str
        Ids in the formulas that each measurement fills.
    distribution : str
        One of `NOISES`. The noise formula is the standard deviation (normal) or the scale (laplace), of the
        logarithm where the distribution is one of logarithms.
    """

    id: str
    name: str = ""
    formula: Expression
    noise: Expression
    placeholders: tuple[str, ...] = ()
    noise_placeholders: tuple[str, ...] = ()
    distribution: str = "normal"


@dataclass(frozen=True, kw_only=True, eq=False)
class PetabMeasurements:
    """The measurement table, row by row.

    Attributes
    ----------
    observable, experiment : ndarray of int, shape (n,)
        Places in the lists of the statement.
    time : ndarray, shape (n,)
        ``inf``: at the steady state.
    value : ndarray, shape (n,)
    observable_parameters, noise_parameters : tuple of tuple of Expression, length n
        What fills the placeholders of the row's observable.
    """

    observable: Int[np.ndarray, " n"]
    experiment: Int[np.ndarray, " n"]
    time: Float[np.ndarray, " n"]
    value: Float[np.ndarray, " n"]
    observable_parameters: tuple[tuple[Expression, ...], ...]
    noise_parameters: tuple[tuple[Expression, ...], ...]

    def __len__(self) -> int:
        return len(self.value)


@dataclass(frozen=True, kw_only=True, eq=False)
class Statement:
    """A PEtab problem.

    Attributes
    ----------
    version : {1, 2}
    file : Path
        The YAML file.
    model : Path
        The SBML file.
    tables : mapping of str to DataFrame
        As read, all columns as text, under "parameters", "conditions", "experiments", "observables",
        "measurements", "mapping", "hybridization" (those that exist; several files of one kind joined).
    networks : tuple of NetworkUse
        Neural networks of the PEtab-SciML extension.
    parts : mapping of str to str
        PEtab id -> what it names, for the rows of the mapping table.
    origins : mapping of str to tuple of (str, int)
        Kind of table -> file and line of each row of `tables`; empty for a problem made in code.
    yaml : mapping
        The content of the YAML file; empty for a problem made in code.
    """

    version: int
    file: Path
    model: Path
    parameters: tuple[PetabParameter, ...]
    experiments: tuple[Experiment, ...]
    observables: tuple[Observable, ...]
    measurements: PetabMeasurements
    tables: Mapping[str, pd.DataFrame]
    networks: tuple[NetworkUse, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    yaml: Mapping[str, Any] = field(default_factory=dict)
