"""A sample issuer with badge classes and awards, so that there is something to see."""

import click

from rosette.cli.house import open_house


@click.command()
def demo() -> None:
    """Add a sample issuer with badges and awards."""
    settings = open_house()
    from rosette.errors import StillInUse
    from rosette.operations import demo as operation

    try:
        made = operation.make()
    except StillInUse as refusal:
        raise click.ClickException(refusal.message) from refusal
    public = f"{settings.origin}/public"
    click.echo(f"Issuer  {public}/issuers/{made.issuer.entity_id}")
    for badgeclass, awards in made.badges:
        click.echo(f"Badge   {public}/badges/{badgeclass.entity_id}  {badgeclass.name}")
        for award in awards:
            click.echo(
                f"  Award {public}/assertions/{award.entity_id}  to {award.recipient_identity}"
            )
    click.echo(f"The administrators see it under {settings.origin}/issuers. To sign in as Ada, who")
    click.echo(f"owns it, or as Bob, who has earned: `rosette user password {operation.OWNER}`,")
    click.echo("`rosette user add bob@example.org`.")
