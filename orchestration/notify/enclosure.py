"""What a mail carries: the monthly report of the publication that stands, printed once and kept until it is sent.

Whatever hinders the print costs the attachment and a line that says so, never the message.
"""

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

from orchestration.errors import cause_of
from orchestration.settings import Settings
from orchestration.site.pdf import NoBrowser, print_pdf
from orchestration.site.reports import MONTHLY, kinds
from orchestration.warehouse import private_files

SECONDS = 20.0  # for all editions of a dispatch: Dagster's sensor, which sends too, has a minute
LARGEST = 5_000_000  # bytes; mail servers refuse what is much larger
ATTACHED = "附件：最近一次发布的月报（PDF）/ attached: the monthly report of the last publication (PDF)"
NOT_ATTACHED = "月报未能附上 / the monthly report is not attached: {}"
GONE = "its file is gone"


@dataclass(frozen=True)
class Enclosure:
    """The name of a file in outbox/ (empty: nothing is attached) and the line of the message about it (empty: none)."""

    file: str = ""
    note: str = ""


def enclosures(settings: Settings, editions: set[str], seconds: float = SECONDS) -> dict[str, Enclosure]:
    """By edition (zh, en) what a message formed now carries; nothing without a publication. It raises nothing."""
    until = time.monotonic() + seconds
    return {edition: _enclosure(settings, edition, until - time.monotonic()) for edition in sorted(editions)}


def _enclosure(settings: Settings, edition: str, seconds: float) -> Enclosure:
    page = settings.published / "site" / f"{kinds()[MONTHLY].page(edition)}.html"
    if not page.is_file():
        return Enclosure()
    try:
        path = settings.outbox / _name(page, edition)
        if not path.is_file():
            with private_files():
                settings.outbox.mkdir(parents=True, exist_ok=True)
                print_pdf(page, path, max(seconds, 0.1))
        size = path.stat().st_size
    except NoBrowser as error:
        return Enclosure(note=NOT_ATTACHED.format(error))
    except OSError as error:
        return Enclosure(note=NOT_ATTACHED.format(cause_of(error)))
    if size > LARGEST:
        return Enclosure(note=NOT_ATTACHED.format(f"it has {size / 1e6:.1f} MB, more than {LARGEST / 1e6:.0f}"))
    return Enclosure(path.name, ATTACHED)


def _name(page: Path, edition: str) -> str:
    """A name by the page's content: one publication's report is printed once, and another's never takes its place."""
    return f"{MONTHLY}-{edition}-{hashlib.sha256(page.read_bytes()).hexdigest()[:16]}.pdf"


def sweep(settings: Settings, needed: set[str]) -> None:
    """Remove prints that no waiting message needs, but for those of the present publication."""
    for edition in ("zh", "en"):
        page = settings.published / "site" / f"{kinds()[MONTHLY].page(edition)}.html"
        if page.is_file():
            needed = needed | {_name(page, edition)}
    for path in settings.outbox.glob("*") if settings.outbox.is_dir() else ():
        if path.name not in needed:
            path.unlink(missing_ok=True)
