"""``/verify/receipts/:id``: what was found, signed; and many badges at once."""

import base64
import csv
import io
import json
import re
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

import jwt
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from rosette.models import Receipt
from rosette.models.assertions import published_assertion
from rosette.operations import baking, keys, receipts
from rosette.operations import upkeep as house
from rosette.public import verify
from tests import published
from tests.public.test_pages import Page
from tests.published import AWARD, ORIGIN, SHARE

pytestmark = pytest.mark.django_db

URL = f"{ORIGIN}/public/assertions/{AWARD}"
GOOD = "This badge is genuine and valid."


def offered(text: str) -> list[str]:
    return re.findall(r'name="receipt" value="([^"]+)"', text)


def badge() -> bytes:
    published.award(expires_on=None)
    row = published_assertion(AWARD)
    assert row is not None
    return baking.baked(row)


def file(content: bytes, name: str = "knots.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def made(client: Client, **sent: Any) -> str:
    """Where the receipt of this verification lies."""
    (text,) = offered(client.post("/verify", sent).text)
    response = client.post("/verify/receipts", {"receipt": text})
    assert (response.status_code, dict(response.cookies)) == (303, {})
    return str(response["Location"])


def test_nothing_is_kept_until_somebody_asks_for_a_receipt(client: Client) -> None:
    content = badge()

    page = client.post("/verify", {"file": file(content)})

    assert GOOD in page.text
    assert len(offered(page.text)) == 1
    assert Receipt.objects.count() == 0


def test_a_receipt_says_what_was_found_of_which_file_and_when(client: Client) -> None:
    content = badge()
    before = timezone.now() - timedelta(seconds=1)
    where = made(client, file=file(content), whose="bob@example.org")

    shown = client.get(where)
    document = client.get(f"{where}.json").json()

    assert GOOD in Page(shown.text).text
    assert "The signature was checked just now." in shown.text
    assert shown["X-Robots-Tag"] == "noindex"
    subject = document.pop("credentialSubject")
    digest = sha256(content).hexdigest()
    name = base64.urlsafe_b64encode(bytes.fromhex(digest)).rstrip(b"=").decode()
    assert subject == {
        "id": f"ni:///sha-256;{name}",
        "digestOf": "file",
        "sha256": digest,
        "name": "Knot Tying",
        "badgeIssuer": "Harbor Learning",
        "openBadgesVersion": "2.0",
        "verdict": "verified",
        "checks": dict.fromkeys(("structure", "origin", "status", "dates", "issuer"), "passed"),
    }
    assert document.pop("validFrom") >= before.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert document == {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://www.w3.org/ns/credentials/undefined-terms/v2",
        ],
        "id": f"{ORIGIN}{where}",
        "type": ["VerifiableCredential", "VerificationReceipt"],
        "issuer": f"did:web:{ORIGIN.removeprefix('https://')}",
    }
    assert "bob" not in shown.text + json.dumps([document, subject])


def test_anybody_checks_it_with_the_published_key_and_nothing_of_ours(client: Client) -> None:
    where = made(client, file=file(badge()))

    token = client.get(f"{where}.jwt").text

    kid = jwt.get_unverified_header(token)["kid"]
    jwk = client.get(kid.removeprefix(ORIGIN)).json()
    key = jwt.PyJWK({**jwk, "alg": "RS256"}).key
    said = jwt.decode(token, key, algorithms=["RS256"], options={"verify_aud": False})
    assert said["credentialSubject"]["verdict"] == "verified"
    head, payload, signature = token.split(".")
    forged = base64.urlsafe_b64encode(
        base64.urlsafe_b64decode(payload + "==").replace(b"Knot Tying", b"Knot Lying")
    )
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(f"{head}.{forged.rstrip(b'=').decode()}.{signature}", key, algorithms=["RS256"])


def test_a_receipt_of_a_link_names_the_link_and_of_what_lay_there(client: Client) -> None:
    badge()
    where = made(client, text=URL)

    subject = client.get(f"{where}.json").json()["credentialSubject"]

    assert (subject["address"], subject["digestOf"]) == (URL, "document")
    document = client.get(f"/public/assertions/{AWARD}.json").json()
    written = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert subject["sha256"] == sha256(written.encode()).hexdigest()
    assert "Check the badge again now" in client.get(where).text


def test_bad_badges_have_receipts_too(client: Client) -> None:
    where = made(client, file=file(b"no badge"))

    assert "There is no badge in this." in client.get(where).text
    subject = client.get(f"{where}.json").json()["credentialSubject"]
    assert subject["verdict"] == "unreadable"


def test_whose_a_badge_is_not_stays_between_us(client: Client) -> None:
    page = client.post("/verify", {"file": file(badge()), "whose": "carol@example.org"})

    assert "belongs to somebody else" in page.text
    assert offered(page.text) == []


def test_asked_twice_it_is_one_receipt(client: Client) -> None:
    (text,) = offered(client.post("/verify", {"file": file(badge())}).text)

    places = {client.post("/verify/receipts", {"receipt": text})["Location"] for _ in range(2)}

    assert (len(places), Receipt.objects.count()) == (1, 1)


@pytest.mark.parametrize("text", ["", "x", "eyJ2IjoxfQ:1u:abc", "\0"])
def test_nobody_has_a_receipt_of_their_own_words(client: Client, text: str) -> None:
    response = client.post("/verify/receipts", {"receipt": text})

    assert response.status_code == 400
    assert "This is too long ago." in response.text
    assert Receipt.objects.count() == 0


def test_it_is_compared_with_a_file(client: Client) -> None:
    content = badge()
    where = made(client, file=file(content))

    assert "very same file" in client.post(where, {"file": file(content)}).text
    assert "another file" in client.post(where, {"file": file(content + b" ")}).text
    assert "Choose a file first." in client.post(where).text


def test_a_receipt_counts_for_nothing_once_the_key_was_stolen_or_it_was_changed(
    client: Client,
) -> None:
    where = made(client, file=file(badge()))
    keys.rotate(None)
    assert GOOD in client.get(where).text

    row = Receipt.objects.get()
    Receipt.objects.update(token=row.token[:-8] + "AAAAAAAA")
    assert "counts for nothing" in client.get(where).text
    assert GOOD not in client.get(where).text
    Receipt.objects.update(token=row.token, entity_id="another")
    assert "counts for nothing" in client.get("/verify/receipts/another").text
    Receipt.objects.update(token="no token")
    assert "counts for nothing" in client.get("/verify/receipts/another").text


def test_a_receipt_signed_by_a_stolen_key_counts_for_nothing(client: Client) -> None:
    where = made(client, file=file(badge()))
    keys.rotate(None, stolen=True)

    assert "counts for nothing" in client.get(where).text


def test_receipts_are_forgotten_after_a_year(client: Client) -> None:
    where = made(client, file=file(badge()))
    row = Receipt.objects.get()
    assert row.expires_at - row.created_at == timedelta(days=365) == receipts.KEPT

    Receipt.objects.update(expires_at=timezone.now())
    assert client.get(where).status_code == 404
    house.keep_house()
    assert Receipt.objects.count() == 0
    assert client.get("/verify/receipts/nothing").status_code == 404


def table(text: str) -> list[dict[str, str]]:
    (found,) = re.findall(r'href="data:text/csv;charset=utf-8;base64,([^"]+)"', text)
    content = base64.b64decode(unquote(found)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


def test_many_files_and_links_make_a_table_and_a_csv_file(client: Client) -> None:
    content = badge()
    sent = {
        "file": [file(content, "good.png"), file(b"no badge", "=bad.txt")],
        "text": f"{URL}\n{ORIGIN}/public/assertions/nothing\n{URL}",
    }

    page = client.post("/verify", sent)

    assert (page.status_code, dict(page.cookies)) == (200, {})
    shown = Page(page.text).text
    assert "4 badges were looked at" in shown
    assert "2 of them are genuine and valid." in shown
    rows = table(page.text)
    assert [(row["input"], row["verdict"]) for row in rows] == [
        ("good.png", "verified"),
        ("'=bad.txt", "unreadable"),
        (URL, "verified"),
        (f"{ORIGIN}/public/assertions/nothing", rows[3]["verdict"]),
    ]
    assert rows[3]["verdict"] != "verified"
    assert (rows[0]["badge"], rows[0]["issuerName"]) == ("Knot Tying", "Harbor Learning")
    assert [rows[0][name] for name in ("structure", "origin", "recipient")] == [
        *("passed", "passed", "open")
    ]
    assert len(offered(page.text)) == 4


def test_a_pdf_of_several_badges_is_several_badges(client: Client) -> None:
    badgeclass = published.knots()
    first = published.award(badgeclass)
    second = published.award(badgeclass, entity_id="z" * 22)
    published.collection(first, second)
    content = client.get(f"/public/collections/{SHARE}/pdf").content

    rows = table(client.post("/verify", {"file": file(content, "all.pdf")}).text)

    assert [(row["input"], row["verdict"]) for row in rows] == [
        ("all.pdf (1)", "verified"),
        ("all.pdf (2)", "verified"),
    ]


def test_more_than_fifty_at_a_time_are_refused(client: Client) -> None:
    links = "\n".join(f"{ORIGIN}/public/assertions/{n}" for n in range(verify.MOST + 1))

    response = client.post("/verify", {"text": links})

    assert response.status_code == 400
    assert "Send 50 or fewer." in response.text


def test_what_there_is_no_time_for_is_said_and_stands_in_the_form_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    badge()
    monkeypatch.setattr(verify, "_ALL_SECONDS", -1.0)

    page = client.post("/verify", {"text": f"{URL}\n{URL}.json"})

    assert "There was no time for 2 more." in Page(page.text).text
    assert f">{URL}\n{URL}.json</textarea>" in page.text


def test_the_camera_is_for_the_verifier_and_not_for_pages_of_badges(client: Client) -> None:
    published.award()

    verifier = client.get("/verify")
    other = client.get(f"/public/assertions/{AWARD}", headers={"Accept": "text/html"})

    assert verifier["Permissions-Policy"] == "camera=(self)"
    assert other["Permissions-Policy"] == "camera=()"
    assert "script-src 'self';" in verifier["Content-Security-Policy"]
    assert "script-src" not in other["Content-Security-Policy"]
