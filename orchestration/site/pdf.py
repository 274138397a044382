"""Prints a page of the site with Chromium: the same browser that the pages are tested in, and no other renderer to keep true."""

import os
import shutil
import subprocess
import tempfile
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


def print_pdf(page: Path, out: Path) -> None:
    """Print an HTML page to a PDF file. Raises NoBrowser where Chromium is absent or fails."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise NoBrowser("PDFs are printed by Chromium, which is not installed (Debian: apt install chromium)")
    folder = tempfile.gettempdir() if len(tempfile.gettempdir()) <= LONGEST_FOLDER else "/tmp"  # noqa: S108
    with tempfile.TemporaryDirectory(dir=folder) as profile:
        # Without a sandbox of its own: the page is ours, and a service runs as root or in a container.
        command = [
            browser,
            *ARGUMENTS,
            "--no-sandbox",
            f"--user-data-dir={profile}",
            f"--print-to-pdf={out}",
            page.as_uri(),
        ]
        done = subprocess.run(
            command, capture_output=True, timeout=SECONDS, check=False, env=os.environ | {"TMPDIR": folder}
        )
    if done.returncode != 0 or not out.is_file():
        raise NoBrowser(f"Chromium could not print {page.name} (exit code {done.returncode})")
