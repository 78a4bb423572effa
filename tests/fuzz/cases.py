"""One damaged file: made from its number alone, read, and judged."""

from __future__ import annotations

import shutil
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path
from random import Random

from hybridcell._core.errors import HybridCellError
from tests.fuzz.formats import FORMATS
from tests.fuzz.mutations import mutate


@dataclass(frozen=True)
class Outcome:
    """What became of a case: "read", "refused", or what should not be, with where it happened."""

    kind: str
    detail: str = ""


def prepare(name: str, folder: Path) -> list[Path]:
    """Write the sound files of a format, read each once, so that nothing is compiled or imported later."""
    made = FORMATS[name]
    folder.mkdir(parents=True)
    made.make(folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in [folder / made.opened] if made.opened else files:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made.read(path)
    return files


def damaged(name: str, number: int, sound: Path, files: list[Path], folder: Path) -> Path:
    """Write the files of case `number` into a folder and return what is to be read."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(sound, folder)
    random = Random(f"{name} {number}")
    chosen = random.choice(files).relative_to(sound)
    target = folder / chosen
    target.write_bytes(mutate(target.read_bytes(), target.suffix, random))
    opened = FORMATS[name].opened
    return folder / opened if opened else target


def judge(name: str, path: Path) -> Outcome:
    """Read a file; anything but a result or a `HybridCellError` is a finding."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            FORMATS[name].read(path)
    except HybridCellError as error:
        text = str(error)
        return Outcome("refused") if text.strip() else Outcome("silent", "an error without a message")
    except MemoryError:
        return Outcome("memory", _where())
    except Exception as error:
        return Outcome("crash", f"{type(error).__name__}: {str(error)[:120]!r} {_where()}")
    return Outcome("read")


def _where() -> str:
    """Return the innermost lines of this library on the way to the error."""
    import sys

    frames = traceback.extract_tb(sys.exc_info()[2])
    own = [f for f in frames if "hybridcell" in f.filename]
    last = frames[-1]
    places = [f"{Path(f.filename).name}:{f.lineno}" for f in (*own[-2:], last)]
    return " < ".join(reversed(places))
