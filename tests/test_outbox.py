"""Mail as files."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core import mail

from rosette import outbox
from tests import mailserver


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    """A folder that is not there yet, and the settings that file mail in it."""
    settings.EMAIL_BACKEND = "rosette.outbox.FileOutbox"
    settings.EMAIL_FILE_PATH = str(tmp_path / "data" / "mail")
    return tmp_path / "data" / "mail"


def write(subject="Knots", text="Tie ten knots.\n", to=("bob@example.org",)):
    return mail.EmailMultiAlternatives(subject, text, "ada@example.org", list(to)).send()


def test_each_message_is_a_whole_file_that_only_its_owner_reads(folder):
    assert write() == 1

    [path] = folder.iterdir()
    message = mailserver.parsed(path.read_bytes())
    assert path.suffix == ".eml"
    assert (message["Subject"], message["To"]) == ("Knots", "bob@example.org")
    assert message.get_content() == "Tie ten knots.\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_names_of_the_files_sort_by_time(folder):
    for number in range(20):
        write(subject=f"Knot {number}")

    assert [
        mailserver.parsed(path.read_bytes())["Subject"] for path in sorted(folder.iterdir())
    ] == [f"Knot {number}" for number in range(20)]


def test_a_message_to_nobody_is_not_written(folder):
    assert write(to=[]) == 0

    assert not folder.exists()


def test_a_folder_that_cannot_be_written_is_an_error(folder):
    folder.parent.mkdir()
    folder.write_text("in the way")

    with pytest.raises(OSError):
        write()


def test_the_backend_takes_a_folder_of_its_own(tmp_path):
    with mail.get_connection(file_path=str(tmp_path / "other")) as connection:
        connection.send_messages(
            [mail.EmailMessage("Knots", "", "ada@example.org", ["bob@example.org"])]
        )

    assert len(list((tmp_path / "other").iterdir())) == 1


def test_what_is_filed_is_listed_newest_first_and_shown_as_text(folder):
    write(subject="Grüße", text="Erster\n")
    write(subject="Knots")

    newest, oldest = outbox.filed(outbox.folder())

    assert outbox.folder() == folder
    assert (newest.subject, newest.to, oldest.subject) == ("Knots", "bob@example.org", "Grüße")
    assert timedelta(0) <= datetime.now(UTC) - oldest.sent_at < timedelta(seconds=20)
    head, _, body = outbox.shown(folder, oldest.name).partition("\n\n")
    assert head.splitlines()[1:] == [
        "From: ada@example.org",
        "To: bob@example.org",
        "Subject: Grüße",
    ]
    assert body == "Erster\n"


@pytest.mark.parametrize("name", ["nothing.eml", "../secret.key", "/etc/hostname", "part"])
def test_only_messages_of_the_folder_are_shown(folder, name):
    folder.mkdir(parents=True)
    Path(folder.parent / "secret.key").write_text("secret")
    Path(folder / "part").write_text("half a message")

    with pytest.raises(FileNotFoundError):
        outbox.shown(folder, name)


def test_nothing_is_listed_before_the_first_message(folder):
    assert outbox.filed(folder) == []
