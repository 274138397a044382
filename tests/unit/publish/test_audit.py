"""The audit: differencing between levels, windows and measures is found, and only what changed is attacked."""

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from orchestration.publish import attack
from orchestration.publish.attack import Linked, attacker_interval, audit
from orchestration.publish.audit import Pinned, audit_published, refuse_pinned
from orchestration.publish.linked import Limits, RelationUnknown, read_published
from orchestration.publish.secondary import Families, choose
from tests.unit.publish.protection_kit import EAST_1, EAST_2, WEST, WEST_1, add_total, births, warehouse

ROOMY = {"east_1": (38, 4), "east_2": (50, 58), "west_1": (21, 25)}


def test_what_is_large_everywhere_passes(tmp_path: Path) -> None:
    found = audit_published(warehouse(tmp_path, births("2014-03", **ROOMY)))
    assert (found.pinned, found.small) == ([], 1)


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
    connection.execute("insert into intermediate.int_indicators__live values ('surplus', 'births_female', 1)")
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
            ('{EAST_1}', 'township', 'surplus', 'span', '2014-03-31', 'event', 0, 40, '0', '40', 0, null, null, null, 'ok')"""
    )
    read_published(connection)
    found = {(kind, measure): limits for kind, measure, *limits in connection.execute(
        "select kind, measure, low, high from cell where area_code = ?", [EAST_1]).fetchall()}  # fmt: skip
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
    cells = read_published(connection)
    low, high = cells.linked.low, cells.linked.high
    row = connection.execute(
        "select cell from cell where area_code = ? and measure = 'births_female'", [EAST_1]
    ).fetchone()
    assert row is not None
    girls = row[0]
    assert (low[girls], high[girls]) == (1, 7)
    rows = cells.linked.relations.toarray()
    assert [set(row[np.flatnonzero(row)]) for row in rows if row[girls] == -1 and (row > 0).sum() == 1] != []
    assert np.abs(cells.linked.relations @ cells.linked.truth).max() == 0


def test_a_relation_that_counts_do_not_fulfil_is_none(tmp_path: Path) -> None:
    """A birth without a sex: there boys and girls are no longer all births."""
    connection = warehouse(tmp_path, births("2014-03", **ROOMY))
    whole = read_published(connection).linked.relations.shape[0]
    connection.execute(
        f"update marts.measures set value = value + 1 where measure = 'births' and area_code = '{EAST_1}'"
    )
    without = read_published(connection).linked
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
    cells = read_published(warehouse(tmp_path, counts))
    pinned = audit(cells.linked).pinned
    assert pinned != []
    families = Families(cells)
    taken = choose(families, np.asarray(pinned))
    assert taken[pinned].all()
    assert audit(families.shown()).pinned == []


def test_a_family_is_withheld_as_a_whole(tmp_path: Path) -> None:
    """East's single birth is withheld with the noughts beside it, or they would say where it was; the city stays as it is."""
    connection = warehouse(tmp_path, births("2014-03", east_1=(1, 0), east_2=(0, 0), west_1=(0, 0)))
    cells = read_published(connection)
    taken = choose(Families(cells), np.asarray(audit(cells.linked).pinned))
    levels = connection.execute("select area_level from cell order by cell").fetchnumpy()["area_level"]
    assert set(levels[taken]) == {"county", "township"}
    of_births = connection.execute("select measure = 'births' as is_birth from cell order by cell").fetchnumpy()[
        "is_birth"
    ]
    assert taken[of_births & (levels != "city")].all()


def test_what_is_safe_stays_as_it_is(tmp_path: Path) -> None:
    cells = read_published(warehouse(tmp_path, births("2014-03", **ROOMY)))
    assert not choose(Families(cells), np.asarray(audit(cells.linked).pinned, dtype=np.int64)).any()


def test_counts_of_authorities_are_no_small_counts(tmp_path: Path) -> None:
    connection = warehouse(tmp_path, {(EAST_1, "2014-03", "clinics"): 5})
    assert audit_published(connection, limits=Limits(open_units=("institutions",))).small == 0
    assert audit_published(connection).small == 2


def test_months_that_are_not_shown_link_the_windows_that_are(tmp_path: Path) -> None:
    """`1-7` in each of seven months is not shown; seven in both halves of them and in the whole still are ones and more."""
    counts = {}
    for month in range(1, 5):
        counts |= births(f"2014-{month:02}", east_1=(0, 1), east_2=(60, 61), west_1=(70, 61))
    connection = warehouse(tmp_path, counts)
    connection.execute("delete from published.measures where area_level <> 'city'")
    for first, last in (("01", "02"), ("02", "03"), ("03", "04"), ("01", "04")):
        add_total(connection, f"2014-{first}", f"2014-{last}", "births")
    published = read_published(connection)
    low, high = attacker_interval(published.linked, int(np.flatnonzero(published.linked.small)[0]))
    assert 0 < low <= high < 7, "four windows of the same four months narrow each other"


def test_what_holds_in_every_month_is_not_lost_in_sums(tmp_path: Path) -> None:
    """January's births are all male and first, February's all female and later: the city says so, and it holds in every township.

    Over the quarter alone a township could have a male birth more and a first one less; month by month it cannot.
    """
    counts = {}
    for month, towns in {
        "2014-01": ((3, 0, 3), (30, 0, 30), (40, 0, 40)),
        "2014-02": ((0, 21, 0), (0, 33, 0), (0, 44, 0)),
        "2014-03": ((0, 21, 0), (0, 33, 0), (0, 44, 0)),
        "2014-04": ((5, 16, 1), (30, 25, 30), (40, 25, 40)),
        "2014-05": ((1, 16, 1), (30, 25, 30), (40, 25, 40)),
        "2014-06": ((20, 16, 2), (30, 25, 30), (40, 25, 40)),
    }.items():
        names = ("east_1", "east_2", "west_1")
        counts |= births(month, **{name: town[:2] for name, town in zip(names, towns, strict=True)})
        for code, (boys, girls, first) in zip((EAST_1, EAST_2, WEST_1), towns, strict=True):
            counts |= {(code, month, "births_p1"): first, (code, month, "births_2plus"): boys + girls - first}
    connection = warehouse(tmp_path, counts)
    connection.execute(
        """insert into reference.measures select * replace (unnest(['births_p1', 'births_2plus']) as measure)
            from reference.measures where measure = 'births_male';
        insert into reference.measure_relations values ('by_parity', 'births', 'births_p1', 'total'),
            ('by_parity', 'births', 'births_2plus', 'total');
        delete from published.measures where area_level <> 'city'"""
    )
    for measure, windows in (
        ("births_male", ("01 03", "01 04", "04 04", "05 05", "04 05")),
        ("births_p1", ("01 03", "04 04", "05 05", "06 06", "01 06")),
    ):
        for first, last in (window.split() for window in windows):
            add_total(connection, f"2014-{first}", f"2014-{last}", measure)
    connection.execute("delete from published.indicator_values where area_level = 'county'")
    published = read_published(connection)
    assert published.linked.small.sum() == 9
    found = audit(published.linked, layers=published.layers, towns=published.towns)
    assert found.pinned == np.flatnonzero(published.linked.small).tolist()


def test_a_group_has_a_number_in_common_only_where_all_members_have_it() -> None:
    """Groups 0 to 3: all in town 7; in 7 and 8; in 7 and none; without a member."""
    numbers, groups = np.array([7, 7, 7, 8, 7, -1]), np.array([0, 0, 1, 1, 2, 2])
    assert attack.in_common(numbers, groups, 4).tolist() == [7, -1, -1, -1]


def test_towns_move_by_themselves_where_a_programme_would_be_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two towns of two villages with four births each, all rounded: in each town one village has some for the other."""
    county, town_1, town_2, villages = 0, 1, 4, [2, 3, 5, 6]
    relations = np.zeros((3, 7))
    relations[0, [county, town_1, town_2]] = 1, -1, -1
    relations[1, [town_1, 2, 3]] = 1, -1, -1
    relations[2, [town_2, 5, 6]] = 1, -1, -1
    linked = Linked(
        truth=np.array([16.0, 8, 4, 4, 8, 4, 4]), low=np.array([13.0, 8, 1, 1, 8, 1, 1]),
        high=np.array([17.0, 12, 7, 7, 12, 7, 7]), small=np.isin(np.arange(7), villages),
        relations=sparse.csr_matrix(relations),
    )  # fmt: skip
    layers, towns = [np.ones(7, bool)], np.array([-1, 1, 1, 1, 2, 2, 2])
    assert audit(linked, layers=layers).pinned == []
    monkeypatch.setattr(attack, "LARGEST_PART", 1)
    monkeypatch.setattr(attack, "FEW", -1)
    assert audit(linked, layers=layers).pinned == villages
    assert audit(linked, layers=layers, towns=towns).pinned == []


def test_layers_prove_no_more_than_there_is(tmp_path: Path) -> None:
    """Moving months by themselves finds fewer witnesses than moving everything, never others."""
    counts = {}
    for month in ("2014-01", "2014-02", "2014-03"):
        counts |= births(month, east_1=(1, 0), east_2=(1, 1), west_1=(1, 1))
    connection = warehouse(tmp_path, counts)
    connection.execute("delete from published.measures where area_level <> 'city'")
    add_total(connection, "2014-01", "2014-03", "births")
    published = read_published(connection)
    by_layers = set(audit(published.linked, layers=published.layers).pinned)
    assert set(audit(published.linked).pinned) <= by_layers
    assert len(by_layers) < published.linked.small.sum()


@pytest.mark.parametrize(("base", "gives_away"), [(1, True), (5, False)])
def test_a_township_that_changes_county(tmp_path: Path, base: int, gives_away: bool) -> None:
    """West as it was and West with today's boundaries differ by the three births of East's township that joined it: exact figures
    say so, rounded ones do not."""
    connection = warehouse(tmp_path, births("2014-03", east_1=(2, 1), east_2=(40, 12), west_1=(34, 21)))
    add_total(connection, "2014-03", "2014-03", "births")
    connection.execute("delete from published.measures where area_level = 'county'")
    connection.execute(f"insert into intermediate.int_area_boundaries values ('{WEST}', '{EAST_1}', 1)")
    connection.execute(
        f"""insert into marts.indicator_values_constant_boundary select * replace (numerator + 3 as numerator)
            from intermediate.int_indicator_values where area_code = '{WEST}';
        insert into published.indicator_values_constant_boundary select p.* replace (
                round((numerator + 3) / {base}) * {base} as numerator, (numerator + 3)::varchar as numerator_shown)
            from published.indicator_values as p where area_code = '{WEST}';
        update published.indicator_values as p set numerator = round(v.numerator / {base}) * {base}
            from intermediate.int_indicator_values as v where p.area_code = v.area_code and p.numerator is not null"""
    )
    connection.execute("delete from published.measures where area_level <> 'city'")
    published = read_published(connection, limits=Limits(base=base))
    (small,) = [
        cell for cell in np.flatnonzero(published.linked.small)
        if connection.execute("select area_code from cell where cell = ?", [int(cell)]).fetchone() == (EAST_1,)
    ]  # fmt: skip
    low, high = attacker_interval(published.linked, int(small))
    assert (high - low < 3) == gives_away


def test_a_held_figure_tells_less(tmp_path: Path) -> None:
    """A county's 20 that stood when it was 22 says 8 to 32 once it is 31; the city's 100 that is 105 by now, 90 to 110."""
    connection = warehouse(tmp_path, births("2014-03", east_1=(31, 0), east_2=(40, 0), west_1=(34, 0)))
    connection.execute(
        f"update published.measures set value = 20, shown = '20' where area_code = '{EAST_1}' and measure = 'births'"
    )
    connection.execute(
        "update published.measures set value = 100, shown = '100' where area_level = 'city' and measure = 'births'"
    )
    read_published(connection)
    query = """select area_level, low, high from cell where measure = 'births' and (area_code = ? or area_level = 'city')
        order by 1"""
    assert connection.execute(query, [EAST_1]).fetchall() == [("city", 90, 110), ("township", 8, 32)]


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
        linked = read_published(connection).linked
        pinned = audit(linked).pinned
        for cell in np.flatnonzero(linked.small):
            low, high = attacker_interval(linked, int(cell))
            assert (int(cell) in pinned) == (high - low < 3 - 1e-6)
            outcomes.add(int(cell) in pinned)
    assert outcomes == {True, False}
