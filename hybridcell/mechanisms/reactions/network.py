"""A reaction network: what a file says, what it means as equations, and the values of its constants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from hybridcell._core.errors import FileFormatError, InvalidValueError, unknown_name
from hybridcell._core.hole import AbstractPiece, Holes
from hybridcell._core.parameter import Freedom, Parameter
from hybridcell.mechanisms.reactions import views
from hybridcell.mechanisms.reactions.element_list import ElementList, plural
from hybridcell.mechanisms.reactions.elements import (
    Compartment,
    Definition,
    Event,
    FunctionDefinition,
    ParameterElement,
    Reaction,
    Rule,
    Species,
)
from hybridcell.mechanisms.reactions.equations import Equations

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.data import Drug
    from hybridcell.mechanisms.cellbox import CellBox


class ReactionNetwork(eqx.Module):
    """A network of reactions, rules and events, as `hybridcell.read_sbml` returns it.

    Attributes
    ----------
    definition : Definition
        The network as its file states it.
    equations : Equations
        What is computed.
    values : Array, shape (m,)
        Values of the constants, in the order of ``equations.constants``: parameters, sizes of compartments,
        and the numbers that states start from. The only leaf: gradients are with respect to it.
    holes : Holes
        The neural pieces that have been put in, and which constants a fit may move and how.

    Examples
    --------
    >>> import hybridcell as hc
    >>> network = hc.read_sbml(hc.networks.load("toggle_switch"))
    >>> network.with_values({network.equations.constants[0]: 2.0}).values[0].item()
    2.0
    """

    definition: Definition = eqx.field(static=True)
    equations: Equations = eqx.field(static=True)
    values: Float[Array, " m"]
    holes: Holes = eqx.field(static=True, default=Holes())

    #: Not written to files: `restored` makes them from the definition.
    derived: ClassVar[tuple[str, ...]] = ("equations",)

    @classmethod
    def restored(cls, definition: Definition, values: Float[Array, " m"], holes: Holes) -> ReactionNetwork:
        """Return the network that a file of `hybridcell.save` holds.

        Raises
        ------
        FileFormatError
            If the values do not go with the definition.
        """
        if not isinstance(definition, Definition) or not isinstance(holes, Holes):
            raise FileFormatError("The file holds a network without its definition; it is damaged.")
        made = cls.from_definition(definition)
        # members of an ensemble are one network with an axis of values in front
        if np.shape(values)[-1:] != made.values.shape:
            raise FileFormatError(
                f"The file holds {np.shape(values)} values for a network of "
                f"{made.values.shape[0]} constants. A network that was given another start (starting_from) "
                "is saved before that."
            )
        return cls(definition=definition, equations=made.equations, values=jnp.asarray(values), holes=holes)

    @classmethod
    def from_definition(cls, definition: Definition) -> ReactionNetwork:
        """Return the network that a definition means.

        Raises
        ------
        SBMLError
            If the definition has no meaning (unknown ids, circular rules...) or one that cannot be computed.
        """
        from hybridcell.mechanisms.reactions.resolve import resolve

        equations = resolve(definition)
        # without the small program that jnp.asarray compiles first
        with jax.ensure_compile_time_eval():
            values = jax.device_put(np.asarray(equations.values))
        return cls(definition=definition, equations=equations, values=values)

    @property
    def id(self) -> str:
        """Id of the network, "" where the file gives none."""
        return self.definition.id

    @property
    def name(self) -> str:
        """Name for people; the id where the file gives none."""
        return self.definition.name or self.definition.id

    @property
    def species(self) -> ElementList[Species]:
        """Species in the file's order, by id or position, with the numbers that they have now."""
        return views.list_species(self)

    @property
    def reactions(self) -> ElementList[Reaction]:
        """Reactions in the file's order, by id or position."""
        return views.list_reactions(self)

    @property
    def parameters(self) -> ElementList[ParameterElement]:
        """Parameters, then the local ones of reactions as "v1.k", with the values that they have now."""
        return views.list_parameters(self)

    @property
    def compartments(self) -> ElementList[Compartment]:
        """Compartments with their sizes."""
        return views.list_compartments(self)

    @property
    def events(self) -> ElementList[Event]:
        """Events in the file's order; those without an id by position."""
        return ElementList("event", self.definition.events)

    @property
    def rules(self) -> ElementList[Rule]:
        """Rules, by the id of the variable they determine, or by position."""
        return ElementList("rule", self.definition.rules)

    @property
    def functions(self) -> ElementList[FunctionDefinition]:
        """Functions that the file defines and its formulas call."""
        return ElementList("function", self.definition.functions)

    @property
    def conserved_moieties(self) -> pd.DataFrame:
        """Sums of species that no reaction changes: `moiety` (text), `ids`, `coefficients`, `total`."""
        from hybridcell.mechanisms.reactions.conservation import moiety_table

        return moiety_table(self.equations, np.asarray(self.values))

    def to_antimony(self) -> str:
        """Return the network as Antimony text.

        What Antimony cannot say is left out, with a comment in its place and a warning.
        """
        from hybridcell.mechanisms.reactions.antimony import antimony_text

        return antimony_text(views.current_definition(self))

    def with_values(self, values: Mapping[str, ArrayLike] | ArrayLike) -> ReactionNetwork:
        """Return the network with other values of its constants.

        Parameters
        ----------
        values : mapping of id to number, or array_like of shape (m,)
            A local parameter `k` of reaction `v1` has the id "v1.k". The id of a state is the number that it
            starts from: for a species the amount or the concentration, whichever the file gives.

        Raises
        ------
        UnknownNameError
            If an id is not one of ``equations.constants``.
        """
        if isinstance(values, Mapping):
            new = self._with_named(values)
        else:
            new = jnp.asarray(values, self.values.dtype)
            if new.shape != self.values.shape:
                raise InvalidValueError(
                    f"values has shape {new.shape}; this network has {self.values.shape[0]} constants. "
                    "Give one number for each of network.equations.constants, or a dictionary by id."
                )
        return eqx.tree_at(lambda network: network.values, self, new)

    def starting_from(self, state: Float[ArrayLike, " n"], *, t0: float = 0.0) -> ReactionNetwork:
        """Return the network with another state at the start: preequilibration, or going on from an end.

        All other constants stay as they are, those that the file computes from initial values too. Where the
        file itself computes a start, or something else reads it, the network gets a constant ``initial(ID)``
        for it.

        Parameters
        ----------
        state : array_like, shape (n,)
            In the order of ``equations.states`` (species as amounts), as from `hybridcell.steady_state`.
        t0 : float
            Time of the start, for starts that read it.

        Raises
        ------
        InvalidValueError
            On a state of another length, or one that is not finite (no steady state was found).

        Examples
        --------
        >>> import hybridcell as hc
        >>> network = hc.read_sbml(hc.networks.load("mapk_cascade"))
        >>> rest = hc.steady_state(network, solve=hc.Solve(backend="numpy"))
        >>> rested = network.starting_from(rest.X[0])
        """
        from hybridcell.mechanisms.reactions.start import with_start

        equations, values = with_start(self.equations, np.asarray(self.values), state, t0=t0)
        return ReactionNetwork(
            definition=self.definition, equations=equations, values=jnp.asarray(values), holes=self.holes
        )

    def replace(self, reaction: str, rate: AbstractPiece) -> ReactionNetwork:
        """Return the network in which the law of a reaction is learned.

        A residual that was added to the law goes with it, unless the rate keeps the law (``around="law"``).

        Parameters
        ----------
        reaction : str
            Id of the reaction.
        rate : NeuralRate

        Raises
        ------
        UnknownNameError
            If the network has no such reaction, or no such input.
        InvalidValueError
            If the hole would cut the reaction off from the model, or the reaction has a neural rate already,
            or a residual that adds to other rates, too.

        Examples
        --------
        >>> import hybridcell as hc, jax.random as jr
        >>> network = hc.read_sbml(hc.networks.load("toggle_switch"))
        >>> hybrid = network.replace(network.reactions[0].id, hc.NeuralRate(key=jr.key(0)))
        >>> [hole.kind for hole in hybrid.holes]
        ['rate']
        """
        from hybridcell.mechanisms.reactions.composition import replace_rate

        return replace_rate(self, reaction, rate)

    def __add__(self, piece: AbstractPiece) -> ReactionNetwork:
        """Return the network with a `NeuralResidual`, a `NeuralParameter` or a `NeuralReadout`."""
        from hybridcell.mechanisms.reactions.composition import add_piece

        return add_piece(self, piece)

    def couple(
        self,
        cellbox: CellBox,
        *,
        reads: Mapping[str, str] | None = None,
        drives: Mapping[str, str] | None = None,
    ) -> ReactionNetwork:
        """Return this network and a CellBox network as one, on one state vector.

        A node that reads a species is its response on the scale of the CellBox, log2(S / S0) for "log2", in
        place of dynamics of its own; S0 is what the species starts from. A node that drives a parameter
        multiplies it by 2^node (exp(node) for "ln", 1 + node for "linear"). Weights and rates of the CellBox
        become constants (``w_<target>_<source>``, ``epsilon_<node>``, ``alpha_<node>``) that a fit may move,
        inputs of drugs constants ``u_<drug>`` that conditions set.

        Parameters
        ----------
        cellbox : CellBox
        reads : mapping of node to species, optional
            Default: nodes that have the id of a species read it.
        drives : mapping of parameter to node, optional

        Raises
        ------
        UnknownNameError
            On a node, species or parameter that does not exist.
        InvalidValueError
            If nothing couples the two, or the network has neural pieces already.

        Examples
        --------
        >>> import hybridcell as hc
        >>> reactions = hc.read_sbml(hc.networks.load("mapk_oscillator"))
        >>> signals = hc.CellBox(["MAPK_PP", "cyclin"], ["protein", "protein"], [[0, 0], [0.8, 0]])
        >>> both = reactions.couple(signals, drives={"V1": "cyclin"})
        >>> {"MAPK_PP", "cyclin"} <= set(both.equations.states)
        True
        """
        from hybridcell.mechanisms.coupling import couple

        return couple(self, cellbox, reads=reads, drives=drives)

    def with_drugs(self, *drugs: Drug) -> ReactionNetwork:
        """Return the network with drugs that scale rates of reactions.

        Each drug is a constant, its dose, which is 0 until a condition sets it ({"MEKi": 0.5}, or in words
        "MEKi 500 nM"); its numbers are constants ``MEKi_ic50``, ``MEKi_hill`` and ``MEKi_max``, which fits
        may move and gradients reach. Drugs on one reaction act independently: their factors multiply.

        Parameters
        ----------
        *drugs : Drug

        Raises
        ------
        UnknownNameError
            On a target that is no reaction; the nearest is suggested.
        InvalidValueError
            When the network has something of the drug's name already.

        Examples
        --------
        >>> import hybridcell as hc
        >>> from hybridcell.data import Drug
        >>> network = hc.read_sbml(hc.networks.load("mapk_oscillator"))
        >>> drug = Drug("MEKi", inhibits=network.reactions[6].id, ic50=0.1)
        >>> network.with_drugs(drug).parameters["MEKi_ic50"].value
        0.1
        """
        from hybridcell.mechanisms.reactions.composition.drugs import put_drugs

        return put_drugs(self, drugs)

    def mechanistic_only(self) -> ReactionNetwork:
        """Return the network without its neural pieces, with the values that its constants have now."""
        from hybridcell.mechanisms.reactions.composition import without_pieces

        return without_pieces(self)

    def with_parameters(self, parameters: Mapping[str, Parameter]) -> ReactionNetwork:
        """Return the network in which constants have a value and a say in how a fit may move them.

        Parameters
        ----------
        parameters : mapping of id to Parameter
            Value, transform, bounds, prior and whether it is trainable. A fit moves the constants that are
            declared here, and the weights of neural pieces; without any declaration, all parameters.

        Examples
        --------
        >>> import hybridcell as hc
        >>> network = hc.read_sbml(hc.networks.load("toggle_switch"))
        >>> k = network.parameters[0].id
        >>> ready = network.with_parameters({k: hc.Parameter(2.0, transform="log", bounds=(0.1, 10))})
        >>> ready.holes.freedoms[k].bounds
        (0.1, 10.0)
        """
        for id, parameter in parameters.items():
            if not isinstance(parameter, Parameter):
                raise InvalidValueError(
                    f"{id!r} is a {type(parameter).__name__}; wanted hc.Parameter(value, ...). For values "
                    "alone there is with_values."
                )
            if parameter.raw.shape != ():
                raise InvalidValueError(
                    f"The Parameter of {id!r} holds {parameter.raw.size} numbers; a constant is one."
                )
        made = self.with_values({id: parameter.value for id, parameter in parameters.items()})
        freedoms: dict[str, Freedom] = {id: parameter.freedom for id, parameter in parameters.items()}
        return made.with_freedoms(freedoms)

    def with_freedoms(self, freedoms: Mapping[str, Freedom]) -> ReactionNetwork:
        """Return the network with other says in how a fit may move some constants."""
        holes = replace(self.holes, freedoms={**self.holes.freedoms, **freedoms})
        return ReactionNetwork(
            definition=self.definition, equations=self.equations, values=self.values, holes=holes
        )

    def _with_named(self, values: Mapping[str, ArrayLike]) -> Float[Array, " m"]:
        position = {name: i for i, name in enumerate(self.equations.constants)}
        for name in values:
            if name in self.equations.observables and name not in position:
                raise InvalidValueError(
                    f"{name!r} cannot be given a value: it is no constant of this network, but computed "
                    "(by a rule, a reaction or an initial assignment) or built in. "
                    "Known: network.equations.constants."
                )
            if name not in position:
                raise unknown_name("constant", name, position)
        if not values:
            return self.values
        where = np.array([position[name] for name in values])
        return self.values.at[where].set(
            jnp.stack([jnp.asarray(v, self.values.dtype) for v in values.values()])
        )

    def _repr_html_(self) -> str:
        return views.network_card(self)

    def __repr__(self) -> str:
        definition = self.definition
        counts = (
            (len(definition.species), "species"),
            (len(definition.reactions), "reaction"),
            (len(definition.parameters), "parameter"),
            (len(definition.rules), "rule"),
            (len(definition.events), "event"),
        )
        inside = ", ".join(f"{count} {plural(kind, count)}" for count, kind in counts if count)
        neural = "".join(f", {hole.kind} {', '.join(hole.targets)} learned" for hole in self.holes)
        return f"ReactionNetwork({self.id or 'no id'!r}: {inside or 'empty'}{neural})"
