"""Notes and annotations as they were in a file, made fit to stand in another one."""

from __future__ import annotations

import re
from collections import Counter
from xml.parsers import expat

from hybridcell.io.sbml.document import NAMESPACE
from hybridcell.mechanisms.reactions.annotations import RDF, declarations, parse_fragment

_XHTML = "http://www.w3.org/1999/xhtml"
_DECLARATION = re.compile(r"""\sxmlns:([\w.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def notes_element(notes: str) -> str:
    """Return notes as an element, their content in the namespace of XHTML; "" for none or no XML."""
    attributes, inside = _opened("notes", notes)
    root = parse_fragment(f"<notes{attributes}>{inside}</notes>") if inside.strip() else None
    if root is None:
        return ""
    declared = declarations(inside, _declared(attributes))
    if all(child.tag.startswith(f"{{{_XHTML}}}") for child in root[0]):
        return f"<notes{_default(attributes)}{declared}>{inside}</notes>"
    return f'<notes><body xmlns="{_XHTML}"{declared}>{inside}</body></notes>'


def annotation_element(annotation: str) -> str:
    """Return an annotation as an element; "" for none or no XML.

    Level 3 wants every part in a namespace of its own, which older levels did not: parts that share one, or
    have none, are kept inside an element of ours.
    """
    attributes, inside = _opened("annotation", annotation)
    root = parse_fragment(f"<annotation{attributes}>{inside}</annotation>") if inside.strip() else None
    if root is None:
        return ""
    around = _declared(attributes)
    namespaces = [child.tag[1:].partition("}")[0] if child.tag[0] == "{" else "" for child in root[0]]
    alone, shared, count = [], [], Counter(namespaces)
    for namespace, text in zip(namespaces, _children(inside)):
        own = count[namespace] == 1 and namespace and "www.sbml.org/sbml/level" not in namespace
        if own or (namespace == RDF and not any(RDF in other for other in alone)):
            end = re.match(r"<[^\s/>]+", text).end()  # pyright: ignore[reportOptionalMemberAccess]
            alone.append(text[:end] + declarations(text, around) + text[end:])
        else:
            shared.append(text)
    if shared:
        text = "".join(shared)
        head = f'<hc:parts xmlns:hc="{NAMESPACE}" xmlns=""{declarations(text, around)}>'
        alone.append(f"{head}{text}</hc:parts>")
    return f"<annotation>{''.join(alone)}</annotation>" if alone else ""


def _opened(tag: str, xml: str) -> tuple[str, str]:
    """Return the attributes of the outermost element, where it is `tag`, and what is in it."""
    text = xml.strip()
    start = re.match(rf"<(?:[\w.-]+:)?{tag}(\s[^>]*?)?\s*(/?)>", text)
    if start is None:
        return "", text
    inside = "" if start[2] else text[start.end() : text.rfind("</")]
    return start[1] or "", inside


def _declared(attributes: str) -> dict[str, str]:
    return {prefix: a or b for prefix, a, b in _DECLARATION.findall(attributes)}


def _default(attributes: str) -> str:
    """Return the default namespace, which is not always that of SBML."""
    found = re.search(r"""\sxmlns\s*=\s*(?:"[^"]*"|'[^']*')""", attributes)
    return found[0] if found else ""


def _children(inside: str) -> list[str]:
    """Return the text of each child, up to the next one."""
    head = f"<parts{declarations(inside)}>".encode()
    data = inside.encode()
    starts: list[int] = []
    depth = 0

    def start(*_: object) -> None:
        nonlocal depth
        if depth == 1:
            starts.append(parser.CurrentByteIndex - len(head))
        depth += 1

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(head + data + b"</parts>", True)
    return [data[a:b].decode() for a, b in zip(starts, [*starts[1:], len(data)])]
