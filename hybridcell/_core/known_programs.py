"""Compiled programs found on disk without being traced.

To find a program in its cache, JAX traces the function and lowers the trace, as its key is a digest of the
lowered program: for a network of reactions that takes longer than the run. Here, a digest of what decides
the lowered program (the sources of this package, the versions of what it stands on, the structure and the
shapes of the arguments, the settings of JAX and the device) leads to JAX's own key, which is written down
when a program was compiled. What is loaded is what JAX would have loaded.

All of it happens with the versions of JAX that it was tried with, on one CPU device, outside of
transformations, and where the cache is ours; elsewhere, and wherever anything goes wrong, JAX does as it
always does.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jax
import numpy as np

from hybridcell._core.compiler import is_outermost
from hybridcell._core.config import config
from hybridcell._core.garbage import without_collections

#: Parts of JAX that are not public are read here: nothing is looked up with other versions.
_TRIED = ((0, 10), (0, 12))
#: Folders whose code decides what is traced, and packages that it is written with.
_CODE = ("_core", "mechanisms", "simulate")
_PACKAGES = ("jax", "jaxlib", "equinox", "diffrax", "optimistix", "lineax", "numpy")
_KEY = re.compile(r"[\w.-]+-[0-9a-f]{64}")
_LAPACK = b"lapack_"

#: Programs that are held in memory, the latest.
_MOST = 64

_Program = Callable[[Sequence[Any]], Sequence[Any]]
_programs: dict[Any, _Program] = {}


def call(
    function: Callable[..., tuple[Any, ...]],
    tree: Any,
    static: tuple[Hashable, ...],
    options: Mapping[str, bool | int] = MappingProxyType({}),
) -> Any:
    """Return ``jax.jit(function)(tree, *static)``, traced only if no process before this one has done so.

    Parameters
    ----------
    function
        Of a module, so that its name tells which one it is. It returns a tuple of arrays.
    tree
        Arrays.
    static
        Numbers, texts and tuples of these.
    options
        For the compiler, as of `jax.jit`; without effect where the call is part of another program.
    """
    leaves, structure = jax.tree.flatten(tree)
    if not _is_usable(leaves):
        return _jitted(function, structure, static)(*leaves)
    shapes = tuple(_shape(leaf) for leaf in leaves)
    asked = tuple(options.items())
    key = (function, structure, static, shapes, asked, _context())
    program = _programs.get(key)
    if program is None:
        program = _find_or_make(function, structure, static, shapes, asked, leaves)
        while len(_programs) >= _MOST:
            _programs.pop(next(iter(_programs)), None)
        _programs[key] = program
    return tuple(program(leaves))


@lru_cache(_MOST)
def _jitted(function: Callable[..., Any], structure: Any, static: tuple[Hashable, ...]) -> Any:
    def flat(*leaves: Any) -> Any:
        return function(jax.tree.unflatten(structure, leaves), *static)

    flat.__name__ = flat.__qualname__ = function.__name__
    # programs that are found are given all arguments
    return jax.jit(flat, keep_unused=True)


def _is_usable(leaves: Sequence[Any]) -> bool:
    settings: Any = jax.config
    return (
        jax.__version_info__[:2] in _TRIED
        and not settings.jax_disable_jit
        and not settings.jax_debug_nans
        and not settings.jax_debug_infs
        and all(type(leaf).__name__ == "ArrayImpl" or isinstance(leaf, np.ndarray) for leaf in leaves)
        and is_outermost()
        and _is_plain_device()
    )


@cache
def _is_plain_device() -> bool:
    return jax.default_backend() == "cpu" and jax.device_count() == 1 and jax.process_count() == 1


def _shape(leaf: Any) -> tuple[tuple[int, ...], Any, bool]:
    return leaf.shape, leaf.dtype, getattr(leaf, "weak_type", False)


def _context() -> Any:
    from jax._src.config import trace_context

    return trace_context()


def _find_or_make(
    function: Callable[..., Any], structure: Any, static: Any, shapes: Any, asked: Any, leaves: Sequence[Any]
) -> _Program:
    note = found = None
    # parts of JAX that are not public may be missing, and files damaged: then JAX does it all
    with suppress(Exception):
        note = _note_of(function, structure, static, shapes, asked)
        found = None if note is None else _find(note, shapes, asked)
    if found is not None:
        return found
    with without_collections():
        lowered = _jitted(function, structure, static).lower(*leaves)
    compiled = lowered.compile(compiler_options=dict(asked) or None)
    if note is not None:
        with suppress(Exception):
            _write(note, lowered, len(shapes), asked)
    return lambda leaves: compiled(*leaves)


def _note_of(
    function: Callable[..., Any], structure: Any, static: Any, shapes: Any, asked: Any
) -> Path | None:
    """Return where the key of a program is written down, None where no key is to be."""
    folder = config.cache_dir / "xla"
    settings: Any = jax.config
    if settings.jax_compilation_cache_dir != str(folder) or not settings.jax_enable_compilation_cache:
        return None
    context = [str(part) for part in _context() if type(part).__name__ != "AxisEnv"]
    name = f"{function.__module__}.{function.__qualname__}"
    parts = [name, str(structure), repr(static), str(shapes), repr(asked), *context, *_circumstances()]
    text = "\0".join(parts)
    if " at 0x" in text or "..." in text:  # an address, or something cut short: no description
        return None
    return folder / "known" / hashlib.sha256(text.encode()).hexdigest()


@cache
def _circumstances() -> tuple[str, ...]:
    from jax._src.lib import xla_client

    device = jax.devices()[0]
    client: Any = device.client
    fingerprint = xla_client.get_topology_for_devices([device]).fingerprint()
    settings = {name: str(value) for name, value in jax.config.values.items() if "cache" not in name}  # pyright: ignore
    flags = [os.environ.get(name, "") for name in ("XLA_FLAGS", "LIBTPU_INIT_ARGS")]
    return (
        _digest_of_code(),
        str(sys.version_info),
        *(f"{name} {version(name)}" for name in _PACKAGES),
        f"{client.platform} {client.platform_version} {fingerprint}",
        str(sorted(settings.items())),
        *flags,
    )


def _digest_of_code() -> str:
    digest = hashlib.sha256()
    root = Path(__file__).parents[1]
    for path in sorted(path for folder in _CODE for path in (root / folder).rglob("*.py")):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _find(note: Path, shapes: Sequence[Any], asked: Any) -> _Program | None:
    from jax._src import compilation_cache, compiler
    from jax._src.lib import xla_client

    try:
        written = json.loads(note.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    key = written["key"]
    if not _KEY.fullmatch(key) or written["arguments"] != len(shapes):
        return None
    device = jax.devices()[0]
    options = compiler.get_compile_options(
        num_replicas=1,
        num_partitions=1,
        device_assignment=np.array([[device]]),
        env_options_overrides=dict(asked),
        backend=device.client,
    )
    devices = xla_client.DeviceList((device,))
    executable, _ = compilation_cache.get_executable_and_time(key, options, device.client, devices)
    if executable is None:
        return None
    if written["lapack"]:
        from jax._src.lib import lapack

        lapack._lapack.initialize()  # done by JAX when it lowers a program that calls it

    def run(leaves: Sequence[Any]) -> Sequence[Any]:
        arrays = list(leaves)
        fresh = [i for i, leaf in enumerate(arrays) if isinstance(leaf, np.ndarray)]
        for i, array in zip(fresh, jax.device_put([arrays[i] for i in fresh])):
            arrays[i] = array
        results: Any = executable.execute_sharded(arrays)
        return [parts[0] for parts in results.disassemble_into_single_device_arrays()]

    return run


def _write(note: Path, lowered: Any, count: int, asked: Any) -> None:
    """Write down JAX's key of a program that was just compiled, if JAX keeps it."""
    from jax._src import compiler
    from jax._src.interpreters import pxla

    computation = lowered._lowering
    made = computation.compile_args
    if made["host_callbacks"] or made["ordered_effects"] or made["unordered_effects"] or made["keepalive"]:
        return
    if computation.const_args or len(made["kept_var_idx"]) != count:
        return
    client, devices = made["backend"], np.array([jax.devices()[0]], dtype=object)
    propagated = pxla.get_prop_to_input_output(made["in_shardings"], made["out_shardings"], 0)
    module = computation.stablehlo()
    tupled = made["tuple_args"]
    options = pxla.create_compile_options(module, tupled, *propagated, client, devices, dict(asked))
    key = compiler._get_cache_key(options, backend=client, computation=module, devices=devices)
    if key is None or not (note.parents[1] / f"{key}-cache").is_file():
        return
    note.parent.mkdir(exist_ok=True)
    text = json.dumps({"key": key, "arguments": count, "lapack": _calls_lapack(module)})
    own = note.with_name(f"{note.name}.{os.getpid()}")
    own.write_text(text, encoding="utf-8")
    own.replace(note)  # at once: nobody reads half a note


def _calls_lapack(module: Any) -> bool:
    from io import BytesIO

    code = BytesIO()
    module.operation.write_bytecode(file=code)
    return _LAPACK in code.getvalue()
