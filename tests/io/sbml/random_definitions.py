"""Small reaction networks drawn at random: any rate law over any ids, rules, events."""

from __future__ import annotations

import math

from hypothesis import strategies as st

from hybridcell._core.expressions import apply, number, symbol, time
from hybridcell._core.expressions.operators import ARITY
from hybridcell.mechanisms.reactions import elements as e

_IDS = ("A", "B", "cell", "k", "time", "pi", "lambda", "x_1", "e")
_OPS = sorted(set(ARITY) - {"digamma", "delay", "rate_of"})
# the reader makes a truth value of a lone operand, and these numbers come back as they are
_NUMBERS = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 0.1, 1e-300, 1e300, math.inf, -math.inf, math.nan]),
    st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False),
)


def expressions(ids=_IDS):
    """Return a strategy for expressions over ids."""
    leaves = st.one_of(
        st.sampled_from([symbol(i) for i in ids]), st.builds(number, _NUMBERS), st.just(time())
    )

    def larger(inner):
        def of(op):
            return st.builds(lambda *args: apply(op, *args), *[inner] * ARITY[op])

        return st.sampled_from(_OPS).flatmap(of)

    return st.recursive(leaves, larger, max_leaves=12)


_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn")), max_size=12)
_VALUES = st.one_of(st.none(), st.floats(allow_nan=False, allow_subnormal=False))
_DIMENSIONS = st.sampled_from([1.0, 2.0, 2.5, 3.0])


@st.composite
def definitions(draw):
    """Return a strategy for networks that libsbml calls valid."""
    math_ = expressions()
    local = draw(st.booleans())
    law = draw(expressions((*_IDS, "v.own"))) if local else draw(math_)
    reaction = e.Reaction(
        id="v",
        name=draw(_TEXT),
        reactants=(e.SpeciesReference(species="A", stoichiometry=draw(st.floats(0.1, 9))),),
        products=(e.SpeciesReference(species="B", id="n", constant=draw(st.booleans())),),
        modifiers=(),
        law=law,
        local_parameters=(e.ParameterElement(id="v.own", value=draw(_VALUES)),) if local else (),
        reversible=draw(st.booleans()),
    )
    event = e.Event(
        id="go",
        trigger=draw(math_),
        delay=draw(st.one_of(st.none(), math_)),
        priority=draw(st.one_of(st.none(), math_)),
        initial_value=draw(st.booleans()),
        persistent=draw(st.booleans()),
        use_trigger_values=draw(st.booleans()),
        assignments=(("B", draw(math_)), ("moving", draw(math_))),
    )
    return e.Definition(
        id="net",
        name=draw(_TEXT),
        compartments=(e.Compartment(id="cell", size=draw(_VALUES), dimensions=draw(_DIMENSIONS)),),
        species=(
            e.Species(id="A", name=draw(_TEXT), compartment="cell", initial_amount=draw(_VALUES)),
            e.Species(
                id="B",
                compartment="cell",
                initial_concentration=draw(_VALUES),
                only_substance=draw(st.booleans()),
            ),
        ),
        parameters=(
            *(e.ParameterElement(id=i, value=draw(_VALUES), name=draw(_TEXT)) for i in _IDS[3:]),
            e.ParameterElement(id="moving", constant=False),
            e.ParameterElement(id="ruled", constant=False),
        ),
        rules=(e.Rule(kind="assignment", variable="ruled", math=draw(expressions(_IDS[3:]))),),
        initial_assignments=(e.InitialAssignment(variable="moving", math=draw(expressions(_IDS[3:]))),),
        reactions=(reaction,),
        events=(event,),
    )
