"""The same work on a GPU and on one core: wall times, and whether the numbers agree.

Where there is no GPU this says so and ends well; results of a GPU that ran before stay.
Run: python benchmarks/gpu.py [--device cpu] [--small]   (both only print, to try the machinery)
"""

from __future__ import annotations

import argparse
from typing import Any

from report import last_run, one_thread, page, write

one_thread()

import jax  # noqa: E402
from gpu_parts.comparing import NO_GPU, accelerator, compare  # noqa: E402
from gpu_parts.work import works  # noqa: E402

HEADER = ["what", "GPU ms", "one core ms", "times faster", "first call s", "largest difference", "agrees"]


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return heading, header and rows of the table."""
    if results["device"] == NO_GPU:
        return [("Work on a GPU", HEADER, [[NO_GPU, *[""] * (len(HEADER) - 1)]])]
    rows = []
    for what, one in results["work"].items():
        figures = [one["device ms"], one["processor ms"], one["times faster"], one["first call s"]]
        rows.append(
            [what, *figures, f"{one['largest difference']:.1e}", "yes" if one["agrees"] else "**NO**"]
        )
    return [(f"Work on {results['device']}, wall times", HEADER, rows)]


def main() -> None:
    """Measure where there is a GPU, and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", choices=["gpu", "cpu"], default="gpu")
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    processor = jax.devices("cpu")[0]
    device = processor if options.device == "cpu" else accelerator()
    if device is None:
        print(f"gpu: {NO_GPU}; jax sees {', '.join(sorted({d.platform for d in jax.devices()}))}.")
        if last_run("gpu").get("results", {}).get("device", NO_GPU) == NO_GPU:
            found: dict[str, Any] = {"device": NO_GPU}
            write("gpu", found, tables(found))
        return
    found = {"device": device.device_kind, "work": {}}
    for work in works(options.small):
        found["work"][work.what] = compare(work, device, processor, repeats=1 if options.small else 7)
        print(work.what, found["work"][work.what], flush=True)
    if options.small or options.device == "cpu":
        print(page("a try", tables(found)))
    else:
        write("gpu", found, tables(found))


if __name__ == "__main__":
    main()
