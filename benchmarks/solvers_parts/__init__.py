"""Parts of benchmarks/solvers.py; each has run() and tables(results)."""
