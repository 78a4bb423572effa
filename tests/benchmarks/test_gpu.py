"""The comparison of devices times both, and tells numbers that agree from others; the processor plays GPU."""

import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from gpu_parts.comparing import Work, accelerator, apart, compare

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "gpu.py"


def test_the_same_job_agrees_with_itself_on_one_device():
    made = []

    def make():
        made.append(jnp.arange(4.0))
        return lambda: {"a": 2.0 * made[-1], "b": made[-1].sum()}

    cpu = jax.devices("cpu")[0]
    found = compare(Work("doubling", make, 1e-12), cpu, cpu, repeats=2)
    assert len(made) == 2  # made anew for each device
    assert found["agrees"]
    assert found["largest difference"] == 0.0
    assert found["times faster"] == pytest.approx(found["processor ms"] / found["device ms"])


def test_a_job_that_differs_does_not_agree():
    turns = iter([1.0, 1.01])

    def make():
        value = next(turns)
        return lambda: jnp.array([value, 0.5])

    cpu = jax.devices("cpu")[0]
    found = compare(Work("drifting", make, 1e-3), cpu, cpu, repeats=1)
    assert found["largest difference"] == pytest.approx(0.01 / 1.01)
    assert not found["agrees"]


def test_differences_are_relative_and_lost_numbers_are_infinitely_far():
    assert apart([np.array([1.0, 200.0])], [np.array([2.0, 200.0])]) == pytest.approx(1 / 200)
    assert apart([np.array([np.nan, 1.0])], [np.array([1.0, 1.0])]) == np.inf
    assert apart([np.array([np.nan, 1.0])], [np.array([np.nan, 1.0])]) == 0.0
    assert apart([np.zeros(2)], [np.zeros(3)]) == np.inf


def test_no_gpu_is_said_and_is_no_failure():
    if accelerator() is not None:
        pytest.skip("there is a GPU here")
    code = "import gpu; gpu.write = lambda *a, **k: print(gpu.page('gpu', gpu.tables(a[1]))); gpu.main()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=SCRIPT.parent, capture_output=True, text=True, check=True
    )
    assert "no GPU here; jax sees cpu." in done.stdout
    assert "| no GPU here |" in done.stdout
