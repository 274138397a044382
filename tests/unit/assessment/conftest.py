"""A home whose warehouse holds a fabricated city, published once: read-only tests share it, the others copy it."""

import shutil
from pathlib import Path

import duckdb
import pytest

from orchestration.publish.publication import publish
from orchestration.settings import Settings
from tests.publication_kit import CATALOGUES
from tests.unit.site.fabricated import fabricate

MADE_BY_PUBLISHING = ("publication", "publications", "assessment_runs", "sign_offs")
ATTESTED = """
create or replace table published.area_boundaries (area_code varchar, part_code varchar, coefficient int, changed_on date);
create or replace table published.measure_revisions (area_level varchar, records_added double, records_taken double);
create or replace table published.birth_estimates (area_level varchar, births_unadjusted double, births_listed double,
    births_in_both double);
create or replace table published.clock_bridge (area_level varchar, event_value double, reported_later double, found_late double,
    report_value double);
create or replace table published.attested_items as select 'team' as item, 4 as place, '队伍落实' as name_zh,
    'team in place' as name_en;
create or replace table published.attestations as select area_code, 'county' as area_level, 'team' as item,
    date '2015-03-31' as period_end,
    '2015-03.0240' as vintage, verdict, reason, date '2015-02-03' as visited_on, null::date as rectified_on,
        null::int as years_met
    from (values ('990101000000', 'met', ''), ('990102000000', 'missed', 'failed')) as t(area_code, verdict, reason);
"""


def fill(settings: Settings, fabricated: Path) -> None:
    """The fabricated marts as the warehouse's schema `published`."""
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute(f"attach '{fabricate(fabricated)}' as made (read_only)")
        connection.execute("create schema published")
        tables = connection.execute("select table_name from duckdb_tables() where database_name = 'made'").fetchall()
        for (table,) in tables:
            if table not in MADE_BY_PUBLISHING and not table.endswith("_vintages"):
                connection.execute(f"create table published.{table} as from made.main.{table}")
        connection.execute("create table published.measures (area_code varchar, area_level varchar, value double)")
        connection.execute(ATTESTED)
        connection.execute(
            "create or replace table published.indicator_values_constant_boundary as from published.indicator_values where false"
        )
        connection.execute(CATALOGUES)
        for side in (
            "numerator",
            "denominator",
        ):  # a page may be drawn from small counts, a publication may not hold them
            connection.execute(f"update published.indicator_values set {side} = null where {side} between 1 and 7")


@pytest.fixture(scope="session")
def published_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shared home."""
    settings = Settings(home=tmp_path_factory.mktemp("assessment") / "home", threads=1)
    settings.root.mkdir()
    fill(settings, settings.root / "fabricated.duckdb")
    publish(settings)
    return settings.root


@pytest.fixture(name="own")
def _own(published_home: Path, tmp_path: Path) -> Settings:
    """A copy of it that a test may change."""
    shutil.copytree(published_home, tmp_path / "home", symlinks=True)
    return Settings(home=tmp_path / "home", threads=1)
