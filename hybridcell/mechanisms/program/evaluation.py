"""Templates computed on vectors: values, and partial derivatives with respect to slots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float

from hybridcell.mechanisms.program.operations import PARTIALS, SAFE, VALUES, Partials
from hybridcell.mechanisms.program.templates import Step, Template

Column = Float[Array, " c"]


class Evaluation:
    """A template applied to columns of operands.

    What stands in a branch that is not taken is computed from harmless arguments instead: its value is
    dropped by the `if` above it, but a NaN or infinity there would come back through derivatives as 0 * inf.

    Parameters
    ----------
    template : Template
    columns : sequence of arrays, one per slot
    """

    def __init__(self, template: Template, columns: Sequence[Column]):
        self.template = template
        self.columns = columns
        self._values: dict[int, Column] = {}
        self._args: dict[int, tuple[Column, ...]] = {}
        self._masks: dict[int, Bool[Array, " c"] | None] = {}
        self._reciprocals = dict.fromkeys(_common_divisors(template))
        self._users = _users(template) if any(step[0] == "if" for step in template.steps) else {}
        last = len(template.steps) - 1
        if self._users:
            for index in range(last, -1, -1):  # from the top, so that no piecewise is too long for recursion
                self._mask(index)
        for index in range(last + 1):
            self._compute(index)
        self.value: Column = self._values[last]

    def _compute(self, index: int) -> Column:
        """Compute a step; conditions of branches may be asked for ahead of their turn."""
        if index in self._values:
            return self._values[index]
        op, references, number = self.template.steps[index]
        args = tuple(self._at(reference) for reference in references)
        if op in SAFE and self._users:
            mask = self._mask(index)
            if mask is not None:
                args = tuple(
                    arg if safe is None else jnp.where(mask, arg, safe) for arg, safe in zip(args, SAFE[op])
                )
        self._args[index] = args
        if op == "div" and references[1] in self._reciprocals:
            self._values[index] = args[0] * self._reciprocal(references[1])
        else:
            self._values[index] = self._apply(op, args, number)
        return self._values[index]

    def _reciprocal(self, slot: int) -> Column:
        """Divide once by what a template divides by several times, as laws do by their compartment."""
        found = self._reciprocals[slot]
        if found is None:
            found = self._reciprocals[slot] = 1.0 / self.columns[slot]
        return found

    def _apply(self, op: str, args: tuple[Column, ...], number: float) -> Column:
        if op == "number":
            return jnp.full(self.columns[0].shape, number)
        if op == "integer_power":
            return lax.integer_pow(args[0], int(number))
        if op == "reciprocal_power":
            return 1.0 / lax.integer_pow(args[0], int(number))
        return VALUES[op](*args)

    def _at(self, reference: int) -> Column:
        return self.columns[reference] if reference >= 0 else self._compute(~reference)

    def _mask(self, index: int) -> Bool[Array, " c"] | None:
        """Return where the step matters; None: everywhere."""
        if index in self._masks:
            return self._masks[index]
        self._masks[index] = None  # a condition that needs this very step is computed without a mask
        found: Bool[Array, " c"] | None = None
        for user, position in self._users[index]:
            path = self._mask(user)
            if self.template.steps[user][0] == "if" and position > 0:
                condition = self._at(self.template.steps[user][1][0]) != 0
                condition = condition if position == 1 else ~condition
                path = condition if path is None else path & condition
            if path is None:
                return None
            found = path if found is None else found | path
        self._masks[index] = found
        return found

    def partials(self, wanted: Sequence[int]) -> list[Column]:
        """Return the derivative of the value with respect to each wanted slot, by one sweep backward."""
        steps = self.template.steps
        below = _moved_by(self.template, set(wanted))
        weights: dict[int, Column] = {~(len(steps) - 1): jnp.ones_like(self.value)}
        for index in reversed(range(len(steps))):
            weight = weights.pop(~index, None)
            if weight is None:
                continue
            op, references, number = steps[index]
            slopes = self._slopes(op, index, number)
            for reference, slope in zip(references, slopes):
                if slope is None or reference not in below:
                    continue
                part = slope if index == len(steps) - 1 else weight * slope
                weights[reference] = weights[reference] + part if reference in weights else part
        zero = jnp.zeros_like(self.value)
        return [weights.get(slot, zero) for slot in wanted]

    def _slopes(self, op: str, index: int, number: float) -> Partials:
        args, value = self._args[index], self._values[index]
        divisor = self.template.steps[index][1][-1] if op == "div" else None
        if divisor in self._reciprocals:
            reciprocal = self._reciprocal(divisor)
            return (reciprocal, -value * reciprocal)
        if op == "integer_power":
            return (number * lax.integer_pow(args[0], int(number) - 1),)
        if op == "reciprocal_power":
            return (-number / lax.integer_pow(args[0], int(number) + 1),)
        return PARTIALS[op](*args, value) if op in PARTIALS else (None,) * len(args)


def _common_divisors(template: Template) -> list[int]:
    """Return the slots by which several steps divide; none where branches choose what is divided by."""
    if any(step[0] == "if" for step in template.steps):
        return []
    divisors = Counter(references[1] for op, references, _ in template.steps if op == "div")
    return [slot for slot, times in divisors.items() if slot >= 0 and times > 1]


def _users(template: Template) -> dict[int, list[tuple[int, int]]]:
    """Return, for each step, the steps that read it and the position at which they do."""
    users: dict[int, list[tuple[int, int]]] = {index: [] for index in range(len(template.steps))}
    for index, (_, references, _) in enumerate(template.steps):
        for position, reference in enumerate(references):
            if reference < 0:
                users[~reference].append((index, position))
    return users


def sloped_slots(template: Template) -> frozenset[int]:
    """Return the slots in which the value has a slope (others stand in comparisons and conditions only)."""
    found = {~(len(template.steps) - 1)}
    for index in reversed(range(len(template.steps))):
        if ~index in found:
            found.update(_sloped_references(template.steps[index]))
    return frozenset(reference for reference in found if reference >= 0)


def _moved_by(template: Template, slots: set[int]) -> set[int]:
    """Return the references, slots and steps, that have a slope in any of the slots."""
    found = set(slots)
    for index, step in enumerate(template.steps):
        if found.intersection(_sloped_references(step)):
            found.add(~index)
    return found


def _sloped_references(step: Step) -> tuple[int, ...]:
    op, references, _ = step
    if op not in PARTIALS and op not in ("integer_power", "reciprocal_power"):
        return ()
    return references[1:] if op == "if" else references
