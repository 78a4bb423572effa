"""XML of archives: read without entities, written as text."""

from __future__ import annotations

from typing import NoReturn
from xml.etree import ElementTree
from xml.parsers import expat

from hybridcell._core.errors import FileFormatError


def parse_xml(content: bytes, name: str) -> ElementTree.Element:
    """Return the root element of a file of an archive.

    Raises
    ------
    FileFormatError
        If it is not well-formed or has a document type, whose entities can grow without end.
    """
    parser = expat.ParserCreate()

    def refuse(*_: object) -> NoReturn:
        raise FileFormatError(
            f"{name!r} in the archive has a document type declaration (<!DOCTYPE ...>); delete it."
        )

    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content, True)
        return ElementTree.fromstring(content)
    except (expat.ExpatError, ElementTree.ParseError, ValueError, LookupError) as error:
        if isinstance(error, FileFormatError):
            raise
        raise FileFormatError(f"{name!r} in the archive is not well-formed XML: {error}.") from error
