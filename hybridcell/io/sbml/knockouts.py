"""Knockouts and knockdowns of a gene network of GeneNetWeaver, as conditions to simulate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell._core.number_checks import is_number, plain

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.mechanisms.reactions.network import ReactionNetwork

_MAKES = "_synthesis.max"


def gene_conditions(
    network: ReactionNetwork, taken: Iterable[Mapping[str, float]] | pd.DataFrame | None = None
) -> dict[str, dict[str, float]]:
    """Return conditions under which genes are made at smaller rates, for `hc.steady_state` and `hc.simulate`.

    Parameters
    ----------
    network
        From `read_gnw`.
    taken
        Per condition: gene -> share of its production that is taken away, 1 for a knockout, 0.5 for a
        knockdown to half. A DataFrame (index: names of conditions, columns: genes) such as those of
        the genes in ``obsm["doses"]`` of `hc.datasets.dream4` does as well. Default: every single knockout.

    Returns
    -------
    dict
        Name of the condition ("G1", "G1+G2", "G1 0.5", "control") -> values of constants.

    Raises
    ------
    UnknownNameError
        When there is no such gene.
    InvalidValueError
        When the network has no genes, a share is not between 0 and 1, or two conditions are the same.

    Notes
    -----
    GeneNetWeaver itself knocks genes out of the wild type and looks 2,000 units of time later, settled or
    not: ``network.starting_from(wild)`` with ``hc.simulate(..., t1=2000)`` does that, where ``wild`` is the
    state at 2,000 of the untouched network. `hc.steady_state` gives the states where all is at rest.

    Examples
    --------
    >>> from hybridcell.io import read_gnw
    >>> from hybridcell.io.sbml.knockouts import gene_conditions
    >>> law = "<kineticLaw><listOfParameters>{}</listOfParameters></kineticLaw>".format
    >>> rates = {"max": 2, "a_0": 0.5, "maxTranslation": 1, "deltaProtein": 1}
    >>> made = "".join(f'<parameter id="{k}" value="{v}"/>' for k, v in rates.items())
    >>> lost = law('<parameter id="delta" value="1"/>')
    >>> network = read_gnw(
    ...     '<sbml xmlns="http://www.sbml.org/sbml/level2" level="2" version="1"><model>'
    ...     '<listOfCompartments><compartment id="cell" size="1"/></listOfCompartments>'
    ...     '<listOfSpecies><species id="G1" compartment="cell"/></listOfSpecies><listOfReactions>'
    ...     f'<reaction id="G1_synthesis">{law(made)}</reaction><reaction id="G1_degradation">'
    ...     f"{lost}</reaction></listOfReactions></model></sbml>"
    ... )
    >>> gene_conditions(network, [{"G1": 1}, {"G1": 0.5}])
    {'G1': {'G1_synthesis.max': 0.0}, 'G1 0.5': {'G1_synthesis.max': 1.0}}
    """
    constants = list(network.equations.constants)
    genes = [name.removesuffix(_MAKES) for name in constants if name.endswith(_MAKES)]
    if not genes:
        raise InvalidValueError(
            f"The network has no constant <gene>{_MAKES}: it is no gene network of GeneNetWeaver (read_gnw). "
            "Conditions of other networks are dicts of constants, such as {'k1': 0.0}."
        )
    values = dict(zip(constants, np.asarray(network.values, dtype=float)))
    found: dict[str, dict[str, float]] = {}
    for name, row in _rows(taken, genes):
        given = {gene: _share(gene, share, genes) for gene, share in row.items()}
        named = name or _label(given)
        if named in found:
            raise InvalidValueError(f"The condition {named!r} comes twice; give each once.")
        found[named] = {
            f"{gene}{_MAKES}": float((1 - share) * values[f"{gene}{_MAKES}"])
            for gene, share in given.items()
            if share
        }
    return found


def _rows(taken: Any, genes: list[str]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return names ("" = to be made) and shares."""
    if taken is None:
        return [("", {gene: 1.0}) for gene in genes]
    if hasattr(taken, "columns") and hasattr(taken, "index"):
        # without columns there are no records, and each row is the control
        records = taken.to_dict("records") or [{} for _ in taken.index]
        return list(zip(map(str, taken.index), records, strict=True))
    rows: list[Any] = [taken] if isinstance(taken, str | Mapping) else list(taken)
    if isinstance(taken, Mapping) or not all(isinstance(row, Mapping) for row in rows):
        raise InvalidValueError(
            "Conditions must be a list of dicts such as [{'G1': 1}, {'G1': 1, 'G2': 1}], or a DataFrame."
        )
    return [("", row) for row in rows]


def _share(gene: str, share: Any, genes: list[str]) -> float:
    if gene not in genes:
        raise unknown_name("gene", gene, genes)
    value = plain(share)
    if not (is_number(value) and 0 <= value <= 1):
        raise InvalidValueError(
            f"The share taken from {gene!r} is {share!r}; wanted 0 (untouched) to 1 (knocked out)."
        )
    return float(value)


def _label(given: Mapping[str, float]) -> str:
    parts = [gene if share == 1 else f"{gene} {share:g}" for gene, share in given.items() if share]
    return "+".join(parts) or "control"
