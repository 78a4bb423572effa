"""`import hybridcell` loads hardly more than the JAX stack it stands on; what it costs is a benchmark."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: Loaded when first used. scipy counts only where the JAX stack does without it.
LATER = (
    "anndata",
    "h5py",
    "libsbml",
    "matplotlib",
    "networkx",
    "pandas",
    "pooch",
    "roadrunner",
    "scipy",
    "tqdm",
    "typer",
)
STACK = "import jax, diffrax, optax"
OURS = "import hybridcell"


def ask(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def loaded_by(code: str) -> set[str]:
    return set(ask(f"{code}\nimport sys\nprint(*sys.modules)").split())


@pytest.fixture(scope="module")
def loaded() -> tuple[set[str], set[str]]:
    """Return the modules that the stack loads, and those that this library does."""
    return loaded_by(STACK), loaded_by(OURS)


def test_heavy_libraries_are_loaded_when_first_used(loaded):
    stack, ours = ({name.split(".")[0] for name in modules} for modules in loaded)
    assert "jax" in ours, "nothing was measured"
    assert not [name for name in LATER if name in ours - stack]


def test_importing_loads_few_modules_more_than_the_stack(loaded):
    # a number that no other work on the machine changes: what an import costs goes with it
    stack, ours = loaded
    more = ours - stack
    own = {name for name in more if name.split(".")[0] == "hybridcell"}
    assert 0 < len(own) <= len(stack) / 5, f"{len(own)} modules of its own, {len(stack)} of the stack"
    assert len(more - own) <= 40, sorted(more - own)


def test_importing_sends_no_one_to_the_accelerator():
    # a backend is initialized by the first computation; an import is none
    code = f"{OURS}\nfrom jax._src import xla_bridge\nprint(xla_bridge.backends_are_initialized())"
    assert ask(code).strip() == "False"
