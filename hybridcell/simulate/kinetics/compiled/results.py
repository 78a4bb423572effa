"""What a run can come to, as a number per condition."""

from __future__ import annotations

SUCCESS, TOO_MANY_STEPS, STEP_TOO_SMALL, QUEUE_FULL, ENDLESS_EVENTS, HISTORY_FULL, STORE_FULL, NOT_AT_REST = (
    range(8)
)

#: Code -> what to tell people.
MESSAGES = (
    "success",
    "the solver gave up: more than max_steps steps",
    "the solver gave up: no step is small enough (the state diverges, is not a number, or its rate is not; "
    "or an amount falls below zero where its rate does not let it: try a smaller Solve.atol)",
    "an event was triggered again and again while waiting for its delay: more than 8 executions are pending",
    "events trigger each other without end at one instant",
    "the solver gave up: more steps than the memory for delays holds",
    "more steps than reverse-mode differentiation can store",
    "no steady state: the network still moves after a very long time",
)
