"""Read what in an HDF5 file leads the library astray, in a process of its own; run by `hdf5_check`.

Attributes and texts of variable length lie in heaps whose damage the library follows out of its memory, or
round and round. Nothing of this package is imported, so that the process starts in a tenth of a second.
"""

from __future__ import annotations

import sys
from typing import Any


def walk(path: str) -> None:
    """Read all attributes and all texts of variable length; other arrays are opened only."""
    import h5py

    def see(node: Any) -> None:
        for name in node.attrs:
            node.attrs[name]
        if isinstance(node, h5py.Dataset) and node.dtype.hasobject and not (node.is_virtual or node.external):
            node[()]

    with h5py.File(path, "r") as file:
        see(file)
        waiting: list[Any] = [file]
        seen = {hash(file["/"].id)}
        while waiting:
            group = waiting.pop()
            for name in group:
                # links lead elsewhere; who reads the file refuses them
                if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                    continue
                node = group[name]
                if isinstance(node, h5py.Group):
                    if hash(node.id) in seen:
                        continue
                    seen.add(hash(node.id))
                    waiting.append(node)
                see(node)


def _limit(seconds: int) -> None:
    try:
        import resource
    except ImportError:  # pragma: no cover - not on Windows, where the one who waits ends this process
        return
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    _limit(int(sys.argv[2]))
    try:
        walk(sys.argv[1])
    except Exception:  # an ordinary error: the reader meets it again, and says which
        sys.exit(1)
