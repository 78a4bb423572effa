"""What notes and annotations say, read only when asked for: MIRIAM resources, and plain text.

The XML is a fragment of a file. A fragment cannot hold a document type, so there are no entities to expand
and nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element as XMLElement

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
BIOLOGY = "http://biomodels.net/biology-qualifiers/"
MODEL = "http://biomodels.net/model-qualifiers/"
#: What files mean by a prefix that they declare outside of the fragment.
KNOWN_PREFIXES = {"rdf": RDF, "bqbiol": BIOLOGY, "bqmodel": MODEL}
_PREFIX = re.compile(r"(?:</?|\s)([A-Za-z_][\w.-]*):[A-Za-z_][\w.-]*(?=[\s=/>])")
_DECLARED = re.compile(r"\sxmlns:([A-Za-z_][\w.-]*)\s*=")
#: Elements that end a line of text.
_BLOCKS = frozenset(
    ("p", "div", "br", "li", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "body", "pre")
)


def parse_fragment(xml: str) -> XMLElement | None:
    """Return the fragment inside a root of its own, None where it is not XML.

    Prefixes that are declared nowhere in the fragment get a namespace, so that it can be read.
    """
    from xml.etree import ElementTree

    try:
        return ElementTree.fromstring(f"<fragment{declarations(xml)}>{xml}</fragment>")
    except ElementTree.ParseError:
        return None


def declarations(xml: str, namespaces: Mapping[str, str] = KNOWN_PREFIXES) -> str:
    """Return attributes that declare the prefixes which a fragment uses and never declares.

    Parameters
    ----------
    xml : str
    namespaces : mapping of prefix to URI
        What is declared around the fragment. A prefix of nowhere gets the URI "urn:prefix:" and its name.
    """
    used = set(_PREFIX.findall(xml)) - {"xml", "xmlns"} - set(_DECLARED.findall(xml))
    uris = {**KNOWN_PREFIXES, **namespaces}
    return "".join(f" xmlns:{p}={quoteattr(uris.get(p, f'urn:prefix:{p}'))}" for p in sorted(used))


def miriam_resources(annotation: str) -> dict[str, list[str]]:
    """Return the resources of each qualifier (``is``, ``isVersionOf``, ``isDescribedBy``...), in order."""
    root = parse_fragment(annotation) if "resource" in annotation else None
    found: dict[str, list[str]] = {}
    if root is None:
        return found
    for description in root.iter(f"{{{RDF}}}Description"):
        for statement in description:
            namespace, _, qualifier = statement.tag[1:].partition("}")
            if namespace not in (BIOLOGY, MODEL):
                continue
            uris = [item.get(f"{{{RDF}}}resource") for item in statement.iter()]
            found.setdefault(qualifier, []).extend(uri for uri in uris if uri)
    return found


def plain_text(notes: str) -> str:
    """Return notes as text, one line per paragraph."""
    root = parse_fragment(notes) if notes else None
    if root is None:
        return notes.strip()
    pieces: list[str] = []
    stack: list[tuple[XMLElement, bool]] = [(root, False)]
    while stack:
        node, done = stack.pop()
        block = node.tag.rpartition("}")[2].casefold() in _BLOCKS
        if done:
            pieces.append(("\n" if block else "") + _line(node.tail))
            continue
        pieces.append(("\n" if block else "") + _line(node.text))
        stack.append((node, True))
        stack.extend((child, False) for child in reversed(node))
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)


def _line(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")
