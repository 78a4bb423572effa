import json
import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell._core import known_programs

_START = """
import json
import hybridcell as hc
import jax, numpy as np
import jax.numpy as jnp
from hybridcell._core import known_programs
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
traced = []
def work(tree, power):
    traced.append(power)
    a, unused, b = tree
    return jnp.linalg.solve(a, b), b**power, jnp.sum(a) > 0
def go(size=3, power=2, options={}):
    known_programs._programs.clear()  # as a new process
    known_programs._jitted.cache_clear()
    traced.clear()
    arguments = np.eye(size) * 2.0, np.zeros(3), np.arange(float(size))
    found = [known_programs.call(work, arguments, (power,), options) for _ in range(2)]
    return len(traced), [np.asarray(x).tolist() for x in found[-1]]
folder = hc.config.cache_dir / "xla"
expected = [[0.0, 0.5, 1.0], [0.0, 1.0, 4.0], True]
"""
_FIRST = """
assert go() == (1, expected)
(note,) = (folder / "known").iterdir()
assert go() == (0, expected)
# other shapes, static arguments and settings are other programs
assert go(size=4)[0] == 1
traced_anew, (_, powers, _) = go(power=3)
assert (traced_anew, powers) == (1, [0.0, 1.0, 8.0])
with jax.default_matmul_precision("highest"):
    assert go() == (1, expected)
# what the compiler is asked for makes another program, which is found as well
assert go(options={"xla_backend_optimization_level": 1}) == (1, expected)
assert go(options={"xla_backend_optimization_level": 1}) == (0, expected)
# notes that are damaged are made anew
for damage in ("", "{", '{"key": "../../x", "arguments": 3, "lapack": false}'):
    note.write_text(damage)
    assert go() == (1, expected), damage
    assert go() == (0, expected), damage
"""
_SECOND = """
assert go() == (0, expected)
# a note of a program that is gone is no use
for path in folder.glob("*-cache"):
    path.unlink()
assert go() == (1, expected)
"""


def _run(code: str, cache: Path) -> None:
    environment = {**os.environ, "HYBRIDCELL_CACHE": str(cache)}
    environment.pop("JAX_COMPILATION_CACHE_DIR", None)
    done = subprocess.run(
        [sys.executable, "-c", _START + code], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(
    jax.__version_info__[:2] not in known_programs._TRIED, reason="not tried with this version of JAX"
)
def test_what_a_process_has_compiled_no_other_traces(tmp_path):
    _run(_FIRST, tmp_path)
    notes = list((tmp_path / "xla" / "known").iterdir())
    assert len(notes) == 5
    assert all(set(json.loads(note.read_text())) == {"key", "arguments", "lapack"} for note in notes)
    _run(_SECOND, tmp_path)


def _times(tree, factor):
    return (tree[0] * factor,)


def test_inside_a_transformation_jax_does_it_all():
    found = jax.vmap(lambda x: known_programs.call(_times, (x,), (2,))[0])(jnp.arange(3.0))
    np.testing.assert_array_equal(found, [0.0, 2.0, 4.0])
    slope = jax.grad(lambda x: known_programs.call(_times, (x,), (3,))[0])(1.0)
    assert slope == 3.0
