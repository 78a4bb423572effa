"""A model as an SBML document: states, inputs, network and residuals under ids of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hybridcell.io.sbml.document import COMPARTMENT, Document, annotation
from hybridcell.io.sbml.marks import architecture
from hybridcell.io.sbml.mathml import apply, symbol
from hybridcell.io.sbml.network import SBO_KINDS, add_network
from hybridcell.io.sbml.neural import Layers, add_residual
from hybridcell.io.sbml.occupancies import add_occupancies
from hybridcell.io.sbml.options import ExportOptions
from hybridcell.io.sbml.packages import group
from hybridcell.mechanisms import CellBox
from hybridcell.neural import NeuralResidual


def build_document(
    mechanism: CellBox,
    residuals: tuple[NeuralResidual, ...],
    layers: Sequence[Layers],
    u: np.ndarray,
    options: ExportOptions,
) -> tuple[Document, dict[str, str], dict[str, str], tuple[str, ...]]:
    """Return the document, the id of each node's state, that of each input that can be set, and groups.

    There is a group for each residual, with its units; `layers` are the residuals' weights and biases.
    Inputs of a dose layer are doses.
    """
    document = Document(options.dialect)
    document.ids.new(COMPARTMENT)
    ids = {name: document.ids.new(name) for name in mechanism.names}
    layer = mechanism.doses
    dosed = () if layer is None else layer.drugs
    inputs = {
        name: document.add_parameter(
            f"u_{ids[name]}",
            name=f"dose of {name}, {layer.unit}" if layer and name in dosed else f"input of {name}",
            value=float(u[mechanism.index(name)]),
            note=annotation("input", node=name, **({"unit": layer.unit} if layer and name in dosed else {})),
        )
        for name in settable_inputs(mechanism, u)
    }
    taken = {} if layer is None else add_occupancies(document, layer, ids, inputs)
    acting = {**inputs, **taken}
    added: dict[str, str] = {}
    groups: list[str] = []
    for position, term in enumerate(residuals, start=1):
        before = len(document.parameters)
        outputs = add_residual(document, term, ids, acting, position=position, layers=layers[position - 1])
        groups.append(_group(document, term, position, document.parameters[before:], options.facts))
        for node, sid in outputs.items():
            added[node] = sid if node not in added else _add_up(document, node, added[node], sid)
    for index, (name, kind) in enumerate(zip(mechanism.names, mechanism.kinds)):
        note = annotation("node", kind=kind, index=index)
        document.add_species(ids[name], name=name, sbo=SBO_KINDS.get(kind), note=note)
    add_network(document, mechanism, ids, acting, added, weights=options.weights)
    return document, ids, inputs, tuple(groups)


def settable_inputs(mechanism: CellBox, u: np.ndarray) -> list[str]:
    """Return whose inputs can be set: the drugs (all nodes where there are no drugs) and what u perturbs."""
    driven = [n for n, kind in zip(mechanism.names, mechanism.kinds) if kind == "drug"]
    return [n for n, value in zip(mechanism.names, u) if n in driven or value != 0 or not driven]


def _add_up(document: Document, node: str, first: str, second: str) -> str:
    sid = document.add_parameter(f"r_{node}", name=f"residuals of {node}", note=annotation("sum", node=node))
    document.set_always(sid, apply("plus", symbol(first), symbol(second)))
    return sid


def _group(
    document: Document, term: NeuralResidual, position: int, members: list[str], facts: Mapping[str, object]
) -> str:
    about = {
        "kind": "residual",
        "targets": " ".join(term.outputs or ()),
        "inputs": " ".join(term.inputs or ()),
        **architecture(term),
        **facts,
    }
    sid = document.ids.new(f"residual{position}_elements")
    return group(sid, f"neural residual {position}", members, annotation("hole", number=position, **about))
