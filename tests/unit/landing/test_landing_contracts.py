"""Contracts: every one is valid, every rule of form is enforced, and all errors come at once."""

import copy
import csv
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from orchestration.errors import ContractError
from orchestration.landing.contracts import Register, load_contracts
from orchestration.landing.deliver import landing
from orchestration.quality.suites import load_suites
from orchestration.settings import Settings
from orchestration.warehouse import META_COLUMNS

SETTINGS = Settings()
REGISTERS = load_contracts(SETTINGS.dbt_project)
MINIMAL: dict[str, Any] = {
    "name": "things", "name_zh": "某", "name_en": "things", "owner": "health", "mode": "window", "formats": ["csv"],
    "encoding": "utf-8", "key": ["no"], "window_column": "on",
    "columns": [
        {"name": "no", "zh": ["编号"], "description": "Number."},
        {"name": "who", "zh": ["身份证号"], "type": "identifier", "role": "identifier", "description": "Person."},
        {"name": "sex", "zh": ["性别"], "type": "code", "codes": {"male": ["男"], "female": ["女"]}, "description": "The sex."},
        {"name": "on", "zh": ["日期"], "type": "date", "description": "The day."},
    ],
    "rules": [{"rule": "odd", "column": "on", "sql": "true", "reason": "Because it is odd."}],
}  # fmt: skip


def broken(path: str, value: Any) -> dict[str, Any]:
    """MINIMAL with the value at a dotted path replaced."""
    contract = copy.deepcopy(MINIMAL)
    *parents, last = path.split(".")
    place: Any = contract
    for part in parents:
        place = place[int(part)] if isinstance(place, list) else place[part]
    place[int(last) if isinstance(place, list) else last] = value
    return contract


def test_the_minimal_contract_is_valid() -> None:
    assert [c.landed_name for c in Register(**MINIMAL).kept] == ["no", "who_pseudonym", "sex", "on"]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("name", "Things", "pattern"),
        ("owner", "somebody", "Input should be"),
        ("mode", "daily", "Input should be"),
        ("mode", "full", "window_column go together"),
        ("window_column", None, "window_column go together"),
        ("window_column", "nowhere", "nowhere is no column"),
        ("formats", [], "at least 1"),
        ("formats", ["ods"], "Input should be"),
        ("encoding", "latin-1", "Input should be"),
        ("key", [], "at least 1"),
        ("key", ["nothing"], "nothing is no column"),
        ("max_bad_share", 0, "greater than 0"),
        ("max_fall", 1.5, "less than or equal to 1"),
        ("colour", "red", "Extra inputs"),
        ("columns", [], "at least 1"),
        ("columns.0.zh", [], "at least 1"),
        ("columns.0.zh", ["日期"], "header 日期 stands for two columns"),
        ("columns.0.name", "on", "column on stands twice"),
        ("columns.0.name", "No 1", "pattern"),
        ("columns.0.type", "colour", "Input should be"),
        ("columns.0.description", "No.", "at least 5"),
        ("columns.0.colour", "red", "Extra inputs"),
        ("columns.0.codes", {"a": ["b"]}, "a code column has a code list"),
        ("columns.1.role", "plain", "go together"),
        ("columns.1.type", "text", "go together"),
        ("columns.2.codes", {}, "a code column has a code list"),
        ("columns.2.codes", {"male": ["男"], "female": ["男"]}, "stands for two codes"),
        ("rules.0.column", "nothing", "nothing is no column"),
        ("rules.0.reason", "odd", "at least 10"),
        ("rules.0.rule", "ODD", "pattern"),
    ],
)
def test_each_rule_of_form_is_enforced(path: str, value: Any, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Register(**broken(path, value))


def write_contract(project: Path, name: str, meta: Any) -> None:
    folder = project / "models" / "staging" / name
    folder.mkdir(parents=True)
    document = {"sources": [{"tables": [{"name": name, "config": {"meta": {"register": meta}}}]}]}
    (folder / f"_{name}__sources.yml").write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")


def test_all_errors_of_all_contracts_come_at_once(tmp_path: Path) -> None:
    def nameless(contract: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in contract.items() if key != "name"}

    write_contract(tmp_path, "good", nameless(MINIMAL))
    write_contract(tmp_path, "one", nameless(broken("columns.0.type", "colour")) | {"owner": "nobody"})
    write_contract(tmp_path, "two", nameless(broken("key", ["nothing"])))
    write_contract(tmp_path, "three", {"name": "again"})
    with pytest.raises(ContractError) as caught:
        load_contracts(tmp_path)
    said = str(caught.value)
    for part in ("one.columns.0.type", "one.owner", "two", "nothing is no column", "three"):
        assert part in said
    assert "good" not in said


def test_the_registers_of_the_city_are_all_there() -> None:
    modes = {name: register.mode for name, register in REGISTERS.items()}
    assert modes == {
        "areas": "full", "population": "full", "births": "window", "deaths": "window",
        "birth_certificates": "window", "official_population": "full",
        "contraception_use": "full", "procedures": "window", "supplies": "window", "pregnancies": "full",
        "pregnancy_visits": "window", "fee_cases": "full", "fee_payments": "window", "two_acts_cases":
        "full", "institution_inspections": "window", "floating_population": "window", "card_reads":
        "window", "health_checks": "window", "benefits": "full", "staff": "full", "facilities": "full",
        "budgets": "full", "surveys": "append", "spot_checks": "append", "inspections": "append",
        "vaccinations": "window", "household_entries": "window", "marriages": "window", "insurance": "full",
        "reported_figures": "append",
    }  # fmt: skip


def test_the_seed_of_registers_agrees_with_the_contracts() -> None:
    with (SETTINGS.dbt_project / "seeds" / "registers.csv").open(encoding="utf-8", newline="") as source:
        seed = {row["register"]: row for row in csv.DictReader(source)}
    assert set(seed) == set(REGISTERS)
    for name, register in REGISTERS.items():
        assert seed[name]["mode"] == register.mode
        assert seed[name]["owner_en"].replace(" ", "_") == register.owner


def test_every_register_has_a_suite_and_every_suite_a_register() -> None:
    assert set(load_suites(SETTINGS.expectations)) == set(REGISTERS)


@pytest.mark.parametrize("name", sorted(REGISTERS))
def test_the_documented_columns_are_those_that_land(name: str) -> None:
    path = SETTINGS.dbt_project / "models" / "staging" / name / f"_{name}__sources.yml"
    tables = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"][0]["tables"]
    documented = [column["name"] for column in tables[0]["columns"]]
    assert documented == [column.landed_name for column in REGISTERS[name].kept] + list(META_COLUMNS)


def test_names_and_addresses_have_no_column_to_land_in() -> None:
    kept = {column.name for register in REGISTERS.values() for column in register.kept if register.name != "areas"}
    assert not kept & {"name", "address", "child_name"}


def test_row_rules_are_valid_sql_in_the_warehouse(tmp_path: Path) -> None:
    """Opening the warehouse makes every history table; a rule that names a missing column is found by the check tests."""
    with landing(Settings(home=tmp_path, settle_seconds=0)) as lander:
        tables = lander.connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw'"
        ).fetchall()
    assert {table for (table,) in tables} == set(REGISTERS)
