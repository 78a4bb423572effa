"""SBML-qual: a graph as qualitative species, and transitions whose inputs have signs."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from hybridcell._core.errors import FileFormatError, SBMLError
from hybridcell._core.files import write_text
from hybridcell.io.sbml.document import NAMESPACE
from hybridcell.io.sbml.ids import Ids
from hybridcell.io.sbml.read.source import find_source

if TYPE_CHECKING:
    from hybridcell.graph.edge_graph import EdgeGraph

_CORE = "http://www.sbml.org/sbml/level3/version1/core"
_QUAL = "http://www.sbml.org/sbml/level3/version1/qual/version1"
_SIGNS = {1: "positive", -1: "negative", 0: "unknown"}
_BACK = {"positive": 1, "negative": -1, "unknown": 0, "dual": 0}


def write_qual(graph: EdgeGraph, rows: list[dict[str, Any]], path: Path) -> None:
    """Write the graph as SBML Level 3 Version 1 with the package qual.

    There is one transition for each node that is regulated, with an input for each regulator. They have the
    default term only: the file states who acts on whom and with what sign, not a logical model. What the
    package has no place for (kinds, weights, intervals) is in annotations.

    References
    ----------
    Chaouiya et al., BMC Systems Biology 7 (2013) 135.
    """
    for prefix, namespace in (("", _CORE), ("qual", _QUAL), ("hc", NAMESPACE)):
        ElementTree.register_namespace(prefix, namespace)
    ids = Ids()
    cell = ids.new("cell")
    sid = {name: ids.new(name) for name in graph.nodes["name"]}
    root = ElementTree.Element(
        f"{{{_CORE}}}sbml", {"level": "3", "version": "1", f"{{{_QUAL}}}required": "true"}
    )
    model = ElementTree.SubElement(root, f"{{{_CORE}}}model", {"id": ids.new("interactions")})
    _note(model, "graph", {"kind": graph.kind, "level": graph.level, "at": graph.at})
    compartments = ElementTree.SubElement(model, f"{{{_CORE}}}listOfCompartments")
    ElementTree.SubElement(compartments, f"{{{_CORE}}}compartment", {"id": cell, "constant": "true"})
    _add_nodes(model, graph, sid, cell)
    _add_transitions(model, rows, sid, ids)
    text = ElementTree.tostring(root, encoding="unicode")
    write_text(path, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n')


def _add_nodes(model: ElementTree.Element, graph: EdgeGraph, sid: dict[str, str], cell: str) -> None:
    if not sid:
        return
    group = ElementTree.SubElement(model, f"{{{_QUAL}}}listOfQualitativeSpecies")
    regulated = set(graph.edges["target"])
    for name, kind in zip(graph.nodes["name"], graph.nodes["kind"]):
        constant = "false" if name in regulated else "true"
        about = {"id": sid[name], "name": name, "compartment": cell, "constant": constant}
        element = ElementTree.SubElement(group, f"{{{_QUAL}}}qualitativeSpecies", _qualified(about))
        _note(element, "node", {"kind": kind})


def _add_transitions(
    model: ElementTree.Element, rows: list[dict[str, Any]], sid: dict[str, str], ids: Ids
) -> None:
    by_target: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for rank, row in enumerate(rows):
        by_target.setdefault(row["target"], []).append((rank, row))
    if not by_target:
        return
    group = ElementTree.SubElement(model, f"{{{_QUAL}}}listOfTransitions")
    for target, edges in by_target.items():
        change = ElementTree.SubElement(
            group, f"{{{_QUAL}}}transition", _qualified({"id": ids.new(f"to_{sid[target]}")})
        )
        inputs = ElementTree.SubElement(change, f"{{{_QUAL}}}listOfInputs")
        for rank, row in edges:
            about = {
                "id": ids.new(f"{sid[row['source']]}_to_{sid[target]}"),
                "qualitativeSpecies": sid[row["source"]],
                "transitionEffect": "none",
                "sign": _SIGNS[row["sign"]],
            }
            element = ElementTree.SubElement(inputs, f"{{{_QUAL}}}input", _qualified(about))
            numbers = {k: v for k, v in row.items() if k not in ("source", "target", "sign")}
            _note(element, "edge", {"rank": rank, **numbers})
        outputs = ElementTree.SubElement(change, f"{{{_QUAL}}}listOfOutputs")
        about = {"id": ids.new(f"{sid[target]}_out"), "qualitativeSpecies": sid[target]}
        about["transitionEffect"] = "assignmentLevel"
        ElementTree.SubElement(outputs, f"{{{_QUAL}}}output", _qualified(about))
        terms = ElementTree.SubElement(change, f"{{{_QUAL}}}listOfFunctionTerms")
        ElementTree.SubElement(terms, f"{{{_QUAL}}}defaultTerm", _qualified({"resultLevel": "0"}))


def _qualified(about: dict[str, str]) -> dict[str, str]:
    return {f"{{{_QUAL}}}{name}": value for name, value in about.items()}


def _note(element: ElementTree.Element, tag: str, about: dict[str, Any]) -> None:
    note = ElementTree.SubElement(element, f"{{{_CORE}}}annotation")
    # columns of others may have names that XML does not allow, with spaces for example
    named = {k: _word(v) for k, v in about.items() if re.fullmatch(r"[A-Za-z_][\w.-]*", k, re.ASCII)}
    ElementTree.SubElement(note, f"{{{NAMESPACE}}}{tag}", named)


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else value if isinstance(value, str) else repr(value)


def read_qual(path: Path) -> tuple[dict[str, Any], list[tuple[str, str]], list[dict[str, Any]]]:
    """Return what an SBML-qual file says: about the graph, nodes with kinds, rows of edges.

    Signs are those of the inputs ("dual" has none); kinds and numbers come back from files that this library
    wrote. Files are checked as all SBML is: no document type, no entities.

    Raises
    ------
    FileFormatError
        When the file is no SBML, has no qualitative species, or refers to one that it does not have.
    """
    root = ElementTree.fromstring(find_source(path).text.encode("utf-8"))
    species = {e.get(f"{{{_QUAL}}}id", ""): e for e in root.iter(f"{{{_QUAL}}}qualitativeSpecies")}
    names = {one: element.get(f"{{{_QUAL}}}name") or one for one, element in species.items()}
    if len(set(names.values())) < len(names):  # names may come twice, ids may not
        names = {one: one for one in names}
    nodes = [(names[one], _noted(element, "node").get("kind", "protein")) for one, element in species.items()]
    if not nodes:
        raise FileFormatError(
            f"{str(path)!r} has no qualitative species; wanted SBML with the package qual. A model of "
            "reactions is read by hc.read_sbml."
        )
    rows = []
    for transition in root.iter(f"{{{_QUAL}}}transition"):
        outputs = [_species(e, names, path) for e in transition.iter(f"{{{_QUAL}}}output")]
        for element in transition.iter(f"{{{_QUAL}}}input"):
            source, sign = _species(element, names, path), element.get(f"{{{_QUAL}}}sign", "unknown")
            if sign not in _BACK:
                raise SBMLError(f"an input has sign {sign!r}", hint="Wanted positive, negative or unknown.")
            for target in outputs:
                ends = {"source": source, "target": target, "sign": _BACK[sign]}
                rows.append({**_noted(element, "edge"), **ends})
    rows.sort(key=lambda row: _rank(row.get("rank")))
    for row in rows:
        row.pop("rank", None)
    found = root.find(f"{{{_CORE}}}model")
    return ({} if found is None else _noted(found, "graph")), nodes, rows


def _rank(given: Any) -> float:
    """Return the place of an edge in the table; the last for what is no number."""
    try:
        rank = float(given)
    except (TypeError, ValueError):
        return math.inf
    return rank if rank == rank else math.inf


def _noted(element: ElementTree.Element, tag: str) -> dict[str, str]:
    found = element.find(f"{{{_CORE}}}annotation/{{{NAMESPACE}}}{tag}")
    return {} if found is None else dict(found.attrib)


def _species(element: ElementTree.Element, names: dict[str, str], path: Path) -> str:
    one = element.get(f"{{{_QUAL}}}qualitativeSpecies", "")
    if one not in names:
        raise FileFormatError(f"{str(path)!r} has a transition of {one!r}, which is no species of it.")
    return names[one]
