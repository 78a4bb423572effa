"""From a path or a text to checked SBML text."""

from __future__ import annotations

import codecs
import os
import re
from dataclasses import dataclass
from pathlib import Path

from hybridcell._core.errors import InvalidValueError, SBMLError, nearest
from hybridcell.io.sbml.read.preflight import MAX_BYTES, Head, preflight, too_large

_ANTIMONY_SUFFIXES = (".ant", ".antimony")
_DECLARATION = re.compile(r"<\?xml.*?\?>", re.DOTALL)
_INTEGER = re.compile(r"""(<(?:[\w.-]+:)?cn\b[^<>]*?\btype\s*=\s*["'])integer(["'])""")


@dataclass
class Source:
    """SBML text (UTF-8, without document type), what it says about itself, and where it came from."""

    text: str
    head: Head
    path: Path | None = None


def find_source(path_or_xml: str | os.PathLike[str]) -> Source:
    """Return the SBML text of a path, of XML text or of Antimony text."""
    if isinstance(path_or_xml, (bytes, bytearray, memoryview)):
        raise InvalidValueError(
            "Got bytes; wanted a path, or the XML as a string: decode it first, data.decode()."
        )
    if not isinstance(path_or_xml, (str, os.PathLike)):
        raise InvalidValueError(f"Got a {type(path_or_xml).__name__}; wanted a path, or SBML as a string.")
    if isinstance(path_or_xml, str):
        start = path_or_xml[:4096].lstrip("\ufeff \t\r\n")
        if start.startswith("<"):
            return source_of_text(path_or_xml.lstrip("\ufeff \t\r\n"))
        if "\n" in path_or_xml or "->" in path_or_xml:
            from hybridcell.io.sbml.read.antimony import sbml_of_antimony

            return source_of_text(sbml_of_antimony(path_or_xml))
        if not path_or_xml.strip():
            raise SBMLError("the text is empty", hint="Wanted a path, or SBML as a string.")
    path = Path(path_or_xml).expanduser()
    if path.suffix.lower() in _ANTIMONY_SUFFIXES:
        from hybridcell.io.sbml.read.antimony import sbml_of_antimony

        return source_of_text(sbml_of_antimony(_decode(read_bytes(path), "utf-8")), path)
    return source_of_file(path)


def source_of_file(path: Path) -> Source:
    """Return the text of an SBML file, checked."""
    data = read_bytes(path)
    head = preflight(data)
    return Source(_for_libsbml(_decode(data, head.encoding)), head, path)


def source_of_text(text: str, path: Path | None = None) -> Source:
    """Return SBML text, checked."""
    head = preflight(text)  # first: it refuses what the next step takes for granted
    return Source(_for_libsbml(text), head, path)


def read_bytes(path: Path) -> bytes:
    """Return a file's content; refuse what is missing, no file or too large."""
    try:
        size = path.stat().st_size
        if os.path.isfile(path) and size <= MAX_BYTES:
            return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise _missing(path) from None
    except (OSError, ValueError) as error:  # no permission; a name too long, or with a null character
        shown = str(path) if len(str(path)) < 200 else f"{str(path)[:200]}..."
        reason = getattr(error, "strerror", None) or str(error)
        raise SBMLError(f"{shown!r} cannot be read: {reason}") from None
    if size > MAX_BYTES:
        raise too_large(size)
    raise SBMLError(f"{str(path)!r} is a folder or device; wanted an SBML file")


def _missing(path: Path) -> SBMLError:
    siblings = sorted(p.name for p in path.parent.iterdir()) if os.path.isdir(path.parent) else []
    guess = nearest(path.name, siblings)
    if guess:
        hint = f"Did you mean {guess!r}?"
    elif os.path.isdir(path.parent):
        hint = f"The folder {str(path.parent.resolve())!r} has no such file."
    else:
        hint = f"There is no folder {str(path.parent)!r}."
    return SBMLError(f"there is no file {str(path)!r}", hint=hint)


def _decode(data: bytes, encoding: str) -> str:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            encoding = name
    try:
        return data.decode(encoding)
    except (LookupError, UnicodeDecodeError) as error:
        raise SBMLError(f"the file cannot be decoded as {encoding}: {error}", line=1) from None


def _for_libsbml(text: str) -> str:
    """Return the text as libsbml reads it rightly, line by line the same.

    It is given UTF-8, whatever the file had, and real numbers: it cannot hold large integers, and takes 1.5
    that is called an integer for 1.
    """
    text = _INTEGER.sub(r"\1real\2", text)
    if not text.startswith("<?xml"):
        return f'<?xml version="1.0" encoding="UTF-8"?>{text}'
    lines = "\n" * _DECLARATION.match(text)[0].count("\n")  # pyright: ignore[reportOptionalSubscript]
    return _DECLARATION.sub(lambda _: f'<?xml version="1.0" encoding="UTF-8"?>{lines}', text, count=1)
