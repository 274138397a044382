"""All of it or nothing, said in one place."""

import duckdb
import pytest

from orchestration.settings import PROJECT_ROOT
from orchestration.warehouse import transaction


def test_what_fails_leaves_nothing_and_what_does_not_stays() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table kept (n int primary key)")
        for error, statement in (
            (ZeroDivisionError, "select 1"),
            (duckdb.ConstraintException, "insert into kept values (1)"),
            (duckdb.ParserException, "no statement"),
        ):
            with pytest.raises(error), transaction(connection):
                connection.execute("insert into kept values (1)")
                connection.execute(statement)
                raise ZeroDivisionError
        with pytest.raises(KeyboardInterrupt), transaction(connection):
            connection.execute("insert into kept values (1)")
            raise KeyboardInterrupt
        assert connection.execute("from kept").fetchall() == []
        with transaction(connection):
            connection.execute("insert into kept values (2)")
        assert connection.execute("from kept").fetchall() == [(2,)]


def test_the_error_is_told_even_where_the_transaction_is_gone() -> None:
    with duckdb.connect() as connection, pytest.raises(ZeroDivisionError), transaction(connection):
        connection.execute("rollback")
        raise ZeroDivisionError


def test_nobody_else_says_it_by_hand() -> None:
    folder = PROJECT_ROOT / "orchestration"
    found = {
        str(path.relative_to(folder))
        for path in folder.rglob("*.py")
        if "begin transaction" in path.read_text(encoding="utf-8")
    }
    assert found == {"warehouse.py"}
