"""`renkou assess`: the scorecard holds every item, and what it compares with stands in the same marts."""

import re
import shutil
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rich.console import Console
from typer.testing import CliRunner

from orchestration import cli, show
from orchestration.assessment import scorecard
from orchestration.assessment.scorecard import NoScorecard, Scorecard, scorecards
from orchestration.settings import Settings
from tests.unit.site.fabricated import CITY

MONTH = date(2015, 3, 1)


@pytest.fixture(scope="module", name="settings")
def _settings(published_home: Path) -> Settings:
    return Settings(home=published_home, threads=1)


@pytest.fixture(name="marts")
def _marts(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    copy = settings.root / "copy.duckdb"  # the same file cannot be open twice with different settings
    shutil.copyfile(settings.published / "publication-1" / "marts.duckdb", copy)
    with duckdb.connect(str(copy), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize(("scheme", "areas"), [("ezhou", 1), ("jingdong", 4)])
def test_every_item_of_every_area_is_on_its_card(
    scheme: str, areas: int, settings: Settings, marts: duckdb.DuckDBPyConnection
) -> None:
    cards = scorecards(settings, scheme, MONTH)
    rows = marts.execute(
        "select area_code, indicator, verdict from assessments where scheme = ? and period_end = '2015-03-31'", [scheme]
    ).fetchall()
    assert len(cards) == areas
    assert sorted((i["area_code"], i["indicator"], i["verdict"]) for c in cards for i in c.items) == sorted(rows)
    for card in cards:
        verdicts = ("met", "missed", "not_distinguishable", "not_assessed")
        assert sum(card.count(verdict) for verdict in verdicts) == len(card.items)


def test_the_year_before_and_the_area_above_are_of_the_same_window_and_clock(
    settings: Settings, marts: duckdb.DuckDBPyConnection
) -> None:
    compared = 0
    for card in scorecards(settings, "jingdong", MONTH):
        for item in card.items:
            for figure, area, end in (("year_before", card.area_code, "2014-03-31"), ("parent", CITY, "2015-03-31")):
                row = marts.execute(
                    "select value from indicator_values where area_code = ? and indicator = ? and period_end = ?::date "
                    "and \"window\" = ? and clock = 'report'", [area, item["indicator"], end, item["window"]]
                ).fetchone()  # fmt: skip
                assert item[figure] == (row[0] if row else None)
                compared += item[figure] is not None
    assert compared > 4


def test_one_area_can_be_asked_for(settings: Settings) -> None:
    (card,) = scorecards(settings, "jingdong", MONTH, "990102000000")
    assert (card.area_code, card.area) == ("990102000000", ("西陵区", "Xiling"))


@pytest.mark.parametrize(
    ("scheme", "month", "area", "told"),
    [
        ("none", MONTH, None, "no scheme 'none' is assessed; those that are: ezhou, jingdong"),
        ("ezhou", date(2030, 1, 1), None, "ezhou is assessed from 2013-10 to 2015-03, not in 2030-01"),
        ("ezhou", MONTH, "990109000000", "ezhou does not assess 990109000000; its areas: 990100000000"),
    ],
)
def test_what_there_is_not_is_answered_with_what_there_is(
    scheme: str, month: date, area: str | None, told: str, settings: Settings
) -> None:
    with pytest.raises(NoScorecard, match=re.escape(told)):
        scorecards(settings, scheme, month, area)


def item(**fields: Any) -> dict[str, Any]:
    blank = dict.fromkeys(re.findall(r"(?:as |\.)(\w+),? ?", scorecard.ITEMS))
    named = {"name_zh": "出生人口性别比", "name_en": "sex ratio at birth", "unit": "女=100", "operator": "<=", "target": 110.0,
             "value": 112.4, "low": 106.8, "high": 118.3, "verdict": "not_distinguishable", "veto": False, "reason": "",
             "indicator": "sex_ratio_at_birth"}  # fmt: skip
    return {**blank, **named, **fields}


def test_only_a_missed_veto_item_is_a_veto() -> None:
    items = [item(veto=True), item(verdict="missed"), item(verdict="missed", veto=True, indicator="x")]
    assert Scorecard("990101000000", ("某区", "Some"), items).vetoed == ["x"]


@pytest.mark.parametrize(("verdict", "code"), [("missed", 1), ("not_distinguishable", 0)])
def test_a_missed_veto_item_is_told_by_the_exit_code(verdict: str, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    card = Scorecard("990101000000", ("某区", "Some"), [item(verdict=verdict, veto=True)])
    monkeypatch.setattr(scorecard, "scorecards", lambda *asked: [card])
    done = CliRunner().invoke(cli.app, ["assess", "--scheme", "ezhou", "--period", "2015-03"])
    assert done.exit_code == code


def test_the_card_shows_interval_verdict_and_reason(capsys: pytest.CaptureFixture[str]) -> None:
    missing = item(value=None, low=None, high=None, verdict="not_assessed", reason="no_delivery")
    show.scorecards([Scorecard("990101000000", ("某区", "Some"), [item(), missing])], "ezhou 2015-03")
    said = " ".join(capsys.readouterr().out.split())
    assert "≤ 110 112.40 106.80 – 118.30 无法区分/not distinguishable" in said
    assert "未评定/not assessed (所需登记未报送/a register it needs was not delivered)" in said
    assert "达标/met 0" in said


def test_attested_items_stand_on_the_card_of_their_area(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    cards = {card.area_code: card for card in scorecards(settings, "jingdong", MONTH)}
    assert [row["verdict"] for row in cards["990102000000"].attested] == ["missed"]
    assert cards["990103000000"].attested == []
    show.scorecards([cards["990102000000"]], "jingdong 2015-03")
    assert (
        "队伍落实 team in place: 未达标/missed (督查不合格/failed at the visit) 2015-02-03" in capsys.readouterr().out
    )


# --- the scorecard with its trend


def test_an_area_at_a_glance_has_every_scheme_that_assesses_it_and_the_last_year(
    settings: Settings, marts: duckdb.DuckDBPyConnection
) -> None:
    county = scorecards(settings, "jingdong", MONTH)[1].area_code
    found = scorecard.outlook(settings, county)
    schemes = marts.execute(
        "select distinct scheme from assessments where area_code = ? and period_end = ? order by 1",
        [county, found.period],
    ).fetchall()
    assert [(name,) for name in found.cards] == schemes
    assert (
        found.period
        == marts.execute("select max(period_end) from assessments where area_code = ?", [county]).fetchone()[0]
    )
    checked = 0
    for (indicator, window), figures in found.trend.items():
        expected = marts.execute(
            'select value, status from indicator_values where area_code = ? and indicator = ? and "window" = ? '
            "and clock = 'report' and period_end <= ? order by period_end desc limit 13",
            [county, indicator, window, found.period],
        ).fetchall()
        assert figures == expected[::-1]
        checked += len(expected)
    assert checked > 50


def test_without_an_area_it_is_the_city(settings: Settings) -> None:
    cards = scorecard.outlook(settings).cards.values()
    assert {card.area_code for card in cards} == {CITY}


def test_what_is_not_assessed_is_said(settings: Settings) -> None:
    for options, said in (
        ({"scheme": "nonsense"}, "no scheme nonsense assesses"),
        ({"area": "990101001001"}, "no scheme assesses 990101001001"),
        ({"month": date(1999, 1, 1)}, "no scheme assesses 990100000000 in 1999-01"),
    ):
        with pytest.raises(NoScorecard, match=said):
            scorecard.outlook(settings, **options)  # type: ignore[arg-type]


def test_the_terminal_draws_the_trend_and_explains_its_marks(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENKOU_HOME", str(settings.root))
    screen = Console(file=StringIO(), width=200)
    monkeypatch.setattr(show, "out", screen)
    assert CliRunner().invoke(cli.app, ["scorecard"]).exit_code == 0
    said = screen.file.getvalue()  # type: ignore[attr-defined]
    assert "走势 trend" in said
    assert re.search("[▁▂▃▄▅▆▇█]{3}", said)
    assert "小数隐去 suppressed" in said
    machine = CliRunner().invoke(cli.app, ["scorecard", "--json"])
    assert '"trend"' in machine.stdout
