"""Run the notebooks from fresh kernels and keep in them what they show.

python docs/run_notebooks.py                all of notebooks/
python docs/run_notebooks.py 05 06          those whose names begin so

A notebook is replaced in one step, and only when it ran to its end and shows nothing that belongs to this
machine. Notebook 01 needs the melanoma screen, from `$HYBRIDCELL_DATA` or from its source.
"""

from __future__ import annotations

import argparse
import base64
import io
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
#: Run in the kernel before the first cell: what a reader of the page wants otherwise than who runs it.
BEFORE = ROOT / "docs" / "notebook_start.py"
#: Steps of a color, of 255, that no eye sees in a figure.
_UNSEEN = 8
#: Rows of tables that say how long something took here, and so differ from run to run.
_TIMING = re.compile(r"<tr><th[^>]*>[^<]*loads it in</th><td[^>]*>[^<]*</td></tr>")
#: What has no place in an output, and why.
UNWANTED = {
    "an absolute path": re.compile(
        r"(?<![\w./:<])/(?:home|root|tmp|work|usr|var|opt|mnt|Users|private)/|\b[A-Z]:\\\\?\w"
    ),
    "an address in memory": re.compile(r"\bat 0x[0-9a-f]{4,}"),
    "a progress bar": re.compile(r"it/s\]|s/it\]|\d%\|"),
    "how long something took": _TIMING,
    "a warning": re.compile(r"\b\w*Warning:"),
    "that data were missing": re.compile(r"is not to be had"),
}


def execute(path: Path, folder: Path, *, timeout: int, environment: dict[str, str] | None = None) -> Any:
    """Return the notebook at `path` as a fresh kernel of this interpreter in `folder` leaves it.

    Parameters
    ----------
    path
        The notebook; it is only read.
    folder
        Where the kernel works.
    timeout
        Seconds that one cell may take.
    environment
        Variables that the kernel gets beside those of this process.
    """
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    metadata = dict(notebook.metadata)
    client = NotebookClient(
        notebook, timeout=timeout, resources={"metadata": {"path": str(folder)}}, record_timing=False
    )
    # the kernel of this interpreter, whatever kernels are installed on the machine
    client.create_kernel_manager()
    assert client.km is not None
    client.km.kernel_spec_manager = _this_interpreter()
    client.extra_arguments = ["--log-level=ERROR", f"--IPKernelApp.exec_files={BEFORE}"]
    # figures come as they do for a reader, whatever this process draws with
    inherited = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    executed = client.execute(env={**inherited, **(environment or {})})
    executed.metadata = nbformat.from_dict(metadata)  # not which Python it was
    return executed


def _this_interpreter() -> Any:
    """Return what finds one kernel under every name."""
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

    class ThisInterpreter(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=command, display_name="Python 3", language="python")

    return ThisInterpreter()


def faults(notebook: Any) -> list[str]:
    """Return what is wrong with the outputs of a notebook, a line each, none when all is well."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    found = []
    numbers = [cell.execution_count for cell in code]
    if numbers != list(range(1, len(code) + 1)):
        found.append(f"cells were run as {numbers}; wanted 1 to {len(code)} in order")
    for number, cell in enumerate(code, 1):
        for output in cell.outputs:
            if output.output_type == "error":
                found.append(f"cell {number} ended in {output.ename}")
            elif output.get("name") == "stderr":
                found.append(f"cell {number} wrote to stderr: {output.text[:200]!r}")
        for text in _texts(cell):
            for what, pattern in UNWANTED.items():
                if where := pattern.search(text):
                    near = text[max(0, where.start() - 60) : where.end() + 60]
                    found.append(f"cell {number} shows {what}: {near!r}")
        if _shows(cell) and not cell.outputs:
            found.append(f"cell {number} shows something, but has no output")
    return found


def _texts(cell: Any) -> Iterator[str]:
    for output in cell.outputs:
        yield output.get("text", "")
        for kind, value in output.get("data", {}).items():
            if not kind.startswith("image/png"):
                yield value if isinstance(value, str) else str(value)


def _shows(cell: Any) -> bool:
    """Say whether a cell must have an output: it ends with a name or a call, prints, or draws."""
    last = cell.source.rstrip().splitlines()[-1] if cell.source.strip() else ""
    is_value = re.fullmatch(r"[\w.]+(\[.*\]|\(.*\))*", last) is not None and last.split("(")[0] != "print"
    return is_value or "print(" in cell.source or "hc.pl." in cell.source


def settle(notebook: Any) -> None:
    """Take out of the outputs what differs from run to run and tells a reader nothing."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/html" in data:
                data["text/html"] = _TIMING.sub("", data["text/html"])


def shrink(notebook: Any) -> None:
    """Store the notebook's figures with 256 colors where nobody sees it: a third of the bytes."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" in data:
                data["image/png"] = _fewer_colors(data["image/png"])


def _fewer_colors(png: str) -> str:
    import numpy as np
    from PIL import Image, ImageChops

    picture = Image.open(io.BytesIO(base64.b64decode(png)))
    on_white = Image.new("RGB", picture.size, "white")
    on_white.paste(picture, mask=picture.getchannel("A") if "A" in picture.getbands() else None)
    # the colors that are farthest apart, so that a thin line keeps its own
    few = on_white.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    off = ImageChops.difference(few.convert("RGB"), on_white)
    # smooth ramps of several colors are more than 256 can show
    faithful = np.asarray(off).max() <= _UNSEEN
    small = io.BytesIO()
    (few if faithful else on_white).save(small, format="png", optimize=True)
    return min(png.strip(), base64.b64encode(small.getvalue()).decode("ascii"), key=len)


def replace(path: Path, notebook: Any) -> None:
    """Put a notebook in the place of a file in one step."""
    import nbformat

    text = nbformat.writes(notebook)
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8", newline="\n")
    os.replace(beside, path)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", help="beginnings of names, such as 05; none: all")
    wanted = tuple(parser.parse_args(arguments).names) or ("",)
    paths = [path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if path.name.startswith(wanted)]
    if not paths:
        parser.error(f"no notebook in {NOTEBOOKS} begins with {' or '.join(wanted)}")
    failed = 0
    for path in paths:
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            notebook = execute(path, Path(folder), timeout=3600)
        settle(notebook)
        if wrong := faults(notebook):
            failed += 1
            print(f"{path.name} is left as it was:", *wrong, sep="\n  ", file=sys.stderr)
            continue
        shrink(notebook)
        replace(path, notebook)
        kilobytes = path.stat().st_size / 1e3
        print(f"{path.name}: {kilobytes:.0f} kB, {time.monotonic() - start:.0f} s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
