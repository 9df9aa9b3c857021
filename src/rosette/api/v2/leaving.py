"""/v2/users/self: taking one's data along, and ending the account."""

from django.http import FileResponse, HttpRequest

from rosette.api.auth import Caller
from rosette.api.bodies import body
from rosette.api.v2.envelope import endpoint
from rosette.api.v2.requests import users as requests
from rosette.errors import NotPermitted
from rosette.operations import leaving

WRITE = ("rw:profile",)
ZIP = "application/zip"


@endpoint(scopes=WRITE, media_type=ZIP, refusals=(400, 429))
def export(request: HttpRequest, by: Caller) -> FileResponse:
    """
    All that is kept of you, as a ZIP archive of JSON, public documents and baked images.

    The token must lend all that you may do, since all of it is in there.
    """
    if not by.is_whole:
        raise NotPermitted
    return FileResponse(
        leaving.exported(by.user),
        as_attachment=True,
        filename="rosette-export.zip",
        headers={"Content-Type": ZIP, "Cache-Control": "no-store"},
    )


@endpoint(
    scopes=WRITE,
    status=204,
    body=requests.Leaving,
    refusals=(429,),
    example={"password": "knots and splices"},
)
def remove_self(request: HttpRequest, by: Caller) -> None:
    """
    End your account, for good.

    All that is yours goes: profile, addresses, tokens, collections, imported awards. Awards that
    you got or made stay with their issuers. Who has a password sends it; who has none needs a token
    of the last ten minutes. Refused for the only owner of an issuer: hand it over or delete it
    first. The token must lend all that you may do.
    """
    if not by.is_whole:
        raise NotPermitted
    password = requests.leaving(body(request))
    leaving.leave(by.user, password=password, token_id=by.token_id)
