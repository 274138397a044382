"""Every scheme of targets is assessed while it is in force, at every level that it names."""

import csv
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "golden"))

from scratch_warehouse import PROJECT, ScratchWarehouse

AREAS = {"990100000000": "city", "990101000000": "county", "990101001000": "township", "990101001001": "village"}
AREA = {level: code for code, level in AREAS.items()}
with (PROJECT / "seeds" / "targets.csv").open(encoding="utf-8", newline="") as file:
    TARGETS = list(csv.DictReader(file))


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> ScratchWarehouse:
    """A city whose registers were delivered from 2012 to 2014: schemes of each of these years apply."""
    made = ScratchWarehouse(tmp_path_factory.mktemp("schemes"))
    made.add_areas(AREAS)
    for month in ("2012-09-01", "2014-09-01"):
        made.land("births", "'990101'", month, month)
    made.dbt("build", "--select", "+assessments", "--resource-type", "seed", "--resource-type", "model")
    return made


@pytest.mark.parametrize("scheme", sorted({target["scheme"] for target in TARGETS}))
def test_every_item_of_a_scheme_gets_a_verdict_or_a_reason(warehouse: ScratchWarehouse, scheme: str) -> None:
    items = {(target["indicator"], AREA[target["level"]]) for target in TARGETS if target["scheme"] == scheme}
    found = warehouse.rows(
        f"select indicator, area_code, bool_and(verdict <> 'not_assessed' or reason <> '') from marts.assessments "
        f"where scheme = '{scheme}' group by all"
    )
    assert {(indicator, area) for indicator, area, _ in found} == items
    assert all(is_told for *_, is_told in found)


@pytest.mark.parametrize("scheme", sorted({target["scheme"] for target in TARGETS}))
def test_no_scheme_is_assessed_outside_its_days(warehouse: ScratchWarehouse, scheme: str) -> None:
    """A period that ends before the first day, or after the last, is another scheme's."""
    [(first, last)] = warehouse.rows(
        f"select min(period_end)::varchar, max(period_end)::varchar from marts.assessments where scheme = '{scheme}'"
    )
    assert first >= min(target["valid_from"] for target in TARGETS if target["scheme"] == scheme)
    ends = {target["valid_to"] for target in TARGETS if target["scheme"] == scheme}
    assert "" in ends or last < max(ends)
