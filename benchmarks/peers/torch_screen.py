"""PyTorch: states of a network after Heun steps, no gradient, conditions in batches, one thread.

python torch_screen.py FILE.npz, with weights (n, n), u (conditions, n), batch, steps and dt.
"""

from __future__ import annotations

import sys

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from serving import serve


def main(path: str) -> None:
    """Get ready and do jobs."""
    torch.set_num_threads(1)
    given = np.load(path)
    transposed, u = torch.from_numpy(given["weights"].T.copy()), torch.from_numpy(given["u"])
    batch, steps, dt = int(given["batch"]), int(given["steps"]), float(given["dt"])

    def simulate() -> torch.Tensor:
        parts = []
        with torch.no_grad():
            for part in u.split(batch):
                x = torch.zeros_like(part)
                for _ in range(steps):
                    first = torch.tanh(x @ transposed + part) - x
                    ahead = x + dt * first
                    x = x + 0.5 * dt * (first + torch.tanh(ahead @ transposed + part) - ahead)
                parts.append(x)
        return torch.cat(parts)

    states = f"{path}.states.npy"
    np.save(states, simulate().numpy())
    serve(simulate, {"version": torch.__version__, "states": states})


if __name__ == "__main__":
    main(sys.argv[1])
