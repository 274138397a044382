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
        {"type": "ExpectColumnValuesToNotBeNull"}, {"among": "true", "judged": "select 1"},
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


TEMPLATE: dict[str, Any] = {
    "type": "UnexpectedRowsExpectation",
    "with": {"limit": "9"},
    "let": {"chosen": "select 1 from {batch} where {column} > {limit}"},
    "judged": "{chosen} or true",
    "kwargs": {"unexpected_rows_query": "{chosen} -- of {register}"},
    **{name: ENTRY[name] for name in ("dimension", "severity", "since", "reason", "tolerated")},
    "zh": "{name}不应过大", "en": "Not too large",
}  # fmt: skip


def suites_with(folder: Path, *entries: dict[str, Any]) -> list[Threshold]:
    (folder / "suites").mkdir()
    (folder / "templates.yml").write_text(yaml.safe_dump({"small": TEMPLATE}), encoding="utf-8")
    suite = {"register": "births", "name": "出生", "expectations": list(entries)}
    (folder / "suites" / "births.yml").write_text(yaml.safe_dump(suite), encoding="utf-8")
    return load_suites(folder)["births"]


def test_a_template_is_filled_and_an_entry_has_the_last_word(tmp_path: Path) -> None:
    plain, own = suites_with(
        tmp_path,
        {"id": "plain", "template": "small", "with": {"column": "parity"}},
        {"id": "own", "template": "small", "with": {"column": "sex", "limit": "1"}, "tolerated": 0.3, "zh": "另一句话"},
    )
    assert plain.kwargs == {"unexpected_rows_query": "select 1 from {batch} where parity > 9 -- of births"}
    assert plain.judged_query == "select 1 from {batch} where parity > 9 or true"
    assert (plain.zh, plain.tolerated) == ("出生不应过大", 0.1)
    assert own.kwargs == {"unexpected_rows_query": "select 1 from {batch} where sex > 1 -- of births"}
    assert (own.zh, own.tolerated, own.reason) == ("另一句话", 0.3, ENTRY["reason"])


def test_mistakes_with_templates_come_with_all_others(tmp_path: Path) -> None:
    with pytest.raises(ContractError) as caught:
        suites_with(
            tmp_path,
            {"id": "a", "template": "large"},
            {"id": "b", "template": "small"},
            {"id": "c", "template": "small", "with": {"column": "sex", "row": "1"}},
            {"id": "d", "template": "small", "with": {"column": "sex"}, "severity": "error"},
        )
    for part in (
        "births.yml: a: there is no template 'large'; known: small",
        "births.yml: b: the template wants column",
        "births.yml: c: the template has no place for row",
        "births.yml: d: ('severity',)",
    ):
        assert part in str(caught.value)


def test_every_template_is_used() -> None:
    folder = Settings().expectations
    templates = set(yaml.safe_load((folder / "templates.yml").read_text(encoding="utf-8")))
    suites = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in (folder / "suites").glob("*.yml")]
    used = [entry.get("template") for suite in suites for entry in suite["expectations"]]
    assert templates <= set(used)


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


def test_a_query_that_judges_by_a_bound_says_which_share_it_asks_for() -> None:
    """Else a message would say that the accuracy of spot checks is below 100 %."""
    suites = load_suites(Settings().expectations)
    accuracy = {t.id: t for t in suites["spot_checks"] if t.id.startswith("spot_checks_accuracy_of_")}
    contract = load_contracts(Settings().dbt_project)["spot_checks"]
    assert {name.removeprefix("spot_checks_accuracy_of_") for name in accuracy} == set(
        contract.column("register").codes
    )
    for name, threshold in accuracy.items():
        register = name.removeprefix("spot_checks_accuracy_of_")
        assert register in suites, "its figures are what a breach makes provisional"
        assert threshold.threshold == 0.97
        assert "low < 0.97" in threshold.unexpected_query
        assert f"register = '{register}'" in threshold.unexpected_query
    plain = {key: value for key, value in ENTRY.items() if key != "tolerated"}
    assert Threshold(**plain, asks=0.9).threshold == 0.9
    for wrong in (ENTRY | {"asks": 0.9}, plain | {"asks": 1.1},
                  plain | {"type": "ExpectColumnValuesToNotBeNull", "kwargs": {"column": "a"}, "asks": 0.9}):  # fmt: skip
        with pytest.raises(ValidationError):
            Threshold(**wrong)


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
