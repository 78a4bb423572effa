from __future__ import annotations

import json
import os
import subprocess
import sys

import jax
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.compiler import _LAST_TRIED, compile_loops_whole
from tests.conftest import ROOT
from tests.tolerances import ORACLE

FILE = ROOT / "networks" / "robertson" / "model.xml"
TIMES = [0.0, 0.1, 10.0, 1000.0]
PROGRAM = f"""
import json, jax
{{first}}
import hybridcell as hc
from hybridcell._core.compiler import loops_are_whole

trajectory = hc.simulate(hc.read_sbml({str(FILE)!r}), t1=1000.0, ts={TIMES})
print(json.dumps([loops_are_whole(), trajectory.values.tolist()]))
"""


def flags_after(monkeypatch, before, jax_version=_LAST_TRIED):
    monkeypatch.setattr(jax, "__version_info__", (*jax_version, 0))
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    if before is not None:
        monkeypatch.setenv("XLA_FLAGS", before)
    compile_loops_whole()
    return os.environ.get("XLA_FLAGS")


def test_extra_options_of_the_user_are_left_alone(monkeypatch):
    own = "--xla_cpu_enable_fast_math=false --xla_backend_extra_options=xla_cpu_disable_loop_unrolling"
    assert flags_after(monkeypatch, own) == own


@pytest.mark.parametrize("own", [None, "", "--xla_cpu_enable_fast_math=false"])
def test_other_flags_are_kept_behind_ours(monkeypatch, own):
    option, *kept = flags_after(monkeypatch, own).split()
    assert option.startswith("--xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold=")
    assert kept == (own or "").split()
    before = os.environ["XLA_FLAGS"]
    compile_loops_whole()
    assert os.environ["XLA_FLAGS"] == before


def test_an_option_that_xla_may_not_know_is_not_given(monkeypatch):
    # xla ends the process when it meets one
    major, minor = _LAST_TRIED
    assert flags_after(monkeypatch, None, (major, minor + 1)) is None
    assert flags_after(monkeypatch, "--xla_a=1", (major + 1, 0)) == "--xla_a=1"


@pytest.mark.parametrize(
    ("first", "whole"), [("", True), ("jax.jit(lambda x: x + 1)(1.0)", False)], ids=["in time", "too late"]
)
def test_a_program_that_compiles_before_the_import_has_the_same_numbers(first, whole):
    environment = {**os.environ, "JAX_PLATFORMS": "cpu"}
    environment.pop("XLA_FLAGS", None)
    command = [sys.executable, "-c", PROGRAM.format(first=first)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found, values = json.loads(done.stdout)
    if jax.__version_info__[:2] <= _LAST_TRIED:  # later ones compile such loops whole unasked
        assert found is whole
    wanted = hc.simulate(hc.read_sbml(FILE), t1=1000.0, ts=TIMES).values
    np.testing.assert_allclose(values, wanted, **ORACLE)
