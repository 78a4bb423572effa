"""The manifest of a COMBINE archive: its files, their formats, and which to open first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from hybridcell._core.errors import FileFormatError
from hybridcell.io.omex.xml import parse_xml
from hybridcell.io.sbml.document import as_attributes

NAME = "manifest.xml"
_NAMESPACE = "http://identifiers.org/combine.specifications/omex-manifest"
_SPECIFICATIONS = "http://identifiers.org/combine.specifications/"
JSON = "http://purl.org/NET/mediatypes/application/json"
MARKDOWN = "http://purl.org/NET/mediatypes/text/markdown"
METADATA = f"{_SPECIFICATIONS}omex-metadata"
SEDML = f"{_SPECIFICATIONS}sed-ml.level-1.version-4"


def sbml_format(level: int, version: int) -> str:
    """Return the format of an SBML file."""
    return f"{_SPECIFICATIONS}sbml.level-{level}.version-{version}"


@dataclass(frozen=True)
class Entry:
    """A file of the archive."""

    name: str
    format: str
    master: bool = False

    @property
    def is_sbml(self) -> bool:
        """Whether it is an SBML file, of any level."""
        return ".specifications/sbml" in self.format or self.format.endswith("sbml+xml")

    @property
    def is_sedml(self) -> bool:
        """Whether it is a SED-ML file, of any version."""
        return ".specifications/sed-ml" in self.format or self.format.endswith("sed-ml+xml")


def manifest_text(entries: Iterable[Entry]) -> str:
    """Return the manifest of an archive with these files."""
    own = (Entry(".", f"{_SPECIFICATIONS}omex"), Entry(NAME, _NAMESPACE))
    lines = []
    for entry in (*own, *entries):
        location = entry.name if entry.name == "." else f"./{entry.name}"
        attributes = {"location": location, "format": entry.format, "master": entry.master or None}
        lines.append(f"  <content{as_attributes(attributes)}/>")
    inside = "\n".join(lines)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<omexManifest xmlns="{_NAMESPACE}">\n{inside}\n</omexManifest>\n'
    )


def read_manifest(files: dict[str, bytes]) -> tuple[Entry, ...]:
    """Return the files that the manifest names and that are there, those to open first in front."""
    if NAME not in files:
        raise FileFormatError(
            f"The archive has no {NAME}; wanted a COMBINE archive. It has: {', '.join(sorted(files)[:8])}."
        )
    found = []
    for element in parse_xml(files[NAME], NAME):
        location = element.get("location", "")
        name = location.removeprefix("./").removeprefix("/")
        name = name if name in files else unquote(name)  # a location is a URI
        if element.tag.rpartition("}")[2] == "content" and name in files and name != NAME:
            found.append(Entry(name, element.get("format", ""), element.get("master") in ("true", "1")))
    return tuple(sorted(found, key=lambda entry: not entry.master))
