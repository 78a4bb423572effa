"""`hc.config`: the only global state of the library: precision, cache folder, progress bars."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import jax

from hybridcell._core.errors import InvalidValueError, check_choice, unknown_name


def _default_cache_dir() -> Path:
    named = os.environ.get("HYBRIDCELL_CACHE")
    try:
        if named:
            return Path(named).expanduser()
        if sys.platform == "win32":
            return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "hybridcell"
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "hybridcell"
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hybridcell"
    except RuntimeError:  # a user without a home, as in some containers, must not stop an import
        return Path(tempfile.gettempdir()) / "hybridcell"


class Config:
    """Settings that hold for the whole process.

    Attributes
    ----------
    precision : {"float64", "float32"}
        Floating-point type of everything computed from here on. Setting it switches JAX itself.
        Kinetics of reactions are refused in single precision.
    cache_dir : pathlib.Path
        Where downloaded data sets and compiled programs are kept. `$HYBRIDCELL_CACHE` names another place;
        compiled programs go where it pointed at import.
    progress : bool or None
        Progress bars: True always, False never, None (default) only in a terminal or notebook.

    Examples
    --------
    >>> import hybridcell as hc
    >>> hc.config.precision
    'float64'
    """

    cache_dir: Path

    def __init__(self) -> None:
        self.cache_dir = _default_cache_dir()
        self.progress: bool | None = None

    @property
    def precision(self) -> str:
        """The floating-point type in use, read from JAX so that there is one truth."""
        return "float64" if jax.config.jax_enable_x64 else "float32"  # pyright: ignore[reportAttributeAccessIssue]

    @precision.setter
    def precision(self, value: str) -> None:
        check_choice("hc.config.precision", value, ("float64", "float32"))
        jax.config.update("jax_enable_x64", value == "float64")

    def __setattr__(self, name: str, value: object) -> None:
        if name not in ("precision", "cache_dir", "progress"):
            raise unknown_name("setting of hc.config", name, ("precision", "cache_dir", "progress"))
        if name == "progress" and value not in (True, False, None):
            raise InvalidValueError(f"hc.config.progress is {value!r}; wanted True, False or None.")
        if name == "cache_dir":
            if not isinstance(value, str | os.PathLike):
                raise InvalidValueError(f"hc.config.cache_dir is {value!r}; wanted a path.")
            value = Path(value).expanduser()
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        folder = str(self.cache_dir)
        return f"Config(precision={self.precision!r}, cache_dir={folder!r}, progress={self.progress})"


config = Config()


def start_in_double_precision() -> None:
    """Switch JAX to 64 bit, unless the user has chosen through `$JAX_ENABLE_X64`."""
    if "JAX_ENABLE_X64" not in os.environ:
        jax.config.update("jax_enable_x64", True)
