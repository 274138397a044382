"""The publication that stands: where it lies and which it is."""

from pathlib import Path

from orchestration.settings import Settings

POINTER = "current"
MARTS, PARQUET = "marts.duckdb", "parquet"


def current_marts(settings: Settings) -> Path | None:
    """The marts file that the pointer names; None before the first publication."""
    pointer = settings.published / MARTS
    return pointer.resolve() if pointer.exists() else None


def publication_number(path: Path) -> int:
    """The n of publication-<n>/marts.duckdb, or of marts-<n>.duckdb as versions up to 0.1 named it."""
    name = path.stem if "-" in path.stem else path.parent.name
    return int(name.split("-")[1])
