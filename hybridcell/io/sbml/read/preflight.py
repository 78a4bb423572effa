"""What a file is, before libsbml sees it.

libsbml trusts its input: it expands entities, and its recursion overflows the stack on deep math. So every
text first goes through expat in small pieces: it stops at the first sign of something that is not SBML, and
needs little memory.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from hybridcell._core.errors import SBMLError, nearest
from hybridcell.io.sbml.read.vocabulary import ELEMENTS

#: Larger files are refused unread. The largest kinetic models of the literature are a tenth of it.
MAX_BYTES = 64 * 2**20
#: Deeper nesting is refused (libsbml's time grows with its square): of math, and of notes and annotations.
MAX_DEPTH, MAX_TEXT_DEPTH = 12_000, 200
MAX_ELEMENTS = 1_000_000
#: Elements of one formula.
MAX_TERMS = 100_000
_PIECE = 2**16
_MATH = "http://www.w3.org/1998/Math/MathML math"
_OPERATORS = re.compile(r"[-+*/^(,]")

_LEVELS = {
    "http://www.sbml.org/sbml/level1": {(1, 1), (1, 2)},
    "http://www.sbml.org/sbml/level2": {(2, 1)},
    **{f"http://www.sbml.org/sbml/level2/version{v}": {(2, v)} for v in (2, 3, 4, 5)},
    **{f"http://www.sbml.org/sbml/level3/version{v}/core": {(3, v)} for v in (1, 2)},
}
_PACKAGE = re.compile(r"http://www\.sbml\.org/sbml/level3/version\d+/([^/]+)/version\d+")


@dataclass
class Head:
    """What the first element and the nesting of a file say.

    Attributes
    ----------
    encoding : str
    line : int
        Of the first element.
    packages : dict of str to bool
        SBML packages that the root element declares, and whether understanding them is required.
    depth : int
        Deepest nesting of elements; where math has more, an upper bound of the depth of its tree. Of the
        files of submodels too, once they are known.
    """

    encoding: str = "utf-8"
    line: int = 0
    packages: dict[str, bool] = field(default_factory=dict)
    depth: int = 0


def preflight(text: str | bytes) -> Head:
    """Return what a file says about itself; raise SBMLError where it is no SBML document.

    Raises
    ------
    SBMLError
        No XML, truncated, a document type declaration (entities), another root element, a wrong namespace,
        level or version, nested too deeply, too large.
    """
    if len(text) > MAX_BYTES:
        raise too_large(len(text))
    scan = _Scan()
    parser = scan.parser
    try:
        for start in range(0, len(text), _PIECE):
            parser.Parse(text[start : start + _PIECE], False)
        parser.Parse(b"" if isinstance(text, bytes) else "", True)
    except expat.ExpatError as error:
        raise SBMLError(
            f"this is not well-formed XML: {expat.ErrorString(error.code)} (column {error.offset + 1})",
            line=error.lineno,
            hint="Is the file complete, and is it SBML?",
        ) from None
    except (LookupError, ValueError) as error:  # an encoding that Python, or expat, does not have
        if isinstance(error, SBMLError):
            raise
        raise SBMLError(f"the file is encoded as {scan.head.encoding!r}: {error}", line=1) from None
    return scan.head


def too_large(size: int) -> SBMLError:
    """Build the error for a file over the limit."""
    return SBMLError(
        f"the file has {size / 2**20:.0f} MiB; up to {MAX_BYTES / 2**20:.0f} MiB are read",
        hint="Remove notes and annotations, or split the model.",
    )


class _Scan:
    def __init__(self) -> None:
        self.head = Head()
        self.level, self.namespace = 0, ""
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._declaration
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._root

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        self.head.encoding = encoding or "utf-8"

    def _refuse(self, name: str, *_: object) -> None:
        raise SBMLError(
            "the file has a document type declaration (<!DOCTYPE ...>), which may hold entities",
            "DOCTYPE",
            self.parser.CurrentLineNumber,
            hint="SBML needs none: delete it.",
        )

    def _root(self, name: str, attributes: dict[str, str]) -> None:
        line = self.head.line = self.parser.CurrentLineNumber
        self.namespace, _, local = name.rpartition(" ")
        if local != "sbml":
            raise SBMLError(f"the first element is <{local}>; wanted <sbml>", local, line)
        self.level = _check_level(self.namespace, attributes.get("level"), attributes.get("version"), line)
        for key, value in attributes.items():
            package = _PACKAGE.fullmatch(key.rpartition(" ")[0])
            if package and key.endswith(" required"):
                self.head.packages[package[1]] = value.strip() in ("true", "1")
        self._measure_depth()

    def _measure_depth(self) -> None:
        head, parser, depth, text_from, left = self.head, self.parser, 1, MAX_DEPTH, MAX_ELEMENTS
        core = f"{self.namespace} "
        known = {core + name for name in ELEMENTS}
        math_from = 0

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal depth, text_from, left, math_from
            depth += 1
            left -= 1
            if name not in known and name.startswith(core) and text_from == MAX_DEPTH:
                raise _unknown_element(name.rpartition(" ")[2], parser.CurrentLineNumber)
            if name == _MATH:
                math_from = left
            if not left:
                raise SBMLError(
                    f"the file has more than {MAX_ELEMENTS} elements", "", parser.CurrentLineNumber
                )
            if depth > head.depth:
                head.depth = depth
                if depth > MAX_DEPTH:
                    raise _too_deep(MAX_DEPTH, name, parser.CurrentLineNumber)
            if name.endswith((" notes", " annotation")):
                text_from = min(text_from, depth)
            elif depth > text_from + MAX_TEXT_DEPTH:
                raise _too_deep(MAX_TEXT_DEPTH, name, parser.CurrentLineNumber)

        def start_level_1(name: str, attributes: dict[str, str]) -> None:
            start(name, attributes)
            if "formula" in attributes:
                depth_of_tree = len(_OPERATORS.findall(attributes["formula"]))
                head.depth = max(head.depth, depth_of_tree)
                if depth_of_tree > MAX_DEPTH:
                    raise _too_deep(MAX_DEPTH, name, parser.CurrentLineNumber)

        def end(name: str) -> None:
            nonlocal depth, text_from
            if depth == text_from:
                text_from = MAX_DEPTH
            depth -= 1
            if name == _MATH:
                head.depth = max(head.depth, _depth_of_math(math_from - left, parser.CurrentLineNumber))

        parser.StartElementHandler = start_level_1 if self.level == 1 else start
        parser.EndElementHandler = end


def _depth_of_math(n_elements: int, line: int) -> int:
    """At most: libsbml makes a sum of many terms a tree as deep, and needs little stack for it."""
    if n_elements > MAX_TERMS:
        raise SBMLError(f"its math has more than {MAX_TERMS} elements", "math", line)
    return min(n_elements, MAX_DEPTH)


def _unknown_element(name: str, line: int) -> SBMLError:
    guess = nearest(name, ELEMENTS)
    return SBMLError(
        "SBML has no element of this name", name, line, f"Did you mean {guess!r}?" if guess else ""
    )


def _too_deep(limit: int, name: str, line: int) -> SBMLError:
    return SBMLError(f"nested more than {limit} deep", name.rpartition(" ")[2], line)


def _check_level(namespace: str, level: str | None, version: str | None, line: int) -> int:
    if namespace not in _LEVELS:
        guess = nearest(namespace, _LEVELS)
        raise SBMLError(
            f"the namespace of <sbml> is {namespace!r}, which is none of SBML's",
            "sbml",
            line,
            f"Did you mean {guess!r}?" if guess else f"Wanted, for example, {list(_LEVELS)[-1]!r}.",
        )
    wanted = _LEVELS[namespace]
    found = tuple(int(v) if v and v.isdecimal() else 0 for v in (level, version))
    if found not in wanted:
        known = " or ".join(f"level {a} version {b}" for a, b in sorted(wanted))
        raise SBMLError(
            f"<sbml> says level {level} version {version}, its namespace {namespace!r} says {known}",
            "sbml",
            line,
            "Make them agree.",
        )
    return found[0]
