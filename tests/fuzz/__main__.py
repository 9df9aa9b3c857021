"""
``python -m tests.fuzz [--seconds N] [TARGET …]``: look for what breaks, for so long each.

Guided by coverage, with atheris, which ``make fuzz`` puts beside the rest. What was found to lead
anywhere new is kept under ``.tools/fuzz/TARGET`` and taken up again; what broke something is
written into ``.tools/fuzz/TARGET-crash-…`` and told. Ends with 1 if anything broke.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

_FOLDER = Path(__file__).parents[2] / ".tools" / "fuzz"


def main() -> int:
    """Run each target in a process of its own, because atheris never comes back."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--seconds", type=int, default=60, help="how long, for each target")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    asked = parser.parse_args()
    if asked.inside:
        _fuzz(asked.targets[0], asked.seconds)
    import django

    import tests.environment  # noqa: F401 -- the settings

    django.setup()
    from tests.fuzz.targets import TARGETS

    broken = []
    for name in asked.targets or TARGETS:
        command = [
            sys.executable,
            "-m",
            "tests.fuzz",
            "--inside",
            f"--seconds={asked.seconds}",
            name,
        ]
        print(f"== {name}, {asked.seconds} s", flush=True)
        if subprocess.run(command, check=False).returncode:
            broken.append(name)
    if broken:
        print(f"!! broken: {', '.join(broken)}; see {_FOLDER}")
    return bool(broken)


def _fuzz(name: str, seconds: int) -> None:
    import atheris

    import tests.environment  # noqa: F401 -- the settings

    with atheris.instrument_imports(include=["rosette"]):
        import django

        django.setup()
        from tests.fuzz.targets import SEEDS, TARGETS, WORDS
    corpus = _FOLDER / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS[name]):
        (corpus / f"seed-{number}").write_bytes(seed)
    words = corpus.with_suffix(".words")
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in WORDS))
    atheris.Setup(
        [
            sys.argv[0],
            *(str(corpus), f"-dict={words}", f"-max_total_time={seconds}"),
            *("-timeout=60", "-max_len=20000", "-rss_limit_mb=2000", "-verbosity=0"),
            f"-artifact_prefix={_FOLDER}{os.sep}{name}-",
        ],
        TARGETS[name],
    )
    atheris.Fuzz()


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    sys.exit(main())
