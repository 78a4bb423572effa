"""What the archive says about itself as RDF."""

from __future__ import annotations

from xml.sax.saxutils import escape

from hybridcell.mechanisms.reactions.annotations import RDF

_DUBLIN_CORE = "http://purl.org/dc/terms/"


def metadata_text(description: str, date: str | None) -> str:
    """Return the description of an archive, with the date of its making where one is given."""
    created = (
        ""
        if date is None
        else (
            '<dcterms:created rdf:parseType="Resource">'
            f"<dcterms:W3CDTF>{escape(date)}</dcterms:W3CDTF></dcterms:created>"
        )
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<rdf:RDF xmlns:rdf="{RDF}" xmlns:dcterms="{_DUBLIN_CORE}">\n'
        f'<rdf:Description rdf:about="."><dcterms:description>{escape(description)}</dcterms:description>'
        f"{created}</rdf:Description>\n</rdf:RDF>\n"
    )
