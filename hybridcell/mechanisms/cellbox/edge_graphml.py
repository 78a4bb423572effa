"""GraphML as plain values: nodes and edges with their attributes, nothing executed, no entities."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

from hybridcell._core.errors import FileFormatError

_NUMBERS = {"int": int, "integer": int, "long": int, "double": float, "float": float}


@dataclass(eq=False)
class GraphML:
    """What a GraphML file says.

    Attributes
    ----------
    about : dict
        Attributes of the graph.
    nodes : dict
        Id -> attributes.
    edges : list of (source id, target id, attributes)
    directed : bool
    """

    about: dict[str, Any] = field(default_factory=dict)
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    edges: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    directed: bool = True

    def name(self, node: str) -> str:
        """Return what a node is called: its attribute "name" where it has one (Cytoscape), else its id."""
        return str(self.nodes.get(node, {}).get("name", node))


def read_graphml(path: Path) -> GraphML:
    """Read a GraphML file.

    Raises
    ------
    FileFormatError
        On XML that is broken or declares a document type (which could hide entities), on a file without a
        graph, on an edge without ends, on a number that is none.
    """
    reader = _Reader()
    try:
        reader.parser.Parse(path.read_bytes(), True)
        found = reader.graph
    except (expat.ExpatError, LookupError) as error:  # LookupError: an encoding that nobody knows
        raise FileFormatError(f"{str(path)!r} cannot be read as GraphML: {error}.") from None
    except _Refused as error:
        raise FileFormatError(f"{str(path)!r} cannot be read as GraphML: {error}") from None
    if found is None:
        raise FileFormatError(f"{str(path)!r} is XML but holds no <graph>; wanted GraphML.")
    return found


class _Refused(Exception):
    """Something in the file that is not read."""


class _Reader:
    """Collects elements as the parser meets them."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.parser.StartDoctypeDeclHandler = self.refuse
        self.graph: GraphML | None = None
        self.keys: dict[str, tuple[str, str]] = {}
        self.here: list[dict[str, Any]] = []
        self.key, self.words = "", ""

    def refuse(self, *_: Any) -> None:
        raise _Refused("it declares a document type; take that line out of the file.")

    def start(self, tag: str, given: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "key":
            name = given.get("attr.name", given.get("id", ""))
            self.keys[given.get("id", "")] = (name, given.get("attr.type", "string"))
        elif tag == "graph":
            if self.graph is None:
                self.graph = GraphML(directed=given.get("edgedefault", "directed") != "undirected")
                self.here.append(self.graph.about)
            else:
                self.here.append({})  # a group of nodes: they count, what is said of the group does not
        elif tag == "node" and self.graph is not None:
            attributes: dict[str, Any] = {}
            self.graph.nodes[self._needed(given, "id", tag)] = attributes
            self.here.append(attributes)
        elif tag == "edge" and self.graph is not None:
            ends = self._needed(given, "source", tag), self._needed(given, "target", tag)
            attributes = {}
            self.graph.edges.append((*ends, attributes))
            self.here.append(attributes)
        elif tag == "data":
            self.key, self.words = self._needed(given, "key", tag), ""

    def end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag in ("node", "edge", "graph") and self.here:
            self.here.pop()
        elif tag == "data" and self.here:
            name, kind = self.keys.get(self.key, (self.key, "string"))
            self.here[-1][name] = self._value(self.words, kind, name)
            self.key = ""

    def text(self, words: str) -> None:
        if self.key:
            self.words += words

    @staticmethod
    def _needed(given: dict[str, str], name: str, tag: str) -> str:
        if name not in given:
            raise _Refused(f"an element <{tag}> has no {name!r}.")
        return given[name]

    @staticmethod
    def _value(words: str, kind: str, name: str) -> Any:
        if kind == "boolean":
            return words.strip().casefold() in ("true", "1")
        if kind not in _NUMBERS:
            return words
        try:
            return _NUMBERS[kind](words)
        except ValueError:
            raise _Refused(f"the attribute {name!r} is {words!r}; wanted a number.") from None
