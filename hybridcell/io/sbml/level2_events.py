"""Events that mean the same in Level 2, which has no initial values of triggers and no persistence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hybridcell.mechanisms.interpreter import Interpreter
from hybridcell.mechanisms.reactions.elements import Definition
from hybridcell.mechanisms.reactions.network import ReactionNetwork


def with_plain_events(definition: Definition, network: ReactionNetwork) -> Definition:
    """Return the definition in which events say only what makes a difference for the network.

    The value of a trigger before the start matters where it is true at the start. Whether an event can be
    called off matters where it waits: for its delay, or for another event.
    """
    equations = network.equations
    triggers = [event.trigger for event in equations.events]
    if not triggers or len(triggers) != len(definition.events):
        return definition
    p = np.asarray(network.values, dtype=float)
    with np.errstate(all="ignore"):
        x0 = Interpreter(equations.initial, equations)(0.0, np.zeros(equations.n), p)
        now = Interpreter(triggers, equations)(0.0, x0, p)
    alone = len(triggers) == 1
    return replace(
        definition,
        events=tuple(
            replace(
                event,
                initial_value=event.initial_value or not true,
                persistent=event.persistent or (alone and event.delay is None),
            )
            for event, true in zip(definition.events, now)
        ),
    )
