"""Every generated file fits the contract of its register: its header, and every cell of a clean city."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from demo_city import Generated, iso

from orchestration.demo import layout
from orchestration.demo.deliver import FORMS
from orchestration.demo.identifiers import CHECK_CHARACTERS, WEIGHTS
from orchestration.demo.registers import COLUMNS
from orchestration.landing.contracts import Column, Register, load_contracts

CONTRACTS = load_contracts(Path(__file__).parents[3] / "dbt_project")
BY_CITY_OR_SHEET = ("areas", "official_population")


@pytest.fixture(scope="module")
def files(clean: Generated) -> dict[str, list[dict[str, str]]]:
    """Rows of the files list by register."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in clean.truth("files"):
        found.setdefault(row["register"], []).append(row)
    return found


def is_identifier(text: str) -> bool:
    if not re.fullmatch(r"99\d{15}[\dX]", text):
        return False
    total = sum(int(digit) * int(weight) for digit, weight in zip(text[:17], WEIGHTS, strict=True))
    return text[17] == chr(CHECK_CHARACTERS[total % 11])


def is_date(text: str) -> bool:
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}", iso(text)) is not None


READS: dict[str, Callable[[Column, str], bool]] = {
    "identifier": lambda column, text: is_identifier(text),
    "date": lambda column, text: is_date(text),
    "code": lambda column, text: text in {form for forms in column.codes.values() for form in forms},
    "area": lambda column, text: re.fullmatch(r"99\d{10}", text) is not None,
    "integer": lambda column, text: (
        int(text) >= (column.minimum or 0) and (column.maximum is None or int(text) <= column.maximum)
    ),
    "amount": lambda column, text: re.fullmatch(r"\d+(\.\d{1,2})?", text) is not None,
    # reading back made every x a capital
    "text": lambda column, text: (
        column.pattern is None or any(re.fullmatch(column.pattern, form) for form in (text, text.lower()))
    ),
}


def test_every_register_has_its_contract() -> None:
    assert set(COLUMNS) == set(CONTRACTS)


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_headers_stand_in_the_contract(name: str) -> None:
    contract: Register = CONTRACTS[name]
    assert [column.name for column in contract.columns] == list(COLUMNS[name])
    for column in contract.columns:
        assert COLUMNS[name][column.name] in column.zh


@pytest.mark.parametrize("name", sorted(FORMS))
def test_form_of_the_file(name: str) -> None:
    encoding, mark, ending = FORMS[name]
    assert ending in CONTRACTS[name].formats
    assert mark or encoding == CONTRACTS[name].encoding


@pytest.mark.parametrize("name", sorted(set(COLUMNS) - set(BY_CITY_OR_SHEET)))
def test_cells_fit_the_contract(name: str, clean: Generated, files: dict[str, list[dict[str, str]]]) -> None:
    contract = CONTRACTS[name]
    # the last file of a county holds what a window ever held, and one of another county its own codes
    for row in files[name][-2:]:
        for cells in clean.rows(row["file"]):
            for column in contract.kept:
                text = cells[column.name]
                assert text or not column.required, (row["file"], column.name)
                assert not text or READS[column.type](column, text), (row["file"], column.name, text)
            area = cells.get("area")
            assert area is None or area.startswith(row["area_code"])


@pytest.mark.parametrize("name", sorted(set(COLUMNS) - set(BY_CITY_OR_SHEET)))
def test_keys_are_unique(name: str, clean: Generated, files: dict[str, list[dict[str, str]]]) -> None:
    contract = CONTRACTS[name]
    rows = [tuple(cells[part] for part in contract.key) for cells in clean.rows(files[name][-1]["file"])]
    assert not contract.unique or len(set(rows)) == len(rows)


def test_modes_agree() -> None:
    assert {name for name in layout.COLUMNS if CONTRACTS[name].mode == "full"} == set(layout.FULL)
    assert {name for name in layout.COLUMNS if CONTRACTS[name].mode == "window"} == set(layout.WINDOW)
