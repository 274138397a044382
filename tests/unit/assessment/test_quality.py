"""`renkou quality`: scores by dimension with state and trend, and what flags do to the assessment."""

import json
import re
from collections.abc import Callable
from datetime import date
from io import StringIO

import duckdb
import pytest
from rich.console import Console
from typer.testing import CliRunner

from orchestration import cli, show
from orchestration.publish.quality import NoQuality, quality_of
from orchestration.settings import Settings
from orchestration.sparkline import BLOCKS, MARKS

COUNTY, OTHER = "990101", "990102"
# Births of the first county are less timely than ever, and its verdicts rest on that (deaths are worse, but pass); of 2014-12
# nothing came, of 2014-11 too few to tell; the validity of the other county could never be judged.
SCORES = f"""
update quality_scores set status = 'pass', score = 0.98, score_before = 0.99 where dimension = 'timeliness';
update quality_scores set status = 'warn', score = 0.9695, score_before = 0.9899
    where dimension = 'timeliness' and register = 'births' and month = date '2015-03-01' and area_code = '{COUNTY}000000';
update quality_scores set score = 0.96
    where dimension = 'timeliness' and register = 'deaths' and month = date '2015-03-01' and area_code = '{COUNTY}000000';
delete from quality_scores where month = date '2014-12-01' and area_code = '{COUNTY}000000' and register = 'births';
update quality_scores set score = null
    where month = date '2014-11-01' and area_code = '{COUNTY}000000' and register = 'births';
update quality_scores set status = 'n/a', score = null where dimension = 'validity' and area_code = '{OTHER}000000';
delete from provisional_reasons;
insert into provisional_reasons select '{COUNTY}000000', date '2015-03-01', date '2015-03-01', 'births', 'births_timely',
    indicator, 'timeliness', 0.9695, 0.97 from (values ('crude_birth_rate'), ('sex_ratio_at_birth')) as i (indicator);
insert into quality_checks (check_id, sentence_zh, sentence_en) values ('births_timely', '出生按时登记', 'Births in time');
update assessments set reason = '';
update assessments set reason = 'provisional'
    where scheme = 'jingdong' and area_code = '{COUNTY}000000' and indicator = 'sex_ratio_at_birth';
"""


@pytest.fixture(name="home")
def _home(own: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    with duckdb.connect(str(own.published / "publication-1" / "marts.duckdb")) as marts:
        marts.execute(SCORES)
    monkeypatch.setenv("RENKOU_HOME", str(own.root))
    return own


@pytest.fixture(name="said")
def _said(home: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    def say(*options: str) -> str:
        screen = StringIO()
        monkeypatch.setattr(show, "out", Console(file=screen, width=200))
        CliRunner().invoke(cli.app, ["quality", *options])
        return screen.getvalue()

    return say


def line(text: str, *parts: str) -> str:
    """The one line that has all parts."""
    (found,) = [line for line in text.splitlines() if all(part in line for part in parts)]
    return found


def test_each_dimension_has_its_state_score_and_trend_and_names_the_worst_register(said: Callable[..., str]) -> None:
    shown = said("--month", "2015-03")
    timely = line(shown, COUNTY, "及时性 timeliness")
    assert "! 警告 warn" in timely
    assert re.search(r"96\.95%\s+98\.99%", timely)
    assert timely.rstrip().endswith("births")
    months = re.search(rf"[{BLOCKS}·×]{{13}}", timely)
    assert months is not None
    assert (months[0][8:10], months[0][-1]) == ("×·", BLOCKS[0])
    assert set(months[0][:8] + months[0][10:12]) == {BLOCKS[-1]}
    others = line(shown, OTHER, "及时性 timeliness")
    assert "✓ 通过 pass" in others
    assert "98.00%" in others
    unjudged = line(shown, OTHER, "有效性 validity")
    assert re.search(r"· 不可检 n/a\s+–", unjudged)
    assert not set(BLOCKS) & set(unjudged)
    for status, words in (("no_delivery", "无报送"), ("suppressed", "太少"), ("not_applicable", "不可检")):
        assert f"{MARKS[status]} {words}" in line(shown, "走势 trend:")


def test_the_effect_on_the_assessment_is_told_chinese_first(said: Callable[..., str]) -> None:
    shown = said("--month", "2015-03")
    flag = line(shown, "出生按时登记")
    assert flag.startswith("出生按时登记：及时性 96.95%，门槛 97.0%；东湖区 2 项指标暂定，涉及考核")
    assert "births_timely: timeliness 96.95%, below 97.0%: 2 indicators of Donghu provisional" in flag
    verdict = line(shown, "考核结论暂定")
    assert "东湖区 1 项考核结论暂定（出生人口性别比） / " in verdict
    assert verdict.endswith("1 scores of Donghu provisional (sex ratio at birth)")


def test_townships_and_villages_are_counted_and_not_listed(home: Settings, said: Callable[..., str]) -> None:
    """A city has thousands of them; each stands in the answer to machines."""
    with duckdb.connect(str(home.published / "publication-1" / "marts.duckdb")) as marts:
        marts.execute("""insert into assessments by name
            select 'susong' as scheme, area_code, 'crude_birth_rate' as indicator, date '2015-03-31' as period_end,
                'met' as verdict, 'provisional' as reason from dim_area where area_level = 'township'""")
    shown = said("--month", "2015-03")
    assert "16 个镇办和村居共 16 项考核结论暂定" in line(shown, "宿松县")
    assert "16 scores of 16 townships and villages provisional" in shown
    assert len([item for item in quality_of(home, date(2015, 3, 1)).items if item["scheme"] == "susong"]) == 16


def test_one_area_is_shown_register_by_register(home: Settings, said: Callable[..., str]) -> None:
    shown = said("--month", "2015-03", "--area", OTHER)
    assert COUNTY not in shown
    assert "暂定" not in shown
    registers = {row["register"] for row in quality_of(home, date(2015, 3, 1)).scores}
    assert len(registers) > 2
    shown_of = [line.split()[-1] for line in shown.splitlines() if "及时性 timeliness" in line and OTHER in line]
    assert sorted(shown_of) == sorted(registers)
    with pytest.raises(
        NoQuality, match="no quality of 999999 in 2015-03 is published; areas: 990101000000, 990102000000"
    ):
        quality_of(home, None, "999999")


def test_machines_are_told_the_same(home: Settings) -> None:
    done = CliRunner().invoke(cli.app, ["quality", "--month", "2015-03", "--area", COUNTY, "--json"])
    found = json.loads(done.stdout)
    (row,) = [r for r in found["scores"] if (r["register"], r["dimension"]) == ("births", "timeliness")]
    assert (row["status"], row["score"], row["score_before"]) == ("warn", 0.9695, 0.9899)
    assert row["trend"][-1] == {"month": "2015-03-01", "score": 0.9695, "status": "warn"}
    assert [month["score"] for month in row["trend"][8:10]] == [None, None]
    assert len(row["trend"]) == 13
    assert [(item["area_code"], item["items_en"]) for item in found["items"]] == [
        (f"{COUNTY}000000", ["sex ratio at birth"])
    ]
