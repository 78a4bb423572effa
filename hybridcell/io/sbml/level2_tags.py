"""Each element of a reaction network as an element of SBML Level 2 Version 4."""

from __future__ import annotations

from dataclasses import dataclass

from hybridcell.io.sbml.level2 import refuse
from hybridcell.io.sbml.reaction_tags import Writer
from hybridcell.mechanisms.reactions import elements as e


@dataclass
class Level2Writer(Writer):
    """Writes what `as_level_2` has made of a definition."""

    def unit(self, u: e.UnitDefinition) -> str:
        """Return a unit definition, whose exponents are whole numbers."""
        factors = []
        for kind, exponent, scale, multiplier in u.factors:
            if not float(exponent).is_integer() or kind == "avogadro":
                refuse(f"the unit {kind} to the power {exponent:g}", u)
            factors.append(
                {"kind": kind, "exponent": int(exponent), "scale": scale, "multiplier": multiplier}
            )
        return self._unit_definition(u, factors)

    def reference(self, r: e.SpeciesReference) -> str:
        """Return a reactant or product; its stoichiometry is a number or a formula."""
        math = (
            f"<stoichiometryMath>{self.dialect.math(r.math)}</stoichiometryMath>"
            if r.math is not None
            else ""
        )
        if r.math is None and r.stoichiometry is None:
            refuse("a species reference without stoichiometry", r.id or r.species)
        number = None if r.math is not None else r.stoichiometry
        return self.element("speciesReference", r, math, species=r.species, stoichiometry=number)

    def reaction(self, r: e.Reaction) -> str:
        """Return a reaction with its rate law."""
        fast = {"fast": True} if r.fast else {}
        return self.element("reaction", r, self._parts(r), reversible=r.reversible, **fast)

    def _trigger(self, v: e.Event) -> str:
        if v.trigger is None:
            return ""
        return f"<trigger>{self.dialect.math(v.trigger, condition=True)}</trigger>"

    def _local_parameter(self, p: e.ParameterElement, name: str) -> str:
        values = {"id": name, "name": p.name or None, "value": p.value, "units": p.unit or None}
        return self.element("parameter", p, ids=False, **values)

    def _local_list(self) -> str:
        return "listOfParameters"
