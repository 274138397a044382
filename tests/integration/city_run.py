"""One small city, taken the whole way once for all tests of this folder that look at its end."""

import csv
import gzip
import json
import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.demo.generate import generate
from orchestration.demo.options import CityOptions

LAST_MONTH = "2014-09"
CANARY_NAME, CANARY_ADDRESS = "金丝雀甲乙", "鸟笼大道四十二号金丝雀里"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def identifier(body: str) -> str:
    """An identifier with its check digit (GB 11643), reckoned here on its own."""
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


CANARY_GOOD = identifier("99010119550505777")
CANARY_BAD = CANARY_GOOD[:-1] + ("1" if CANARY_GOOD[-1] != "1" else "2")


@dataclass(frozen=True)
class CityRun:
    """A home folder after generation, landing and one monthly run."""

    home: Path

    def renkou(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `renkou` on this home; its output as text."""
        env = os.environ | {"RENKOU_HOME": str(self.home), "RENKOU_SETTLE_SECONDS": "0", "TMPDIR": str(self.tmp)}
        env.pop("RENKOU_KEY_FILE", None)
        command = [sys.executable, "-c", "from orchestration.cli import main; main()", *arguments]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600, check=False)
        if check and done.returncode:
            raise AssertionError(f"renkou {' '.join(arguments[:2])} ended with {done.returncode}:\n{done.stderr}")
        return done

    @property
    def tmp(self) -> Path:
        folder = self.home.parent / "tmp"
        folder.mkdir(exist_ok=True)
        return folder

    def json(self, *arguments: str) -> Any:
        """A command's answer as data."""
        return json.loads(self.renkou(*arguments, "--json").stdout)

    def truth(self, basis: str, clock: str) -> dict[tuple[str, str, str], int]:
        """(month, village, measure) -> count of a basis and clock, as the generator wrote it."""
        counts: dict[tuple[str, str, str], int] = defaultdict(int)
        with (self.home / "truth" / "counts.csv").open(encoding="utf-8") as handle:
            for row in csv.DictReader(handle):
                if row["basis"] == basis and row["clock"] == clock and not row["stratum"]:
                    counts[row["month"], row["area_code"], row["measure"]] += int(row["value"])
        return dict(counts)

    def faults(self) -> list[dict[str, str]]:
        """Every injected fault."""
        with (self.home / "truth" / "faults.csv").open(encoding="utf-8") as handle:
            return list(csv.DictReader(handle))


def _add_canaries(inbox: Path) -> None:
    """Two marked persons at the end of one county's last population file: one sound, one with a wrong check digit."""
    path = inbox / f"population_990101_{LAST_MONTH.replace('-', '')}.csv.gz"
    lines = gzip.decompress(path.read_bytes()).decode("gb18030").splitlines()
    cells = lines[1].split(",")
    for number in (CANARY_GOOD, CANARY_BAD):
        cells[0:5] = [number, CANARY_NAME, CANARY_ADDRESS, "男", "1955-05-05"]
        lines.append(",".join(cells))
    path.write_bytes(gzip.compress("\n".join(lines).encode("gb18030"), mtime=0))


def run_city(home: Path) -> CityRun:
    """Generate 12,000 persons over policy year 2014; land all months but the last, which goes through Dagster."""
    generate(CityOptions(persons=12_000, months=12, seed=7), home)
    _add_canaries(home / "inbox")
    city = CityRun(home)
    last = LAST_MONTH.replace("-", "")
    earlier = sorted(str(path) for path in (home / "inbox").iterdir() if f"_{last}" not in path.name)
    city.renkou("land", *earlier, check=False)
    city.renkou("run", "--month", LAST_MONTH, check=False)  # 1 when a delivery of the last month is held
    return city
