"""How XLA compiles loops on a CPU."""

from __future__ import annotations

import os
from functools import cache

import jax
import jax.numpy as jnp

_OPTION = "xla_cpu_small_while_loop_byte_threshold"
#: XLA runs a loop operation by operation, at 30 to 100 ns each, unless its body touches fewer bytes than a
#: threshold (1,024 as it comes): then it compiles the loop into one function. The loop of an ODE solver,
#: all tiny operations, is four to six times as fast in one function (measured with jax 0.10.1).
_BYTES = 2_000_000_000


#: XLA does not start when given an option that it does not know: this one was tried from jax 0.5 to here.
#: XLA as of jax 0.12 compiles loops whole up to some 10 kB unasked, and no further when asked.
_LAST_TRIED = (0, 10)


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


def _probe() -> bool:
    def loop(x: jax.Array) -> jax.Array:
        return jax.lax.while_loop(lambda x: x[0] < 9.0, lambda x: x[::-1] + jnp.sum(x), x)

    # larger than the threshold that XLA has as it comes
    compiled = jax.jit(loop).lower(jax.ShapeDtypeStruct((1024,), jnp.float32)).compile()
    return "xla_cpu_small_call" in (compiled.as_text() or "")
