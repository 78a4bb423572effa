"""`hybridcell simulate`: a model file over time, as a table."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hybridcell._core.errors import InvalidValueError, NotConvergedError
from hybridcell._core.files import replacing
from hybridcell._core.text_numbers import number_in

if TYPE_CHECKING:
    import pandas as pd


def simulate_file(
    model: str | os.PathLike[str],
    *,
    end: float,
    start: float = 0.0,
    points: int = 101,
    set: Sequence[str] = (),
    amounts: bool = False,
    method: str = "auto",
    rtol: float = 1e-6,
    backend: str = "jax",
) -> pd.DataFrame:
    """Return a table over time of a model in an SBML (or Antimony) file: all species, or what `set` changes.

    Parameters
    ----------
    set
        Texts like ``"k1=0.5"``: other values of constants.
    amounts
        Species as amounts, not as they are meant in the model's math.

    Raises
    ------
    NotConvergedError
        When the integration stopped before the end.
    """
    import hybridcell as hc

    network = hc.read_sbml(model)
    solve = hc.Solve(method=method, rtol=rtol, backend=backend)
    trajectory = hc.simulate(
        network,
        t1=end,
        t0=start,
        n_points=points,
        conditions=dict(map(_assignment, set)) or None,
        solve=solve,
    )
    if not trajectory.success.all():
        raise NotConvergedError(f"{os.fspath(model)}: {trajectory.result[0]}.")
    return trajectory.to_dataframe(amounts=network.species.ids if amounts else ())


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV, wholly or not at all, with all digits."""
    with replacing(path) as temporary:
        frame.to_csv(temporary, float_format="%.17g")


def _assignment(text: str) -> tuple[str, float]:
    name, equals, value = text.partition("=")
    try:
        return name.strip(), number_in(value)
    except ValueError:
        problem = "is no number" if equals else "has no '='"
        raise InvalidValueError(f"--set {text!r} {problem}; wanted ID=NUMBER, as in k1=0.5.") from None
