"""What is timed: ``python -m tests.benchmarks`` prints the tables of ``docs/benchmarks.md``.

Nothing here is a test: machines are noisy, so figures stand beside a peer's of the same run.
"""
