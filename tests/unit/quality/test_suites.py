"""Suites: the form is enforced, all errors at once; the counts beside the gate's answers."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from orchestration.errors import ContractError
from orchestration.landing.contracts import load_contracts
from orchestration.quality.counts import limit_query
from orchestration.quality.suites import Threshold, load_suites
from orchestration.settings import Settings

ENTRY: dict[str, Any] = {
    "id": "some_rows", "type": "UnexpectedRowsExpectation", "kwargs": {"unexpected_rows_query": "select 1 from {batch}"},
    "dimension": "validity", "severity": "warn", "since": date(2013, 10, 1), "reason": "There has to be a reason for it.",
    "zh": "至少一行", "en": "Some rows", "tolerated": 0.1,
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"id": "Some Rows"}, {"type": "ExpectSomething"}, {"dimension": "beauty"}, {"severity": "error"}, {"since": "soon"},
        {"reason": "because"}, {"zh": ""}, {"tolerated": 1.0}, {"tolerated": -0.1}, {"chance": 9},
        {"at_least": 0}, {"colour": "red"},
        {"type": "ExpectColumnValuesToNotBeNull"},
    ],
)  # fmt: skip
def test_each_rule_of_form_is_enforced(change: dict[str, Any]) -> None:
    Threshold(**ENTRY)
    with pytest.raises(ValidationError):
        Threshold(**(ENTRY | change))


def test_all_errors_of_all_suites_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "suites").mkdir()
    for name, entries in {
        "one": [ENTRY | {"severity": "error"}, ENTRY],
        "two": [ENTRY, ENTRY | {"id": "x", "reason": "no"}],
    }.items():
        (tmp_path / "suites" / f"{name}.yml").write_text(
            yaml.safe_dump({"register": name, "expectations": entries}), encoding="utf-8"
        )
    with pytest.raises(ContractError) as caught:
        load_suites(tmp_path)
    for part in ("one.yml: some_rows", "two.yml: x", "id some_rows stands twice"):
        assert part in str(caught.value)


def test_the_share_that_must_be_as_expected() -> None:
    assert Threshold(**ENTRY).threshold == pytest.approx(0.9)
    plain = {key: value for key, value in ENTRY.items() if key != "tolerated"}
    assert (
        Threshold(
            **(plain | {"type": "ExpectColumnValuesToNotBeNull", "kwargs": {"column": "a", "mostly": 0.97}})
        ).threshold
        == 0.97
    )
    assert Threshold(**(plain | {"type": "ExpectColumnValuesToNotBeNull", "kwargs": {"column": "a"}})).threshold == 1.0


def test_the_limit_query_brings_no_content_home() -> None:
    query = limit_query(Threshold(**ENTRY))
    assert query.strip().startswith("select 1 as passed_the_limit")


def test_columns_of_thresholds_are_columns_that_land() -> None:
    registers = load_contracts(Settings().dbt_project)
    for register, suite in load_suites(Settings().expectations).items():
        landed = {column.landed_name for column in registers[register].kept}
        for threshold in suite:
            named = (
                {threshold.kwargs["column"]}
                if "column" in threshold.kwargs
                else set(threshold.kwargs.get("column_list", []))
            )
            assert named <= landed, threshold.id
