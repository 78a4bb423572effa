from __future__ import annotations

import json
import os
import subprocess
import sys

import equinox as eqx
import jax
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.compiler import (
    _FIRST_TRIED,
    _LAST_TRIED,
    compile_loops_whole,
    jit_kinetics,
    kinetics_options,
)
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


def options_of(monkeypatch, lanes=None, flags="", jax_version=_LAST_TRIED):
    monkeypatch.setattr(jax, "__version_info__", (*jax_version, 0))
    monkeypatch.setenv("XLA_FLAGS", flags)
    return kinetics_options(lanes)


def test_reaction_networks_are_compiled_their_own_way(monkeypatch):
    way = {"xla_cpu_use_fusion_emitters": False}
    assert options_of(monkeypatch) == options_of(monkeypatch, lanes=8) == way
    assert options_of(monkeypatch, lanes=1) == {**way, "xla_backend_optimization_level": 1}


def test_what_the_user_asked_xla_for_counts(monkeypatch):
    assert options_of(monkeypatch, 1, "--xla_backend_optimization_level=3") == options_of(monkeypatch)
    assert options_of(monkeypatch, None, "--xla_cpu_use_fusion_emitters=true") == {}


@pytest.mark.parametrize(
    "other", [(_FIRST_TRIED[0], _FIRST_TRIED[1] - 1), (_LAST_TRIED[0], _LAST_TRIED[1] + 1)]
)
def test_no_options_are_given_to_an_xla_they_were_not_tried_with(monkeypatch, other):
    assert options_of(monkeypatch, lanes=1, jax_version=other) == {}


@pytest.mark.parametrize("jit", [jax.jit, eqx.filter_jit])
def test_a_function_with_options_may_be_called_anywhere(jit):
    square = jit_kinetics(lambda x, power: x**power, jit)
    assert square(3.0, 2) == 9.0
    assert jax.jit(lambda x: square(x, 2) + 1)(3.0) == 10.0
    assert jax.grad(square)(3.0, 2) == 6.0
    assert jax.jit(jax.grad(square))(3.0, 2) == 6.0
    np.testing.assert_array_equal(jax.vmap(lambda x: square(x, 2))(np.arange(3.0)), [0, 1, 4])
