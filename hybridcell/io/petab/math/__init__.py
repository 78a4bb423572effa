"""Formulas of PEtab: from text to expressions and back."""

from hybridcell.io.petab.math.grammar import parse_math as parse_math
from hybridcell.io.petab.math.text import to_petab_math as to_petab_math
