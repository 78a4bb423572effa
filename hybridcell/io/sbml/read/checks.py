"""Does a network as read make sense? What libsbml would find only in its slow validation."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator

from hybridcell._core.errors import SBMLError, SBMLWarning, nearest
from hybridcell._core.expressions.expression import walk
from hybridcell.mechanisms.reactions.elements import Compartment, Definition, Element, FunctionDefinition


def check_definition(net: Definition) -> None:
    """Raise or warn: ids used twice, references to nothing, two rules for one variable, sizes of 0, NaN.

    Raises
    ------
    SBMLError
        Naming the element and its line.
    """
    check_unique(net)
    check_references(net)
    check_variables(net)
    check_functions(net.functions)
    warn_of_values(net)


def check_unique(net: Definition) -> None:
    """Refuse ids that two elements share."""
    named: list[Element] = [
        *net.functions,
        *net.compartments,
        *net.species,
        *net.parameters,
        *net.reactions,
        *net.events,
    ]
    for reaction in net.reactions:
        named.extend(reference for reference in (*reaction.reactants, *reaction.products) if reference.id)
    _unique(named)
    _unique(net.units)
    for reaction in net.reactions:
        _unique(reaction.local_parameters)


def _unique(elements: Iterable[Element]) -> None:
    seen: dict[str, Element] = {}
    for element in elements:
        if not element.id:
            if not _may_be_nameless(element):
                raise SBMLError("it has no id", _kind(element), element.line)
            continue
        first = seen.setdefault(element.id, element)
        if first is not element:
            raise SBMLError(
                f"the id is taken by a {_kind(first)} in line {first.line}",
                element.id,
                element.line,
                "Rename one.",
            )


def _may_be_nameless(element: Element) -> bool:
    return type(element).__name__ == "Event"


def _kind(element: Element) -> str:
    name = type(element).__name__.removesuffix("Element")
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()


def check_references(net: Definition) -> None:
    """Refuse ids that stand for nothing."""
    compartments = {c.id for c in net.compartments}
    species = {s.id for s in net.species}
    parameters = {p.id for p in net.parameters}
    for one in net.species:
        _known(one.compartment, compartments, "compartment", one)
        if one.conversion_factor:
            _known(one.conversion_factor, parameters, "parameter", one)
    if net.conversion_factor:
        _known(net.conversion_factor, parameters, "parameter", net)
    for reaction in net.reactions:
        for reference in (*reaction.reactants, *reaction.products):
            _known(reference.species, species, "species", reaction, reference.line)
        for modifier in reaction.modifiers:
            _known(modifier, species, "species", reaction)


def _known(sid: str, valid: set[str], kind: str, element: Element, line: int = 0) -> None:
    if sid not in valid:
        guess = nearest(sid, valid)
        raise SBMLError(
            f"it names the {kind} {sid!r}, which does not exist",
            element.id or _kind(element),
            line or element.line,
            f"Did you mean {guess!r}?" if guess else "",
        )


def _changes(net: Definition) -> Iterator[tuple[str, Element, str]]:
    """Give (variable, element, what kind of change) for everything that sets a value."""
    for rule in net.rules:
        if rule.kind != "algebraic":
            yield rule.variable, rule, "rule"
    for start in net.initial_assignments:
        yield start.variable, start, "initial assignment"
    for event in net.events:
        for variable, _ in event.assignments:
            yield variable, event, "event assignment"


def check_variables(net: Definition) -> None:
    """Refuse to set what does not exist or is constant, and to set a value twice."""
    constant: dict[str, bool] = {e.id: e.constant for e in (*net.compartments, *net.species, *net.parameters)}
    for reaction in net.reactions:
        constant.update({r.id: r.constant for r in (*reaction.reactants, *reaction.products) if r.id})
    seen: dict[tuple[str, str], Element] = {}
    for variable, element, kind in _changes(net):
        if variable not in constant:
            guess = nearest(variable, constant)
            raise SBMLError(
                f"{kind} for {variable!r}, which does not exist or has no value to set",
                element.id or variable,
                element.line,
                f"Did you mean {guess!r}?" if guess else "",
            )
        if constant[variable] and kind != "initial assignment":
            raise SBMLError(
                f"{kind} for {variable!r}, which is constant", element.id or variable, element.line
            )
        first = seen.setdefault(
            (variable, f"{kind} {id(element) if kind.startswith('event') else ''}"), element
        )
        if kind != "event assignment" and first is not element:
            raise SBMLError(
                f"a second {kind} for {variable!r}; the first is in line {first.line}", variable, element.line
            )


def check_functions(functions: tuple[FunctionDefinition, ...]) -> None:
    """Refuse functions that call themselves, also by way of others."""
    calls = {
        f.id: {str(node.value) for node in walk([f.body]) if node.op == "call"}
        if f.body is not None
        else set()
        for f in functions
    }
    # what calls nothing that is left may go; what cannot go is a circle
    while free := {name for name, called in calls.items() if not called & calls.keys()}:
        calls = {name: called for name, called in calls.items() if name not in free}
    for function in functions:
        if function.id in calls:
            names = ", ".join(sorted(calls))
            raise SBMLError(f"functions call each other in a circle: {names}", function.id, function.line)


def warn_of_values(net: Definition) -> None:
    """Warn of sizes of 0 and of values that are not a number and that nothing replaces."""
    given = {
        variable
        for variable, element, kind in _changes(net)
        if kind != "event assignment" and _computes(element)
    }
    for element in (*net.compartments, *net.parameters, *net.species):
        if element.id in given:
            continue
        value, what = _value(element)
        if value is not None and math.isnan(value):
            _warn(f"its {what} is NaN", element)
        if isinstance(element, Compartment) and value == 0 and element.dimensions > 0:
            _warn("its size is 0, so that no concentration is defined in it", element)


def _computes(element: Element) -> bool:
    return getattr(element, "math", None) is not None and getattr(element, "kind", "") != "rate"


def _value(element: Element) -> tuple[float | None, str]:
    for name, what in (
        ("size", "size"),
        ("value", "value"),
        ("initial_amount", "initial amount"),
        ("initial_concentration", "initial concentration"),
    ):
        value = getattr(element, name, None)
        if value is not None:
            return value, what
    return None, ""


def _warn(text: str, element: Element) -> None:
    warnings.warn(f"{element.id!r}, line {element.line}: {text}.", SBMLWarning, stacklevel=2)
