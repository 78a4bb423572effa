"""Parts of benchmarks/networks.py; each has run() and tables(results)."""
