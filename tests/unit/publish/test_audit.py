"""The audit: differencing between levels, windows and measures is found, and only what changed is attacked."""

from pathlib import Path

import numpy as np
import pytest

from orchestration.publish.attack import attacker_interval, audit
from orchestration.publish.audit import EVER, Pinned, audit_published, refuse_pinned
from orchestration.publish.linked import RelationUnknown, read_published
from orchestration.publish.publication import PublicationBlocked, current_marts, publish
from orchestration.publish.secondary import _Chooser, choose
from orchestration.settings import Settings
from tests.unit.publish.protection_kit import EAST_1, add_total, births, warehouse

ROOMY = {"east_1": (38, 4), "east_2": (50, 58), "west_1": (21, 25)}


def test_what_is_large_everywhere_passes_and_is_remembered(tmp_path: Path) -> None:
    connection = warehouse(tmp_path, births("2014-03", **ROOMY))
    first = audit_published(connection)
    assert (first.pinned, first.attacked, first.small) == ([], 1, 1)
    assert audit_published(connection).attacked == 0


def test_a_total_of_the_city_gives_a_single_birth_away_at_every_level(tmp_path: Path) -> None:
    """The city's own figure is exact: with one birth in it, every `1-7` below is a one."""
    connection = warehouse(tmp_path, births("2014-03", east_1=(1, 0), east_2=(0, 0), west_1=(0, 0)))
    report = audit_published(connection)
    assert report.pinned_by_level == {"county": 2, "township": 2}
    with pytest.raises(Pinned, match=r"measures: county, births.*2014-03") as refused:
        refuse_pinned(report)
    assert EAST_1 not in str(refused.value) and refused.value.exit_code == 1


def test_a_difference_may_be_below_nought_and_its_denominator_is_a_count_like_any(tmp_path: Path) -> None:
    """A natural increase of 2 is published as 0: the attacker knows no more than that births and deaths were rounded."""
    connection = warehouse(tmp_path, births("2014-03", east_1=(22, 20), east_2=(50, 58), west_1=(21, 25)))
    connection.execute("insert into intermediate.int_indicators__live values ('surplus', 'births_female')")
    connection.execute(
        """insert into intermediate.int_indicators__needs select 'surplus', part, 'span', date '2014-03-31', '2014-03-01',
            '2014-03-01', measure, 'flow', 'sum'
            from (values ('plus', 'births_male'), ('less', 'births_female'), ('denominator', 'births')) as t(part, measure)"""
    )
    connection.execute(
        f"""insert into intermediate.int_indicator_values values
            ('{EAST_1}', 'township', 'surplus', 'span', '2014-03-31', 'event', 2, 42)"""
    )
    connection.execute(
        f"""insert into published.indicator_values values
            ('{EAST_1}', 'township', 'surplus', 'span', '2014-03-31', 'event', 0, 40, '0', '40')"""
    )
    published = read_published(connection, EVER, small=7, base=5)
    found = {(n[2], n[4]): (low, high) for n, low, high in zip(
        published.names, published.linked.low, published.linked.high, strict=False) if n[3] == EAST_1}  # fmt: skip
    low, high = found["difference", "births_male-births_female"]
    assert low < 0
    assert high > 2
    assert ("count", "births") in found
    assert {kind for kind, _ in found} == {"count", "difference"}
    assert len([kind for kind, _ in found if kind == "difference"]) == 1


def test_months_and_their_sum(tmp_path: Path) -> None:
    """Seven months of one birth each, and `1-7` for all seven together."""
    counts = {}
    for month in range(1, 8):
        counts |= births(f"2014-{month:02}", east_1=(0, 1), east_2=(60, 61), west_1=(70, 61))
    connection = warehouse(tmp_path, counts)
    assert audit_published(connection).pinned == []
    add_total(connection, "2014-01", "2014-07", "births")
    pinned = audit_published(connection).pinned
    assert len([place for place in pinned if place.startswith("measures: township, births,")]) == 7


def test_a_year_to_date_less_the_one_before_is_a_month(tmp_path: Path) -> None:
    """The city's sums are exact, so the month between them is, though the month itself is withheld."""
    counts = {
        **births("2014-01", east_1=(9, 9), east_2=(0, 0), west_1=(9, 9)),
        **births("2014-02", east_1=(2, 0), east_2=(0, 0), west_1=(0, 0)),
    }
    connection = warehouse(tmp_path, counts)
    connection.execute("create table kept as from published.measures")
    connection.execute("drop view published.measures; create table published.measures as from kept")
    connection.execute("update published.measures set value = null, shown = null where area_level = 'city'")
    assert audit_published(connection).pinned == []
    add_total(connection, "2014-01", "2014-01", "births")
    add_total(connection, "2014-01", "2014-02", "births")
    connection.execute("delete from published.indicator_values where area_level <> 'city'")
    assert {place.split(",")[0] for place in audit_published(connection).pinned} == {
        "measures: county",
        "measures: township",
    }


def test_boys_and_girls_are_births(tmp_path: Path) -> None:
    """The relation is there, in every area, and the exact counts fulfil it."""
    connection = warehouse(tmp_path, births("2014-03", **ROOMY))
    cells = read_published(connection, EVER)
    low, high = cells.linked.low, cells.linked.high
    girls = next(i for i, n in enumerate(cells.names) if n[3] == EAST_1 and n[4] == "births_female")
    assert (low[girls], high[girls]) == (1, 7)
    rows = cells.linked.relations.toarray()
    assert [set(row[np.flatnonzero(row)]) for row in rows if row[girls] == -1 and (row > 0).sum() == 1] != []
    assert np.abs(cells.linked.relations @ cells.linked.truth).max() == 0


def test_a_relation_that_counts_do_not_fulfil_is_none(tmp_path: Path) -> None:
    """A birth without a sex: there boys and girls are no longer all births."""
    connection = warehouse(tmp_path, births("2014-03", **ROOMY))
    whole = read_published(connection, EVER).linked.relations.shape[0]
    connection.execute(
        f"update marts.measures set value = value + 1 where measure = 'births' and area_code = '{EAST_1}'"
    )
    without = read_published(connection, EVER).linked
    assert without.relations.shape[0] < whole
    assert np.abs(without.relations @ without.truth).max() == 0


def test_a_relation_of_unknown_measures_is_refused(tmp_path: Path) -> None:
    connection = warehouse(tmp_path, births("2014-03", **ROOMY))
    connection.execute("insert into reference.measure_relations values ('x', 'births', 'twins', 'subset')")
    with pytest.raises(RelationUnknown, match="twins"):
        audit_published(connection)


def test_amounts_are_no_counts(tmp_path: Path) -> None:
    connection = warehouse(tmp_path, {(EAST_1, "2014-03", "fees"): 5})
    assert audit_published(connection).small == 0


def test_only_what_lies_near_a_change_is_attacked_again(tmp_path: Path) -> None:
    counts = {}
    for month in ("2014-01", "2014-02"):
        counts |= births(month, **ROOMY)
    connection = warehouse(tmp_path, counts)
    assert audit_published(connection).attacked == 2
    for area in (EAST_1, "990101000000", "990100000000"):
        connection.execute(
            f"update marts.measures set value = value + 10 where area_code = '{area}' and month = date '2014-02-01' "
            "and measure in ('births', 'births_male')"
        )
    assert audit_published(connection).attacked == 1


@pytest.mark.parametrize(
    "counts",
    [
        births("2014-03", east_1=(1, 0), east_2=(0, 0), west_1=(0, 0)),
        births("2014-03", east_1=(1, 1), east_2=(1, 0), west_1=(3, 4)),
        births("2014-03", east_1=(2, 1), east_2=(0, 12), west_1=(3, 4)),
        births("2014-03", east_1=(21, 3), east_2=(34, 4), west_1=(48, 4)),
    ],
)
def test_secondary_protection_is_chosen_until_the_audit_passes(tmp_path: Path, counts: dict) -> None:
    cells = read_published(warehouse(tmp_path, counts), EVER)
    assert audit(cells.linked).pinned != []
    choice = choose(cells, 7)
    protected = _Chooser(cells, 7)
    protected.is_closed[cells.groups[choice.is_range]] = True
    protected.is_withheld = choice.is_withheld
    assert audit(protected.shown()).pinned == []


def test_what_is_safe_stays_as_it_is(tmp_path: Path) -> None:
    cells = read_published(warehouse(tmp_path, births("2014-03", **ROOMY)), EVER)
    assert choose(cells, 7).count == 0


def test_a_publication_that_pins_a_count_is_refused_where_that_is_asked_for(tmp_path: Path) -> None:
    """The message names table, level, measure and month, and no area and no count; nothing is published."""
    home = tmp_path / "home"
    home.mkdir()
    warehouse(home, births("2014-03", east_1=(1, 0), east_2=(0, 0), west_1=(0, 0))).close()
    with pytest.raises(
        PublicationBlocked, match=r"4 small counts could be worked out .* measures: county, births"
    ) as refused:
        publish(Settings(home=home, threads=1, refuse_pinned=True))
    assert EAST_1 not in str(refused.value) and "the old publication stands" in str(refused.value)
    assert current_marts(Settings(home=home)) is None


def test_what_cannot_be_audited_is_not_published(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    connection = warehouse(home, births("2014-03", **ROOMY))
    connection.execute("drop table published.clock_bridge")
    connection.close()
    with pytest.raises(PublicationBlocked, match="not those that the audit reads"):
        publish(Settings(home=home, threads=1, refuse_pinned=True))


def test_the_attack_on_random_towns_agrees_with_programmes_over_everything(tmp_path: Path) -> None:
    """Every small count of twenty towns: pinned exactly where the attacker's interval over all that is linked is under three."""
    random, outcomes = np.random.default_rng(5), set()
    for town in range(20):
        folder = tmp_path / str(town)
        folder.mkdir()
        counts = {}
        for month in ("2014-01", "2014-02"):
            sexes = {name: tuple(random.poisson([2, 3]).tolist()) for name in ("east_1", "east_2", "west_1")}
            counts |= births(month, **sexes)
        connection = warehouse(folder, counts)
        add_total(connection, "2014-01", "2014-02", "births")
        linked = read_published(connection, EVER).linked
        pinned = audit(linked).pinned
        for cell in np.flatnonzero(linked.small):
            low, high = attacker_interval(linked, int(cell))
            assert (int(cell) in pinned) == (high - low < 3 - 1e-6)
            outcomes.add(int(cell) in pinned)
    assert outcomes == {True, False}
