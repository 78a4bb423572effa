"""Small SBML texts for tests of the reader."""

from __future__ import annotations

from hybridcell._core.expressions import Expression
from hybridcell.io.sbml.read import read_definition

MATHML = 'xmlns="http://www.w3.org/1998/Math/MathML"'
CELL = '<listOfCompartments><compartment id="cell" size="1" constant="true"/></listOfCompartments>'


def level3(body: str, *, version: int = 2, attributes: str = "", outside: str = "") -> str:
    """Return a document of Level 3 with this inside its model."""
    return (
        f'<sbml xmlns="http://www.sbml.org/sbml/level3/version{version}/core" level="3" version="{version}" '
        f'{attributes}><model id="m">{body}</model>{outside}</sbml>'
    )


def level2(body: str, version: int = 5) -> str:
    """Return a document of Level 2."""
    namespace = "http://www.sbml.org/sbml/level2" + (f"/version{version}" if version > 1 else "")
    return f'<sbml xmlns="{namespace}" level="2" version="{version}"><model id="m">{body}</model></sbml>'


def level1(body: str, version: int = 2) -> str:
    """Return a document of Level 1."""
    return (
        f'<sbml xmlns="http://www.sbml.org/sbml/level1" level="1" version="{version}">'
        f'<model name="m">{body}</model></sbml>'
    )


def math(content: str) -> str:
    """Return a math element."""
    return f"<math {MATHML}>{content}</math>"


def apply(operator: str, *args: str) -> str:
    """Return an application; arguments without markup are ids or numbers."""
    return f"<apply><{operator}/>{''.join(map(_operand, args))}</apply>"


def _operand(text: str) -> str:
    if text.startswith("<"):
        return text
    return f"<ci>{text}</ci>" if text[0].isalpha() else f"<cn>{text}</cn>"


def parameters(*ids: str, constant: bool = True) -> str:
    """Return parameters (one element each, without their list) of value 1."""
    return "".join(f'<parameter id="{i}" value="1" constant="{str(constant).lower()}"/>' for i in ids)


def read_math(content: str, ids: tuple[str, ...] = ("a", "b", "c"), functions: str = "") -> Expression:
    """Return math as the reader understands it."""
    definition = read_definition(
        level3(
            f"{functions}<listOfParameters>{parameters(*ids)}{parameters('x_', constant=False)}"
            "</listOfParameters>"
            f'<listOfRules><assignmentRule variable="x_">{math(content)}</assignmentRule></listOfRules>'
        )
    )
    found = definition.rules[0].math
    assert found is not None
    return found
