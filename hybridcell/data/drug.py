"""A drug of a network of reactions: which rates it changes, and at which doses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.html import card
from hybridcell._core.number_checks import is_finite_number
from hybridcell.data.units import dose_unit


@dataclass(frozen=True)
class Drug:
    """A drug that inhibits or activates reactions; put into a network by ``network.with_drugs(drug)``.

    At dose d an inhibited rate is multiplied by ``1 - maximum * d^h / (ic50^h + d^h)``, an activated one by
    ``1 + maximum * d^h / (ic50^h + d^h)``.

    Parameters
    ----------
    name : str
        An id of SBML: letters, digits and underscores. Conditions name it: "MEKi 0.5 uM".
    inhibits, activates : str or sequence of str
        Ids of reactions; one of the two.
    ic50 : float
        Dose of half the effect, in `unit`.
    hill : float
        Hill coefficient.
    maximum : float
        Largest share of the rate that is taken away (at most 1), or gained.
    unit : str
        Of doses and IC50s: "M", "mM", "uM", "nM" or "pM".
    off_targets : mapping of str to float
        Other reactions it acts on in the same way, each with an IC50 of its own, as in tables of selectivity.

    Raises
    ------
    InvalidValueError
        On numbers out of range, both or neither of inhibits and activates, an unknown unit, or a reaction
        named twice.

    Examples
    --------
    >>> from hybridcell.data import Drug
    >>> Drug("MEKi", inhibits="v7", ic50=0.1)
    Drug('MEKi', inhibits v7, ic50 0.1 uM)
    """

    name: str
    inhibits: str | Sequence[str] = ()
    activates: str | Sequence[str] = ()
    ic50: float = field(default=1.0, kw_only=True)
    hill: float = field(default=1.0, kw_only=True)
    maximum: float = field(default=1.0, kw_only=True)
    unit: str = field(default="uM", kw_only=True)
    off_targets: Mapping[str, float] = field(default_factory=dict, kw_only=True)

    def __post_init__(self) -> None:
        put = lambda name, value: object.__setattr__(self, name, value)  # noqa: E731
        if not (isinstance(self.name, str) and self.name.isidentifier() and self.name.isascii()):
            raise InvalidValueError(
                f"A drug is named {self.name!r}; wanted an id: letters, digits and underscores."
            )
        for side in ("inhibits", "activates"):
            given = getattr(self, side)
            put(side, (given,) if isinstance(given, str) else tuple(map(str, given or ())))
        if bool(self.inhibits) == bool(self.activates):
            raise InvalidValueError(
                f"Drug {self.name!r} must either inhibit or activate something: inhibits='v7', the id of a "
                "reaction."
            )
        put("unit", dose_unit(self.unit))
        if not isinstance(self.off_targets, Mapping):
            raise InvalidValueError(
                f"off_targets of drug {self.name!r} are {self.off_targets!r:.60}; wanted a dict from "
                "reaction to IC50, such as {'v3': 0.5}."
            )
        put("off_targets", {str(id): _as_float(ic50) for id, ic50 in self.off_targets.items()})
        named = (*self.targets, *self.off_targets)
        for id in named:
            if named.count(id) > 1:
                raise InvalidValueError(f"Drug {self.name!r} names {id!r} twice; once is enough.")
        numbers = {"ic50": self.ic50, "hill": self.hill, "maximum": self.maximum}
        numbers |= {f"ic50 on {id!r}": ic50 for id, ic50 in self.off_targets.items()}
        for what, value in numbers.items():
            if not (is_finite_number(value) and value > 0):
                raise InvalidValueError(
                    f"{what} of drug {self.name!r} is {value!r}; wanted a positive number."
                )
        if self.inhibits and self.maximum > 1:
            raise InvalidValueError(
                f"maximum of drug {self.name!r} is {self.maximum:g}; no more than all of a rate (1) can be "
                "taken away."
            )

    @property
    def targets(self) -> tuple[str, ...]:
        """Ids of the reactions it is meant for."""
        return (*self.inhibits, *self.activates)

    @property
    def sign(self) -> float:
        """-1 of an inhibitor, 1 of an activator."""
        return -1.0 if self.inhibits else 1.0

    def __repr__(self) -> str:
        word = "inhibits" if self.inhibits else "activates"
        return f"Drug({self.name!r}, {word} {', '.join(self.targets)}, ic50 {self.ic50:g} {self.unit})"

    def _repr_html_(self) -> str:
        word = "inhibits" if self.inhibits else "activates"
        facts: dict[str, object] = {word: ", ".join(self.targets), "ic50": f"{self.ic50:g} {self.unit}"}
        facts |= {"hill": f"{self.hill:g}", "maximum": f"{self.maximum:g}"}
        facts |= {f"off-target {id}": f"ic50 {ic50:g} {self.unit}" for id, ic50 in self.off_targets.items()}
        return card(self.name, facts)


def _as_float(value: Any) -> Any:
    """Return a number as float; what is none stays, to be shown in the error."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return value
