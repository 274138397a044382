"""Legal oddities that a landing must read as if they were not there: they change no content."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from orchestration.demo.text import DATE_FORMS, put

LOWER_CASE = 4
_FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


@dataclass(frozen=True)
class Style:
    """How a department's software writes: encoding, byte order mark, line end, trailing comma, date form."""

    encoding: str
    bom: bool = False
    line_end: bytes = b"\n"
    trailing: bool = False
    date_form: int = 0


def draw_style(
    encoding: str, bom: bool | None, dirt: float, house: np.random.Generator, rng: np.random.Generator
) -> Style:
    """Style of one file. ``house`` is the county's stream (its date form never changes), ``rng`` the file's.

    ``bom`` None leaves the byte order mark to chance. With no dirt all files are plain.
    """
    if not dirt:
        return Style(encoding, bool(bom))
    return Style(
        encoding,
        bom=bool(rng.random() < 0.3) if bom is None else bom,
        line_end=b"\r\n" if rng.random() < 0.3 else b"\n",
        trailing=bool(rng.random() < 0.08),
        date_form=int(house.choice(len(DATE_FORMS), p=[0.55, 0.15, 0.15, 0.15])),
    )


def date_forms(rows: int, style: Style, dirt: float, rng: np.random.Generator) -> npt.NDArray[np.int8]:
    """Date form of each row: the house form, but another one in a few rows."""
    forms = np.full(rows, style.date_form, dtype=np.int8)
    other = rng.random(rows) < dirt / 2
    forms[other] = rng.integers(0, len(DATE_FORMS), int(other.sum()))
    return forms


def soil(
    cells: list[pa.Array], identifier: int | None, dirt: float, encoding: str, rng: np.random.Generator
) -> list[pa.Array]:
    """Cells with full-width digits, stray spaces (also U+3000) or a lower-case x here and there."""
    rows = len(cells[0])
    chosen = rng.choice(rows, size=int(rng.binomial(rows, dirt)), replace=False) if rows else np.zeros(0, dtype=int)
    columns, kinds = rng.integers(0, len(cells), len(chosen)), rng.integers(0, 5, len(chosen))
    if identifier is not None:
        columns[kinds == LOWER_CASE] = identifier
    edits: dict[int, dict[int, bytes]] = {}
    for row, column, kind in zip(chosen.tolist(), columns.tolist(), kinds.tolist(), strict=True):
        old = cells[column][row].as_py().decode(encoding)
        new = _odd(old, kind)
        if old and new != old:
            edits.setdefault(column, {})[row] = new.encode(encoding)
    return [put(cell, edits.get(column, {})) for column, cell in enumerate(cells)]


def _odd(text: str, kind: int) -> str:
    if kind == 0:
        return text.translate(_FULL_WIDTH)
    if kind == 1:
        return f"  {text}"
    if kind == 2:
        return f"{text} "
    return f"\u3000{text}\u3000" if kind == 3 else text.replace("X", "x")
