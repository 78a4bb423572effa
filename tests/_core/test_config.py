from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest

import hybridcell as hc
from hybridcell._core import config as module
from hybridcell._core.config import Config
from hybridcell._core.errors import InvalidValueError, UnknownNameError


@pytest.fixture
def clean(monkeypatch):
    for name in ("HYBRIDCELL_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_double_precision_is_the_default_and_one_truth():
    assert hc.config.precision == "float64"
    assert jnp.ones(1).dtype == jnp.float64
    hc.config.precision = "float32"
    try:
        assert hc.config.precision == "float32"
        assert jnp.ones(1).dtype == jnp.float32
    finally:
        hc.config.precision = "float64"
    assert jax.config.jax_enable_x64  # pyright: ignore[reportAttributeAccessIssue]


def test_another_precision_is_refused():
    with pytest.raises(InvalidValueError, match=r"hc.config.precision is 'float16'.*Did you mean 'float"):
        hc.config.precision = "float16"
    assert hc.config.precision == "float64"


def test_a_misspelt_setting_is_refused():
    with pytest.raises(UnknownNameError, match=r"no setting of hc.config 'progres'. Did you mean 'progress'"):
        hc.config.progres = False  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(("name", "value"), [("progress", "yes"), ("cache_dir", 3)])
def test_a_value_of_the_wrong_kind_is_refused(name, value):
    with pytest.raises(InvalidValueError, match=f"hc.config.{name} is"):
        setattr(Config(), name, value)


def test_a_cache_folder_given_as_text_becomes_a_path(clean):
    settings = Config()
    settings.cache_dir = "~/somewhere"
    assert settings.cache_dir == Path.home() / "somewhere"
    assert "somewhere" in repr(settings)


def test_the_environment_names_the_cache_folder(clean, tmp_path):
    clean.setenv("HYBRIDCELL_CACHE", str(tmp_path))
    assert Config().cache_dir == tmp_path


@pytest.mark.parametrize(
    ("platform", "variable", "tail"),
    [
        ("linux", None, (".cache", "hybridcell")),
        ("linux", "XDG_CACHE_HOME", ("hybridcell",)),
        ("darwin", None, ("Library", "Caches", "hybridcell")),
        ("win32", None, ("AppData", "Local", "hybridcell")),
        ("win32", "LOCALAPPDATA", ("hybridcell",)),
    ],
)
def test_each_system_has_its_cache_folder(clean, tmp_path, platform, variable, tail):
    clean.setattr(module.sys, "platform", platform)
    if variable:
        clean.setenv(variable, str(tmp_path))
    assert Config().cache_dir == (tmp_path if variable else Path.home()).joinpath(*tail)


def test_a_user_without_a_home_gets_a_temporary_folder(clean):
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    clean.setattr(Path, "home", no_home)
    assert Config().cache_dir.name == "hybridcell"


def _ask(code: str, **environment: str) -> str:
    kept = {k: v for k, v in os.environ.items() if k not in ("JAX_ENABLE_X64", "JAX_COMPILATION_CACHE_DIR")}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**kept, **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_choices_of_the_user_are_left_alone(tmp_path):
    code = (
        "import hybridcell as hc, jax; "
        "print(hc.config.precision, jax.config.jax_compilation_cache_dir, hc.config.cache_dir)"
    )
    mine, ours = str(tmp_path / "mine"), str(tmp_path / "ours")
    found = _ask(code, JAX_ENABLE_X64="0", JAX_COMPILATION_CACHE_DIR=mine, HYBRIDCELL_CACHE=ours)
    assert found == f"float32 {mine} {ours}"
    assert not Path(ours).exists()


@pytest.mark.skipif(os.name == "nt", reason="a file stands in for a folder that cannot be made")
def test_a_cache_folder_that_cannot_be_made_does_not_stop_the_import(tmp_path):
    (tmp_path / "file").touch()
    code = "import hybridcell, jax; print(jax.config.jax_compilation_cache_dir)"
    assert _ask(code, HYBRIDCELL_CACHE=str(tmp_path / "file")) == "None"
