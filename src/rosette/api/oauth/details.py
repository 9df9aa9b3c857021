"""Authorization details (RFC 9396): which credentials a wallet says that it will ask for."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

import orjson
from pydantic import Field
from typing_extensions import TypedDict

from rosette.api import examples
from rosette.api.shapes import Shape, read
from rosette.errors import InvalidInput
from rosette.models import Offer
from rosette.operations import wallets
from rosette.operations.offers import CONFIGURATIONS, Declined

TYPE: Final = "openid_credential"
_EXAMPLE: Final = next(iter(CONFIGURATIONS))


class Detail(Shape):
    """One credential, in one form (OpenID4VCI 1.0, "Using Authorization Details Parameter")."""

    type: Literal["openid_credential"]
    credential_configuration_id: str


class DetailObject(TypedDict):
    """The same, with the names under which it is to be asked for."""

    type: Annotated[str, Field(examples=[TYPE])]
    credential_configuration_id: Annotated[str, Field(examples=[_EXAMPLE])]
    credential_identifiers: list[
        Annotated[str, Field(examples=[f"{examples.ASSERTION}/{_EXAMPLE}"])]
    ]


def asked(text: str) -> Sequence[Detail]:
    """What the JSON text says. Raises Declined."""
    try:
        found = orjson.loads(text)
        if not isinstance(found, list) or not found:
            raise ValueError
        details = [read(Detail, item) for item in found]
    except (ValueError, InvalidInput) as error:
        raise _declined(f"A list of details of the type {TYPE} is wanted.") from error
    if any(item.credential_configuration_id not in CONFIGURATIONS for item in details):
        raise _declined("There is no such credential configuration.")
    return details


def granted(row: Offer, details: Sequence[Detail]) -> list[DetailObject]:
    """What is granted of the offer; each configuration once. Wants ``assertion`` selected."""
    names = dict.fromkeys(item.credential_configuration_id for item in details)
    return [
        {
            "type": TYPE,
            "credential_configuration_id": name,
            "credential_identifiers": [wallets.identifier(row, name)],
        }
        for name in names
    ]


def _declined(message: str) -> Declined:
    return Declined("invalid_authorization_details", message)
