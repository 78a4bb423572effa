"""How elements show themselves: a line in a shell, a small table in a notebook."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from hybridcell._core.html import card

#: Longest cell of a table, in characters.
LONGEST = 300


class ElementFace:
    """What people see of an element; the element itself is a dataclass."""

    id: str
    name: str
    notes: str
    annotation: str

    @cached_property
    def annotations(self) -> dict[str, list[str]]:
        """MIRIAM resources by qualifier, such as ``{"is": ["urn:miriam:uniprot:P00533"]}``."""
        from hybridcell.mechanisms.reactions.annotations import miriam_resources

        return miriam_resources(self.annotation)

    @cached_property
    def notes_text(self) -> str:
        """The notes without markup."""
        from hybridcell.mechanisms.reactions.annotations import plain_text

        return plain_text(self.notes)

    @property
    def facts(self) -> dict[str, Any]:
        """What tables show: id, name and what matters for the kind of element."""
        from hybridcell.mechanisms.reactions.facts import facts_of

        return facts_of(self)

    def __repr__(self) -> str:
        from hybridcell.mechanisms.reactions.facts import summary

        text = summary(self)
        name = f" {self.name!r}" if self.name and self.name != self.id else ""
        return f"{kind_of(self)}({self.id or '-'}{name}{': ' if text else ''}{text})"

    def _repr_html_(self) -> str:
        facts = {key: shortened(value) for key, value in self.facts.items() if value not in ("", None)}
        for qualifier, uris in self.annotations.items():
            facts[qualifier] = shortened(", ".join(uris))
        if self.notes_text:
            facts["notes"] = shortened(self.notes_text)
        return card(kind_of(self), facts)


def kind_of(element: ElementFace) -> str:
    """Return what an element is called: "species", "rate rule", ..."""
    from hybridcell.mechanisms.reactions.facts import KINDS

    return KINDS.get(type(element).__name__, type(element).__name__)


def shortened(value: Any) -> str:
    """Return a value as text for a cell."""
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 2]} …"
