"""A definition that is being added to: constants, rules, and ids that are not taken yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell._core.expressions import Expression, number, symbol, time
from hybridcell._core.hole import Expansion, Hole
from hybridcell._core.parameter import Freedom
from hybridcell.mechanisms.reactions import elements as e
from hybridcell.mechanisms.reactions.composition.typical import typical_scales
from hybridcell.mechanisms.reactions.level2_stoichiometry import ids_of, new_id
from hybridcell.mechanisms.reactions.views import current_definition

if TYPE_CHECKING:
    from hybridcell.mechanisms.reactions.network import ReactionNetwork

TIME = "time"
#: What a number of a learned element is, in the Systems Biology Ontology: a parameter that describes.
SBO_WEIGHT, SBO_UNIT = "SBO:0000002", "SBO:0000002"


def is_id(name: str) -> bool:
    """Whether a new element can have this name: an id of SBML, and not the time."""
    return name.isidentifier() and name.isascii() and name != TIME


def as_id(name: str) -> str:
    """Return a name with "_" for all that an id of SBML may not have; Greek letters are such."""
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in name)


class Editor:
    """A definition under change.

    Attributes
    ----------
    network : ReactionNetwork
        Before the change.
    definition : Definition
        With its values of now, and what has been added so far.
    freedoms : dict of id to Freedom
        Of constants that were added.
    """

    def __init__(self, network: ReactionNetwork):
        self.network = network
        self.definition = current_definition(network)
        self.freedoms: dict[str, Freedom] = {}
        self.taken = set(ids_of(self.definition))

    def new_prefix(self, wish: str) -> str:
        """Return a prefix that no id begins with."""
        wish = as_id(wish)
        found, count = wish, 1
        while any(id == found or id.startswith(f"{found}_") for id in self.taken):
            count += 1
            found = f"{wish}{count}"
        return found

    def add_constant(self, wish: str, value: float, freedom: Freedom, *, name: str = "") -> Expression:
        """Add a constant and return its symbol."""
        id = new_id(wish, self.taken)
        element = e.ParameterElement(id=id, name=name, value=float(value), sbo=SBO_WEIGHT)
        self.definition = replace(self.definition, parameters=(*self.definition.parameters, element))
        self.freedoms[id] = freedom
        return symbol(id)

    def add_variable(self, id: str, math: Expression, *, name: str = "") -> Expression:
        """Add a parameter with an assignment rule."""
        self.taken.add(id)
        element = e.ParameterElement(id=id, name=name, constant=False, sbo=SBO_UNIT)
        rule = e.Rule(kind="assignment", variable=id, math=math)
        self.definition = replace(
            self.definition,
            parameters=(*self.definition.parameters, element),
            rules=(*self.definition.rules, rule),
        )
        return symbol(id)

    def add_inputs(
        self, prefix: str, ids: tuple[str, ...], *, scaled: bool
    ) -> dict[str, tuple[Expression, Expression]]:
        """Return value and scale of each input, scales as constants that data may set."""
        known = self.network.equations.observables
        for id in ids:
            if id != TIME and id not in known:
                raise unknown_name("id (named as an input)", id, [*known, TIME])
        found: dict[str, tuple[Expression, Expression]] = {}
        sizes = typical_scales(self.network, [id for id in ids if id != TIME]) if scaled else {}
        for id in ids:
            value = time() if id == TIME else symbol(id)
            scale = number(1.0)
            if scaled:
                name = f"scale of {id} in {prefix}"
                held = Freedom(transform="log", trainable=False)
                wish = f"{prefix}_s_{id.replace('.', '_')}"
                scale = self.add_constant(wish, sizes.get(id, 1.0), held, name=name)
            found[id] = (value, scale)
        return found

    def add_expansion(self, expansion: Expansion, *, at_start: bool = False) -> tuple[str, ...]:
        """Add the constants and units of a neural network; return the ids of its weights.

        `at_start`: units are computed once, at the start, and constant from then on.
        """
        self._refuse_taken(expansion)
        d = self.definition
        weights = tuple(
            e.ParameterElement(id=n.id, value=float(n.value), sbo=SBO_WEIGHT) for n in expansion.numbers
        )
        units = tuple(e.ParameterElement(id=id, constant=at_start, sbo=SBO_UNIT) for id, _ in expansion.units)
        changes: dict[str, Any] = {"parameters": (*d.parameters, *weights, *units)}
        if at_start:
            starts = (e.InitialAssignment(variable=id, math=math) for id, math in expansion.units)
            changes["initial_assignments"] = (*d.initial_assignments, *starts)
        else:
            rules = (e.Rule(kind="assignment", variable=id, math=math) for id, math in expansion.units)
            changes["rules"] = (*d.rules, *rules)
        self.definition = replace(d, **changes)
        self.freedoms |= {n.id: n.freedom for n in expansion.numbers}
        self.taken |= {*(n.id for n in expansion.numbers), *(id for id, _ in expansion.units)}
        return tuple(n.id for n in expansion.numbers)

    def _refuse_taken(self, expansion: Expansion) -> None:
        for id in (*(n.id for n in expansion.numbers), *(id for id, _ in expansion.units)):
            if id in self.taken:
                raise InvalidValueError(f"The network has an id {id!r} already; name the piece otherwise.")

    def finished(self, hole: Hole, *, freed: Mapping[str, Freedom] | None = None) -> ReactionNetwork:
        """Return the network with what was added."""
        from hybridcell.mechanisms.reactions.composition.rebuild import rebuilt_network

        hole = replace(hole, brought=tuple(self.freedoms))
        return rebuilt_network(self.network, self.definition, hole, {**self.freedoms, **(freed or {})})
