"""Prints a page of the site with Chromium: the same browser that the pages are tested in, and no other renderer to keep true."""

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from orchestration.errors import RenkouError

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 120
LONGEST_FOLDER = 50  # characters; Chromium makes a socket below it, whose path may have 107
ARGUMENTS = (
    *("--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-pdf-header-footer", "--virtual-time-budget=5000"),
)


class NoBrowser(RenkouError):
    """There is no Chromium to print with, or it printed nothing."""


def print_pdf(page: Path, out: Path, seconds: float = SECONDS) -> None:
    """Print an HTML page to a PDF file, which appears when it is whole.

    NoBrowser where Chromium is absent, fails or takes longer than `seconds`.
    """
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise NoBrowser("PDFs are printed by Chromium, which is not installed (Debian: apt install chromium)")
    folder = tempfile.gettempdir() if len(tempfile.gettempdir()) <= LONGEST_FOLDER else "/tmp"  # noqa: S108
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as profile:
            # Without a sandbox of its own: the page is ours, and a service runs as root or in a container.
            command = [*_bound(), browser, *ARGUMENTS, "--no-sandbox", f"--user-data-dir={profile}"]
            command += [f"--print-to-pdf={part}", page.as_uri()]
            code = _run(command, seconds, os.environ | {"TMPDIR": folder})
        if code is None:
            raise NoBrowser(f"Chromium did not print {page.name} within {seconds:g} seconds")
        if code != 0 or not part.is_file():
            raise NoBrowser(f"Chromium could not print {page.name} (exit code {code})")
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _bound() -> list[str]:
    """What ends a program when this process is killed (Linux; its own children, which hang on its pipes, go with it)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []


def _run(command: list[str], seconds: float, env: dict[str, str]) -> int | None:
    """The exit code; None when time ran out: then the browser and all of its processes are ended."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, env=env, start_new_session=True)
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
