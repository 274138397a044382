"""History: a function of the effective snapshots alone, whatever the order in which they came."""

import random
import shutil
from collections.abc import Iterator
from datetime import date
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.errors import Refusal
from orchestration.landing import deliver
from orchestration.landing.contracts import Register
from orchestration.landing.deliver import landing
from orchestration.periods import now, policy_year
from orchestration.status import history
from tests.landing_kit import COUNTY, OTHER_COUNTY, REGISTERS, Home, Row, area_rows, csv_text, good_row, quick_landing

MONTHS = ["201408", "201409", "201410", "201411"]
Snapshots = dict[tuple[str, str, str], list[list[Row]]]  # (register, county, month) -> content of re-delivery 0, 1, ...
Interval = tuple[str, date, date | None]
KEYS = {"population": "registered_at", "births": "birth_no", "inspections": "visit_no"}  # full, window, append


@pytest.fixture(autouse=True)
def _open_gate() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        quick_landing(patch)
        yield


@pytest.fixture(scope="module", name="with_areas")
def _with_areas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = Home(tmp_path_factory.mktemp("template") / "home")
    with pytest.MonkeyPatch.context() as patch:
        quick_landing(patch)
        home.land(home.areas("201407"))
    (home.settings.inbox / "areas_990100_201407.csv").unlink()
    home.settings.inbox.rmdir()
    return home.settings.root


def home_like(template: Path, to: Path) -> Home:
    shutil.copytree(template, to)
    return Home(to)


@pytest.fixture(name="home")
def _home(tmp_path: Path, with_areas: Path) -> Home:
    return home_like(with_areas, tmp_path / "home")


def first_of(month: str) -> date:
    return date(int(month[:4]), int(month[4:]), 1)


def person(number: int, change: int, county: str) -> Row:
    """Row `number` of the population register in one of its states; `registered_at` tells both (for reading back)."""
    return good_row("population", number, county) | {
        "children_born": str(change),
        "registered_at": f"2013-{change + 1:02d}-{number + 1:02d}",
    }


def birth(number: int, change: int, county: str, month: str) -> Row:
    """Birth `number` as registered early in the policy year of `month`."""
    year = policy_year(first_of(month)) - 1
    row = good_row("births", number, county)
    days = {"birth_date": f"{year}-09-20", "registered_at": f"{year}-10-01"}
    return row | days | {"parity": str(change + 1), "birth_no": f"B{county}-{number}-{change}-{year}"}


def visit(number: int, change: int, county: str, month: str) -> Row:
    """Inspection `number` of a month."""
    row = good_row("inspections", number, county, f"{month[:4]}-{month[4:]}")
    return row | {"visit_no": f"Z{county}-{number}-{change}", "passed": "否" if change else "是"}


def made(register: str, county: str, month: str, number: int, change: int) -> Row:
    """Row `number` of a register in one of its states."""
    if register == "population":
        return person(number, change, county)
    return (birth if register == "births" else visit)(number, change, county, month)


def random_snapshots(rng: random.Random) -> Snapshots:
    """A few months of three registers in two counties, with gaps, withdrawals, returns and re-deliveries; few rows a file."""
    snapshots: Snapshots = {}
    for county in (COUNTY, OTHER_COUNTY):
        for month in MONTHS:
            for register in KEYS:
                if rng.random() < 0.3:
                    continue
                versions = []
                for _ in range(1 + (rng.random() < 0.4)):
                    chosen = rng.sample(range(9), rng.randint(0, 8))
                    versions.append([made(register, county, month, n, rng.choice([0, 0, 1])) for n in chosen])
                snapshots[register, county, month] = versions
    return snapshots


def scope(register: str, month: str) -> str:
    if register == "inspections":
        return f"{month[:4]}-{month[4:]}"
    return "all" if register == "population" else str(policy_year(first_of(month)))


def expected_history(snapshots: Snapshots) -> dict[str, set[tuple[str, str, Interval]]]:
    """(county, scope, (row, from, to)) per register: maximal runs of snapshots in which a row stands, in plain Python."""
    history: dict[str, set[tuple[str, str, Interval]]] = {register: set() for register in KEYS}
    places = {(register, county, scope(register, month)) for register, county, month in snapshots}
    for register, county, where in places:
        months = sorted(m for r, c, m in snapshots if (r, c) == (register, county) and scope(register, m) == where)
        standing: dict[str, date] = {}
        for month in months:
            here = {row[KEYS[register]] for row in snapshots[register, county, month][-1]}
            for row in set(standing) - here:
                history[register].add((county, where, (row, standing.pop(row), first_of(month))))
            for row in here - set(standing):
                standing[row] = first_of(month)
        history[register] |= {(county, where, (row, since, None)) for row, since in standing.items()}
    return history


def found_history(home: Home) -> dict[str, set[tuple[str, str, Interval]]]:
    answer = {}
    for register, key in KEYS.items():
        rows = home.ask(f"select _area, _scope, {key}::varchar, _valid_from, _valid_to from raw.{register}")
        answer[register] = {(area, where, (row, since, until)) for area, where, row, since, until in rows}
        assert len(answer[register]) == len(rows)
    return answer


def files_of(snapshots: Snapshots) -> list[tuple[str, list[Row]]]:
    """Name and rows of every delivery, in order."""
    return [
        (f"{register}_{county}_{month}{f'_{number}' if number else ''}.csv", rows)
        for (register, county, month), versions in sorted(snapshots.items(), key=lambda item: item[0][2])
        for number, rows in enumerate(versions)
    ]


def write(home: Home, snapshots: Snapshots) -> list[Path]:
    return [home.rows(name, rows) for name, rows in files_of(snapshots)]


def land_in_order(home: Home, paths: list[Path]) -> list[Any]:
    with landing(home.settings) as lander:
        return [outcome for path in paths for outcome in lander.land_all([path])]


version = st.dictionaries(st.integers(0, 5), st.integers(0, 1), max_size=5)  # number -> state of the rows in a file
places = st.tuples(st.sampled_from(list(KEYS)), st.sampled_from([COUNTY, OTHER_COUNTY]), st.sampled_from(MONTHS))
contents = st.dictionaries(places, st.lists(version, min_size=1, max_size=3), min_size=2, max_size=9)


@given(contents=contents, data=st.data())
@settings(max_examples=15, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_and_any_repetition_give_the_same_history(
    contents: dict[tuple[str, str, str], list[dict[int, int]]], data: st.DataObject, with_areas: Path
) -> None:
    snapshots: Snapshots = {
        place: [[made(*place, number, change) for number, change in rows.items()] for rows in versions]
        for place, versions in contents.items()
    }
    files = files_of(snapshots)
    shuffled = data.draw(st.permutations(files), "order") + data.draw(
        st.lists(st.sampled_from(files), max_size=4), "repeated"
    )
    expected = expected_history(snapshots)
    with TemporaryDirectory() as folder:
        hashes = []
        for number, order in enumerate((files, shuffled)):
            home = home_like(with_areas, Path(folder) / str(number))
            outcomes = land_in_order(home, [home.rows(name, rows) for name, rows in order])
            assert {o.status for o in outcomes} <= {"landed", "superseded", "duplicate"}
            assert found_history(home) == expected
            assert home.ask("select * from landing.deliveries where rows_in <> rows_landed + rows_unchanged") == []
            hashes.append(home.hashes(KEYS))
    assert hashes[0] == hashes[1]


def test_the_past_can_be_read_as_it_was_delivered(home: Home) -> None:
    snapshots = random_snapshots(random.Random(99))
    land_in_order(home, write(home, snapshots))
    for (register, county, month), versions in snapshots.items():
        rows = home.ask(
            f"""select {KEYS[register]}::varchar from raw.{register}
                where _area = '{county}' and _scope = '{scope(register, month)}'
                and _valid_from <= date '{first_of(month)}' and (_valid_to is null or _valid_to > date '{first_of(month)}')"""
        )
        assert sorted(row for (row,) in rows) == sorted(row[KEYS[register]] for row in versions[-1])


@pytest.mark.parametrize("seed", range(4))
def test_every_landing_can_be_read_as_it_was_known_then(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    home = Home(tmp_path / "home")
    home.land(home.areas("201310"))
    paths = write(home, random_snapshots(rng))
    rng.shuffle(paths)
    known: dict[int, dict[str, str]] = {}
    for path in paths:
        outcome = home.land(path)[0]
        if outcome.status == "landed":
            known[outcome.delivery or 0] = home.hashes()
    assert len(known) > 5
    for delivery, hashes in known.items():
        assert {name: f["history_hash"] for name, f in history(home.settings, delivery).items()} == hashes
    assert len({tuple(hashes.values()) for hashes in known.values()}) > 5
    assert all(f["versions"] == 0 for f in history(home.settings, date(2000, 1, 1)).values())
    assert history(home.settings, now().date()) == history(home.settings)


def test_a_delivery_that_was_accepted_late_counts_from_then_on(home: Home) -> None:
    home.land(population(home, "201408", list(range(1, 31))))
    (held,) = home.land(population(home, "201409", [1]))
    (later,) = home.land(population(home, "201410", list(range(1, 31))))
    before = history(home.settings)["population"]
    with landing(home.settings) as lander:
        lander.accept(held.delivery or 0, by="office", reason="confirmed")
    assert history(home.settings, later.delivery)["population"] == before
    assert history(home.settings, held.delivery)["population"] == history(home.settings)["population"] != before


def test_the_history_as_of_a_delivery_that_never_landed_is_refused(home: Home) -> None:
    with pytest.raises(Refusal, match="not_landed"):
        history(home.settings, 4711)


def test_a_warehouse_of_version_0_1_is_given_landing_numbers(home: Home) -> None:
    home.land(population(home, "201408", [1, 2]), population(home, "201409", [2]))
    figures = history(home.settings)
    with duckdb.connect(str(home.settings.warehouse)) as connection:
        connection.execute("delete from landing.settings where name = 'layout'")
        connection.execute("alter table landing.deliveries drop column landing")
        for name in REGISTERS:
            connection.execute(f"alter table raw.{name} drop column _recorded")
    home.land(population(home, "201410", [2]))
    assert home.ask("select landing from landing.deliveries order by delivery") == [(1,), (2,), (3,), (4,)]
    assert history(home.settings, 3) == figures


def test_a_contract_may_gain_and_lose_a_column(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.land(population(home, "201408", [1, 2]), population(home, "201409", [2, 3]))
    before = history(home.settings)["population"]
    register = REGISTERS["population"].model_dump()
    register["columns"].append({"name": "note", "zh": ["备注"], "description": "a remark"})
    wider = REGISTERS | {"population": Register.model_validate(register)}
    monkeypatch.setattr(deliver, "load_contracts", lambda project: wider)
    text = csv_text("population", [person(n, 0, COUNTY) for n in (2, 3)]).splitlines()
    text = [f"{text[0]},备注", f"{text[1]},a", f"{text[2]},"]
    home.land(home.put(f"population_{COUNTY}_201410.csv", "\n".join(text) + "\n"))
    standing = "select registered_at, note from raw.population where _valid_to is null order by 1"
    assert home.ask(standing) == [(date(2013, 1, 3), "a"), (date(2013, 1, 4), None)]
    assert history(home.settings, 3)["population"] == before
    monkeypatch.setattr(deliver, "load_contracts", lambda project: REGISTERS)
    home.land(population(home, "201411", [2, 3]))
    assert home.ask(standing) == [(date(2013, 1, 3), None), (date(2013, 1, 4), None)]
    assert home.ask("select note from raw.population where note is not null") == [("a",)]


def test_other_content_gives_another_hash(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other", key_file=home.settings.key_path)
    for place, change in ((home, 0), (other, 1)):
        place.land(place.areas("201407"), place.rows(f"population_{COUNTY}_201408.csv", [person(1, change, COUNTY)]))
    one, two = home.hashes(), other.hashes()
    assert one["population"] != two["population"]
    assert one["areas"] == two["areas"]


def population(home: Home, month: str, numbers: list[int], suffix: str = "") -> Path:
    return home.rows(f"population_{COUNTY}_{month}{suffix}.csv", [person(n, 0, COUNTY) for n in numbers])


def test_a_redelivery_supersedes_and_never_adds(home: Home) -> None:
    first, second = population(home, "201408", [1, 2, 3]), population(home, "201408", [2, 3, 4], "_1")
    home.land(first)
    (outcome,) = home.land(second)
    assert (outcome.status, outcome.rows_landed, outcome.rows_unchanged, outcome.rows_closed) == ("landed", 1, 2, 1)
    assert home.ask("select count(*), count(_valid_to) from raw.population") == [(3, 0)]
    assert home.ask("select redelivery, status from landing.deliveries where register = 'population' order by 1") == [
        (0, "superseded"), (1, "landed")]  # fmt: skip


def test_an_older_redelivery_that_comes_late_changes_nothing(home: Home) -> None:
    home.land(population(home, "201408", [1, 2], "_2"))
    before = home.hashes()
    (outcome,) = home.land(population(home, "201408", [5, 6], "_1"))
    assert outcome.status == "superseded"
    assert "re-delivery 2" in (outcome.reason or "")
    assert home.hashes() == before


def test_the_same_bytes_under_another_name_are_a_duplicate(home: Home) -> None:
    home.land(population(home, "201408", [1, 2]))
    before = home.hashes()
    (outcome,) = home.land(population(home, "201408", [1, 2], "_1"))
    assert (outcome.status, outcome.known) == ("duplicate", False)
    assert "same_content" in (outcome.reason or "")
    assert home.hashes() == before


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_bytes_that_come_back_under_a_later_number_are_in_force_in_any_order(
    order: tuple[int, ...], home: Home
) -> None:
    paths = [
        population(home, "201408", [1, 2]),
        population(home, "201408", [2, 3], "_1"),
        population(home, "201408", [1, 2], "_2"),
    ]
    land_in_order(home, [paths[number] for number in order])
    assert home.ask("select registered_at from raw.population where _valid_to is null order by 1") == [
        (date(2013, 1, 2),), (date(2013, 1, 3),)]  # fmt: skip


def test_other_content_under_a_number_that_has_landed_is_refused_and_told_the_next(home: Home) -> None:
    path = population(home, "201408", [1, 2])
    home.land(path)
    before = home.hashes()
    path.write_text(csv_text("population", [person(9, 0, COUNTY)]), encoding="gb18030")
    (outcome,) = home.land(path)
    assert outcome.status == "refused"
    assert "same_number" in (outcome.reason or "")
    assert "send it as re-delivery 1" in (outcome.reason or "")
    assert home.hashes() == before


def test_files_of_one_name_from_two_folders_each_have_an_outcome(home: Home, tmp_path: Path) -> None:
    one = population(home, "201408", [1, 2])
    two = tmp_path / one.name
    two.write_text(csv_text("population", [person(9, 0, COUNTY)]), encoding="gb18030")
    assert [outcome.status for outcome in home.land(one, two)] == ["landed", "refused"]


def test_a_window_withdraws_within_its_policy_year_and_leaves_the_others_alone(home: Home) -> None:
    september = home.rows(f"births_{COUNTY}_201409.csv", [birth(n, 0, COUNTY, "201409") for n in (1, 2, 3)])
    october = home.rows(f"births_{COUNTY}_201410.csv", [birth(n, 0, COUNTY, "201410") for n in (4, 5)])
    november = home.rows(f"births_{COUNTY}_201411.csv", [birth(4, 0, COUNTY, "201411")])
    home.land(september, october, november)
    assert home.ask("select _scope, birth_no, _valid_to from raw.births order by birth_no") == [
        ("2014", f"B{COUNTY}-1-0-2013", None), ("2014", f"B{COUNTY}-2-0-2013", None), ("2014", f"B{COUNTY}-3-0-2013", None),
        ("2015", f"B{COUNTY}-4-0-2014", None), ("2015", f"B{COUNTY}-5-0-2014", date(2014, 11, 1))]  # fmt: skip


def test_an_empty_window_lands_with_counts_of_zero(home: Home) -> None:
    (outcome,) = home.land(home.rows(f"births_{COUNTY}_201410.csv", []))
    assert (outcome.status, outcome.rows_in, outcome.rows_landed, outcome.rows_unchanged, outcome.rows_closed) == (
        "landed",
        0,
        0,
        0,
        0,
    )


def test_a_version_knows_who_opened_and_who_closed_it(home: Home) -> None:
    home.land(population(home, "201408", [1, 2]), population(home, "201409", [2]))
    rows = home.ask(
        """select o.file_name, c.file_name from raw.population left join landing.deliveries o on o.delivery = _opened_by
            left join landing.deliveries c on c.delivery = _closed_by order by registered_at"""
    )
    assert rows == [
        (f"population_{COUNTY}_201408.csv", f"population_{COUNTY}_201409.csv"),
        (f"population_{COUNTY}_201408.csv", None),
    ]


def test_identical_rows_and_repeated_keys_land_once(home: Home) -> None:
    rows = [birth(1, 0, COUNTY, "201410"), birth(2, 0, COUNTY, "201410")]
    rows += [rows[0], rows[1] | {"sex": "男"} if rows[1]["sex"] == "女" else rows[1] | {"sex": "女"}]
    (outcome,) = home.land(home.rows(f"births_{COUNTY}_201410.csv", rows))
    assert (outcome.rows_in, outcome.rows_landed, outcome.rows_quarantined) == (4, 2, 2)
    assert home.ask("select line, column_name, rule from landing.quarantine order by line") == [
        (4, "", "duplicate_row"), (5, "birth_no", "duplicate_key")]  # fmt: skip


def test_a_person_may_stand_twice_on_the_register_with_other_content(home: Home) -> None:
    (outcome,) = home.land(home.rows(f"population_{COUNTY}_201408.csv", [person(1, 0, COUNTY), person(1, 1, COUNTY)]))
    assert (outcome.rows_landed, outcome.rows_quarantined) == (2, 0)


def test_without_an_area_register_a_county_waits_and_is_taken_later(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    path = population(home, "201408", [1, 2])
    (outcome,) = home.land(path)
    assert outcome.status == "refused"
    assert "areas_<city6>_<yyyymm>" in (outcome.reason or "")
    outcomes = home.land(path, home.areas("201409"))
    assert [o.status for o in outcomes] == ["landed", "landed"]
    assert home.ask("select count(*) from landing.deliveries where status = 'refused'") == [(0,)]


def test_a_county_outside_the_city_is_refused_with_the_known_ones(home: Home) -> None:
    (outcome,) = home.land(home.rows("population_990199_201408.csv", [person(1, 0, COUNTY)]))
    assert outcome.status == "refused"
    assert f"known: {COUNTY}, {OTHER_COUNTY}" in (outcome.reason or "")


def test_a_county_that_joins_the_city_later_is_taken_on_another_try(home: Home) -> None:
    path = home.rows("population_990103_201408.csv", [person(1, 0, "990103")])
    assert home.land(path)[0].status == "refused"
    new = area_rows()[1] | {"area": "990103000000"}
    home.land(home.rows("areas_990100_201408.csv", [*area_rows(), new]))
    assert home.land(path)[0].status == "landed"


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe\x00", "身份证号,姓名\n".encode("gb18030")], ids=["empty", "undecodable", "columns"]
)
def test_a_refused_file_is_kept_in_the_ledger_and_the_archive_and_is_not_tried_again(data: bytes, home: Home) -> None:
    path = home.put(f"population_{COUNTY}_201408.csv", data)
    (outcome,) = home.land(path)
    assert (outcome.status, outcome.known) == ("refused", False)
    (again,) = home.land(path)
    assert (again.status, again.known, again.reason) == ("refused", True, outcome.reason)
    assert len(list(p for p in home.settings.archive.rglob("*") if p.suffix == ".age")) == 2
    path.write_text(csv_text("population", [person(1, 0, COUNTY)]), encoding="gb18030")
    assert home.land(path)[0].status == "landed"
