"""Events over states."""

from __future__ import annotations

import pytest

from hybridcell._core.errors import SBMLError
from hybridcell._core.expressions import constant
from hybridcell.mechanisms.reactions.elements import Compartment
from tests.mechanisms.reactions.resolve.building import Numbers, event, parameter, reaction, rule, species

Q = parameter("q", 1.0, constant=False)
S = species("S", 4.0)
DECAY = reaction("v", ["S"], [], "S")


def test_what_only_events_change_is_discrete():
    equations = Numbers(Q, S, DECAY, event("e", "S < 1", {"q": "q + 1"})).equations
    assert dict(zip(equations.states, equations.discrete)) == {"S": False, "q": True}


def test_a_concentration_is_set_by_the_size():
    (happening,) = Numbers(S, DECAY, event("e", "time > 1", {"S": "3"})).equations.events
    (assignment,) = happening.assignments
    assert assignment.scale is constant("C")
    amount = species("S", 4.0, only_substance=True)
    (happening,) = Numbers(amount, DECAY, event("e", "time > 1", {"S": "3"})).equations.events
    assert happening.assignments[0].scale is None


def test_a_species_that_only_an_event_changes():
    numbers = Numbers(
        species("B", initial_concentration=4.0, boundary=True), event("e", "time > 1", {"B": "3"})
    )
    assert numbers.equations.discrete.tolist() == [True]
    assert numbers.start() == {"B": 8.0}
    assert numbers.value("B", B=6.0) == 3.0


def test_attributes_are_kept():
    options = {"initial_value": False, "persistent": False, "use_trigger_values": False}
    given = event("e", "time > 1", {"q": "3"}, delay="q + 1", priority="2 * q", **options)
    (happening,) = Numbers(Q, given).equations.events
    assert (happening.initial_value, happening.persistent, happening.use_trigger_values) == (False,) * 3
    assert (str(happening.delay), str(happening.priority), happening.id) == ("q + 1", "2*q", "e")


def test_a_number_is_a_trigger():
    (happening,) = Numbers(Q, event("e", "q - 1", {"q": "3"})).equations.events
    assert happening.trigger.op == "ne"


def test_only_triggers_of_time_and_discrete_states_are_known_ahead():
    events = [event(f"e{i}", text, {"q": "2"}) for i, text in enumerate(["time > q", "S > 1", "C > 1"])]
    found = Numbers(Q, S, DECAY, *events).equations.events
    assert [happening.time_only for happening in found] == [True, False, True]


def test_missing_math_has_no_effect():
    numbers = Numbers(
        Q,
        parameter("r", 1.0, constant=False),
        event("no_trigger", None, {"q": "3"}),
        event("nothing", "time > 1", {"q": None}),
        event("half", "time > 1", {"q": None, "r": "2"}),
    )
    (happening,) = numbers.equations.events
    assert happening.id == "half"
    assert numbers.equations.states == ("r",)


def test_an_event_may_set_a_size_and_what_is_in_it():
    numbers = Numbers(
        Compartment(id="C", size=2.0, constant=False), S, DECAY, event("e", "time > 1", {"C": "5", "S": "3"})
    )
    (happening,) = numbers.equations.events
    scales = [None if a.scale is None else numbers.at(a.scale, C=5.0) for a in happening.assignments]
    assert scales == [None, 5.0]


def test_assigned_variables_cannot_be_set():
    with pytest.raises(SBMLError, match="'q' is determined by an assignment rule and changed by an event"):
        Numbers(Q, rule("assignment", "q", "time"), event("e", "time > 1", {"q": "3"}))
