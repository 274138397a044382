"""Where the files of the landing benchmark lie. Imports nothing of the project: other interpreters read it too."""

from pathlib import Path

CITY, COUNTY = "990100", "990101"
FIRST, SECOND = "201310", "201311"


def population_file(folder: Path, month: str) -> Path:
    """The snapshot of a month, as delivered (GB18030)."""
    return folder / f"population_{COUNTY}_{month}.csv"


def areas_file(folder: Path) -> Path:
    """The area register that goes with the snapshots."""
    return folder / f"areas_{CITY}_{FIRST}.csv"


def utf8_file(folder: Path, month: str) -> Path:
    """The snapshot of a month as UTF-8, for readers that know nothing else."""
    return folder / f"population_utf8_{month}.csv"
