"""Held: a delivery that looks wrong changes nothing until someone accepts it or a better one comes."""

import shutil
from pathlib import Path

import duckdb
import pytest

from orchestration.errors import LandingFailed, Refusal
from orchestration.landing import deliver
from orchestration.landing.deliver import landing
from orchestration.landing.ledger import Outcome
from orchestration.quality.limits import limits_of
from orchestration.quality.suites import load_suites
from orchestration.settings import Settings
from tests.landing_kit import COUNTY, REGISTERS, Home, csv_text, good_rows


@pytest.fixture(scope="module", name="start")
def _start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Areas and one good month of births (40) have landed."""
    home = Home(tmp_path_factory.mktemp("start") / "home")
    home.land(home.areas("201410"), home.rows(f"births_{COUNTY}_201503.csv", good_rows("births", 40)))
    shutil.rmtree(home.settings.inbox)
    return home.settings.root


@pytest.fixture(name="home")
def _home(start: Path, tmp_path: Path) -> Home:
    shutil.copytree(start, tmp_path / "home")
    return Home(tmp_path / "home")


def fallen(home: Home) -> Path:
    return home.rows(f"births_{COUNTY}_201504.csv", good_rows("births", 30))


def many_bad(home: Home) -> Path:
    rows = [row | {"parity": "0"} if n < 5 else row for n, row in enumerate(good_rows("births", 50))]
    return home.rows(f"births_{COUNTY}_201504.csv", rows)


def other_code_book(home: Home) -> Path:
    rows = [row | {"area": f"{COUNTY}001{900 + n}"} if n < 25 else row for n, row in enumerate(good_rows("births", 50))]
    return home.rows(f"births_{COUNTY}_201504.csv", rows)


def swapped(home: Home) -> Path:
    """Sex under the header of the policy status and the other way round."""
    rows = [row | {"sex": row["policy_status"], "policy_status": row["sex"]} for row in good_rows("births", 50)]
    return home.rows(f"births_{COUNTY}_201504.csv", rows)


def wholly_bad(home: Home) -> Path:
    rows = [row | {"parity": "0"} for row in good_rows("births", 50)]
    return home.rows(f"births_{COUNTY}_201504.csv", rows)


BIRTHS_CHECKS = len(limits_of(REGISTERS["births"])) + len(load_suites(Settings().expectations)["births"])
CASES = {
    swapped: "the headers of 性别 (sex) and 政策属性 (policy_status) seem to be swapped",
    wholly_bad: "too_many_bad_rows: 50 of 50 rows were quarantined, the limit is 5%",
    fallen: "row_count_fell: 30 rows after 40",
    many_bad: "too_many_bad_rows: 5 of 50 rows",
    other_code_book: "gate: births_area_mostly_known (25 of 50)",
}


@pytest.mark.parametrize("spoil", CASES, ids=lambda spoil: spoil.__name__)
def test_a_delivery_that_looks_wrong_is_held_and_changes_no_history(spoil: object, home: Home) -> None:
    before = home.hashes()
    (outcome,) = home.land(spoil(home))  # type: ignore[operator]
    assert outcome.status == "held"
    assert CASES[spoil] in (outcome.reason or "")  # type: ignore[index]
    assert "under the next number" in (outcome.reason or ""), "what to do"
    assert ("swapped" in (outcome.reason or "")) == (spoil is swapped)
    assert home.hashes() == before
    assert (outcome.rows_landed, outcome.rows_unchanged) == (None, None)
    ledger = home.ask(
        f"select status, rows_in, rows_quarantined, landed_at from landing.deliveries where delivery = {outcome.delivery}"
    )
    assert ledger == [("held", outcome.rows_in, outcome.rows_quarantined, None)]
    assert home.ask(f"select count(*) from quality.results where delivery = {outcome.delivery}") == [(BIRTHS_CHECKS,)]
    assert home.ask(f"select count(distinct line) from landing.quarantine where delivery = {outcome.delivery}") == [
        (outcome.rows_quarantined,)
    ]
    (again,) = home.land(home.settings.inbox / outcome.file)
    assert (again.status, again.known) == ("held", True)


def hold(home: Home) -> Outcome:
    (outcome,) = home.land(other_code_book(home))
    return outcome


def test_a_failed_gate_opens_one_alert_which_the_next_good_delivery_resolves(home: Home) -> None:
    held = hold(home)
    alerts = (
        "select check_id, status, opened_by, resolved_by, unexpected from quality.alerts "
        "where check_id = 'births_area_mostly_known'"
    )
    assert held.gate == "fail"
    assert home.ask(alerts) == [("births_area_mostly_known", "open", held.delivery, None, 25)]
    (still,) = home.land(
        home.rows(f"births_{COUNTY}_201504_1.csv", [r | {"area": f"{COUNTY}001950"} for r in good_rows("births", 50)])
    )
    assert still.status == "held"
    assert home.ask(alerts) == [("births_area_mostly_known", "open", held.delivery, None, 50)]
    (good,) = home.land(home.rows(f"births_{COUNTY}_201504_2.csv", good_rows("births", 50)))
    assert (good.status, good.gate) == ("landed", "pass")
    assert home.ask(alerts) == [("births_area_mostly_known", "resolved", held.delivery, good.delivery, 50)]


@pytest.mark.parametrize(
    ("spoil", "check"), [(fallen, "births_row_count"), (many_bad, "births_bad_rows")], ids=["fallen", "many_bad"]
)
def test_a_limit_of_the_contract_opens_an_alert_as_a_threshold_does(home: Home, spoil: object, check: str) -> None:
    (held,) = home.land(spoil(home))  # type: ignore[operator]
    alerts = f"select status, opened_by, resolved_by from quality.alerts where check_id = '{check}'"
    assert home.ask(alerts) == [("open", held.delivery, None)]
    sentence = home.ask(f"select sentence_zh, expectation from quality.checks where check_id = '{check}'")
    assert sentence[0][0].endswith("批次暂扣")
    assert sentence[0][1] == "LandingLimit"
    (good,) = home.land(home.rows(f"births_{COUNTY}_201504_1.csv", good_rows("births", 50)))
    assert home.ask(alerts) == [("resolved", held.delivery, good.delivery)]


def test_an_alert_of_a_check_that_is_gone_is_resolved_and_told(home: Home) -> None:
    """No delivery would ever mend it: a threshold that got another name is such a check."""
    (held,) = home.land(fallen(home))
    with duckdb.connect(str(home.settings.warehouse)) as warehouse:
        for table in ("checks", "alerts"):
            warehouse.execute(
                f"update quality.{table} set check_id = 'births_of_old' where check_id = 'births_row_count'"
            )
    home.land(home.rows(f"deaths_{COUNTY}_201504.csv", good_rows("deaths", 50)))
    found = home.ask("select status, resolved_by from quality.alerts where check_id = 'births_of_old'")
    assert found == [("resolved", None)]
    told = """select kind, delivery from quality.alert_events where alert in (
        select alert from quality.alerts where check_id = 'births_of_old') order by event"""
    assert home.ask(told) == [("opened", held.delivery), ("resolved", held.delivery)]


def test_a_redelivery_may_go_back_to_the_first_content(home: Home) -> None:
    """0 = A, 1 = B, 2 = A: what counts is what is in force, not what was ever delivered."""
    first, second = good_rows("births", 50), good_rows("births", 51)
    outcomes = [
        home.land(home.rows(f"births_{COUNTY}_201504{number}.csv", rows))[0]
        for number, rows in (("", first), ("_1", second), ("_2", first), ("_3", first))
    ]
    assert [outcome.status for outcome in outcomes] == ["landed", "landed", "landed", "duplicate"]
    assert home.ask("select count(*) from raw.births where _valid_to is null") == [(50,)]


def test_a_second_citys_areas_are_refused(home: Home) -> None:
    first = home.areas("201504")
    other = first.with_name("areas_990200_201504.csv")
    shutil.copy(first, other)
    (outcome,) = home.land(other)
    assert outcome.status == "refused"
    assert "unknown_area" in (outcome.reason or "")
    assert "give it a home of its own" in (outcome.reason or "")


def test_an_earlier_month_does_not_resolve_a_later_ones_alert(home: Home) -> None:
    hold(home)
    home.land(home.rows(f"births_{COUNTY}_201503_1.csv", good_rows("births", 41)))
    assert home.ask("select status from quality.alerts where check_id = 'births_area_mostly_known'") == [("open",)]


def test_a_held_delivery_may_be_accepted_with_who_and_why(home: Home) -> None:
    held = hold(home)
    (home.settings.inbox / held.file).unlink()
    with landing(home.settings) as lander:
        outcome = lander.accept(held.delivery or 0, by="statistics office", reason="boundary change")
    assert (outcome.status, outcome.delivery, outcome.rows_landed, outcome.rows_unchanged) == (
        "landed",
        held.delivery,
        35,
        15,
    )
    ledger = f"select status, reason, gate, accepted_by, accept_reason from landing.deliveries where delivery = {held.delivery}"
    assert home.ask(ledger) == [
        ("landed", None, "fail", "statistics office", "boundary change")]  # fmt: skip
    assert home.ask(
        f"select count(*), count(distinct check_id) from quality.results where delivery = {held.delivery}"
    ) == [(BIRTHS_CHECKS, BIRTHS_CHECKS)]
    assert home.ask("select count(*) from quality.alerts where check_id = 'births_area_mostly_known'") == [(1,)]
    with landing(home.settings) as lander, pytest.raises(Refusal, match="not_held"):
        lander.accept(held.delivery or 0, by="x", reason="twice")


def test_what_is_accepted_gives_the_same_history_as_if_it_had_landed(home: Home, tmp_path: Path) -> None:
    straight = Home(tmp_path / "straight", key_file=home.settings.key_path)
    straight.land(straight.areas("201410"), fallen(straight))
    held = home.land(fallen(home))[0]
    home.land(home.rows(f"births_{COUNTY}_201505.csv", good_rows("births", 45)))
    straight.land(straight.rows(f"births_{COUNTY}_201505.csv", good_rows("births", 45)))
    straight.land(straight.rows(f"births_{COUNTY}_201503.csv", good_rows("births", 40)))
    with landing(home.settings) as lander:
        lander.accept(held.delivery or 0, by="office", reason="all withdrawn")
    assert home.hashes() == straight.hashes()


def drifted(home: Home, gone: str, new: str = "民族") -> Path:
    """A month of births with one column under an unknown header."""
    text = csv_text("births", good_rows("births", 40))
    return home.put(f"births_{COUNTY}_201504.csv", text.replace(gone, new, 1))


def test_a_header_that_drifted_is_held_with_a_report_and_can_be_accepted(home: Home) -> None:
    before = home.hashes()
    (held,) = home.land(drifted(home, "母亲出生日期"))
    assert held.status == "held"
    assert "column 7 '民族' is unknown" in (held.reason or "")
    assert "missing: 母亲出生日期 (mother_birth_date)" in (held.reason or "")
    assert home.hashes() == before
    with landing(home.settings) as lander:
        accepted = lander.accept(held.delivery or 0, by="office", reason="the new form was announced by letter")
    assert (accepted.status, accepted.rows_in, accepted.rows_quarantined) == ("landed", 40, 0)
    assert home.ask("select count(*), count(mother_birth_date) from raw.births where _valid_to is null") == [(40, 0)]


def test_a_header_without_a_required_column_stays_held_until_a_better_file_comes(home: Home) -> None:
    (held,) = home.land(drifted(home, "孩次"))
    assert held.status == "held"
    with landing(home.settings) as lander, pytest.raises(Refusal, match=r"missing: 孩次 \(parity\)"):
        lander.accept(held.delivery or 0, by="office", reason="never mind")
    (outcome,) = home.land(home.rows(f"births_{COUNTY}_201504_1.csv", good_rows("births", 40)))
    assert outcome.status == "landed"
    assert home.ask(f"select status from landing.deliveries where delivery = {held.delivery}") == [("superseded",)]


def test_a_redelivery_replaces_a_held_one(home: Home) -> None:
    held = hold(home)
    (good,) = home.land(home.rows(f"births_{COUNTY}_201504_1.csv", good_rows("births", 50)))
    assert good.status == "landed"
    assert home.ask(f"select status from landing.deliveries where delivery = {held.delivery}") == [("superseded",)]
    with landing(home.settings) as lander, pytest.raises(Refusal, match="not_held"):
        lander.accept(held.delivery or 0, by="x", reason="late")


def test_a_later_redelivery_that_is_held_is_not_replaced_by_an_earlier_one(home: Home) -> None:
    rows = [row | {"area": f"{COUNTY}001950"} for row in good_rows("births", 50)]
    (held,) = home.land(home.rows(f"births_{COUNTY}_201504_2.csv", rows))
    (earlier,) = home.land(home.rows(f"births_{COUNTY}_201504_1.csv", good_rows("births", 50)))
    assert (held.status, earlier.status) == ("held", "landed")
    with landing(home.settings) as lander:
        assert lander.accept(held.delivery or 0, by="office", reason="new code book").status == "landed"
    assert home.ask("select check_id, status, resolved_by from quality.alerts where severity = 'fail'") == [
        ("births_area_mostly_known", "open", None)]  # fmt: skip
    assert home.ask("select redelivery, status from landing.deliveries where month = '2015-04-01' order by 1") == [
        (1, "superseded"), (2, "landed")]  # fmt: skip


def test_a_file_of_a_few_rows_may_shrink(home: Home) -> None:
    home.land(home.rows(f"deaths_{COUNTY}_201503.csv", good_rows("deaths", 10)))
    (outcome,) = home.land(home.rows(f"deaths_{COUNTY}_201504.csv", good_rows("deaths", 2)))
    assert outcome.status == "landed"


def test_a_new_policy_year_begins_small(home: Home) -> None:
    (outcome,) = home.land(home.rows(f"births_{COUNTY}_201510.csv", good_rows("births", 2, month="2015-10")))
    assert outcome.status == "landed"


def test_a_warning_lets_the_delivery_land_and_is_recorded(home: Home) -> None:
    rows = [row | {"institution": ""} if n < 20 else row for n, row in enumerate(good_rows("births", 50))]
    (outcome,) = home.land(home.rows(f"births_{COUNTY}_201504.csv", rows))
    assert (outcome.status, outcome.gate) == ("landed", "warn")
    assert home.ask(
        "select check_id, elements, unexpected, observed, threshold from quality.results "
        f"where delivery = {outcome.delivery} and status = 'warn'"
    ) == [("births_institution_complete", 50, 20, 0.6, 0.9)]


def test_an_empty_delivery_has_counts_of_zero_in_its_results(home: Home) -> None:
    (outcome,) = home.land(home.rows(f"births_{COUNTY}_201510.csv", []))
    assert (outcome.status, outcome.gate) == ("landed", "warn")
    assert home.ask(
        f"select count(*) from quality.results where delivery = {outcome.delivery} and (unexpected is null or elements <> 0)"
        " and check_id <> 'births_readable'"
    ) == [(0,)]


def test_a_disk_that_is_full_commits_nothing_and_says_no_word_of_content(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (home.hashes(), home.ask("select * from landing.deliveries"))

    def full(*arguments: object) -> None:
        raise deliver.duckdb.IOException("could not write CANARY to disk")

    monkeypatch.setattr(deliver.ledger, "record_quarantine", full)
    with pytest.raises(LandingFailed, match=r"nothing of it was committed \(IOException\)") as caught:
        home.land(home.rows(f"births_{COUNTY}_201504.csv", good_rows("births", 50)))
    assert "CANARY" not in str(caught.value)
    assert (home.hashes(), home.ask("select * from landing.deliveries")) == before
    monkeypatch.undo()
    assert home.land(home.settings.inbox / f"births_{COUNTY}_201504.csv")[0].status == "landed"


def test_an_archive_that_cannot_be_written_is_told(home: Home) -> None:
    shutil.rmtree(home.settings.archive)
    home.settings.archive.write_bytes(b"a file where a folder should be")
    with pytest.raises(LandingFailed, match="archive"):
        home.land(home.rows(f"births_{COUNTY}_201504.csv", good_rows("births", 50)))
