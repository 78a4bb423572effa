"""Is there room for a screen, in memory or on the disk? Asked before any work."""

from __future__ import annotations

import os
import shutil
from math import comb
from pathlib import Path

from hybridcell._core.errors import InvalidValueError

#: Bytes per number, and what the work takes besides the results.
_NUMBER, _BESIDES = 8, 300_000_000
#: Share of the free memory, and of the free disk, that a screen may take.
_SHARE = 0.9


def free_memory() -> int | None:
    """Return the bytes of memory that this process may still take; None where the system does not say."""
    found = [_linux_available(), *_control_group()]
    if found[0] is None:
        found.append(_physical())
    known = [value for value in found if value is not None]
    return min(known) if known else None


def _linux_available() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text("utf-8").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None


def _control_group() -> list[int | None]:
    """Return what a container's limit leaves."""
    folder = Path("/sys/fs/cgroup")
    try:
        most = (folder / "memory.max").read_text("utf-8").strip()
        used = int((folder / "memory.current").read_text("utf-8"))
        return [] if most == "max" else [max(int(most) - used, 0)]
    except (OSError, ValueError):
        return []


def _physical() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def free_disk(path: Path) -> int:
    """Return the free bytes where `path` is, or will be."""
    place = path.absolute()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def check_memory(n_members: int, n_conditions: int, n_drugs: int, order: int) -> None:
    """Refuse a screen whose results are too large for the memory, with sizes and ways out."""
    need = (n_members + 1) * n_conditions * _NUMBER
    need += (20 * comb(n_drugs, 3) if order == 3 else 0) + _BESIDES
    free = free_memory()
    if free is not None and need > _SHARE * free:
        raise InvalidValueError(
            f"{_size(n_members, n_conditions)} need {_show(need)} of memory, of which {_show(free)} are "
            'free. Stream the screen to the disk with out="screen.zarr", or screen fewer drugs, levels or '
            "members."
        )


def check_tables(n_conditions: int, n_drugs: int, order: int) -> None:
    """Refuse a screen of which already the list of triples is too large for the memory."""
    need = (20 * comb(n_drugs, 3) if order == 3 else 0) + _BESIDES
    free = free_memory()
    if free is not None and need > _SHARE * free:
        raise InvalidValueError(
            f"{comb(n_drugs, 3):,} triples ({n_conditions:,} conditions) need {_show(need)} of memory for "
            f"their list alone, of which {_show(free)} are free. Screen fewer drugs."
        )


def check_disk(path: Path, need: int, n_members: int, n_conditions: int) -> None:
    """Refuse a screen that the disk cannot hold, with sizes and ways out."""
    free = free_disk(path)
    if need > _SHARE * free:
        raise InvalidValueError(
            f"{_size(n_members, n_conditions)} need {_show(need)} more on the disk of {str(path)!r}, of "
            f"which {_show(free)} are free. Give out= on a larger disk, free some space, or screen fewer "
            "drugs, levels or members."
        )


def _size(n_members: int, n_conditions: int) -> str:
    members = f" of {n_members:,} members" if n_members > 1 else ""
    return f"{n_conditions:,} conditions{members}"


def _show(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:,.1f} GB" if n_bytes >= 1e8 else f"{n_bytes / 1e6:,.1f} MB"
