"""Reports as files: the public edition printed from the pages, the office's from exact figures, each with its tables as XLSX."""

from pathlib import Path

from orchestration.errors import RenkouError
from orchestration.publish.analyst import office_marts
from orchestration.publish.annex import write_annex
from orchestration.publish.files import whole
from orchestration.publish.page import NothingPublished
from orchestration.publish.standing import current_marts
from orchestration.settings import Settings
from orchestration.site.editions import office_context, office_name, office_pages, public_context
from orchestration.site.pdf import print_pdf
from orchestration.site.reports import kinds
from orchestration.warehouse import private_files

EDITIONS = ("zh", "en")


class WrongReport(RenkouError):
    """There is no such report, or it may not be written there."""


def write_reports(settings: Settings, out: Path, kind: str = "monthly", *, office: bool = False) -> list[Path]:
    """Write a kind of report (or `all`) into a folder: XLSX and PDFs, of the office HTML as well, which its owner alone may read.

    WrongReport for an unknown kind, or for the office's edition below published/; NothingPublished without pages, QueryError
    without the office's file, NoBrowser without Chromium (what needs none is written then).
    """
    if kind != "all" and kind not in kinds():
        raise WrongReport(f"{kind} is no report: {', '.join(kinds())}, or all")
    if office and out.resolve().is_relative_to(settings.published.resolve()):
        raise WrongReport("the office's edition is not for publication: name a folder outside of published/")
    write = _office if office else _public
    return [path for code in (kinds() if kind == "all" else [kind]) for path in write(settings, out, code)]


def _public(settings: Settings, out: Path, code: str) -> list[Path]:
    kind, marts = kinds()[code], current_marts(settings)
    pages = [settings.published / "site" / f"{kind.page(edition)}.html" for edition in EDITIONS]
    if marts is None or not all(page.is_file() for page in pages):
        raise NothingPublished("there are no pages yet: run `renkou run` or `renkou publish` first")
    out.mkdir(parents=True, exist_ok=True)
    made = [out / f"{kind.page('zh')}.xlsx"]
    write_annex(*public_context(marts, kind), made[0])
    return made + _printed(pages, out)


def _office(settings: Settings, out: Path, code: str) -> list[Path]:
    kind, office, marts = kinds()[code], office_marts(settings), current_marts(settings)
    if marts is None:
        raise NothingPublished("nothing has been published yet: run `renkou run` first")
    with private_files():
        out.mkdir(parents=True, exist_ok=True)
        context, stamp = office_context(office, marts, kind)
        made = [out / f"{office_name(kind, 'zh')}.xlsx"]
        write_annex(context, stamp, made[0])
        for name, text in office_pages(kind, context, stamp).items():
            made.append(out / f"{name}.html")
            with whole(made[-1]) as part:
                part.write_text(text, encoding="utf-8", newline="\n")
        return made + _printed([path for path in made if path.suffix == ".html"], out)


def _printed(pages: list[Path], out: Path) -> list[Path]:
    made = [(out / f"{page.stem}.pdf").resolve() for page in pages]
    for page, path in zip(pages, made, strict=True):
        print_pdf(page.resolve(), path)
    return made
