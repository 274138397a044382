"""Frozen runs: immutable, signed, made again to the byte whatever is published later."""

import hashlib
import json
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration import cli
from orchestration.assessment.runs import (
    NoRun,
    NotReproduced,
    freeze,
    frozen_runs,
    reproduce,
    revised_since,
    run_file,
    sign_off,
)  # fmt: skip
from orchestration.assessment.scorecard import NoScorecard, scorecards
from orchestration.periods import now
from orchestration.publish.publication import publish
from orchestration.publish.revisions import NoRevisions, publications, revised_values
from orchestration.settings import Settings
from tests.publication_kit import query

MONTH = date(2015, 3, 1)
WHO, WHY = "统计局", "first quarter"
REVISION = """
update published.indicator_values set value = value + 1, low = low + 1, high = high + 1, vintage = '2015-04.0250'
    where indicator = 'sex_ratio_at_birth';
update published.assessments set value = value + 1, verdict = 'missed', vintage = '2015-04.0250'
    where indicator = 'sex_ratio_at_birth' and period_end = '2015-03-31';
"""


def change(settings: Settings, sql: str) -> None:
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute(sql)


def test_a_run_is_named_by_what_went_into_it(own: Settings) -> None:
    run = freeze(own, "jingdong", MONTH, WHO, WHY)
    assert run.identity["scheme"] == "jingdong"
    assert run.identity["vintage"] == "2015-03.0240"
    assert set(run.identity) == {
        "scheme", "period_end", "publication", "vintage", "code_version", "inputs", "format"}  # fmt: skip
    file = run_file(own, run)
    assert file.read_bytes() == run.content and file.stat().st_mode & 0o777 == 0o444
    assert hashlib.sha256(run.content).hexdigest() == _runs(own)[0]["sha256"]
    cards = scorecards(own, "jingdong", MONTH)
    assert [(i["area_code"], i["value"], i["verdict"]) for i in run.items] == [
        (i["area_code"], i["value"], i["verdict"]) for card in cards for i in card.items]  # fmt: skip


def _runs(settings: Settings) -> list[dict[str, Any]]:
    with duckdb.connect(str(settings.warehouse)) as connection:
        found = connection.execute("select * from vintages.assessment_runs")
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_freezing_the_same_again_is_the_same_run(own: Settings) -> None:
    first = freeze(own, "ezhou", MONTH, WHO, WHY)
    again = freeze(own, "ezhou", MONTH, "somebody else", "again")
    assert (again.run, again.content, again.frozen_by) == (first.run, first.content, WHO)
    assert len(frozen_runs(own)) == 1


def test_later_publications_leave_a_run_as_it_is_and_make_another(own: Settings) -> None:
    first = freeze(own, "jingdong", MONTH, WHO, WHY)
    change(own, REVISION)
    publish(own)
    assert reproduce(own, first.run).content == first.content
    second = freeze(own, "jingdong", MONTH, WHO, WHY)
    assert second.run != first.run
    assert freeze(own, "jingdong", MONTH, WHO, WHY, as_of=1).run == first.run
    changed = revised_since(own, first.run)
    assert {row["indicator"] for row in changed} == {"sex_ratio_at_birth"}
    assert all(
        row["value_now"] == pytest.approx(row["value_then"] + 1) and row["verdict_now"] == "missed" for row in changed
    )
    assert revised_since(own, second.run) == []


@pytest.mark.parametrize(
    "since",
    [
        *(
            f"alter table published.{table} add column sampled double default 7"
            for table in ("indicator_values", "assessments", "attestations")
        ),
        "delete from published.dim_area where area_code = '990102000000'",
        "update published.dim_area set parent_code = null, name_zh = '新名'",
        "delete from published.attested_items",
        "update published.attested_items set place = -place",
        "delete from published.indicators where indicator = 'sex_ratio_at_birth'",
    ],
)
def test_a_run_can_be_made_again_whatever_else_has_changed_since(own: Settings, since: str) -> None:
    """Tables that gained a column, an area that is gone or renamed, catalogues in another order."""
    run = freeze(own, "jingdong", MONTH, WHO, WHY)
    assert run.attested
    change(own, since)
    publish(own)
    assert reproduce(own, run.run).content == run.content


def test_a_run_of_a_format_to_come_says_so(own: Settings) -> None:
    run = freeze(own, "jingdong", MONTH, WHO, WHY)
    change(own, """update vintages.assessment_runs set content = replace(content, '"format":1', '"format":99')""")
    with pytest.raises(NotReproduced, match="format 99"):
        reproduce(own, run.run)


def test_the_next_publication_shows_runs_and_signatures(own: Settings) -> None:
    run = freeze(own, "ezhou", MONTH, WHO, WHY)
    signed = sign_off(own, run.run[:6], "局长", "checked")
    assert [(by, reason) for _, by, reason in signed.sign_offs] == [("局长", "checked")]
    assert publish(own).number == 2
    assert query(own, "select run, frozen_by from assessment_runs").rows == [(run.run, WHO)]
    assert query(own, "select run, signed_by, reason from sign_offs").rows == [(run.run, "局长", "checked")]
    assert publish(own).unchanged


def test_a_lost_file_comes_back_and_a_changed_one_is_put_right(own: Settings) -> None:
    run = freeze(own, "ezhou", MONTH, WHO, WHY)
    file = run_file(own, run)
    file.unlink()
    reproduce(own, run.run)
    assert file.read_bytes() == run.content
    file.unlink()
    file.write_bytes(b"{}")
    reproduce(own, run.run)
    assert file.read_bytes() == run.content


def test_a_record_that_was_tampered_with_is_found_and_not_signed(own: Settings) -> None:
    run = freeze(own, "ezhou", MONTH, WHO, WHY)
    change(own, 'update vintages.assessment_runs set content = replace(content, \'"verdict":"\', \'"verdict":"not \')')
    for act in (lambda: reproduce(own, run.run), lambda: sign_off(own, run.run, WHO, WHY)):
        with pytest.raises(NotReproduced, match=run.run):
            act()
    with duckdb.connect(str(own.warehouse)) as connection:
        assert connection.execute("select count(*) from vintages.sign_offs").fetchone() == (0,)


def test_what_is_not_frozen_is_answered_with_what_is(own: Settings) -> None:
    with pytest.raises(NoRun, match="those that are frozen: none"):
        reproduce(own, "abc")
    run = freeze(own, "ezhou", MONTH, WHO, WHY)
    with pytest.raises(NoRun, match=run.run):
        reproduce(own, "zzz")
    with pytest.raises(NoScorecard, match="there is no publication 9: the first is 1"):
        freeze(own, "ezhou", MONTH, WHO, WHY, as_of=9)
    with pytest.raises(NoScorecard, match="there is no publication 1999-01-01"):
        freeze(own, "ezhou", MONTH, WHO, WHY, as_of=date(1999, 1, 1))


def test_the_scorecard_as_of_a_day_and_what_it_was_before_the_revision(own: Settings) -> None:
    before = [item for card in scorecards(own, "jingdong", MONTH) for item in card.items]
    change(own, REVISION)
    publish(own)
    assert [item for card in scorecards(own, "jingdong", MONTH, as_of=1) for item in card.items] == before
    today = [item for card in scorecards(own, "jingdong", MONTH, as_of=now().date()) for item in card.items]
    assert today == [item for card in scorecards(own, "jingdong", MONTH) for item in card.items]
    for was, item in zip(before, today, strict=True):
        revised = item["indicator"] == "sex_ratio_at_birth" and was["value"] is not None
        assert item["revised_from"] == (was["value"] if revised else None)
        assert item["revised_in"] == (2 if revised else None)
    with pytest.raises(NoScorecard):
        scorecards(own, "jingdong", MONTH, as_of=now().date() - timedelta(days=1))


def test_revisions_tell_each_published_value_of_a_revised_cell(own: Settings) -> None:
    assert revised_values(own, "sex_ratio_at_birth") == []
    change(own, REVISION)
    publish(own)
    found = revised_values(own, "sex_ratio_at_birth", month=MONTH)
    assert {row["area_code"] for row in found} == {"990100000000"}
    assert [row["published_in"] for row in found] == [1, 2] * (len(found) // 2)
    assert [row["change"] for row in found if row["published_in"] == 2] == pytest.approx([1.0] * (len(found) // 2))
    second, first = publications(own)
    assert (first["publication"], first["revised_values"], second["new_values"]) == (1, 0, 0)
    assert second["revised_values"] > 0 and first["new_values"] > second["revised_values"]
    with pytest.raises(NoRevisions, match="'height'"):
        revised_values(own, "height")


def test_the_commands(own: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENKOU_HOME", str(own.root))
    runner = CliRunner()

    def renkou(*words: str, code: int | None = 0) -> str:
        done = runner.invoke(cli.app, list(words))
        assert code is None or done.exit_code == code, done.output
        return done.output

    frozen = json.loads(
        renkou("freeze", "--scheme", "jingdong", "--period", "2015-03", "--by", WHO, "--reason", WHY, "--json")
    )
    assert "签发 signed off" in renkou("sign-off", frozen["run"], "--by", WHO, "--reason", WHY)
    assert frozen["run"] in renkou("revisions")
    assert "没有修订" in renkou("revisions", "--run", frozen["run"])
    card = renkou("assess", "--run", frozen["run"], code=None)
    assert f"考核 run {frozen['run']}" in card and "东湖区" in card
    assert renkou("assess", code=2)
    assert renkou("assess", "--run", frozen["run"], "--period", "2015-03", code=2)
