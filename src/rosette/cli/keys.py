"""The keys with which issuers and the site sign."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rosette.cli.house import open_house

if TYPE_CHECKING:
    from rosette.models import Issuer


@click.group()
def keys() -> None:
    """List and exchange the keys that sign credentials."""


@keys.command("list")
def list_keys() -> None:
    """List every key: whose, its name, since when, and whether it signs."""
    open_house()
    from rosette.models import SigningKey

    rows = SigningKey.objects.select_related("issuer").order_by("issuer_id", "kind", "number")
    for row in rows:
        whose = row.issuer.entity_id if row.issuer else "site"
        if row.withdrawn_at:
            state = f"withdrawn {row.withdrawn_at:%Y-%m-%d %H:%M}"
        elif row.retired_at:
            state = f"retired {row.retired_at:%Y-%m-%d %H:%M}"
        else:
            state = "signs"
        click.echo(f"{whose:22}  {row!s:8}  {row.created_at:%Y-%m-%d %H:%M}  {state}")


@keys.command()
@click.argument("issuer", required=False)
@click.option("--site", is_flag=True, help="The keys of the site instead of an issuer's.")
@click.option("--all", "everyone", is_flag=True, help="The keys of all issuers and the site.")
@click.option(
    "--stolen", is_flag=True, help="Nothing that the old keys signed is to count any more."
)
def rotate(issuer: str | None, site: bool, everyone: bool, stolen: bool) -> None:
    """
    Put new keys in the place of those of ISSUER (its entity id).

    The old public keys stay published, so what they signed stays good, unless they are stolen.
    """
    open_house()
    from rosette.models import Issuer, SigningKey
    from rosette.operations import keys as operations

    if (issuer is not None) + site + everyone != 1:
        raise click.UsageError("Name one issuer, or say --site or --all.")
    owners: list[Issuer | None] = [_issuer(issuer)] if issuer else []
    if everyone:
        owners += Issuer.objects.filter(signing_keys__isnull=False).distinct().order_by("id")
    if site or (everyone and SigningKey.objects.filter(issuer=None).exists()):
        owners.append(None)
    for owner in owners:
        made = operations.rotate(owner, stolen=stolen)
        click.echo(f"{owner or 'site'}: {', '.join(map(str, made))}")


@keys.command()
@click.argument("issuer", required=False)
@click.option("--site", is_flag=True, help="The keys of the site instead of an issuer's.")
def export(issuer: str | None, site: bool) -> None:
    """
    Print the public keys of ISSUER (its entity id): its DID document.

    Private keys never leave the server.
    """
    settings = open_house()
    from rosette.openbadges.keys import did_document
    from rosette.operations import keys as operations

    if (issuer is not None) == site:
        raise click.UsageError("Name an issuer, or say --site.")
    owner = _issuer(issuer) if issuer else None
    url = f"{settings.origin}/public/issuers/{owner}" if owner else settings.origin
    found = operations.published(owner.pk if owner else None)
    click.echo(json.dumps(did_document(url, found), indent=2))


@keys.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def for_backups(file: Path) -> None:
    """
    Make a pair of keys for encrypted backups: the private one goes to FILE.

    Keep FILE elsewhere than the backups, and not on this server.
    """
    from rosette.copies import encryption

    private, public = encryption.new_identity()
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as to:
        to.write(f"# public key: {public}\n{private}\n")
    click.echo(f"rosette backup --encrypt-to {public}")
    click.echo(f"rosette restore --identity {file}")


def _issuer(entity_id: str) -> "Issuer":
    from rosette.models import Issuer

    found = Issuer.objects.filter(entity_id=entity_id, source_url=None).first()
    if found is None:
        raise click.ClickException(f"There is no issuer {entity_id}.")
    return found
