"""The records of the generator, and what is needed to say when and where each counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.demo.arrivals import Arrival, Hits, arrival
from orchestration.demo.book import Flow
from orchestration.demo.ground import Ground
from orchestration.demo.life import INSTITUTIONS_PER_COUNTY
from orchestration.demo.linked import Linked
from orchestration.demo.months import Bool, Int
from orchestration.demo.records import Records
from orchestration.demo.truth import Run


@dataclass(frozen=True)
class Sight:
    """The records and what is needed to place them."""

    linked: Linked
    ground: Ground
    run: Run
    hits: Hits

    def arrival(self, register: str, records: Records) -> Arrival:
        """Arrivals of a register's records."""
        return arrival(register, records["registered"], self.run)

    def flow(self, register: str, records: Records, came: Arrival, days: Int, hit: Bool | None = None) -> Flow:
        """All records of a register on the day that counts."""
        hit = self.hits.mask(register, len(records)) if hit is None else hit
        return Flow(register, came.event(days), came.first, records["village"], hit)

    def of_county(self, institution: Int) -> Int:
        """The county of each institution, as an area."""
        return (self.ground.starts["county"] + institution // INSTITUTIONS_PER_COUNTY).astype(np.int32)
