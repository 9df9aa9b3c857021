"""Applications and people that the OAuth2 tests have in common."""

import base64
import re
from typing import Any

from rosette.models import Application, User
from tests import factories

PASSWORD = "ten knots and a rope"
SECRET = "kept by the harbor master"
CALLBACK = "https://client.example.org/callback"
_TOKEN = re.compile(r"[A-Za-z0-9]{30}")


def person(email: str = "ada@example.org", **fields: Any) -> User:
    """Somebody who can sign in with ``PASSWORD``."""
    someone = factories.user(email, **fields)
    someone.set_password(PASSWORD)
    someone.save()
    return someone


def confidential(grant: str, scopes: str, **fields: Any) -> Application:
    """The client ``harbor``, whose secret is ``SECRET``."""
    return Application.objects.create(
        **{
            "client_id": "harbor",
            "name": "Harbor",
            "client_type": Application.CLIENT_CONFIDENTIAL,
            "authorization_grant_type": grant,
            "client_secret": SECRET,
            "redirect_uris": CALLBACK,
            "allowed_scopes": scopes,
        }
        | fields
    )


def basic(client_id: str = "harbor", secret: str = SECRET) -> dict[str, str]:
    """The header by which a client names itself."""
    pair = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def shape(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer with ``TOKEN`` for each token that is 30 letters and digits."""
    return {
        name: "TOKEN" if name.endswith("_token") and _TOKEN.fullmatch(value) else value
        for name, value in answer.items()
    }
