"""SBML identifiers for names that people chose."""

from __future__ import annotations

import re

#: Words that mean something in the formulas of SBML, COPASI or Antimony.
_WORDS = """
    time avogadro delay rateOf pi exponentiale true false infinity notanumber inf nan and or not xor
    abs ceil ceiling cos cosh cot exp factorial floor ln log log10 max min piecewise power pow quotient rem
    root sec sin sinh sqrt tan tanh arcsin arccos arctan
    model species var const compartment function event at
"""
_TAKEN = frozenset(_WORDS.split())


class Ids:
    """Gives out identifiers of the type SId, each once."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def new(self, name: str) -> str:
        """Return an identifier like `name`: letters, digits and underscores, not beginning with a digit."""
        base = re.sub(r"[^A-Za-z0-9_]", "_", name) or "_"
        if base[0].isdigit() or base in _TAKEN:
            base = f"_{base}"
        found, number = base, 1
        while found in self._given:
            number += 1
            found = f"{base}_{number}"
        self._given.add(found)
        return found
