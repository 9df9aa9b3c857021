"""People, from the shell."""

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from django.core.exceptions import ValidationError

from rosette.cli.house import open_house
from rosette.errors import InvalidInput, StillInUse

if TYPE_CHECKING:
    from rosette.models import User


@click.group()
def user() -> None:
    """Make, list, export and delete accounts."""


_password_file = click.option(
    "--password-file",
    type=click.File("r"),
    metavar="FILE|-",
    help="Read the password from the first line of FILE, or of standard input.",
)


@user.command()
@click.argument("email")
@_password_file
@click.option("--admin", is_flag=True, help="Make an administrator of the site.")
@click.option("--first-name", default="", help="First name.")
@click.option("--last-name", default="", help="Last name.")
def add(
    email: str, password_file: click.File | None, admin: bool, first_name: str, last_name: str
) -> None:
    """Make an account whose address counts as verified. Asks for a password if none is given."""
    open_house()
    from rosette.operations import accounts

    try:
        person = accounts.add_person(
            email,
            _password(password_file),
            first_name=first_name,
            last_name=last_name,
            verified=True,
            is_admin=admin,
        )
    except (InvalidInput, ValidationError) as refusal:
        raise click.ClickException(_said(refusal)) from refusal
    click.echo(f"{person.entity_id}  {email.lower()}")


@user.command()
@click.argument("email")
@_password_file
def password(email: str, password_file: click.File | None) -> None:
    """Set a new password for the account with this address."""
    open_house()
    from rosette.operations import accounts

    try:
        accounts.set_password(email, _password(password_file))
    except (InvalidInput, ValidationError) as refusal:
        raise click.ClickException(_said(refusal)) from refusal
    click.echo(f"The password of {email.lower()} is changed.")


@user.command("list")
def list_people() -> None:
    """List the accounts: name, addresses (unverified ones in brackets), administrators by *."""
    open_house()
    from rosette.models import EmailAddress, User

    addresses: dict[int, list[str]] = {}
    for address in EmailAddress.objects.order_by("-primary", "pk"):
        shown = address.email if address.verified else f"({address.email})"
        addresses.setdefault(address.user_id, []).append(shown)
    for person in User.objects.order_by("created_at", "pk"):
        mark = "*" if person.is_superuser else " "
        click.echo(
            f"{person.entity_id} {mark} {', '.join(addresses.get(person.pk, []))}  {person.name}"
        )


@user.command()
@click.argument("email")
@click.argument("identity")
def verify(email: str, identity: str) -> None:
    """Vouch that a web address or telephone number (+…) belongs to the account."""
    open_house()
    from rosette.operations import identifiers

    person = _person(email)
    kind = "telephone" if identity.startswith("+") else "url"
    try:
        found = identifiers.vouch(person, kind, identity)
    except InvalidInput as refusal:
        raise click.ClickException(_said(refusal)) from refusal
    click.echo(f"{found.value} is verified.")


@user.command("one-step")
@click.argument("email")
def one_step(email: str) -> None:
    """Let somebody in by password again, who lost what makes their codes."""
    open_house()
    from rosette.errors import NotFound
    from rosette.operations import audit, second_steps

    person = _person(email)
    try:
        second_steps.turn_off(person, by=audit.SERVER)
    except NotFound as refusal:
        raise click.ClickException(f"{email.lower()} has no two-step sign-in.") from refusal
    click.echo(f"The password of {email.lower()} is enough again. They are told by mail.")


@user.command()
@click.argument("email")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(email: str, file: Path) -> None:
    """Write all that is kept of the person into FILE, a new ZIP archive."""
    open_house()
    from rosette.operations import audit
    from rosette.operations import export as operation

    person = _person(email)
    audit.note("account.export", "user", person.entity_id, by=audit.SERVER)
    try:
        with file.open("xb") as archive:
            operation.write(person, archive)
    except FileExistsError as error:
        raise click.ClickException(f"{file} is there already.") from error
    file.chmod(0o600)
    click.echo(f"{file} holds all that is kept of {email.lower()}.")


@user.command()
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(email: str, yes: bool) -> None:
    """End the account with this address; awards stay with their issuers."""
    open_house()
    from rosette.operations import leaving

    person = _person(email)
    if not yes:
        click.confirm(f"End the account of {person.name or email} for good?", abort=True)
    try:
        leaving.end(person)
    except StillInUse as refusal:
        raise click.ClickException(refusal.message) from refusal
    click.echo(f"The account of {email.lower()} is gone.")


def _person(email: str) -> "User":
    from rosette.operations import accounts

    person = accounts.find_by_login(email)
    if person is None:
        raise click.ClickException(f"There is no account with the address '{email}'.")
    return person


def _password(file: click.File | None) -> str:
    if file is not None:
        return file.readline().rstrip("\r\n")  # type: ignore[attr-defined,no-any-return]
    if not sys.stdin.isatty():
        raise click.ClickException("Say --password-file FILE, or - to pipe the password in.")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Again: "):
        raise click.ClickException("The two passwords differ.")
    return first


def _said(refusal: InvalidInput | ValidationError) -> str:
    if isinstance(refusal, ValidationError):
        return " ".join(refusal.messages)
    texts = [str(text) for value in refusal.fields.values() for text in value]
    return " ".join([*texts, *(str(item) for item in refusal.general)])
