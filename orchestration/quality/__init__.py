"""Thresholds on what arrived: suites, the gate that runs them, results and alerts."""
