"""The benchmark of credentials runs, and measures what it names."""

import pytest
from benchmarks import credentials


def test_it_prints_a_figure_for_each_thing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(credentials, "ROUNDS", 1)
    monkeypatch.setattr(credentials, "BULK", 3)
    monkeypatch.setattr(credentials, "best", lambda work, times: (work(), 1.0)[1])

    credentials.main()

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8
    assert lines[1] == "canonical form, by template                    1.0 µs"
    assert lines[6].startswith("3 awards to signed bytes, embedded")


def test_the_awards_that_are_measured_differ():
    many = credentials.awards(6)

    assert len({award.id for award in many}) == 6
    assert {len(award.evidence) for award in many} == {0, 1, 2}
