"""From what a file says to equations: `resolve`."""

from hybridcell.mechanisms.reactions.resolve.assemble import resolve as resolve
