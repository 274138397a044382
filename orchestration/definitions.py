"""Dagster's entry: a table of contents. Nothing is read or connected before Dagster calls `defs`."""

import dagster as dg

from orchestration.defs.build import build_definitions
from orchestration.settings import Settings


@dg.definitions
def defs() -> dg.Definitions:
    """Everything Dagster knows about Renkou."""
    return build_definitions(Settings())
