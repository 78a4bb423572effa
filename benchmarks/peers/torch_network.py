"""PyTorch: loss and gradient of a network after Heun steps, unrolled, in eager mode, one thread.

python torch_network.py FILE.npz, with weights (n, n), u and y (conditions, n), steps and dt.
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
    weights = torch.from_numpy(given["weights"]).requires_grad_()
    u, y = torch.from_numpy(given["u"]), torch.from_numpy(given["y"])
    steps, dt = int(given["steps"]), float(given["dt"])

    def loss_and_gradient() -> torch.Tensor:
        weights.grad = None
        x, transposed = torch.zeros_like(u), weights.T
        for _ in range(steps):
            first = torch.tanh(x @ transposed + u) - x
            ahead = x + dt * first
            x = x + 0.5 * dt * (first + torch.tanh(ahead @ transposed + u) - ahead)
        loss = torch.mean((x - y) ** 2)
        loss.backward()
        return loss.detach()

    loss = float(loss_and_gradient())
    assert weights.grad is not None
    slope = weights.grad.double().numpy()
    serve(loss_and_gradient, {"version": torch.__version__, "loss": loss, "gradient": slope.tolist()})


if __name__ == "__main__":
    main(sys.argv[1])
