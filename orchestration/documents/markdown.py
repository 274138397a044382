"""Pieces of Markdown."""

from collections.abc import Iterable


def table(head: tuple[str, ...], rows: Iterable[Iterable[str]]) -> str:
    """A table; a bar inside a cell is escaped."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"
