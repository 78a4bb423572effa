"""How XLA compiles loops and reaction networks on a CPU."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

_OPTION = "xla_cpu_small_while_loop_byte_threshold"
#: XLA runs a loop operation by operation, at 30 to 100 ns each, unless its body touches fewer bytes than a
#: threshold (1,024 as it comes): then it compiles the loop into one function. The loop of an ODE solver,
#: all tiny operations, is four to six times as fast in one function (measured with jax 0.10.1).
_BYTES = 2_000_000_000


#: XLA does not start when given an option that it does not know: those here were tried with these versions.
#: XLA as of jax 0.12 compiles loops whole up to some 10 kB unasked, and no further when asked.
_FIRST_TRIED, _LAST_TRIED = (0, 7), (0, 10)


def compile_loops_whole() -> None:
    """Ask XLA for loops in one function, unless $XLA_FLAGS has extra options of its own.

    XLA reads the flags once, when it first compiles: asking later has no effect, and programs are slower.
    """
    flags = os.environ.get("XLA_FLAGS", "")
    is_file = flags != "" and not flags.startswith("-")
    if "xla_backend_extra_options" in flags or is_file or jax.__version_info__[:2] > _LAST_TRIED:
        return
    # first: flags behind a word that is none are not read
    os.environ["XLA_FLAGS"] = f"--xla_backend_extra_options={_OPTION}={_BYTES} {flags}".rstrip()


@cache
def loops_are_whole() -> bool:
    """Tell whether a loop is compiled into one function here, by compiling one."""
    if jax.default_backend() != "cpu":
        return False
    with jax.ensure_compile_time_eval():
        return _probe()


def jit_kinetics(
    function: Callable[..., Any], jit: Callable[..., Any] = eqx.filter_jit
) -> Callable[..., Any]:
    """Return a function compiled with `kinetics_options`, or with those of the program that it is part of."""
    # inside of another program, JAX takes no options
    inner, outer = jit(function), _with_options(function, jit)

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return (outer() if is_outermost() else inner)(*args, **kwargs)

    return call


def _with_options(function: Callable[..., Any], jit: Callable[..., Any]) -> Callable[[], Callable[..., Any]]:
    @cache
    def make() -> Callable[..., Any]:
        # asked when it is first called: flags may be set after the import
        return jit(function, compiler_options=kinetics_options())

    return make


def kinetics_options(lanes: int | None = None) -> dict[str, bool | int]:
    """Return how to compile programs of reaction networks, as ``compiler_options`` of `jax.jit`.

    They are thousands of operations on a few numbers each. What XLA's newer emitters make of them takes a
    third longer to compile and, backward, up to 2.4 times as long to run; networks of matrix products are
    the other way around, thus it is not asked for once and for all. Where nothing runs side by side, the
    dearest optimizations of LLVM gain nothing.

    Parameters
    ----------
    lanes : int, optional
        Solves that run side by side, where it is known.
    """
    if not _FIRST_TRIED <= jax.__version_info__[:2] <= _LAST_TRIED:
        return {}
    options = {"xla_cpu_use_fusion_emitters": False} | (
        {"xla_backend_optimization_level": 1} if lanes == 1 else {}
    )
    flags = os.environ.get("XLA_FLAGS", "")
    return {name: value for name, value in options.items() if name not in flags}


def is_outermost() -> bool:
    """Tell whether what is called now is no part of a function that JAX traces."""
    from jax._src.core import trace_state_clean

    return trace_state_clean()


def _probe() -> bool:
    def loop(x: jax.Array) -> jax.Array:
        return jax.lax.while_loop(lambda x: x[0] < 9.0, lambda x: x[::-1] + jnp.sum(x), x)

    # larger than the threshold that XLA has as it comes
    compiled = jax.jit(loop).lower(jax.ShapeDtypeStruct((1024,), jnp.float32)).compile()
    return "xla_cpu_small_call" in (compiled.as_text() or "")
