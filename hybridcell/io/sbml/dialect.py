"""The level and version that is written, and the math of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hybridcell._core.expressions import Expression
from hybridcell.io.sbml.formula import formula
from hybridcell.io.sbml.level3_version1 import to_version_1
from hybridcell.io.sbml.mathml import math


@dataclass(frozen=True)
class Dialect:
    """SBML Level 3, of one version.

    Attributes
    ----------
    version : int
        2; 1 for networks with fast reactions, which Version 2 cannot say.
    """

    version: int

    @property
    def namespace(self) -> str:
        """Namespace of the elements."""
        return f"http://www.sbml.org/sbml/level3/version{self.version}/core"

    def math(
        self, root: Expression | None, names: Mapping[str, str] | None = None, *, condition: bool = False
    ) -> str:
        """Return a math element, "" for none."""
        return "" if root is None else math(self.formula(root, names, condition=condition))

    def formula(
        self, root: Expression, names: Mapping[str, str] | None = None, *, condition: bool = False
    ) -> str:
        """Return what goes into a math element."""
        written = to_version_1(root, condition=condition) if self.version == 1 else root
        return formula(written, names, condition=condition)
