"""What is pending: new files, and landed data that no publication shows yet."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from orchestration import cli, pipeline
from orchestration.backlog import mark_built, mark_published, pending_months, unrecognised_files
from orchestration.landing.deliver import landing
from orchestration.settings import Settings
from tests.landing_kit import COUNTY, REGISTERS, Home, good_rows, quick_landing

MARCH = date(2015, 3, 1)


@pytest.fixture(name="home")
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    quick_landing(monkeypatch)
    return Home(tmp_path / "home")


def births(home: Home, month: str = "201503") -> Path:
    return home.rows(f"births_{COUNTY}_{month}.csv", good_rows("births", 30))


def published(home: Home) -> None:
    mark_built(home.settings, "models")
    mark_published(home.settings)


def test_new_files_are_pending_month_by_month(home: Home) -> None:
    home.areas("201502")
    births(home)
    assert pending_months(home.settings) == [(date(2015, 2, 1), 1), (MARCH, 1)]


def test_what_landed_by_hand_is_pending_until_it_is_published(home: Home) -> None:
    home.land(home.areas("201502"), births(home))
    assert pending_months(home.settings) == [(MARCH, 0)]
    mark_built(home.settings, "models")
    assert pending_months(home.settings) == [(MARCH, 0)]
    mark_published(home.settings)
    assert pending_months(home.settings) == []


def test_an_accepted_delivery_is_pending_again(home: Home) -> None:
    home.land(home.areas("201502"), births(home))
    (held,) = home.land(home.rows(f"births_{COUNTY}_201504.csv", good_rows("births", 20)))
    assert held.status == "held"
    published(home)
    with landing(home.settings) as lander:
        lander.accept(held.delivery or 0, by="office", reason="confirmed")
    assert pending_months(home.settings) == [(date(2015, 4, 1), 0)]


def test_a_refusal_that_the_area_register_lifts_is_pending_again(home: Home) -> None:
    (refused,) = home.land(births(home))
    assert "no_area_register" in (refused.reason or "")
    home.land(home.areas("201502"))
    published(home)
    assert pending_months(home.settings) == [(MARCH, 1)]
    (landed,) = home.land(home.settings.inbox / f"births_{COUNTY}_201503.csv")
    assert landed.status == "landed"


@pytest.mark.parametrize(
    "name",
    ["birth_990101_201503.csv", "births_990101_202年9月.csv", "births_990101_200901.csv", "births_990101_209901.csv"],
)
def test_files_that_no_run_takes_are_named(home: Home, name: str) -> None:
    (home.settings.inbox / name).parent.mkdir(parents=True, exist_ok=True)
    (home.settings.inbox / name).write_text("x", encoding="utf-8")
    [refusal] = unrecognised_files(home.settings, REGISTERS)
    assert refusal.rule in ("unknown_register", "impossible_month")
    assert pending_months(home.settings) == []


@pytest.mark.parametrize(("publish_last", "landed_alone"), [(None, 0), (1, 4), (3, 2), (5, 0), (9, 0)])
def test_the_older_months_of_a_backlog_may_be_landed_alone(
    publish_last: int | None, landed_alone: int, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    months = [date(2015, number, 1) for number in range(1, 6)]
    for month in months:
        births(home, f"{month:%Y%m}")
    ran = list[tuple[date, str]]()

    @contextmanager
    def recording(_: Settings) -> Iterator[Callable[[date, str], None]]:
        yield lambda month, job: ran.append((month, job))

    monkeypatch.setattr(pipeline, "monthly_runner", recording)
    assert cli._run_pending(home.settings, "", publish_last) == 5
    jobs = [pipeline.LANDING] * landed_alone + [pipeline.MONTHLY] * (5 - landed_alone)
    assert ran == list(zip(months, jobs, strict=True))
