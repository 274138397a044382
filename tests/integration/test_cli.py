"""The command line: help with examples, exit codes, one clear message."""

import pytest
from city_run import CityRun

COMMANDS = [
    ["land"], ["run"], ["status"], ["deliveries"], ["accept"], ["publish"], ["assess"], ["sql"], ["freeze"], ["sign-off"],
    ["export"], ["revisions"], ["check"], ["template"], ["history"], ["dev"], ["demo", "generate"], ["demo", "run"],
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_helps_with_an_example(city: CityRun, command: list[str]) -> None:
    said = city.renkou(*command, "--help").stdout
    assert "Example: renkou " + " ".join(command) in said


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "--month", "202年9月"], 2, "not a month"),
        (["run", "--month", "2015-13"], 2, "not a month"),
        (["run", "--month", "2014-09", "--publish-last", "2"], 2, "--publish-last is for a backlog"),
        (["land", "birth_990101_201503.csv"], 2, "did you mean 'births'"),
        (["land", "births_990101_201503.csv"], 2, "no_such_file"),
        (
            ["assess", "--scheme", "none", "--period", "2014-09"],
            2,
            "those that are: ankang_county_2014, ezhou, jingdong, susong",
        ),
        (["accept", "999999", "--reason", "x", "--by", "y"], 2, "not_held"),
        (["sql", "select nonsense"], 2, "nonsense"),
        (["sql", "select * from read_csv('/etc/passwd')"], 2, "disabled"),
        (["sql", "create table t as select 1"], 2, "read-only"),
    ],
)
def test_wrong_calls_end_with_one_message_and_exit_code(
    city: CityRun, arguments: list[str], code: int, message: str
) -> None:
    done = city.renkou(*arguments, check=False)
    assert done.returncode == code
    assert message in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_queries_before_the_first_publication_say_what_to_do(tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = CityRun(tmp_path_factory.mktemp("empty") / "home")
    done = empty.renkou("sql", "select 1", check=False)
    assert done.returncode == 2
    assert "nothing has been published yet" in done.stderr


def test_status_of_a_home_without_data_is_all_noughts(tmp_path_factory: pytest.TempPathFactory) -> None:
    facts = CityRun(tmp_path_factory.mktemp("bare") / "home").json("status")
    assert {figures["rows"] for figures in facts["registers"].values()} == {0}
    assert set(facts["run"].values()) == {0}
    assert facts["publication"] is None
