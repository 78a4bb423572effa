"""How a problem is shown: its parameters as a table, its card."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hybridcell.io.petab.statement import PetabParameter, Statement
from hybridcell.mechanisms.reactions.network import ReactionNetwork

if TYPE_CHECKING:
    import pandas as pd


def parameter_table(parameters: Iterable[PetabParameter]) -> pd.DataFrame:
    """Return parameters by id."""
    import pandas as pd

    rows = [
        {
            "parameterId": p.id,
            "name": p.name,
            "scale": p.scale,
            "lower": p.lower,
            "upper": p.upper,
            "nominal": p.nominal,
            "estimate": p.estimate,
            "prior": "" if p.prior is None else f"{p.prior.family}{p.prior.parameters}",
        }
        for p in parameters
    ]
    return pd.DataFrame(rows).set_index("parameterId")


def facts_of(statement: Statement, model: ReactionNetwork) -> dict[str, object]:
    """Return what a card says of a problem."""
    s = statement
    noises = sorted({o.distribution for o in s.observables})
    return {
        "format": f"PEtab version {s.version}",
        "model": f"{model.id}, {len(model.equations.states)} states",
        "measurements": f"{len(s.measurements)} of {', '.join(o.id for o in s.observables[:8])}"
        + (" ..." if len(s.observables) > 8 else ""),
        "experiments": len(s.experiments),
        "noise": ", ".join(noises),
        "parameters": f"{sum(p.estimate for p in s.parameters)} to estimate of {len(s.parameters)}",
        "networks": ", ".join(n.id for n in s.networks) or "none",
    }
