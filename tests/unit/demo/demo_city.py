"""Reading a generated city back: its lines, rows and truth."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestration.demo.deliver import FORMS
from orchestration.demo.generate import GenerationSummary
from orchestration.demo.identifiers import CHECK_CHARACTERS, WEIGHTS
from orchestration.demo.options import CityOptions
from orchestration.demo.registers import COLUMNS

ENCODINGS = {"areas": "utf-8-sig"} | {
    register: "utf-8-sig" for register, (encoding, _, _) in FORMS.items() if encoding == "utf-8"
}


@dataclass(frozen=True)
class Generated:
    """A generated city and how to read it."""

    options: CityOptions
    home: Path
    summary: GenerationSummary

    def truth(self, name: str) -> list[dict[str, str]]:
        with (self.home / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as source:
            return list(csv.DictReader(source))

    def lines(self, file: str) -> list[str]:
        """Physical lines of a delivery; a byte that is no character comes as a lone surrogate."""
        raw = (self.home / "inbox" / file).read_bytes()
        raw = gzip.decompress(raw) if file.endswith(".gz") else raw
        text = raw.decode(ENCODINGS.get(register_of(file), "gb18030"), "surrogateescape")
        assert text.endswith("\n")
        return text.replace("\r\n", "\n").split("\n")[:-1]

    def rows(self, file: str) -> Iterator[dict[str, str]]:
        """Rows of a clean delivery under their contract names."""
        names = list(COLUMNS[register_of(file)])
        for line in self.lines(file)[1:]:
            yield dict(zip(names, (plain(cell) for cell in line.split(",")), strict=False))


def register_of(file: str) -> str:
    return next(register for register in COLUMNS if file.startswith(f"{register}_99"))


def plain(cell: str) -> str:
    """A cell without its legal oddities (dates keep their form)."""
    digits = str.maketrans("０１２３４５６７８９Ｘx", "0123456789XX")
    return cell.strip(" \u3000").translate(digits)


def iso(cell: str) -> str:
    """A date in any of its forms as yyyy-mm-dd."""
    if len(cell) == 8 and cell.isdigit():
        return f"{cell[:4]}-{cell[4:6]}-{cell[6:]}"
    year, month, day = cell.replace("年", "-").replace("月", "-").replace("日", "").replace("/", "-").split("-")
    return f"{year}-{int(month):02d}-{int(day):02d}"


def check_ok(identifier: str) -> bool:
    total = sum(int(digit) * int(weight) for digit, weight in zip(identifier[:17], WEIGHTS, strict=True))
    return identifier[17] == chr(CHECK_CHARACTERS[total % 11])
