"""Every text of the pages and mails is there in German; what is shipped is what was translated."""

import gettext
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from tests.services import Unavailable, install

_PACKAGE = Path(__file__).parents[1] / "src" / "rosette"
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


@pytest.fixture(scope="module")
def german() -> Catalog:
    return _read(_PACKAGE / "locale/de/LC_MESSAGES/django.po")


def test_every_text_of_the_pages_has_a_translation(german: Catalog, tmp_path: Path) -> None:
    if shutil.which("xgettext") is None:
        install("gettext")
    if shutil.which("xgettext") is None:
        raise Unavailable("gettext is not installed and cannot be installed here: install it.")
    copy = tmp_path / "rosette"
    shutil.copytree(_PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "static"))
    collect = ("makemessages", "-l", "de", "--no-obsolete", "--no-location")
    # Without settings, for those name the folder of the texts that are shipped.
    bare = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-P", "-m", "django", *collect]
    subprocess.run(command, cwd=copy, env=bare, check=True, capture_output=True)

    asked = {_key(message) for message in _read(copy / "locale/de/LC_MESSAGES/django.po")}
    done = {_key(message) for message in german}

    assert asked - done == set(), "run `make messages` and translate these"
    assert done - asked == set(), "run `make messages`: these are not used any more"


def test_texts_are_marked_by_names_that_are_collected() -> None:
    aliases = {
        (str(path.relative_to(_PACKAGE)), name)
        for path in _PACKAGE.rglob("*.py")
        for name in re.findall(r"\bn?p?gettext\w* as (\w+)", path.read_text("utf-8"))
        if name != "_"
    }
    assert aliases == set(), "the program that collects texts does not know these"


def test_no_translation_is_missing_or_doubtful(german: Catalog) -> None:
    assert [_key(message) for message in german if message.id and not _is_whole(message)] == []


def test_translations_say_what_the_texts_say(german: Catalog) -> None:
    wrong = [
        (original, translated)
        for message in german
        if message.id
        for original, translated in _pairs(message)
        if set(_PLACEHOLDER.findall(translated)) - set(_PLACEHOLDER.findall(original))
        or (not message.pluralizable and _placeholders(original) != _placeholders(translated))
    ]
    assert wrong == []


def test_what_is_shipped_is_what_was_translated(german: Catalog) -> None:
    with (_PACKAGE / "locale/de/LC_MESSAGES/django.mo").open("rb") as file:
        shipped = gettext.GNUTranslations(file)

    stale = [
        _key(m) for m in german if m.id and not m.pluralizable and _shipped(shipped, m) != m.string
    ]
    assert stale == [], "run `make messages`"


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def _key(message: Message) -> tuple[str, str]:
    text = message.id if isinstance(message.id, str) else message.id[0]
    return message.context or "", text


def _is_whole(message: Message) -> bool:
    texts = (message.string,) if isinstance(message.string, str) else message.string
    return all(texts) and not message.fuzzy


def _pairs(message: Message) -> list[tuple[str, str]]:
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    return [("".join(message.id), text) for text in message.string]


def _placeholders(text: str) -> list[str]:
    return sorted(_PLACEHOLDER.findall(text))


def _shipped(shipped: gettext.GNUTranslations, message: Message) -> str:
    text = str(message.id)
    return shipped.pgettext(message.context, text) if message.context else shipped.gettext(text)
