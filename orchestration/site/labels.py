"""The words of the page: `labels.yml`, looked up with the code itself as the fallback."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

LABELS = Path(__file__).with_name("labels.yml")


@cache
def labels() -> dict[str, dict[str, Any]]:
    """All labels by group; a pair is [Chinese, English]."""
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(LABELS.read_text(encoding="utf-8"))
    return loaded


def label(group: str, code: str) -> tuple[str, str]:
    """The (Chinese, English) name of a code; a code that nobody has named yet stands for itself."""
    entry = labels()[group].get(code, (code, code))
    pair = entry["name"] if isinstance(entry, dict) else entry
    return pair[0], pair[1]


def in_order(catalogue: Iterable[str], codes: set[str]) -> list[str]:
    """Codes in the order of a catalogue, those that are not in it after them by name."""
    known = [code for code in catalogue if code in codes]
    return known + sorted(codes - set(known))
