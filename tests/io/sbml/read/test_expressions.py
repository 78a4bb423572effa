"""MathML and formulas to expressions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hybridcell._core.errors import SBMLError, UnsupportedSBMLError
from hybridcell._core.expressions import Expression, number, symbol, time
from hybridcell._core.expressions.expression import walk
from hybridcell.io.sbml.read import read_definition
from hybridcell.io.sbml.read.expressions import AVOGADRO
from tests.io.sbml.read.small import apply, level1, level3, parameters, read_math
from tests.io.sbml.read.small import math as math_element
from tests.tolerances import ANALYTIC

A, B = 0.7, 0.3
# operators of expressions, by NumPy
_OPERATORS = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "pow": np.power,
    "neg": np.negative,
    "abs": np.abs, "exp": np.exp, "ln": np.log, "log10": np.log10, "sqrt": np.sqrt, "floor": np.floor,
    "ceil": np.ceil, "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos,
    "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh, "min": np.minimum, "max": np.maximum, "rem": np.fmod, "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater, "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal, "and": np.logical_and,
    "or": np.logical_or, "xor": np.logical_xor, "not": np.logical_not, "if": np.where,
    "quotient": lambda a, b: np.trunc(a / b), "factorial": lambda a: math.gamma(a + 1),
}  # fmt: skip


def value(root: Expression, **symbols: float) -> float:
    found: dict[Expression, float] = {}
    for node in walk([root]):
        if node.is_number:
            found[node] = float(node.value)  # pyright: ignore[reportArgumentType]
        elif node.op == "symbol":
            found[node] = symbols[str(node.value)]
        else:
            found[node] = float(_OPERATORS[node.op](*(found[arg] for arg in node.args)))
    return found[root]


@pytest.mark.parametrize(
    ("operator", "wanted"),
    [
        ("sin", math.sin(A)), ("cos", math.cos(A)), ("tan", math.tan(A)), ("sec", 1 / math.cos(A)),
        ("csc", 1 / math.sin(A)), ("cot", 1 / math.tan(A)), ("sinh", math.sinh(A)), ("cosh", math.cosh(A)),
        ("tanh", math.tanh(A)), ("sech", 1 / math.cosh(A)), ("csch", 1 / math.sinh(A)),
        ("coth", 1 / math.tanh(A)),
        ("arcsin", math.asin(A)), ("arccos", math.acos(A)), ("arctan", math.atan(A)),
        ("arccot", math.atan(1 / A)),
        ("arcsinh", math.asinh(A)), ("arctanh", math.atanh(A)), ("arccsch", math.asinh(1 / A)),
        ("arcsech", math.acosh(1 / A)), ("exp", math.exp(A)), ("ln", math.log(A)), ("log", math.log10(A)),
        ("abs", A), ("floor", 0.0), ("ceiling", 1.0), ("factorial", math.gamma(A + 1)),
        ("root", math.sqrt(A)),
        ("minus", -A), ("not", 0.0), ("plus", A), ("times", A), ("and", 1.0), ("min", A), ("max", A),
    ],
)  # fmt: skip
def test_operators_of_one_argument(operator: str, wanted: float) -> None:
    np.testing.assert_allclose(value(read_math(apply(operator, "a")), a=A), wanted, **ANALYTIC)


@pytest.mark.parametrize(
    ("operator", "x", "wanted"),
    [
        ("arcsec", 2.5, math.acos(1 / 2.5)),
        ("arccsc", 2.5, math.asin(1 / 2.5)),
        ("arccosh", 2.5, math.acosh(2.5)),
        ("arccoth", 2.5, math.atanh(1 / 2.5)),
        ("arccot", -2.0, math.atan(-0.5)),
    ],
)
def test_inverse_operators_outside_the_unit_interval(operator: str, x: float, wanted: float) -> None:
    np.testing.assert_allclose(value(read_math(apply(operator, "a")), a=x), wanted, **ANALYTIC)


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (apply("plus"), 0.0),
        (apply("times"), 1.0),
        (apply("plus", "a", "b", "a", "2"), 2 * A + B + 2),
        (apply("times", "a", "b", "a"), A * A * B),
        (apply("minus", "a", "b"), A - B),
        (apply("divide", "a", "b"), A / B),
        (apply("power", "a", "b"), A**B),
        (apply("root", "<degree><cn>3</cn></degree>", "a"), A ** (1 / 3)),
        (apply("log", "<logbase><cn>2</cn></logbase>", "a"), math.log2(A)),
        (apply("min", "a", "b", "0.5"), B),
        (apply("max", "a", "b", "0.5"), A),
        (apply("quotient", "-7", "2"), -3.0),
        (apply("rem", "-7", "2"), -1.0),
        (apply("implies", "a", "0"), 0.0),
        (apply("implies", "0", "a"), 1.0),
        (apply("and"), 1.0),
        (apply("or"), 0.0),
        (apply("xor", "1", "1", "1"), 1.0),
        (apply("lt", "b", "a", "2"), 1.0),
        (apply("lt", "b", "a", "0.5"), 0.0),
        (apply("eq", "a", "a", "b"), 0.0),
        (apply("neq", "a", "b"), 1.0),
        ("<piecewise><piece><cn>1</cn><false/></piece><otherwise><cn>2</cn></otherwise></piecewise>", 2.0),
        ("<piecewise><piece><cn>1</cn><false/></piece><piece><cn>3</cn><true/></piece></piecewise>", 3.0),
    ],
)
def test_operators_of_several_arguments(content: str, wanted: float) -> None:
    np.testing.assert_allclose(value(read_math(content), a=A, b=B), wanted, **ANALYTIC)


def test_a_piecewise_without_otherwise_is_nan_elsewhere() -> None:
    assert math.isnan(value(read_math("<piecewise><piece><cn>1</cn><false/></piece></piecewise>")))


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ("<cn>0.1</cn>", 0.1),
        ('<cn type="integer">-3</cn>', -3.0),
        ('<cn type="integer"> 3000000000 </cn>', 3e9),
        ("<cn type = 'integer'>1.5</cn>", 1.5),
        ('<cn type="rational">1<sep/>3</cn>', 1 / 3),
        ('<cn type="e-notation">1.7<sep/>-5</cn>', 1.7e-5),
        ("<pi/>", math.pi),
        ("<exponentiale/>", math.e),
        ("<true/>", 1.0),
        ("<false/>", 0.0),
        ("<infinity/>", math.inf),
    ],
)
def test_numbers_are_read_to_the_last_bit(content: str, wanted: float) -> None:
    assert read_math(content) is number(wanted)


def test_not_a_number() -> None:
    assert read_math("<notanumber/>") is number(math.nan)


def csymbol(name: str, shown: str) -> str:
    return (
        f'<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/{name}">{shown}</csymbol>'
    )


def test_ids_that_look_like_symbols_are_ids() -> None:
    names = ("time", "pi", "e", "lambda", "Pi", "avogadro", "nan", "NaN", "t", "exponentiale", "delay", "inf")
    for name in names:
        assert read_math(f"<ci>{name}</ci>", names) is symbol(name)
    assert read_math(csymbol("time", "t"), names) is time()
    assert read_math(csymbol("avogadro", "avogadro"), names) is number(AVOGADRO)


def test_delay_and_rate_of() -> None:
    delayed = read_math(f"<apply>{csymbol('delay', 'delay')}<ci>a</ci><cn>2</cn></apply>")
    assert (delayed.op, delayed.args) == ("delay", (symbol("a"), number(2.0)))
    rate = read_math(f"<apply>{csymbol('rateOf', 'rateOf')}<ci>a</ci></apply>")
    assert (rate.op, rate.args) == ("rate_of", (symbol("a"),))


def test_functions_are_kept_as_calls() -> None:
    functions = (
        '<listOfFunctionDefinitions><functionDefinition id="f">'
        + math_element(
            f"<lambda><bvar><ci>a</ci></bvar><bvar><ci>y</ci></bvar>{apply('times', 'a', 'y')}</lambda>"
        )
        + "</functionDefinition></listOfFunctionDefinitions>"
    )
    found = read_math("<apply><ci>f</ci><ci>b</ci><cn>2</cn></apply>", functions=functions)
    assert (found.op, found.value, found.args) == ("call", "f", (symbol("b"), number(2.0)))


def test_long_sums_are_shallow_and_deep_trees_are_read() -> None:
    n = 10_000
    deep = "<apply><sin/>" * n + "<ci>a</ci>" + "</apply>" * n
    assert sum(node.op == "sin" for node in walk([read_math(deep)])) == n
    wide = read_math(apply("plus", *["a", "b"] * 5000))
    depths: dict[Expression, int] = {}
    for node in walk([wide]):
        depths[node] = 1 + max((depths[arg] for arg in node.args), default=0)
    assert depths[wide] < 20


def test_deep_formulas_of_level_1() -> None:
    body = (
        '<listOfParameters><parameter name="k" value="1"/><parameter name="z" value="1"/></listOfParameters>'
        f'<listOfRules><parameterRule name="z" formula="{"+".join(["k"] * 9000)}"/></listOfRules>'
    )
    assert read_definition(level1(body)).rules[0].math is not None


def test_level_1_names_of_functions() -> None:
    body = (
        '<listOfParameters><parameter name="time" value="1"/><parameter name="z" '
        'value="1"/></listOfParameters>'
        '<listOfRules><parameterRule name="z" formula="log(time) + log10(time) + sqr(time) + pow(time, 3)"/>'
        "</listOfRules>"
    )
    found = read_definition(level1(body)).rules[0].math
    assert found is not None
    np.testing.assert_allclose(value(found, time=A), math.log(A) + math.log10(A) + A**2 + A**3, **ANALYTIC)


def test_random_draws_are_refused() -> None:
    draw = (
        '<csymbol encoding="text" '
        'definitionURL="http://www.sbml.org/sbml/symbols/distrib/uniform">u</csymbol>'
    )
    text = level3(
        f"<listOfParameters>{parameters('x', constant=False)}</listOfParameters><listOfRules>"
        f'<assignmentRule variable="x">{math_element(f"<apply>{draw}<cn>0</cn><cn>1</cn></apply>")}'
        "</assignmentRule></listOfRules>",
        attributes='xmlns:distrib="http://www.sbml.org/sbml/level3/version1/distrib/version1" '
        'distrib:required="true"',
    )
    with pytest.raises(UnsupportedSBMLError, match="distrib"):
        read_definition(text)


def test_rate_of_a_term_is_refused() -> None:
    with pytest.raises(SBMLError, match="rateOf"):
        read_math(f"<apply>{csymbol('rateOf', 'rateOf')}{apply('plus', 'a', 'b')}</apply>")


@pytest.mark.parametrize("content", ["", "<apply/>"])
def test_empty_math_is_refused(content: str) -> None:
    with pytest.raises(SBMLError, match="is empty"):
        read_math(content)
