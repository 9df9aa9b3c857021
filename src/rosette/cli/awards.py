"""Awards from the shell."""

import sys
import time
from typing import IO

import click

from rosette.cli.house import open_house
from rosette.errors import InvalidInput, NotPermitted


@click.command()
@click.argument("badgeclass")
@click.option(
    "--csv",
    "table",
    type=click.File("rb"),
    required=True,
    metavar="FILE|-",
    help="A table in UTF-8; its first line names the columns: email, and perhaps narrative, "
    "evidence, issuedOn, expires.",
)
@click.option("--by", "email", help="Who awards: one of the issuer's people. Else an owner.")
@click.option("--notify", is_flag=True, help="Announce every award by mail.")
def award(badgeclass: str, table: IO[bytes], email: str | None, notify: bool) -> None:
    """
    Award BADGECLASS (its entityId) to everybody in a table.

    Rows that are refused are named at the end, and hinder no others. If you stop with Ctrl+C, a
    worker goes on.
    """
    open_house()
    from rosette.api.bodies import MalformedBody
    from rosette.api.v2.requests.lines import from_csv
    from rosette.models import IssuerStaff
    from rosette.models.badgeclasses import badgeclass_record
    from rosette.operations import addresses, bulk
    from rosette.operations.policies import Actor

    people = IssuerStaff.objects.filter(issuer__badgeclasses__entity_id=badgeclass)
    if email is None:
        awarding = people.filter(role="owner").select_related("user").order_by("pk").first()
    else:
        awarding = addresses.owned(addresses.normalised(email))
    if awarding is None:
        raise click.ClickException("There is no such badge class, or nobody to award it.")
    person = awarding.user
    record = badgeclass_record(badgeclass, person.pk)
    if record is None:
        raise click.ClickException("There is no such badge class.")
    try:
        lines = bulk.packed_lines(from_csv(table, notify=notify))
        job = bulk.begin(record, lines, by=Actor.person(person))
    except NotPermitted as refusal:
        raise click.ClickException(
            f"{email or person.name} does not work for this issuer."
        ) from refusal
    except InvalidInput as refusal:
        raise click.ClickException(" ".join(map(str, refusal.general))) from refusal
    except MalformedBody as refusal:
        raise click.ClickException(refusal.message) from refusal
    with click.progressbar(length=job.total, label="Awarding", file=sys.stderr) as bar:
        while job.is_open:
            bulk.carry_on(job.pk, seconds=0.5)
            before = job.done
            job.refresh_from_db()
            bar.update(job.done - before)
            if job.is_open and job.done == before:
                time.sleep(0.5)  # a worker has it
    click.echo(f"{job.awarded:,} awarded, {job.failed:,} refused.  Job {job.entity_id}")
    for outcome in bulk.outcomes(job, only_failed=True):
        click.echo(f"  row {outcome.number}: {_said(outcome.errors)}")
    if job.problem:
        raise click.ClickException(job.problem)
    sys.exit(1 if job.failed else 0)


def _said(errors: object) -> str:
    """What is wrong, without the brackets of JSON."""
    if isinstance(errors, dict):
        return "; ".join(
            _said(inner) if name == "non_field_errors" else f"{name}: {_said(inner)}"
            for name, inner in errors.items()
        )
    if isinstance(errors, list):
        return " ".join(map(_said, errors))
    return str(errors)
