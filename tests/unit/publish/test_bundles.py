"""Which measures are audited together: linked ones always, others as memory allows; the verdict is the same."""

from pathlib import Path

import pytest

from orchestration.publish.audit import audit_published
from orchestration.publish.bundles import bundles
from orchestration.publish.linked import read_published
from tests.unit.publish.protection_kit import births, warehouse

COUNTS = births("2014-03", east_1=(3, 1), east_2=(50, 58), west_1=(21, 25))


def test_linked_measures_stay_together_and_money_is_not_audited(tmp_path: Path) -> None:
    connection = warehouse(tmp_path, COUNTS)
    assert sorted(map(sorted, bundles(connection, cells=1))) == [
        ["births", "births_female", "births_male"],
        ["clinics"],
    ]
    assert [sorted(each) for each in bundles(connection)] == [["births", "births_female", "births_male", "clinics"]]


def test_a_difference_links_what_it_is_made_of(tmp_path: Path) -> None:
    connection = warehouse(tmp_path, COUNTS)
    connection.execute("insert into intermediate.int_indicators__live values ('surplus', 'clinics', 1)")
    connection.execute(
        """insert into intermediate.int_indicators__needs values
            ('surplus', 'plus', 'span', date '2014-03-31', '2014-03-01', '2014-03-01', 'births', 'flow', 'sum')"""
    )
    assert len(bundles(connection, cells=1)) == 1


def test_bundles_leave_no_relation_out(tmp_path: Path) -> None:
    connection = warehouse(tmp_path, COUNTS)
    whole = read_published(connection).linked.relations.shape[0]
    parts = [read_published(connection, each).linked.relations.shape[0] for each in bundles(connection, cells=1)]
    assert sum(parts) == whole > 0


def test_the_verdict_is_the_same_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = warehouse(tmp_path, COUNTS)
    whole = audit_published(connection)
    assert whole.pinned
    monkeypatch.setattr("orchestration.publish.audit.bundles", lambda c: bundles(c, cells=1))
    assert audit_published(connection) == whole
