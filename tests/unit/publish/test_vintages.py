"""Vintages: what was published stays readable as it was, whatever is published later and wherever a publication dies."""

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.publish import publication, vintages
from orchestration.publish.publication import publish
from orchestration.settings import Settings
from tests.publication_kit import CATALOGUES, query

KEY = "area_code, indicator, period_end"
COLUMNS = 'area_code, area_level, indicator, "window", period_end, clock, value, vintage, numerator, denominator'
MARTS = """
create schema published;
create table published.measures as select '990100000000' as area_code, 'city' as area_level, 3.0 as value;
create table published.indicators as select 'rate' as indicator, null as numerator_less;
create table published.assessments as select 's' as scheme, 'a' as area_code, 'rate' as indicator,
    date '2014-03-31' as period_end, 'met' as verdict, 'v1' as vintage;
create table published.attestations as select 'a' as area_code, 'team' as item, date '2014-03-31' as period_end,
    'met' as verdict, '2014-03.0007' as vintage;
create table published.clock_bridge as select 'county' as area_level, 10.0 as event_value, 5.0 as reported_later,
    0.0 as found_late, 15.0 as report_value where false;
create table published.birth_estimates as select 'county' as area_level, 10.0 as births_unadjusted, 10.0 as births_listed,
    10.0 as births_in_both where false;
create table published.measure_revisions as select 'county' as area_level, 10.0 as records_added, 0.0 as records_taken
    where false;
create table published.indicator_values as select area_code, 'city' as area_level, 'rate' as indicator, 'month' as "window",
    period_end, 'event' as clock, value, 'v1' as vintage, 10.0 as numerator, 20.0 as denominator
    from (values ('a', 1.5), ('b', null)) as t(area_code, value),
        (values (date '2014-03-31'), (date '2014-04-30')) as p(period_end);
create table published.indicator_values_constant_boundary as from published.indicator_values where false;
create table published.area_boundaries (area_code varchar, part_code varchar, coefficient int, changed_on date);
"""
Rows = list[tuple[Any, ...]]


@pytest.fixture(name="settings")
def _settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home", threads=1, keep_publications=1)
    settings.root.mkdir()
    change(settings, MARTS + CATALOGUES)
    return settings


def change(settings: Settings, sql: str) -> Rows:
    with duckdb.connect(str(settings.warehouse)) as connection:
        return connection.execute(sql).fetchall()


def shown(settings: Settings, number: int | None = None) -> Rows:
    relation = "indicator_values" if number is None else f"indicator_values_as_of({number})"
    columns = "* exclude (vintage)" if number is None else "*"
    return query(settings, f"select {columns} from {relation} order by {KEY}").rows


def test_every_publication_can_be_read_as_it_was(settings: Settings) -> None:
    changes = [
        "select 1",
        "update published.indicator_values set value = 2 where area_code = 'a' and period_end = '2014-03-31'",
        "delete from published.indicator_values where area_code = 'b'",
        f"insert into published.indicator_values ({COLUMNS}) "
        "select 'c', 'city', 'rate', 'month', '2014-05-31', 'event', 9, 'v4', 1, 2",
        "update published.indicator_values set value = 1.5, vintage = 'v5' where area_code = 'a'",
    ]
    seen = {}
    for sql in changes:
        change(settings, sql)
        number = publish(settings).number
        seen[number] = shown(settings)
    assert list(seen) == [1, 2, 3, 4, 5]
    assert {number: shown(settings, number) for number in seen} == seen
    assert len({tuple(rows) for rows in seen.values()}) == 5
    logged = query(settings, "select count(*), max(published_in) from indicator_vintages").rows
    assert logged == [(4 + 1 + 1 + 1, 5)], "only what changed is logged"
    assert query(settings, "select publication, vintage from publications order by 1").rows == [
        (1, "v1"), (2, "v1"), (3, "v1"), (4, "v4"), (5, "v5")]  # fmt: skip


def test_another_state_of_knowledge_alone_changes_no_value(settings: Settings) -> None:
    publish(settings)
    change(settings, "update published.indicator_values set vintage = 'v2'")
    assert publish(settings).number == 2
    assert query(settings, "select count(*) from indicator_vintages where published_in > 1 or replaced_in > 0").rows == [
        (0,)]  # fmt: skip


@pytest.mark.parametrize("dies_in", ["copy_logs", "_swap", "confirm"])
def test_a_publication_that_dies_leaves_no_vintage_that_was_never_shown(
    dies_in: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(settings)
    change(settings, "update published.indicator_values set value = 2 where area_code = 'a'")

    class Killed(BaseException):
        pass

    def die(*arguments: object) -> None:
        raise Killed

    module = vintages if dies_in != "_swap" else publication
    monkeypatch.setattr(module, dies_in, die)
    with pytest.raises(Killed):
        publish(settings)
    monkeypatch.undo()
    change(settings, "update published.indicator_values set value = 3 where area_code = 'b'")
    done = publish(settings)
    first = [row[6] for row in shown(settings, 1)]
    assert first == [1.5, 1.5, None, None]
    assert done.number == (3 if dies_in == "confirm" else 2), "what was swapped in counts, what was not does not"
    assert [row[6] for row in shown(settings, done.number)] == [2, 2, 3, 3]
    publications = query(settings, "select publication from publications order by 1").rows
    assert publications == [(number,) for number in range(1, done.number + 1)]


def test_a_lost_folder_of_publications_loses_no_vintage(settings: Settings) -> None:
    publish(settings)
    change(settings, "update published.indicator_values set value = 2 where area_code = 'a'")
    publish(settings)
    shutil.rmtree(settings.published)
    done = publish(settings)
    assert done.number == 3
    assert [row[6] for row in shown(settings, 1)] == [1.5, 1.5, None, None]
    assert shown(settings, 3) == shown(settings, 2)


def test_a_log_of_several_row_groups_is_copied_whole(settings: Settings) -> None:
    """DuckDB 2.0.0, with two threads, copies a table made and filled in one transaction without its rows beyond one row group."""
    settings = settings.model_copy(update={"threads": 2})
    change(
        settings,
        f"insert into published.indicator_values ({COLUMNS}) "
        "select 'v' || i, 'city', 'rate', 'month', '2014-03-31', 'event', 1.5, 'v1', 10, 20 "
        "from range(300000) as numbers(i)",
    )
    publish(settings)
    assert shown(settings, 1) == shown(settings)
    assert query(settings, "select count(*) from indicator_vintages").rows == [(300_004,)]


def test_a_table_may_gain_a_column(settings: Settings) -> None:
    publish(settings)
    change(settings, "alter table published.indicator_values add column sampled double")
    change(settings, "update published.indicator_values set sampled = 1")
    publish(settings)
    assert query(settings, "select published_in, max(sampled) from indicator_vintages group by 1 order by 1").rows == [
        (1, None), (2, 1.0)]  # fmt: skip


SIGNAL = "'whipple', 'population', '', 'a', date '2014-03-01'"


def ledger_of_signals(settings: Settings) -> Rows:
    return change(
        settings, "select method, hits, cases, expected_share, status from protection.integrity_signals order by all"
    )


def test_the_ledger_holds_the_signals_that_stand(settings: Settings) -> None:
    change(settings, f"insert into published.integrity_signals values ({SIGNAL}, 10, 90, 0.25, 'quiet')")
    publish(settings)
    assert ledger_of_signals(settings) == [("whipple", 10, 90, 0.25, "quiet")]
    change(settings, "update published.integrity_signals set hits = 25, status = 'signal'")
    publish(settings)
    assert ledger_of_signals(settings) == [("whipple", 25, 90, 0.25, "signal")]
    assert query(settings, "select hits from integrity_signals_as_of(1)").rows == [(10,)]
    change(settings, "delete from published.integrity_signals")
    publish(settings)
    assert ledger_of_signals(settings) == []


@pytest.mark.parametrize("is_confirmed", [True, False])
def test_a_warehouse_from_before_there_was_a_ledger_of_signals_publishes(
    is_confirmed: bool, settings: Settings
) -> None:
    """Even one whose last publication was cut short before it was confirmed."""
    change(settings, f"insert into published.integrity_signals values ({SIGNAL}, 10, 90, 0.25, 'quiet')")
    publish(settings)
    change(settings, "drop table protection.integrity_signals; drop table vintages.integrity_signals")
    change(settings, f"update vintages.publications set is_confirmed = {is_confirmed}")
    change(settings, "update published.indicator_values set value = 2 where area_code = 'a'")
    assert publish(settings).number == 2
    assert ledger_of_signals(settings) == [("whipple", 10, 90, 0.25, "quiet")]
