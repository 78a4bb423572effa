"""Random terms over two states, a constant and time, that are smooth and finite on the positive numbers."""

from __future__ import annotations

from hypothesis import strategies as st

from hybridcell._core.expressions import Expression, apply, constant, number, state, time

LEAVES = st.sampled_from([state("x"), state("y"), constant("k"), time()]) | st.builds(
    number, st.sampled_from([0.0, 1.0, 2.0, -1.0, 0.5, 3.0])
)
VALUES = st.fixed_dictionaries({name: st.floats(0.3, 1.7) for name in ("x", "y", "k")})


def _positive(arg: Expression) -> Expression:
    """A term as one that is at least 1/2."""
    return apply("add", apply("mul", arg, arg), number(0.5))


def _grown(children: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    def one(op: str) -> st.SearchStrategy[Expression]:
        return st.builds(lambda a: apply(op, a), children)

    def two(op: str) -> st.SearchStrategy[Expression]:
        return st.builds(lambda a, b: apply(op, a, b), children, children)

    return st.one_of(
        *(two(op) for op in ("add", "sub", "mul")),
        *(one(op) for op in ("neg", "sin", "cos", "tanh", "atan", "asinh")),
        st.builds(lambda a: apply("exp", apply("tanh", a)), children),
        st.builds(lambda a: apply("ln", _positive(a)), children),
        st.builds(lambda a: apply("sqrt", _positive(a)), children),
        st.builds(lambda a, b: apply("div", a, _positive(b)), children, children),
        st.builds(lambda a, b: apply("pow", _positive(a), apply("tanh", b)), children, children),
        st.builds(lambda a, b: apply("if", apply("gt", time(), number(5.0)), a, b), children, children),
    )


TERMS = st.recursive(LEAVES, _grown, max_leaves=12)
