"""Alerts: what opens, reminds of, escalates and resolves them, and who hears of it, by real servers on loopback."""

import base64
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import jinja2
import pytest

from orchestration.defs.integrity_checks import integrity_results
from orchestration.defs.landing_assets import in_time
from orchestration.errors import ContractError, SettingsError, WarehouseBusy
from orchestration.landing import deliver
from orchestration.landing.deliver import landing
from orchestration.notify import dispatch as dispatching
from orchestration.notify.channels import load_channels
from orchestration.notify.desk import read_desk, read_one
from orchestration.notify.dispatch import dispatch
from orchestration.notify.facts import load_protection
from orchestration.notify.outbox import acknowledge, mute
from orchestration.quality.alerts import record_event
from orchestration.quality.deadlines import Due, deadline_of, due_deliveries, load_schedules
from orchestration.quality.integrity import load_methods
from orchestration.quality.suites import load_suites
from orchestration.settings import Settings
from orchestration.variables import variables
from orchestration.warehouse import writer_lock
from tests.landing_kit import COUNTY, OTHER_COUNTY, REGISTERS, Home, Row, good_rows
from tests.notify_kit import CHATS, http_sink, mail_server, say_to_chats, write_channels

NOW = datetime(2026, 3, 20, 9, 0)
CHECK = "births_timely"


def births(late: int = 0, bad: int = 0, month: str = "2015-03", count: int = 100) -> list[Row]:
    """Births of which `late` were registered two months after they happened, and `bad` have a sex that no code list has."""
    rows = good_rows("births", count, month=month)
    year, of = divmod(int(month[:4]) * 12 + int(month[5:]) - 3, 12)
    rows = [row | ({"birth_date": f"{year}-{of + 1:02d}-01"} if n < late else {}) for n, row in enumerate(rows)]
    return [row | ({"sex": "?"} if n >= count - bad else {}) for n, row in enumerate(rows)]


def told(home: Home, *columns: str) -> list[tuple[Any, ...]]:
    """The alerts of the check, in the order of their opening."""
    return home.ask(f"select {', '.join(columns)} from quality.alerts where check_id = '{CHECK}' order by opened_by")


def events(home: Home, check: str = CHECK) -> list[str]:
    return [kind for (kind,) in home.ask(
        f"""select e.kind from quality.alert_events as e inner join quality.alerts as a on e.alert = a.alert
            where a.check_id = '{check}' order by e.happened_at, e.event""")]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _one_threshold() -> Iterator[None]:
    """The births' suite has one threshold here: what else a made-up delivery trips is not what these tests are about."""
    suites = load_suites(Settings().expectations)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deliver, "load_suites", lambda _: {"births": [t for t in suites["births"] if t.id == CHECK]})
        yield


@pytest.fixture(scope="module", name="founded")
def _founded(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("founded") / "home")
    home.land(home.areas())
    return home


@pytest.fixture(scope="module", name="spoiled")
def _spoiled(tmp_path_factory: pytest.TempPathFactory, founded: Home) -> Home:
    home = copy_of(founded, tmp_path_factory.mktemp("spoiled"))
    send_births(home, "201503", late=30)
    return home


def copy_of(home: Home, folder: Path) -> Home:
    copy = Home(folder / "home")
    shutil.copytree(home.settings.root, copy.settings.root, dirs_exist_ok=True)
    return copy


@pytest.fixture(name="home")
def _home(tmp_path: Path, founded: Home) -> Home:
    """A home with its areas."""
    return copy_of(founded, tmp_path)


@pytest.fixture(name="no_deadlines")
def _no_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that land one register of one county and are not about the others."""
    monkeypatch.setattr(dispatching, "watch_deadlines", lambda *_: None)


def send_births(home: Home, month: str, late: int = 0, bad: int = 0, suffix: str = "") -> None:
    text = f"{month[:4]}-{month[4:]}"
    (outcome,) = home.land(home.rows(f"births_{COUNTY}_{month}{suffix}.csv", births(late, bad, text)))
    assert outcome.status in ("landed", "held"), outcome.reason


@pytest.fixture(name="late")
def _late(tmp_path: Path, spoiled: Home) -> Home:
    """A home in which births of March 2015 were registered late."""
    return copy_of(spoiled, tmp_path)


def test_an_alert_is_opened_reminded_of_and_resolved_once(home: Home) -> None:
    send_births(home, "201501")
    assert events(home) == []
    send_births(home, "201502", late=30)
    send_births(home, "201503", late=40)
    assert told(home, "status", "unexpected") == [("open", 40)]
    assert events(home) == ["opened", "reminded"]
    send_births(home, "201503", suffix="_1")
    assert told(home, "status") == [("resolved",)]
    assert events(home) == ["opened", "reminded", "resolved"]
    send_births(home, "201504", late=30)
    assert told(home, "status") == [("resolved",), ("open",)]


@pytest.mark.usefixtures("no_deadlines")
def test_a_message_says_what_where_how_many_trend_file_lines_and_what_to_do(home: Home) -> None:
    send_births(home, "201502")
    send_births(home, "201503", late=30)
    with http_sink() as sink, mail_server() as (url, mailbox):
        write_channels(home.settings.alerts_path, {"office": sink.url, "mail": url})
        assert dispatch(home.settings, NOW).sent == 2
        assert dispatch(home.settings, NOW + timedelta(hours=1)).sent == 0, "told once"
    (post,) = sink.posts
    assert post.title == "人口数据质量警报：新开1 / Renkou alerts: 1 opened"
    alert = told(home, "alert")[0][0]
    for part in (
        "新开 opened · 提示 flags the figures · 出生 births",
        f"{COUNTY} · 2015-03",
        "出生30日内登记率不低于97%",
        "Births are registered within 30 days",
        "不符 / not as expected: 30 of 100，达标 / as expected 70.0%；门槛 / threshold 97.0%",
        "走势 / trend: 2015-02 100.0% · 2015-03 70.0%",
        f"文件 / file: births_{COUNTY}_201503.csv；行 / lines 2, 3, 4, 5, 6 …",
        "处理 / what to do: 数据已入库",
        alert,
        post.id,
    ):
        assert part in post.text, part
    (mail,) = mailbox.messages
    assert str(make_header(decode_header(mail["Subject"]))) == post.title
    body = mail.get_payload(decode=True).decode()
    assert body.replace("\r\n", "\n").strip().replace(mail["X-Renkou-Message"], "") == post.text.replace(post.id, "")


def full(alert: str, *, cure: str, month: str = "2015-03") -> tuple[str, ...]:
    """What every message about 30 of 100 late births says, whatever made it be sent."""
    return (
        f"{COUNTY} · {month}",
        "Births are registered within 30 days",
        "不符 / not as expected: 30 of 100，达标 / as expected 70.0%；门槛 / threshold 97.0%",
        "走势 / trend: 2015-02 100.0% · 2015-03 70.0%",
        f"文件 / file: births_{COUNTY}_{month.replace('-', '')}.csv；行 / lines 2, 3, 4, 5, 6 …",
        f"处理 / what to do: {cure}",
        f"警报编号 / alert: {alert}",
    )


@pytest.mark.usefixtures("no_deadlines")
@pytest.mark.parametrize(
    ("severity", "kind", "cure"),
    [("warn", "提醒 reminded", "数据已入库"), ("fail", "升级 escalated", "批次已暂扣")],
    ids=["reminder", "escalation"],
)
def test_a_reminder_and_an_escalation_say_all_that_the_first_message_said(
    severity: str, kind: str, cure: str, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = [
        t.model_copy(update={"severity": severity}) for t in deliver.load_suites(home.settings.expectations)["births"]
    ]
    monkeypatch.setattr(deliver, "load_suites", lambda _: {"births": rules})
    send_births(home, "201502")
    send_births(home, "201503", late=30)
    alert = told(home, "alert")[0][0]
    with http_sink() as sink:
        write_channels(home.settings.alerts_path, {"office": sink.url}, remind_after_days=3, escalate_after_days=2)
        dispatch(home.settings, datetime.now())
        dispatch(home.settings, datetime.now() + timedelta(days=3, hours=10))
    assert [kind in post.text for post in sink.posts] == [False, True]
    for text in (sink.posts[0].text, sink.posts[1].text, read_one(home.settings, alert) or ""):
        for part in full(alert, cure=cure):
            assert part in text, part
    shown = read_one(home.settings, alert) or ""
    assert kind in shown
    assert shown.endswith("first lines: 2, 3, 4, 5, 6")
    (listed,) = read_desk(home.settings)
    assert (listed["file"], listed["unexpected"], listed["threshold"]) == (f"births_{COUNTY}_201503.csv", "30", 0.97)


@pytest.mark.usefixtures("no_deadlines")
def test_a_correction_that_is_still_wrong_is_told_with_its_own_file_and_lines(home: Home) -> None:
    send_births(home, "201503", late=30)
    with http_sink() as sink:
        write_channels(home.settings.alerts_path, {"office": sink.url})
        dispatch(home.settings, NOW)
        send_births(home, "201503", late=20, suffix="_1")
        dispatch(home.settings, NOW + timedelta(hours=1))
    assert events(home) == ["opened", "reminded"]
    assert "20 of 100" in sink.posts[1].text
    assert f"births_{COUNTY}_201503_1.csv" in sink.posts[1].text


def accept(home: Home, delivery: int) -> None:
    with landing(home.settings) as lander:
        lander.accept(delivery, by="the bureau", reason="the clinic has confirmed it")


@pytest.mark.usefixtures("no_deadlines")
def test_an_alert_that_opens_again_begins_anew(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A held delivery opens, an accepted later month resolves, and accepting the held one opens again."""
    rules = [
        t.model_copy(update={"severity": "fail"}) for t in deliver.load_suites(home.settings.expectations)["births"]
    ]
    monkeypatch.setattr(deliver, "load_suites", lambda _: {"births": rules})
    send_births(home, "201503", late=30)
    ((alert, delivery, first),) = told(home, "alert", "opened_by", "opened_at")
    with landing(home.settings) as lander:
        assert acknowledge(lander.connection, alert, "the county", "on its way")
        assert mute(lander.connection, alert, date(2030, 1, 1))
        lander.connection.execute("update quality.alerts set last_month = opened_month, severity = 'warn'")
        record_event(lander.connection, alert, "escalated", date(2015, 3, 1), datetime.now())
    send_births(home, "201504")
    assert told(home, "status", "last_month") == [("resolved", date(2015, 3, 1))]
    accept(home, delivery)
    columns = (
        "status",
        "resolved_by",
        "acknowledged_by",
        "note",
        "muted_until",
        "severity",
        "opened_month",
        "last_month",
    )
    march = date(2015, 3, 1)
    assert told(home, *columns) == [("open", None, None, None, None, "fail", march, march)]
    assert told(home, "opened_at")[0][0] > first
    with http_sink() as sink:
        write_channels(home.settings.alerts_path, {"office": sink.url}, escalate_after_days=2)
        dispatch(home.settings, datetime.now())
        dispatch(home.settings, datetime.now() + timedelta(days=3))
    assert "新开 opened" in sink.posts[0].text
    assert "升级 escalated" in sink.posts[-1].text, "that it was escalated before it was resolved does not count"


@pytest.mark.usefixtures("no_deadlines")
def test_small_counts_are_ranges_and_their_lines_stay_on_the_machine(home: Home) -> None:
    send_births(home, "201502")
    rows = births(late=6, month="2015-03", count=30)
    home.land(home.rows(f"births_{COUNTY}_201503_1.csv", rows))
    with http_sink() as sink:
        write_channels(home.settings.alerts_path, {"office": sink.url})
        dispatch(home.settings, NOW)
    alert = told(home, "alert")[0][0]
    text = next(part for part in sink.posts[0].text.split("\n\n") if "出生30日内" in part)
    assert "1-7 of 30；门槛" in text
    assert "2015-03 …" in text
    assert f"行号 / lines: renkou alerts show {alert}" in text
    assert "lines 2, 3" not in text
    assert "first lines: 2, 3, 4, 5, 6" in (read_one(home.settings, alert) or "")
    (line,) = [line for line in read_desk(home.settings) if line["alert"] == alert]
    assert (line["unexpected"], line["elements"]) == ("1-7", "30")


def unreadable(home: Home) -> Path:
    return home.put(f"births_{COUNTY}_201503.csv", "a,b\n1,2\n")


def cut(home: Home) -> Path:
    return home.put(f"births_{COUNTY}_201503.xlsx", b"PK nothing of the kind")


@pytest.mark.parametrize("spoil", [unreadable, cut], ids=lambda spoil: spoil.__name__)
def test_a_file_that_cannot_be_read_is_an_alert_with_its_reason(spoil: Callable[[Home], Path], home: Home) -> None:
    (outcome,) = home.land(spoil(home))
    with http_sink() as sink:
        write_channels(home.settings.alerts_path, {"office": sink.url})
        dispatch(home.settings, NOW)
        assert "出生文件可以读取，表头与规范一致" in sink.posts[0].text
        assert (outcome.reason or "?") in sink.posts[0].text
        home.land(home.rows(f"births_{COUNTY}_201503_1.csv", births()))
        dispatch(home.settings, NOW + timedelta(hours=1))
    assert "已解决 resolved" in sink.posts[1].text
    assert events(home, "births_readable") == ["opened", "resolved"]


def test_the_areas_and_severities_of_a_channel_are_what_it_hears_of(home: Home) -> None:
    send_births(home, "201503", late=30)
    home.land(unreadable(home).rename(home.settings.inbox / f"births_{OTHER_COUNTY}_201503.csv"))
    with http_sink() as near, http_sink() as grave, http_sink() as deaf:
        write_channels(home.settings.alerts_path, {"near": near.url, "grave": grave.url, "deaf": deaf.url})
        text = home.settings.alerts_path.read_text()
        text = text.replace(f"url: {near.url}", f"url: {near.url}\n  areas: ['{COUNTY}']")
        text = text.replace(f"url: {grave.url}", f"url: {grave.url}\n  severities: [fail]")
        text = text.replace(f"url: {deaf.url}", f"url: {deaf.url}\n  events: [escalated]")
        home.settings.alerts_path.write_text(text)
        dispatch(home.settings, NOW)
        assert deaf.posts == []
        with landing(home.settings) as lander:
            lander.connection.execute("update quality.alerts set opened_at = ?", [NOW])
        dispatch(home.settings, NOW + timedelta(days=15))
    assert OTHER_COUNTY not in near.posts[0].text
    assert COUNTY in near.posts[0].text
    assert [f" {COUNTY} " in post.text for post in grave.posts] == [False, False]
    assert "births_readable" in deaf.posts[0].text
    assert "升级 escalated" in deaf.posts[0].text
    assert CHECK not in deaf.posts[0].text, "a warning is not escalated"


def test_quiet_hours_hold_back_all_but_what_may_wake(home: Home) -> None:
    send_births(home, "201503", late=30)
    home.land(unreadable(home).rename(home.settings.inbox / f"births_{OTHER_COUNTY}_201503.csv"))
    with http_sink() as sink:
        quiet = {"begin": "22:00", "end": "07:00", "but": ["fail"]}
        write_channels(home.settings.alerts_path, {"office": sink.url}, quiet_hours=quiet)
        for hour, messages in ((23, 1), (3, 1), (7, 2)):
            dispatch(home.settings, NOW.replace(day=20 if hour > 12 else 21, hour=hour))
            assert len(sink.posts) == messages, hour
    assert CHECK not in sink.posts[0].text
    assert CHECK in sink.posts[1].text


@pytest.mark.usefixtures("no_deadlines")
def test_a_digest_comes_once_on_its_day_with_everything(home: Home) -> None:
    send_births(home, "201502", late=30)
    with http_sink() as sink:
        write_channels(home.settings.alerts_path, {"office": sink.url}, channels={"digest": "monthly"})
        dispatch(home.settings, NOW.replace(day=3))
        assert sink.posts == []
        send_births(home, "201503", late=31)
        for day in (12, 13):
            dispatch(home.settings, NOW.replace(day=day))
    (post,) = sink.posts
    assert post.title == "人口数据质量警报：新开1，提醒1 / Renkou alerts: 1 opened, 1 reminded"


def test_reminders_stop_for_who_took_it_on_and_while_muted(late: Home) -> None:
    with http_sink() as sink:
        write_channels(late.settings.alerts_path, {"office": sink.url}, remind_after_days=30)
        with landing(late.settings) as lander:
            lander.connection.execute("update quality.alert_events set happened_at = ?", [NOW])
        alert = told(late, "alert")[0][0]
        dispatch(late.settings, NOW)
        dispatch(late.settings, NOW + timedelta(days=31))
        assert [post.title[-8:] for post in sink.posts] == ["1 opened", "reminded"]
        with landing(late.settings) as lander:
            assert mute(lander.connection, alert, (NOW + timedelta(days=70)).date())
        dispatch(late.settings, NOW + timedelta(days=65))
        assert len(sink.posts) == 2
        dispatch(late.settings, NOW + timedelta(days=71))
        assert len(sink.posts) == 3
        with landing(late.settings) as lander:
            assert acknowledge(lander.connection, alert, "the county", "files are on their way")
            assert not acknowledge(lander.connection, "no such alert", "me", None)
        dispatch(late.settings, NOW + timedelta(days=170))
        assert len(sink.posts) == 3


@pytest.mark.usefixtures("no_deadlines")
def test_events_wait_for_the_first_channel_and_old_troubles_are_not_told(home: Home) -> None:
    send_births(home, "201501", late=30)
    send_births(home, "201501", suffix="_1")
    send_births(home, "201503", late=30)
    assert dispatch(home.settings, NOW).channels == 0
    with http_sink() as sink:
        write_channels(home.settings.alerts_path, {"office": sink.url})
        dispatch(home.settings, NOW)
    assert sink.posts[0].title.endswith("1 opened")


@pytest.fixture(name="silent")
def _silent() -> Iterator[str]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("kind", ["down", "refusing", "silent", "silent_mail"])
def test_a_server_that_fails_delays_its_message_and_nothing_else(kind: str, late: Home, silent: str) -> None:
    with http_sink(status=500) as refusing, http_sink() as good:
        with socket.create_server(("127.0.0.1", 0)) as gone:
            closed = gone.getsockname()[1]
        urls = {"down": f"json://127.0.0.1:{closed}/", "refusing": refusing.url, "silent": f"json://{silent}/",
                "silent_mail": f"mailto://{silent}?from=a@example.org&to=b@example.org&mode=insecure"}  # fmt: skip
        write_channels(late.settings.alerts_path, {"bad": urls[kind], "good": good.url}, timeout_seconds=5)
        began = time.monotonic()
        done = dispatch(late.settings, NOW)
        assert time.monotonic() - began < 5 + 6, (
            "sending ends with its timeout; the rest is opening the warehouse twice"
        )
        assert (done.sent, done.waiting) == (1, 1)
        assert len(good.posts) == 1
        tries = []
        for minutes in range(1, 16):
            before = late.ask("select attempts from quality.batches where channel = 'bad'")
            dispatch(
                late.settings, NOW + timedelta(minutes=minutes), send=lambda jobs, _: {j["batch"]: False for j in jobs}
            )
            if late.ask("select attempts from quality.batches where channel = 'bad'") != before:
                tries.append(minutes)
        assert tries == [1, 3, 7, 15], "each wait is twice the one before"
        write_channels(late.settings.alerts_path, {"bad": good.url})
        dispatch(late.settings, NOW + timedelta(days=1))
    assert len(good.posts) == 2
    assert good.posts[1].id.startswith("bad-")


STEPS = [
    "watch_deadlines",
    "remind_and_escalate",
    "route",
    "form_batches",
    "due_batches",
    "send_apart",
    "record_attempt",
]


class PowerCut(BaseException):
    """Nothing catches it."""


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_power_cut_at_any_step_loses_nothing(
    step: str, when: str, late: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with http_sink() as sink:
        write_channels(late.settings.alerts_path, {"office": sink.url})
        real = getattr(dispatching, step)

        def broken(*arguments: Any) -> Any:
            if when == "after":
                real(*arguments)
            raise PowerCut

        with monkeypatch.context() as patch:
            patch.setattr(dispatching, step, broken)
            with pytest.raises(PowerCut):
                dispatch(late.settings, NOW)
        dispatch(late.settings, NOW + timedelta(minutes=2))
        dispatch(late.settings, NOW + timedelta(days=1))
    assert len({post.id for post in sink.posts}) == 1, "a repeat has the id of the first"
    assert len(sink.posts) == (
        2 if (step == "record_attempt" and when == "before") or (step, when) == ("send_apart", "after") else 1
    )
    assert CHECK in sink.posts[-1].text


def test_a_kill_while_the_server_reads_means_a_repeat_under_the_same_id(late: Home) -> None:
    with http_sink() as sink:
        sink.hold.set()
        write_channels(late.settings.alerts_path, {"office": sink.url}, timeout_seconds=60)
        process = subprocess.Popen(
            [sys.executable, "-c", "from orchestration.cli import main; main()", "alerts", "send"], start_new_session=True,
            env=os.environ | {"RENKOU_HOME": str(late.settings.root)}, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert sink.came.wait(60)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        sink.hold.clear()
        assert late.ask("select attempts, sent_at from quality.batches") == [(0, None)]
        assert dispatch(late.settings).sent == 1
    assert [post.id for post in sink.posts] == [sink.posts[0].id] * 2
    assert late.ask("select attempts, sent_at is not null from quality.batches") == [(1, True)]


def test_every_kind_of_channel_carries_the_text_and_the_id(late: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    write_channels(late.settings.alerts_path, CHATS)
    said: dict[str, list[str]] = {}

    def send(jobs: list[dict[str, Any]], _: float) -> dict[str, bool]:
        said.update(say_to_chats(jobs, monkeypatch))
        return {job["batch"]: True for job in jobs}

    assert dispatch(late.settings, NOW, send=send).sent == len(CHATS)
    for name in CHATS:
        whole = "\n".join(said[name])
        assert "出生30日内登记率不低于97%" in whole, name
        assert f"{name}-20260320T0900-1" in whole, name


def test_what_is_wrong_with_the_channels_file_is_said_without_its_content(home: Home) -> None:
    path = home.settings.alerts_path
    for text, said in (
        ("channels:\n- name: office\n  url: [geheim]\n", "channels.0.url"),
        ("channels:\n- name: office\n", "channels.0.url: Field required"),
        ("chanels: geheim\n", "chanels"),
        ("timeout_seconds: 0\n", "timeout_seconds"),
        ("{geheim", "not YAML"),
    ):
        path.write_text(text)
        path.chmod(0o600)
        with pytest.raises(SettingsError) as raised:
            load_channels(path)
        assert said in str(raised.value)
        assert "geheim" not in str(raised.value)
    path.write_text("channels: []\n")
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="can be read by others"):
        load_channels(path)


def test_no_password_stands_in_the_arguments_or_the_environment_of_the_sender(
    late: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[Any, Any]] = []
    real = subprocess.Popen

    def spied(arguments: Any, **options: Any) -> Any:
        started.append((arguments, options.get("env", os.environ)))
        return real(arguments, **options)

    monkeypatch.setattr(dispatching.subprocess, "Popen", spied)
    with http_sink() as sink:
        secret = base64.b16encode(b"geheim").decode()
        write_channels(late.settings.alerts_path, {"office": sink.url.replace("//", f"//user:{secret}@")})
        assert dispatch(late.settings, NOW).sent == 1
    assert started
    assert not any(secret in f"{arguments} {dict(environment)}" for arguments, environment in started)
    assert secret not in str(load_channels(late.settings.alerts_path))


SIGNALS = """create or replace table marts.integrity_signals as
    select 'month_end' as method, 'births' as register, '' as indicator, '990101000000' as area_code,
        date '{month}-01' as month, {hits}::double as hits, 200.0 as cases, 0.25 as expected_share, '{status}' as status"""


def build_signals(home: Home, status: str = "signal", month: str = "2015-03", hits: int = 120) -> None:
    """As if the models had been built."""
    with landing(home.settings) as lander:
        lander.connection.execute("create schema if not exists marts")
        lander.connection.execute(SIGNALS.format(status=status, month=month, hits=hits))


@pytest.mark.usefixtures("no_deadlines")
def test_a_signal_that_stands_has_its_newest_counts_threshold_and_trend(home: Home) -> None:
    with http_sink() as sink:
        write_channels(home.settings.alerts_path, {"office": sink.url}, remind_after_days=30)
        for day, (month, hits, messages) in enumerate((("2015-03", 120, 1), ("2015-03", 100, 1), ("2015-04", 150, 2))):
            build_signals(home, month=month, hits=hits)
            dispatch(home.settings, NOW + timedelta(days=day))
            standing = home.ask(
                "select last_month::varchar, unexpected, elements, opened_month::varchar from quality.alerts"
            )
            assert standing == [(f"{month}-01", hits, 200, "2015-03-01")]
            assert len(sink.posts) == messages
        dispatch(home.settings, NOW + timedelta(days=40))
    for text in (
        sink.posts[1].text,
        sink.posts[2].text,
        read_one(home.settings, "signal-month_end-births-990101000000") or "",
    ):
        assert "提醒 reminded" in text
        assert "150 of 200，占 / share 75.0%；容许 / tolerated ≤ 25.0%" in text
        assert "走势 / trend: 2015-03 60.0% · 2015-04 75.0%" in text


@pytest.mark.usefixtures("no_deadlines")
def test_a_signal_that_comes_back_begins_anew(home: Home) -> None:
    build_signals(home)
    dispatch(home.settings, NOW)
    with landing(home.settings) as lander:
        (alert,) = lander.connection.execute("select alert from quality.alerts").fetchone() or ("",)
        acknowledge(lander.connection, alert, "the county", "seen")
        mute(lander.connection, alert, date(2030, 1, 1))
    for day, (status, month) in enumerate((("quiet", "2015-04"), ("signal", "2015-05")), start=1):
        build_signals(home, status=status, month=month)
        dispatch(home.settings, NOW + timedelta(days=day))
    assert home.ask(
        """select status, acknowledged_by, note, muted_until, opened_month::varchar, last_month::varchar, opened_at
            from quality.alerts"""
    ) == [("open", None, None, None, "2015-05-01", "2015-05-01", NOW + timedelta(days=2))]


def test_a_signal_of_integrity_says_where_to_look_until_it_is_gone(home: Home) -> None:
    with http_sink() as sink:
        write_channels(home.settings.alerts_path, {"office": sink.url})
        for hour, status in enumerate(("signal", "signal", "quiet")):
            build_signals(home, status)
            dispatch(home.settings, NOW + timedelta(hours=hour))
    opened, resolved = sink.posts
    assert "登记集中在月末三天" in opened.text
    assert "120 of 200，占 / share 60.0%；容许 / tolerated ≤ 25.0%" in opened.text
    assert (
        "这不是对任何个人的判断 / look at how this area keeps the register; it says nothing about any person"
        in opened.text
    )
    assert "signal-month_end-births-990101000000" in opened.text
    assert "已解决 resolved" in resolved.text
    assert home.ask("select status from quality.alerts where check_id = 'integrity_month_end'") == [("resolved",)]


def test_the_checks_of_integrity_wait_for_their_turn_as_everybody(home: Home) -> None:
    build_signals(home)
    methods, settings = load_methods(home.settings.dbt_project), home.settings.model_copy(update={"lock_timeout": 0.1})
    (found,) = [r for r in integrity_results(settings, methods) if r.check_name == "integrity_month_end"]
    assert (found.passed, found.metadata["signals"].value) == (False, 1)
    with writer_lock(home.settings), pytest.raises(WarehouseBusy):
        list(integrity_results(settings, methods))


def calendar_home(home: Home, received: str, months: tuple[str, ...] = ("201501", "201502")) -> Home:
    """Births of both counties in these months, except the second county's of the last, as if received on a day."""
    for month in months:
        for county in (COUNTY, OTHER_COUNTY):
            if (month, county) != (months[-1], OTHER_COUNTY):
                home.land(
                    home.rows(
                        f"births_{county}_{month}.csv", good_rows("births", 40, county, f"{month[:4]}-{month[4:]}")
                    )
                )
    with landing(home.settings) as lander:
        lander.connection.execute("update landing.deliveries set received_at = ?::timestamp", [received])
    return home


def due(home: Home, at: datetime) -> Due:
    with landing(home.settings) as lander:
        return due_deliveries(lander.connection, REGISTERS, load_schedules(home.settings.dbt_project), at.date())


def missing(home: Home, at: datetime) -> set[str]:
    """Registers of which a delivery is missed at a moment, of the second county."""
    return {register for register, area in due(home, at).missing if area == OTHER_COUNTY}


def test_what_is_due_and_missing_is_an_alert_until_it_comes(home: Home) -> None:
    calendar_home(home, "2015-03-05")
    assert "births" not in missing(home, datetime(2015, 3, 10, 23)), "the due day itself is in time"
    assert "births" in missing(home, datetime(2015, 3, 11))
    with http_sink() as sink:
        write_channels(home.settings.alerts_path, {"office": sink.url})
        dispatch(home.settings, datetime(2015, 3, 11, 9))
        assert "出生按期报送 / The delivery came by its due day" in sink.posts[0].text
        assert "请尽快报送" in sink.posts[0].text
        mine = f"alert like 'missing-births-{OTHER_COUNTY}-201502'"
        assert home.ask(f"select status, elements from quality.alerts where {mine}") == [("open", 1)]
        dispatch(home.settings, datetime(2015, 4, 11, 9))
        assert home.ask(f"select status, elements from quality.alerts where {mine}") == [("open", 2)]
        for month in ("2015-02", "2015-03"):
            name = f"births_{OTHER_COUNTY}_{month.replace('-', '')}.csv"
            home.land(home.rows(name, good_rows("births", 40, OTHER_COUNTY, month)))
        dispatch(home.settings, datetime(2015, 4, 12, 9))
        assert home.ask(f"select status from quality.alerts where {mine}") == [("resolved",)]
    assert any(
        f"missing-births-{OTHER_COUNTY}-201502" in part
        for part in sink.posts[-1].text.split("\n\n")
        if "已解决" in part
    )


def test_nobody_is_late_with_what_was_loaded_as_history(home: Home) -> None:
    calendar_home(home, "2026-01-05", ("201501", "201502", "201503"))
    assert "births" not in missing(home, datetime(2026, 3, 20)), "the newest month of all may still be completed"
    assert "deaths" in missing(home, datetime(2026, 3, 20)), "months before it are over"


def test_quarterly_registers_are_due_once_a_quarter_and_standing_ones_never(home: Home) -> None:
    calendar_home(home, "2015-03-05")
    assert "inspections" not in missing(home, datetime(2015, 4, 10))
    assert "inspections" in missing(home, datetime(2015, 4, 11))
    assert not {"areas", "staff", "facilities", "official_population"} & missing(home, datetime(2015, 12, 31))


def test_the_check_of_a_register_of_which_nothing_was_due_is_not_passed(home: Home) -> None:
    """As with thresholds: n/a is never a pass, and no failure either."""
    calendar_home(home, "2015-03-05")
    march, in_april = due(home, datetime(2015, 3, 11)), due(home, datetime(2015, 4, 11))
    with landing(home.settings) as lander:
        lander.connection.execute(
            "update landing.deliveries set register = 'inspections', month = '2015-03-01' where register = 'births'"
        )
    met = due(home, datetime(2015, 4, 11))

    def checked(found: Due, register: str) -> tuple[bool, dg.AssetCheckSeverity, list[Any]]:
        result = in_time(register, deadline_of(REGISTERS[register]), found)
        return result.passed, result.severity, [result.metadata[name].value for name in ("due", "missing", "areas")]

    error, warning = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN
    assert checked(march, "births") == (False, error, [4, 1, 1])
    assert checked(march, "inspections") == (False, warning, [0, 0, 0])
    assert checked(in_april, "inspections") == (False, error, [2, 2, 2])
    assert checked(met, "inspections") == (True, warning, [2, 0, 0])


def test_deadlines_that_do_not_fit_the_registers_are_refused(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    shutil.copytree(Settings().dbt_project / "seeds", seeds)
    shutil.copy(Settings().dbt_project / "dbt_project.yml", tmp_path)
    schedules = load_schedules(tmp_path)
    assert schedules["births"].due_on(COUNTY, date(2015, 12, 1)) == date(2016, 1, 10)
    deadlines = (seeds / "delivery_deadlines.csv").read_text()
    for text, said in (
        (deadlines.replace("births,,10", "births,,31"), "births: due_day 31"),
        (deadlines.replace("births,,10", "births,,tenth"), "births: due_day tenth"),
        (deadlines.replace("births,,10", f"births,{COUNTY},10"), "no due day for all areas.*births"),
    ):
        (seeds / "delivery_deadlines.csv").write_text(text + "\n")
        with pytest.raises(ContractError, match=said):
            load_schedules(tmp_path)
    (seeds / "delivery_deadlines.csv").write_text(deadlines + f"births,{OTHER_COUNTY},12,They asked for it.\n")
    assert load_schedules(tmp_path)["births"].due_on(OTHER_COUNTY, date(2015, 11, 1)) == date(2015, 12, 12)


def test_a_held_delivery_is_not_missed(home: Home) -> None:
    calendar_home(home, "2015-03-05")
    rows = [row | {"sex": "?"} for row in good_rows("births", 40, OTHER_COUNTY, "2015-02")]
    (outcome,) = home.land(home.rows(f"births_{OTHER_COUNTY}_201502.csv", rows))
    assert outcome.status == "held"
    assert "births" not in missing(home, datetime(2015, 3, 11))


def test_counts_are_protected_as_the_published_copy_protects_them() -> None:
    """The macro's own SQL beside the messages' arithmetic, over every count that could differ."""
    protection = load_protection(Settings().dbt_project)
    macros = (Settings().dbt_project / "macros" / "protection.sql").read_text(encoding="utf-8")
    values = variables(Settings().dbt_project)
    sql = jinja2.Environment().from_string(macros + "{{ shown_count('n', 'false') }}").render(var=values.__getitem__)
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"select n, {sql.replace('as string', 'as varchar')} from range(0, 500) as r (n)"
        ).fetchall()
    assert len(rows) == 500
    assert all(protection.shown(count).replace(",", "") == shown for count, shown in rows)
