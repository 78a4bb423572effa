"""Networks of reactions: what a file states, what it means as equations, and its notebook face."""
