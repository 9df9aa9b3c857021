"""What the command line means."""

import pytest
from benchmarks.__main__ import _parser, chosen
from benchmarks.results import Options


def options(*arguments: str) -> Options:
    parser = _parser()
    return chosen(parser.parse_args(arguments), parser)


def test_without_any_it_is_the_whole_run_on_both_databases():
    assert options() == Options(
        databases=("sqlite", "postgresql"),
        growth=(10_000, 5_000_000),
        rounds=3,
        job=1_000_000,
        only=(),
    )


def test_each_choice_holds_for_a_quick_run_as_well():
    chosen = options("--quick", "--databases", "postgresql", "--growth", "500,100", "--rounds", "2")

    assert (chosen.databases, chosen.growth, chosen.rounds) == (("postgresql",), (100, 500), 2)
    assert chosen.seconds < Options().seconds


def test_operations_are_chosen_by_parts_of_their_names():
    chosen = options("--only", "304,batch", "--job", "0")

    wanted = [
        name for name in ("batch of 100", "award", "public document, 304") if chosen.wants(name)
    ]
    assert wanted == ["batch of 100", "public document, 304"]
    assert chosen.job == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--only", "nonsense"], "choose of public document"),
        (["--databases", "oracle"], "not oracle, but sqlite, postgresql"),
        (["--vs", "http://localhost:1"], "--vs wants --vs-token"),
    ],
)
def test_what_means_nothing_is_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(SystemExit):
        options(*arguments)

    assert said in capsys.readouterr().err
