"""Drugs that are given as doses: a dose that can be set, and the share of its targets that the drug takes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hybridcell.io.sbml.document import Document, annotation
from hybridcell.io.sbml.mathml import apply, symbol
from hybridcell.mechanisms.doses import DoseLayer

SBO_HILL = "SBO:0000190"  # Hill coefficient


def add_occupancies(
    document: Document, layer: DoseLayer, states: Mapping[str, str], doses: Mapping[str, str]
) -> dict[str, str]:
    """Add EC50, Hill coefficient and occupancy of each drug; return the occupancies' ids by drug.

    Below 1e-8 of the EC50 our own curve is a straight line, for its derivatives; the file has the plain Hill
    curve, which differs from it by less than 1e-8 for a Hill coefficient of 1.

    Parameters
    ----------
    states
        Ids of the nodes' states.
    doses
        Ids of the doses by drug.
    """
    found = {}
    curves = layer.curves()
    for drug, ec50, hill in zip(layer.drugs, np.asarray(curves.ec50), np.asarray(curves.hill)):
        sid = states[drug]
        half = document.add_parameter(
            f"ec50_{sid}",
            name=f"dose of half the effect of {drug}",
            value=float(ec50),
            note=annotation("dose", learned=True, node=drug, unit=layer.unit),
        )
        slope = document.add_parameter(
            f"hill_{sid}",
            name=f"Hill coefficient of {drug}",
            value=float(hill),
            sbo=SBO_HILL,
            note=annotation("dose", learned=True, node=drug),
        )
        taken = document.add_parameter(
            f"occupancy_{sid}",
            name=f"share of its targets that {drug} takes",
            note=annotation("dose", node=drug),
        )
        given, middle = (apply("power", symbol(one), symbol(slope)) for one in (doses[drug], half))
        document.set_always(taken, apply("divide", given, apply("plus", middle, given)))
        found[drug] = taken
    return found
