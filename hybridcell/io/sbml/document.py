"""An SBML document of a network of interactions as text."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from hybridcell._core.errors import InvalidValueError, UnsupportedSBMLError
from hybridcell.io.sbml.dialect import LEVEL_3, Dialect
from hybridcell.io.sbml.ids import Ids
from hybridcell.io.sbml.mathml import math as math_element
from hybridcell.io.sbml.mathml import symbol

#: Namespace of our annotations; the number is that of their vocabulary.
NAMESPACE = "urn:hybridcell:sbml:1"
COMPARTMENT = "cell"
# Characters that XML 1.0 cannot hold.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


# As XML Schema spells them.
_NOT_FINITE = {"inf": "INF", "-inf": "-INF", "nan": "NaN"}


def as_attributes(values: Mapping[str, object]) -> str:
    """Return attributes of an element, those that are None left out."""
    return "".join(
        f" {name}={quoteattr(_NOT_XML.sub('?', _text(value)))}"
        for name, value in values.items()
        if value is not None
    )


def check_readable(id: str, values: Mapping[str, object]) -> None:
    """Refuse numbers of attributes that libsbml does not read: those too small to have all their digits."""
    for name, value in values.items():
        if isinstance(value, float) and 0 < abs(value) < sys.float_info.min:
            raise UnsupportedSBMLError(
                f"its {name} is {float(value)!r}, and libsbml reads no attribute of less than "
                f"{sys.float_info.min:.3g} in absolute value but 0",
                id,
                hint="Nothing was written. Set it to 0, or give it a smaller unit.",
            )


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(float(value)) if math.isfinite(value) else _NOT_FINITE[str(value)]
    return str(value)


def annotation(tag: str, **values: object) -> str:
    """Return an annotation of our own namespace."""
    return f'<annotation><hc:{tag} xmlns:hc="{NAMESPACE}"{as_attributes(values)}/></annotation>'


_CELL = (
    f'<compartment id="{COMPARTMENT}" spatialDimensions="3" size="1" units="dimensionless" constant="true"/>'
)
_UNITS_OF_A_MODEL = ("substanceUnits", "timeUnits", "volumeUnits", "extentUnits")
#: Level 2 has no units of a model, but predefined ones that a file may define anew.
_DIMENSIONLESS = [
    f'<unitDefinition id="{name}"><listOfUnits><unit kind="dimensionless"/></listOfUnits></unitDefinition>'
    for name in ("substance", "time", "volume")
]


@dataclass
class Document:
    """Collects the parts of a model and writes them in the order that SBML wants.

    All quantities are declared dimensionless: a CellBox knows no units, and its time has that of the data.

    Attributes
    ----------
    dialect : Dialect
    ids : Ids
    appended : dict of str to str
        What packages put at the end of a parameter, by its id.
    """

    dialect: Dialect = LEVEL_3
    ids: Ids = field(default_factory=Ids)
    appended: dict[str, str] = field(default_factory=dict)
    _functions: list[str] = field(default_factory=list)
    _species: list[str] = field(default_factory=list)
    _parameters: list[tuple[str, str]] = field(default_factory=list)
    _initial: list[str] = field(default_factory=list)
    _rules: list[str] = field(default_factory=list)

    def add_function(self, wish: str, argument: str, formula: str) -> str:
        """Add a function of one argument and return its id."""
        name = self.ids.new(wish)
        body = math_element(f"<lambda><bvar>{symbol(argument)}</bvar>{formula}</lambda>")
        self._functions.append(f'<functionDefinition id="{name}">{body}</functionDefinition>')
        return name

    def add_species(self, sid: str, *, name: str, sbo: str | None, note: str) -> None:
        """Add a state variable; its rule says how it moves.

        It is a concentration in a compartment of size 1. Of an amount without a unit COPASI would make a
        number of particles, converted by any parameter whose value happens to be 1.
        """
        attributes = as_attributes(
            {
                "id": sid,
                "name": name,
                "sboTerm": sbo,
                "compartment": COMPARTMENT,
                "initialConcentration": 0.0,
                "substanceUnits": "dimensionless",
                "hasOnlySubstanceUnits": False,
                "boundaryCondition": True,
                "constant": False,
            }
        )
        self._species.append(f"<species{attributes}>{note}</species>")

    def add_parameter(
        self,
        wish: str,
        *,
        name: str,
        value: float | None = None,
        sbo: str | None = None,
        note: str = "",
    ) -> str:
        """Add a parameter and return its id; without a value a rule gives it."""
        if value is not None and not abs(value) < float("inf"):
            raise InvalidValueError(f"{name} is {value}; only finite numbers are exported.")
        sid = self.ids.new(wish)
        check_readable(sid, {"value": value})
        attributes = as_attributes(
            {
                "id": sid,
                "name": name,
                "sboTerm": sbo,
                "value": None if value is None else float(value),
                "units": "dimensionless",
                "constant": value is not None,
            }
        )
        self._parameters.append((sid, f"<parameter{attributes}>{note}"))
        return sid

    def set_initially(self, sid: str, formula: str) -> None:
        """Give a variable its value at time 0."""
        self._initial.append(f'<initialAssignment symbol="{sid}">{math_element(formula)}</initialAssignment>')

    def set_always(self, sid: str, formula: str) -> None:
        """Give a variable its value at all times."""
        self._rules.append(f'<assignmentRule variable="{sid}">{math_element(formula)}</assignmentRule>')

    def set_rate(self, sid: str, formula: str) -> None:
        """Give a variable its derivative."""
        self._rules.append(f'<rateRule variable="{sid}">{math_element(formula)}</rateRule>')

    @property
    def parameters(self) -> list[str]:
        """Ids of the parameters so far."""
        return [sid for sid, _ in self._parameters]

    def to_xml(
        self,
        *,
        sid: str,
        name: str,
        sbo: str,
        notes: list[str],
        note: str,
        declarations: str = "",
        at_end: str = "",
    ) -> str:
        """Return the document; `declarations` and `at_end` are what packages add."""
        units = _UNITS_OF_A_MODEL if self.dialect.level > 2 else ()
        model = as_attributes(
            {"id": sid, "name": name, "sboTerm": sbo, **dict.fromkeys(units, "dimensionless")}
        )
        text = "".join(f"<p>{_escape(paragraph)}</p>" for paragraph in notes)
        parts = (
            ("listOfFunctionDefinitions", self._functions),
            ("listOfUnitDefinitions", [] if self.dialect.level > 2 else _DIMENSIONLESS),
            ("listOfCompartments", [_CELL]),
            ("listOfSpecies", self._species),
            (
                "listOfParameters",
                [f"{text}{self.appended.get(one, '')}</parameter>" for one, text in self._parameters],
            ),
            ("listOfInitialAssignments", self._initial),
            ("listOfRules", self._rules),
        )
        lists = "\n".join(f"<{tag}>\n" + "\n".join(items) + f"\n</{tag}>" for tag, items in parts if items)
        dialect = self.dialect
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<sbml xmlns="{dialect.namespace}" level="{dialect.level}" version="{dialect.version}"'
            f'{declarations}>\n<model{model}>\n<notes><body xmlns="http://www.w3.org/1999/xhtml">{text}'
            f"</body></notes>\n{note}\n{lists}\n{at_end}\n</model>\n</sbml>\n"
        )


def _escape(text: str) -> str:
    return escape(_NOT_XML.sub("?", text))
