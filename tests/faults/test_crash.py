"""kill -9 while landing: what was half done is as if it had never begun, and the rest lands on the next try."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from warm_landing import LANDED, WarmLanding

from tests.landing_kit import COUNTY, OTHER_COUNTY, Home, good_rows

ATTEMPTS = 6
KILLS, PARTS = 200, 4  # parts, so that several test processes share them
LEDGER = """select delivery, file_name, redelivery, sha256, status, reason, gate, rows_in, rows_landed, rows_unchanged,
    rows_quarantined, rows_closed from landing.deliveries order by delivery"""
QUARANTINE = "select delivery, line, column_name, rule from landing.quarantine order by all"
RESULTS = "select * exclude (checked_at) from quality.results order by all"
ALERTS = "select * exclude (opened_at) from quality.alerts order by all"
OUTBOX = "select * exclude (happened_at) from quality.alert_events order by all"
ARCHIVE, DELIVER, INBOX, LAND, LEDGER_PY = (
    f"orchestration.landing.{name}" for name in ("archive", "deliver", "inbox", "land", "ledger")
)
POINTS = [
    (f"{DELIVER}:bind_key", "before", 1),
    (f"{ARCHIVE}:Archive.keep", "after", 3),
    (f"{ARCHIVE}:Archive._seal", "after", 2),
    ("orchestration.landing.seal:ArchiveKey.seal", "after", 4),
    (f"{ARCHIVE}:Archive.remember", "before", 3),
    (f"{INBOX}:_take_away", "after", 3),
    (f"{INBOX}:_take_away", "before", 5),
    (f"{LAND}:plan", "after", 2),
    (f"{LAND}:apply", "after", 1),
    (f"{LAND}:apply", "after", 4),
    (f"{LEDGER_PY}:record_delivery", "after", 5),
    (f"{DELIVER}:record_results", "after", 2),  # all is written, nothing committed
    (f"{DELIVER}:Lander._commit", "after", 3),  # committed, and perhaps only in the write-ahead log
    (f"{DELIVER}:Lander.land_all", "after", 1),  # all is committed, the warehouse not closed
]


def before(home: Home) -> list[Path]:
    """Areas, and the month before of four registers."""
    paths = [home.areas("201407")]
    for county in (COUNTY, OTHER_COUNTY):
        paths.append(home.rows(f"population_{county}_201410.csv", good_rows("population", 300, county)))
        for register in ("births", "deaths", "birth_certificates"):
            paths.append(home.rows(f"{register}_{county}_201410.csv", good_rows(register, 40, county, "2014-10")))
    return paths


def month(home: Home) -> list[Path]:
    """A month's deliveries: changed, corrected, partly bad, held, the same again, and unreadable."""
    paths = [home.rows(f"births_{COUNTY}_201411.csv.gz", good_rows("births", 45, COUNTY, "2014-10"))]
    corrected = good_rows("births", 44, COUNTY, "2014-10", start=15)
    paths.append(home.rows(f"births_{COUNTY}_201411_1.csv", corrected))
    deaths = good_rows("deaths", 60, COUNTY, "2014-10")
    deaths[7] |= {"sex": "?"}
    deaths[9] |= {"death_date": "2014-02-30"}
    paths.append(home.rows(f"deaths_{COUNTY}_201411.csv", deaths))
    paths.append(home.rows(f"deaths_{OTHER_COUNTY}_201411.csv", good_rows("deaths", 20, OTHER_COUNTY, "2014-10")))
    certificates = good_rows("birth_certificates", 50, COUNTY, "2014-10")
    paths.append(home.rows(f"birth_certificates_{COUNTY}_201411.csv", certificates))
    paths.append(home.rows(f"birth_certificates_{COUNTY}_201411_1.csv", certificates))
    paths.append(home.put(f"birth_certificates_{OTHER_COUNTY}_201411.csv", b"\xff\xfe\x00"))
    return paths


def state(home: Home) -> dict[str, Any]:
    """All that must not depend on what happened on the way; times are left out."""
    with duckdb.connect(str(home.settings.warehouse)) as connection:
        answers = {sql: connection.execute(sql).fetchall() for sql in (LEDGER, QUARANTINE, RESULTS, ALERTS, OUTBOX)}
    archive = sorted(path.name for path in home.settings.archive.rglob("*") if path.is_file())
    inbox = sorted(path.name for path in home.settings.inbox.iterdir())
    return {**answers, "hashes": home.hashes(LANDED), "archive": archive, "inbox": inbox}


class Template:
    """A home that waits for a month, and what stands in it after an undisturbed run of `seconds`."""

    def __init__(self, root: Path, land: WarmLanding) -> None:
        self.land = land
        home = Home(root / "template" / "home")
        before(home)
        assert land(home.settings.root)["code"] == 0
        shutil.rmtree(home.settings.inbox)
        self.root = home.settings.root
        runs = [self.copy(root / f"undisturbed{number}") for number in range(5)]
        self.seconds = min(land(run.settings.root)["seconds"] for run in runs)
        self.expected = state(runs[0])

    def copy(self, to: Path) -> Home:
        """A copy of the home with the month's files in its inbox."""
        shutil.copytree(self.root, to)
        home = Home(to)
        month(home)
        return home

    def struck(self, home: Home, **death: Any) -> bool:
        """Land, be killed, land again without disturbance: everything is as if nothing had happened."""
        answer = self.land(home.settings.root, **death)
        if not answer["killed"]:
            self.seconds = min(self.seconds, answer["seconds"])
        again = self.land(home.settings.root)
        assert again["code"] == 0, death
        found = state(home)
        assert {k: v for k, v in found.items() if v != self.expected[k]} == {}, death
        return bool(answer["killed"])


@pytest.fixture(scope="module", name="template")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    with WarmLanding() as land:
        yield Template(tmp_path_factory.mktemp("crash"), land)


def test_the_month_holds_every_kind_of_outcome(template: Template) -> None:
    of_month = [row for row in template.expected[LEDGER] if "_201411" in row[1]]
    assert {row[4] for row in of_month} == {"landed", "superseded", "held", "duplicate", "refused"}
    assert len(template.expected[QUARANTINE]) == 2
    assert sum(row[11] or 0 for row in of_month) > 10, "rows are closed, not only opened"
    assert set(template.expected["hashes"]) == set(LANDED)


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_any_moment_and_run_again_gives_the_undisturbed_state(
    part: int, template: Template, tmp_path: Path
) -> None:
    rng = random.Random(part)
    for number in range(KILLS // PARTS):
        place = (number + rng.random()) / (KILLS // PARTS)
        for _ in range(ATTEMPTS):  # a kill that comes too late is no kill: the next one aims at what that run took
            home = template.copy(tmp_path / "home")
            killed = template.struck(home, after=place * template.seconds)
            shutil.rmtree(home.settings.root)
            if killed:
                break
        else:
            pytest.fail(f"{ATTEMPTS} kills came too late: the machine's speed varies too much to aim")


@pytest.mark.parametrize(("at", "side", "call"), POINTS, ids=lambda value: str(value).rsplit(":", 1)[-1])
def test_killed_at_a_named_point(at: str, side: str, call: int, template: Template, tmp_path: Path) -> None:
    assert template.struck(template.copy(tmp_path / "home"), at=at, side=side, call=call)


def test_killed_again_and_again_in_one_home(template: Template, tmp_path: Path) -> None:
    rng = random.Random(6)
    home = template.copy(tmp_path / "home")
    for _ in range(10):
        template.land(home.settings.root, after=rng.uniform(0.05, 0.5) * template.seconds)
    template.struck(home, after=0.3 * template.seconds)


@pytest.mark.parametrize("where", ["plan", "apply"])
def test_an_error_in_the_middle_of_a_delivery_leaves_no_half(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    from orchestration.errors import LandingFailed
    from orchestration.landing import deliver
    from tests.landing_kit import quick_landing

    quick_landing(monkeypatch)
    home = Home(tmp_path / "home")
    first, second = (
        home.areas("201407"),
        home.rows(f"births_{COUNTY}_201410.csv", good_rows("births", 30, month="2014-10")),
    )
    home.land(first)
    before = home.ask("select * from landing.deliveries")
    real = getattr(deliver.land, where)

    def half(*arguments: object) -> object:
        real(*arguments)
        raise duckdb.OutOfMemoryException("out of memory")

    monkeypatch.setattr(deliver.land, where, half)
    with pytest.raises(LandingFailed):
        home.land(second)
    assert home.ask("select * from landing.deliveries") == before
    assert home.ask("select count(*) from raw.births") == [(0,)]
    monkeypatch.setattr(deliver.land, where, real)
    assert home.land(second)[0].rows_landed == 30
