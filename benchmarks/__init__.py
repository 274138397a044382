"""Benchmarks: how long and how much memory, beside the plainest tools that do part of the same work, in one run."""
