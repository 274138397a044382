"""What the documents tell people to type works."""

import re

import pytest
from city_run import CityRun

from orchestration.settings import PROJECT_ROOT

ANALYSTS = (PROJECT_ROOT / "docs" / "analysts.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", ANALYSTS, re.DOTALL)


@pytest.mark.parametrize("query", QUERIES, ids=[f"query {i + 1}" for i in range(len(QUERIES))])
def test_the_analysts_queries_are_answered(city: CityRun, query: str) -> None:
    assert isinstance(city.json("sql", query.strip().rstrip(";")), list)


def test_every_published_table_is_documented_and_no_other(city: CityRun) -> None:
    rows = city.json("sql", "select table_name from duckdb_tables() where not internal")
    section = ANALYSTS[ANALYSTS.index("## Tables") : ANALYSTS.index("## Reading")]
    documented = {
        name
        for line in section.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert {row["table_name"] for row in rows} == documented


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
