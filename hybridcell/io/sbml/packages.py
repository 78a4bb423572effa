"""What optional packages of Level 3 add to a document: groups of elements, uncertainties of values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hybridcell.io.sbml.document import as_attributes

_GROUPS = "http://www.sbml.org/sbml/level3/version1/groups/version1"
_DISTRIB = "http://www.sbml.org/sbml/level3/version1/distrib/version1"


@dataclass(frozen=True)
class Additions:
    """Additions that a reader may leave aside without changing a number.

    Attributes
    ----------
    groups : tuple of str
        Elements of the package groups, one for each group.
    uncertainties : mapping of id to str
        Elements of the package distrib, by the quantity that they are put into.
    """

    groups: tuple[str, ...] = ()
    uncertainties: Mapping[str, str] = field(default_factory=dict)

    @property
    def declarations(self) -> str:
        """Attributes of the root element, with a space in front."""
        # distrib wants "true" in all files, because others of its elements can change numbers
        used = (
            ("groups", _GROUPS, "false", self.groups),
            ("distrib", _DISTRIB, "true", self.uncertainties),
        )
        return "".join(
            f' xmlns:{prefix}="{namespace}" {prefix}:required="{required}"'
            for prefix, namespace, required, there in used
            if there
        )

    @property
    def at_end(self) -> str:
        """What stands at the end of the model."""
        if not self.groups:
            return ""
        inside = "\n".join(self.groups)
        return f"<groups:listOfGroups>\n{inside}\n</groups:listOfGroups>"


def group(id: str, name: str, members: Iterable[str], note: str) -> str:
    """Return a group of elements that are no more than a collection.

    Parameters
    ----------
    id, name : str
    members : iterable of str
        Ids of elements.
    note : str
        Annotation of the group.
    """
    head = as_attributes({"groups:id": id, "groups:name": name, "groups:kind": "collection"})
    inside = "".join(f"<groups:member{as_attributes({'groups:idRef': one})}/>" for one in members)
    return f"<groups:group{head}>{note}<groups:listOfMembers>{inside}</groups:listOfMembers></groups:group>"


def standard_deviation(value: float) -> str:
    """Return the uncertainty of a value."""
    return (
        "<distrib:listOfUncertainties><distrib:uncertainty>"
        f"<distrib:uncertParameter{as_attributes({'distrib:value': float(value)})} "
        'distrib:type="standardDeviation"/>'
        "</distrib:uncertainty></distrib:listOfUncertainties>"
    )
