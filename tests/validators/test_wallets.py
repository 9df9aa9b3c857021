"""
A wallet of others takes an award of a started server, and programs of others verify what it got.

The wallet is the library ``@openid4vc/openid4vci``; it reads the QR code with ``jsQR``, and signs
its proofs with ``jose``.
"""

import base64
import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests
import resvg_py
from PIL import Image

from rosette.openbadges.proofs import jwt
from rosette.operations.offers import qr_code
from tests.clients.people import Person, person
from tests.environments import node_with, without_proxies
from tests.served import Served
from tests.validators import credentials
from tests.validators.credentials import EMBEDDED, SCHEMAS, TOKENS, Item

pytestmark = pytest.mark.served

_HERE = Path(__file__).parent / "wallet"
_PATIENCE_SECONDS = 300


def picture(link: str) -> dict[str, Any]:
    """The QR code as a camera would see it: its pixels, in red, green, blue and alpha."""
    drawn = resvg_py.svg_to_bytes(svg_string=qr_code(link), width=600, height=600)
    image = Image.open(io.BytesIO(bytes(drawn))).convert("RGBA")
    pixels = base64.b64encode(image.tobytes()).decode()
    return {"pixels": pixels, "width": image.width, "height": image.height}


def taken(offer: dict[str, Any], *, algorithm: str, by: str) -> dict[str, Any]:
    """What the wallet has, with a fresh key of its own, after it has taken the offer."""
    folder = node_with("wallet", _HERE)
    asked = {"picture": picture(offer["link"]), "txCode": offer["txCode"]}
    done = subprocess.run(
        ["node", "wallet.mjs"],
        input=json.dumps({**asked, "algorithm": algorithm, "by": by}),
        cwd=folder,
        env=without_proxies(),
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def people(served: Served) -> tuple[Person, Person]:
    return person(served, "ada"), person(served, "bob")


@pytest.mark.parametrize(
    ("algorithm", "by", "with_code"),
    [("EdDSA", "did", True), ("ES256", "jwk", True), ("RS256", "did", False)],
)
def test_a_wallet_takes_an_award_in_both_forms_and_others_verify_it(
    people: tuple[Person, Person], algorithm: str, by: str, with_code: bool
):
    ada, bob = people
    award = ada.award(ada.badgeclass(tags=["rope"]), bob.email, narrative="Tied all of them.")
    path = f"/v2/backpack/assertions/{award['entityId']}/offers"
    offer = bob.one("POST", path, {"txCode": with_code})
    assert (offer["txCode"] is not None) is with_code

    wallet = taken(offer, algorithm=algorithm, by=by)

    assert (wallet["draft"], wallet["issuer"]) == ("V1", "Rosette")
    assert wallet["refusal"] == "invalid_nonce"
    embedded, token = wallet["credentials"]["ldp_vc"], wallet["credentials"]["jwt_vc_json"]
    public = requests.get(f"{award['openBadgeId']}/ob3").json()
    subject = embedded["credentialSubject"]
    holder = subject["id"]
    if by == "did":
        assert holder == wallet["did"]
    else:
        text = holder.removeprefix("did:jwk:")
        jwk = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        assert jwk == wallet["publicJwk"]
    said = {**public, "credentialSubject": {**public["credentialSubject"], "id": holder}}
    assert without(embedded) == without(said) == jwt.unproven(token)
    assert subject["identifier"] == public["credentialSubject"]["identifier"]

    documents = looked_up(award, token)
    taken_by = [Item(name, credential=embedded) for name in (*EMBEDDED, *SCHEMAS)]
    taken_by += [Item(name, token=token) for name in TOKENS]
    assert credentials.verify(taken_by, documents) == [""] * len(taken_by)
    forged = {**embedded, "credentialSubject": {**subject, "id": "did:key:z6MkOther"}}
    refusals = credentials.verify([Item(name, credential=forged) for name in EMBEDDED], documents)
    assert all(refusals)

    found = bob.one("GET", f"{path}/{offer['entityId']}")
    assert (found["state"], found["event"]) == ("taken", "credential_accepted")
    verdict = requests.post(
        f"{bob.served.url}/public/verify", json={"assertion": embedded, "recipient": bob.email}
    ).json()
    assert verdict["report"]["valid"], verdict
    ada.one("DELETE", f"/v2/assertions/{award['entityId']}", {"revocation_reason": "r"})
    verdict = requests.post(f"{bob.served.url}/public/verify", json={"assertion": token}).json()
    assert not verdict["report"]["valid"]


def without(credential: dict[str, Any]) -> dict[str, Any]:
    return {name: member for name, member in credential.items() if name != "proof"}


def looked_up(award: dict[str, Any], token: str) -> dict[str, Any]:
    """The issuer's DID document, and the key of the token."""
    did = requests.get(f"{award['issuerOpenBadgeId']}/did.json").json()
    kid = jwt.header_of(token)["kid"]
    return {did["id"]: did, kid: requests.get(kid).json()}
