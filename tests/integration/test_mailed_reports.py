"""Mails of alerts carry the monthly report as PDF, and are sent whatever becomes of the print."""

import email.message
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestration.landing import deliver
from orchestration.notify import dispatch as dispatching
from orchestration.notify import enclosure
from orchestration.notify.dispatch import dispatch
from orchestration.quality.suites import load_suites
from orchestration.settings import Settings
from orchestration.site.build import build_site
from tests.landing_kit import COUNTY, Home, good_rows
from tests.notify_kit import Mailbox, http_sink, mail_server, write_channels
from tests.pdf_kit import page_texts
from tests.requirements import require
from tests.unit.site.fabricated import HOSTILE, fabricate

NOW = datetime(2026, 3, 20, 9, 0)
CHECK = "births_timely"


@pytest.fixture(scope="module", name="founded")
def _founded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home with one alert and the pages of a publication; its labels are hostile."""
    suites = load_suites(Settings().expectations)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deliver, "load_suites", lambda _: {"births": [t for t in suites["births"] if t.id == CHECK]})
        home = Home(tmp_path_factory.mktemp("mailed") / "home")
        home.land(home.areas())
        rows = [
            row | ({"birth_date": "2015-01-01"} if n < 30 else {}) for n, row in enumerate(good_rows("births", 100))
        ]
        home.land(home.rows(f"births_{COUNTY}_201503.csv", rows))
    published = home.settings.published
    marts = fabricate(published.parent / "fabricated.duckdb", hostile=True)
    build_site(marts, published / "site", generated_at=datetime(2015, 4, 8, tzinfo=UTC), publication="1")
    yield home


@pytest.fixture(name="home")
def _home(tmp_path: Path, founded: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(dispatching, "watch_deadlines", lambda *_: None)
    copy = Home(tmp_path / "home")
    shutil.copytree(founded.settings.root, copy.settings.root, dirs_exist_ok=True)
    return copy


def parts_of(message: email.message.Message) -> tuple[str, list[email.message.Message]]:
    """The text of a mail, and what is attached."""
    texts = [part for part in message.walk() if part.get_content_type() == "text/plain"]
    return texts[0].get_payload(decode=True).decode(), [p for p in message.walk() if p.get_filename()]


def only(mailbox: Mailbox) -> tuple[str, list[email.message.Message]]:
    [message] = mailbox.messages
    return parts_of(message)


def browser_that(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    (folder / "chromium").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "chromium").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def prints(home: Home) -> list[str]:
    return sorted(path.name for path in home.settings.outbox.iterdir()) if home.settings.outbox.exists() else []


def test_a_mail_carries_the_monthly_report_as_a_pdf_that_opens_and_labels_stay_text(home: Home, tmp_path: Path) -> None:
    require("chromium")
    with mail_server() as (url, mailbox), http_sink() as sink:
        write_channels(home.settings.alerts_path, {"mail": url, "hook": sink.url})
        assert dispatch(home.settings, NOW).sent == 2
        text, [attached] = only(mailbox)
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_filename() == "report-monthly.pdf"
    assert enclosure.ATTACHED in text
    (tmp_path / "report.pdf").write_bytes(attached.get_payload(decode=True))
    pages = page_texts(tmp_path / "report.pdf")
    assert len(pages) == 2
    assert "月报" in pages[0] and "签署" in pages[1]
    assert HOSTILE in "".join(pages)
    assert sink.posts[0].text.count("月报") == 0, "what is no mailbox hears nothing of it"
    assert [path.stat().st_mode & 0o777 for path in home.settings.outbox.iterdir()] == [0o600]


def test_every_attempt_sends_the_same_bytes_whatever_is_published_meanwhile(home: Home) -> None:
    require("chromium")
    sent: list[dict] = []

    def refuse(jobs: list[dict], _: float) -> dict[str, bool]:
        sent.extend(job | {"bytes": Path(job["attachment"]).read_bytes()} for job in jobs)
        return {job["batch"]: False for job in jobs}

    with mail_server() as (url, mailbox):
        write_channels(home.settings.alerts_path, {"mail": url})
        dispatch(home.settings, NOW, send=refuse)
        page = home.settings.published / "site" / "report-monthly.html"
        page.write_text(page.read_text(encoding="utf-8").replace("月报", "另一期"), encoding="utf-8")
        dispatch(home.settings, NOW + timedelta(minutes=10), send=refuse)
        assert dispatch(home.settings, NOW + timedelta(hours=1)).sent == 1
        text, [attached] = only(mailbox)
    assert sent[0] == sent[1]
    assert attached.get_payload(decode=True) == sent[0]["bytes"]
    assert text.replace("\r\n", "\n").strip() == sent[0]["body"].strip()
    assert prints(home) == [], "what was sent, and is of no publication that stands, is not kept"


def test_a_print_of_the_publication_that_stands_is_made_once(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    require("chromium")
    made = []
    printing = enclosure.print_pdf
    monkeypatch.setattr(enclosure, "print_pdf", lambda *a: (made.append(a[0].name), printing(*a)))
    with mail_server() as (first, box), mail_server() as (second, other):
        write_channels(home.settings.alerts_path, {"mail": first})
        dispatch(home.settings, NOW)
        assert len(prints(home)) == 1
        home.ask("update quality.alert_events set routed_at = null")
        write_channels(home.settings.alerts_path, {"another": second})
        dispatch(home.settings, NOW + timedelta(hours=1))
    assert made == ["report-monthly.html"]
    assert [len(parts_of(message)[1]) for message in (*box.messages, *other.messages)] == [1, 1]


@pytest.mark.parametrize(
    ("script", "why"),
    [("exit 7", "exit code 7"), ("sleep 600", "within"), ("exit 0", "could not print")],
    ids=["fails", "hangs", "prints nothing"],
)
def test_a_browser_that_fails_does_not_stop_the_mail_and_the_mail_says_so(
    home: Home, script: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser_that(tmp_path / "bin", script, monkeypatch)
    monkeypatch.setattr(dispatching, "enclosures", lambda *a: enclosure.enclosures(*a, seconds=1))
    began = time.monotonic()
    with mail_server() as (url, mailbox):
        write_channels(home.settings.alerts_path, {"mail": url})
        assert dispatch(home.settings, NOW).sent == 1
        text, attached = only(mailbox)
    assert time.monotonic() - began < 30
    assert attached == []
    assert "月报未能附上 / the monthly report is not attached: Chromium" in text and why in text
    assert CHECK[:6] in text
    assert prints(home) == []


def test_without_a_browser_the_mail_goes_without_and_stays_so(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a message carries is decided once: a browser that is installed between two attempts changes nothing."""
    with mail_server() as (url, mailbox):
        write_channels(home.settings.alerts_path, {"mail": url})
        with monkeypatch.context() as patch:
            patch.setenv("PATH", str(tmp_path))
            dispatch(home.settings, NOW, send=lambda jobs, _: {job["batch"]: False for job in jobs})
        assert dispatch(home.settings, NOW + timedelta(hours=1)).sent == 1
        text, attached = only(mailbox)
    assert attached == []
    assert "not attached: PDFs are printed by Chromium, which is not installed" in text


def test_a_print_that_is_too_large_is_not_attached(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = 'for a; do case $a in --print-to-pdf=*) head -c 5100000 /dev/zero > "${a#*=}";; esac; done'
    browser_that(tmp_path / "bin", script, monkeypatch)
    with mail_server() as (url, mailbox):
        write_channels(home.settings.alerts_path, {"mail": url})
        assert dispatch(home.settings, NOW).sent == 1
        text, attached = only(mailbox)
    assert attached == [] and "it has 5.1 MB, more than 5" in text


def test_a_print_that_is_gone_does_not_keep_the_message_back(home: Home) -> None:
    require("chromium")
    with mail_server() as (url, mailbox):
        write_channels(home.settings.alerts_path, {"mail": url})
        dispatch(home.settings, NOW, send=lambda jobs, _: {job["batch"]: False for job in jobs})
        shutil.rmtree(home.settings.outbox)
        assert dispatch(home.settings, NOW + timedelta(hours=1)).sent == 1
        text, attached = only(mailbox)
    assert attached == [] and "not attached: its file is gone" in text


@pytest.mark.parametrize("why", ["turned off", "nothing published"])
def test_it_can_be_turned_off_and_without_a_publication_nothing_is_said(home: Home, why: str) -> None:
    if why == "nothing published":
        shutil.rmtree(home.settings.published)
    options = {"channels": {"report": "none"}} if why == "turned off" else {}
    with mail_server() as (url, mailbox):
        write_channels(home.settings.alerts_path, {"mail": url}, **options)
        dispatch(home.settings, NOW)
        text, attached = only(mailbox)
    assert attached == [] and "月报" not in text and prints(home) == []


def test_a_channel_may_take_the_english_edition(home: Home, tmp_path: Path) -> None:
    require("chromium")
    with mail_server() as (url, mailbox):
        write_channels(home.settings.alerts_path, {"mail": url}, channels={"report": "en"})
        dispatch(home.settings, NOW)
        _, [attached] = only(mailbox)
    (tmp_path / "report.pdf").write_bytes(attached.get_payload(decode=True))
    assert "monthly report" in page_texts(tmp_path / "report.pdf")[0]


def test_a_kill_while_printing_loses_no_message(home: Home, tmp_path: Path) -> None:
    """Nothing was sent and nothing decided: the next dispatch begins anew, and what the first left is swept away."""
    require("chromium")
    (tmp_path / "bin").mkdir()
    started = tmp_path / "started"
    (tmp_path / "bin" / "chromium").write_text(
        f"#!/bin/sh\necho $$ > {started}.part && mv {started}.part {started}\nexec sleep 600\n"
    )
    (tmp_path / "bin" / "chromium").chmod(0o755)
    with mail_server() as (url, mailbox):
        write_channels(home.settings.alerts_path, {"mail": url})
        code = (
            "from datetime import datetime; from orchestration.notify import dispatch as d; d.watch_deadlines = lambda *_: None; "
            "from orchestration.settings import Settings; d.dispatch(Settings(), datetime(2026, 3, 20, 9, 0))"
        )
        env = os.environ | {"RENKOU_HOME": str(home.settings.root), "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
        process = subprocess.Popen([sys.executable, "-c", code], env=env)
        until = time.monotonic() + 60
        while not started.exists():
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        os.kill(int(started.read_text()), signal.SIGKILL)  # a real browser ends by itself
        assert mailbox.messages == []
        assert dispatch(home.settings, NOW + timedelta(minutes=1)).sent == 1
        _, attached = only(mailbox)
    assert len(attached) == 1
    assert all(name.endswith(".pdf") and not name.startswith(".") for name in prints(home))
