"""What the documents tell people to type works."""

import re
from datetime import date
from pathlib import Path

import duckdb
import pytest
from city_run import CityRun

from orchestration.documents import DOCUMENTS
from orchestration.landing.check import INVALID, REQUIRED, violation_terms
from orchestration.landing.contracts import load_contracts
from orchestration.landing.rules import landing_rules, rule_words
from orchestration.publish.office_facts import counted_facts
from orchestration.settings import PROJECT_ROOT, Settings
from tests.publication_kit import query

ANALYSTS = (PROJECT_ROOT / "docs" / "analysts.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", ANALYSTS, re.DOTALL)


@pytest.mark.parametrize("text", QUERIES, ids=[f"query {i + 1}" for i in range(len(QUERIES))])
def test_the_analysts_queries_are_answered(city: CityRun, text: str) -> None:
    assert query(Settings(home=city.home), text).rows, text


def test_analysts_find_at_least_twenty_questions() -> None:
    """Each query follows the question that it answers."""
    asked = re.findall(r"^[A-Z][^\n]*:\n\n```sql$", ANALYSTS, re.MULTILINE)
    assert len(asked) == len(QUERIES) >= 20


def test_every_published_table_is_documented_and_no_other(city: CityRun) -> None:
    rows = city.json("sql", "select table_name from information_schema.tables")
    section = ANALYSTS[ANALYSTS.index("## Tables") : ANALYSTS.index("## Reading")]
    documented = {
        name
        for line in section.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert {row["table_name"] for row in rows} == documented


def test_the_publication_keeps_its_contracts(city: CityRun) -> None:
    """What is published is what contracts.csv promises, which `make docs` derives from the models' properties."""
    columns = "select table_name, column_name, column_type from contracts order by all"
    real = "select table_name, column_name, data_type from duckdb_columns() where not internal order by all"
    settings = Settings(home=city.home)
    assert query(settings, columns).rows == query(settings, real).rows


def test_the_office_asks_every_fact_counted_and_misses_no_row(city: CityRun) -> None:
    """What the documents promise of the office's file: all facts, by township and month, all events that the marts hold."""
    settings = Settings(home=city.home)
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        for fact in counted_facts(settings.dbt_project):
            counted = query(settings, f"select coalesce(sum({fact.of}), 0)::bigint from {fact.name}", office=True).rows
            spells = len(fact.month) == 2 or fact.of in fact.sums
            held = warehouse.execute(f"select count(*) from marts.{fact.name}").fetchone()
            assert counted[0][0] >= held[0] if spells else counted[0] == held, fact.name
            areas = f"select count(*) from {fact.name} where area_code not in (select area_code from dim_area"
            known = f"{areas} where area_level in ('city', 'county', 'township'))"
            assert query(settings, known, office=True).rows == [(0,)], fact.name


def test_published_values_lead_to_their_deliveries(city: CityRun) -> None:
    """Every value that was computed leads to a run of Dagster and to a landed file of each register it needs."""
    settings = Settings(home=city.home)
    lost = """select v.* from indicator_values as v
        where v.value is not null and not exists (
            select 1 from provenance as p
            where p.area_code = v.area_code and p.indicator = v.indicator and p."window" = v."window" and p.clock = v.clock
                and p.period_end = v.period_end and p.replaced_in is null and p.run <> 'shell' and p.part = 'within')"""
    assert query(settings, lost).rows == []
    files = "select distinct sha256 from provenance where sha256 is not null except select sha256 from deliveries"
    assert query(settings, files).rows == []
    archived = {path.stem for path in (city.home / "archive").rglob("*.age")}
    digests = {
        row[0] for row in query(settings, "select distinct sha256 from provenance where sha256 is not null").rows
    }
    assert len(digests) > 100
    assert digests <= archived


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda path: path.stem)
def test_made_pages_are_what_contracts_and_seeds_say(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == DOCUMENTS[page](Settings()), "run `make docs`"


def test_the_query_of_every_computed_indicator_is_answered(city: CityRun) -> None:
    page = (PROJECT_ROOT / "docs" / "indicators.md").read_text(encoding="utf-8")
    queries = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    settings = Settings(home=city.home)
    computed = {row["indicator"] for row in city.json("sql", "select distinct indicator from indicator_values")}
    assert len(queries) == 2 * len(computed) > 80
    for text in queries:
        assert query(settings, text).rows, text


def test_every_quarantine_rule_says_how_to_mend_it() -> None:
    told = set(landing_rules())
    text = "".join(p.read_text(encoding="utf-8") for p in (PROJECT_ROOT / "orchestration" / "landing").glob("*.py"))
    rules = set(re.findall(r'BadRow\([^,]+, "\w*", "(\w+)"', text)) | set(INVALID.values()) | set(REQUIRED.values())
    rules |= {"control_character", "stray_quote", "truncated", "merged_cell", "field_too_long"}  # named by variables
    assert len(rules) > 6
    assert rules <= told
    for register in load_contracts(Settings().dbt_project).values():
        own = {rule.rule for rule in register.rules}
        used = {rule for _, _, rule in violation_terms(register, "990101", date(2015, 3, 1))}
        assert used <= told | own
        assert all(rule_words(register, rule).en for rule in used)


def test_every_refusal_and_quarantine_rule_in_the_code_is_documented() -> None:
    operating = (PROJECT_ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    landing = PROJECT_ROOT / "orchestration" / "landing"
    rules: set[str] = set()
    for path in landing.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        rules |= set(re.findall(r'Refusal\(\s*[^,]+,\s*"(\w+)"', text)) | set(
            re.findall(r'BadRow\([^,]+, "\w*", "(\w+)"', text)
        )
    assert len(rules) > 15
    assert {rule for rule in rules if f"`{rule}`" not in operating and rule != "not_held"} == set()
