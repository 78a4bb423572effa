"""The level and version that is written, and the math of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hybridcell._core.errors import check_choice
from hybridcell._core.expressions import Expression
from hybridcell.io.sbml.formula import formula
from hybridcell.io.sbml.level3_version1 import to_version_1
from hybridcell.io.sbml.mathml import math


@dataclass(frozen=True)
class Dialect:
    """SBML of one level and version.

    Attributes
    ----------
    version : int
        Of Level 3: 2, or 1 for networks with fast reactions, which Version 2 cannot say. Of Level 2: 4.
    level : int
        3 or 2.
    """

    version: int
    level: int = 3

    @property
    def namespace(self) -> str:
        """Namespace of the elements."""
        core = "/core" if self.level > 2 else ""
        return f"http://www.sbml.org/sbml/level{self.level}/version{self.version}{core}"

    @property
    def name(self) -> str:
        """What it is called."""
        return f"SBML Level {self.level} Version {self.version}"

    @property
    def is_newest(self) -> bool:
        """Whether truth values are numbers, max and the like exist, and every element may have an id."""
        return (self.level, self.version) == (3, 2)

    def math(
        self, root: Expression | None, names: Mapping[str, str] | None = None, *, condition: bool = False
    ) -> str:
        """Return a math element, "" for none."""
        return "" if root is None else math(self.formula(root, names, condition=condition))

    def formula(
        self, root: Expression, names: Mapping[str, str] | None = None, *, condition: bool = False
    ) -> str:
        """Return what goes into a math element."""
        written = root if self.is_newest else to_version_1(root, condition=condition)
        return formula(written, names, condition=condition)


LEVEL_2 = Dialect(version=4, level=2)
LEVEL_3 = Dialect(version=2)
LEVEL_3_OLD = Dialect(version=1)
_ASKED = {"3.2": LEVEL_3, "2.4": LEVEL_2}


def dialect_named(level: str) -> Dialect:
    """Return what a user asks for as "3.2" or "2.4"."""
    return _ASKED[check_choice("level", level, _ASKED)]
