"""A model as an SBML document: states, inputs, network and residuals under ids of their own."""

from __future__ import annotations

import numpy as np

from hybridcell.io.sbml.document import COMPARTMENT, Document, annotation
from hybridcell.io.sbml.mathml import apply, symbol
from hybridcell.io.sbml.network import SBO_KINDS, add_network
from hybridcell.io.sbml.neural import add_residual
from hybridcell.mechanisms import CellBox
from hybridcell.neural import NeuralResidual


def build_document(
    mechanism: CellBox, residuals: tuple[NeuralResidual, ...], u: np.ndarray, weights: str
) -> tuple[Document, dict[str, str], dict[str, str]]:
    """Return the document, the id of each node's state, and that of each input that can be set.

    Inputs are those of the drugs (of all nodes where there are no drugs) and of what `u` perturbs.
    """
    document = Document()
    document.ids.new(COMPARTMENT)
    ids = {name: document.ids.new(name) for name in mechanism.names}
    driven = [n for n, kind in zip(mechanism.names, mechanism.kinds) if kind == "drug"]
    settable = [n for n, value in zip(mechanism.names, u) if n in driven or value != 0 or not driven]
    inputs = {
        name: document.add_parameter(
            f"u_{ids[name]}",
            name=f"input of {name}",
            value=float(u[mechanism.index(name)]),
            note=annotation("input", node=name),
        )
        for name in settable
    }
    added: dict[str, str] = {}
    for position, term in enumerate(residuals, start=1):
        for node, sid in add_residual(document, term, ids, inputs, position=position).items():
            added[node] = sid if node not in added else _add_up(document, node, added[node], sid)
    for index, (name, kind) in enumerate(zip(mechanism.names, mechanism.kinds)):
        note = annotation("node", kind=kind, index=index)
        document.add_species(ids[name], name=name, sbo=SBO_KINDS.get(kind), note=note)
    add_network(document, mechanism, ids, inputs, added, weights=weights)
    return document, ids, inputs


def _add_up(document: Document, node: str, first: str, second: str) -> str:
    sid = document.add_parameter(f"r_{node}", name=f"residuals of {node}", note=annotation("sum", node=node))
    document.set_always(sid, apply("plus", symbol(first), symbol(second)))
    return sid
