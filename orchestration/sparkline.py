"""Sparklines for the terminal: a figure per period in one line of block characters (Tufte 2006, "Beautiful Evidence")."""

from collections.abc import Sequence

from orchestration.site.labels import label

BLOCKS = "▁▂▃▄▅▆▇█"
# What is no figure looks like none: nothing came, protected, not to be judged, nothing to divide by.
MARKS = {"no_delivery": "·", "suppressed": "×", "not_applicable": "-", "empty_denominator": "∅"}
UNKNOWN = "·"


def legend() -> str:
    """What the marks mean, in the words of the page."""
    return "   ".join(f"{mark} {' '.join(label('statuses', status))}" for status, mark in MARKS.items())


def sparkline(figures: Sequence[tuple[float | None, str]]) -> str:
    """One character per (value, status): its height between the lowest and the highest value, or the mark of its status.

    Values that are all alike stand in the middle.
    """
    values = [value for value, _ in figures if value is not None]
    low, high = (min(values), max(values)) if values else (0.0, 0.0)
    return "".join(
        MARKS.get(status, UNKNOWN) if value is None else _block(value, low, high) for value, status in figures
    )


def _block(value: float, low: float, high: float) -> str:
    if high == low:
        return BLOCKS[len(BLOCKS) // 2 - 1]
    return BLOCKS[min(int((value - low) / (high - low) * len(BLOCKS)), len(BLOCKS) - 1)]
