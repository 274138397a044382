"""Dagster only: thin wrappers over the rooms above."""
