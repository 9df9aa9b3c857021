"""``/public/assertions/:id/certificate`` and ``/public/collections/:hash/pdf``, read by others."""

import io
import json
import zlib
from typing import Any

import pypdf
import pytest
import resvg_py
import zxingcpp
from django.test import Client
from django.utils import timezone
from PIL import Image

from rosette.openbadges.baking import pdf
from rosette.openbadges.errors import UnbakedImage
from rosette.operations import certificates, recipients
from tests import factories, published
from tests.published import AWARD, ORIGIN, SHARE
from tests.validators import credentials as others
from tests.validators.credentials import Item
from tests.web.pages import browser

pytestmark = pytest.mark.django_db

PATH = f"/public/assertions/{AWARD}/certificate"


def read(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(content))


def text_of(content: bytes) -> str:
    pages = " ".join(page.extract_text() for page in read(content).pages)
    return " ".join(pages.split())


def attachments(content: bytes) -> dict[str, bytes]:
    return {name: contents[0] for name, contents in read(content).attachments.items()}


def test_a_certificate_says_who_earned_what_from_whom_and_when(client: Client) -> None:
    published.award(extensions=recipients.profile("Bob Vale"))

    response = client.get(PATH)

    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'inline; filename="knot-tying.pdf"'
    found = text_of(response.content)
    for said in (
        *("Harbor Learning", "This certifies that Bob Vale", "has earned the badge Knot Tying"),
        *("Ties knots", "Tie ten knots", "May 2, 2024", "Valid until Jan. 1, 2030"),
        f"{ORIGIN}/public/assertions/{AWARD}",
    ):
        assert said in found
    (page,) = read(response.content).pages
    assert (round(float(page.mediabox.width)), round(float(page.mediabox.height))) == (842, 595)
    assert read(response.content).metadata.title == "Knot Tying – Bob Vale"


def test_it_speaks_the_language_of_the_reader(client: Client) -> None:
    published.award()

    english = client.get(PATH)
    german = client.get(PATH, headers={"Accept-Language": "de"})

    assert (english["Content-Language"], german["Content-Language"]) == ("en", "de")
    assert "2. Mai 2024" in text_of(german.content)
    assert english["ETag"] != german["ETag"]
    assert "Accept-Language" in english["Vary"]


def test_whose_name_is_not_said_is_shown_as_on_the_public_page(client: Client) -> None:
    first = published.award()
    published.award(first.badgeclass, entity_id="y" * 22, recipient_hashed=False)

    hashed = text_of(client.get(PATH).content)
    plain = text_of(client.get(f"/public/assertions/{'y' * 22}/certificate").content)

    assert "the owner of an email address that is kept private" in hashed
    assert "b•••@example.org" in plain
    assert "bob@" not in hashed + plain


def test_the_same_award_gives_the_same_bytes_until_something_changes(client: Client) -> None:
    row = published.award()

    first, second = client.get(PATH), client.get(PATH)

    assert first.content == second.content
    assert client.get(PATH, headers={"If-None-Match": first["ETag"]}).status_code == 304
    row.extensions = recipients.profile("Bob Vale")
    row.amended_at = row.updated_at = timezone.now()
    row.save()
    assert client.get(PATH, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_the_credential_is_attached_and_the_verifier_takes_the_file(client: Client) -> None:
    published.award(extensions=recipients.profile("Bob Vale"))

    content = client.get(PATH).content

    signed = client.get(f"/public/assertions/{AWARD}/ob3.json").content
    assert attachments(content) == {"credential.json": signed}
    assert pdf.attached(content) == [signed.decode()]
    file = io.BytesIO(content)
    file.name = "knots.pdf"
    assert (
        "This badge is genuine and valid."
        in client.post("/verify", {"file": file}).content.decode()
    )
    did = client.get(f"/public/issuers/{published.HARBOR}/did.json").json()
    assert others._by_pyld(Item("PyLD", credential=json.loads(signed)), {did["id"]: did}) == ""


def test_it_is_a_pdf_a_3_by_its_own_word(client: Client) -> None:
    published.award()

    content = client.get(PATH).content

    catalogue: Any = read(content).trailer["/Root"]
    about = catalogue["/Metadata"].get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in about
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in about
    assert catalogue["/MarkInfo"]["/Marked"]
    (attached,) = catalogue["/AF"]
    assert attached.get_object()["/AFRelationship"] == "/Data"
    fonts = {font for page in read(content).pages for font in page["/Resources"]["/Font"].values()}
    assert fonts
    for font in fonts:
        (inner,) = font.get_object()["/DescendantFonts"]
        assert {"/FontFile2", "/FontFile3"} & set(inner.get_object()["/FontDescriptor"])


def test_the_qr_code_leads_to_the_public_page() -> None:
    address = f"{ORIGIN}/public/assertions/{AWARD}"
    drawn = resvg_py.svg_to_bytes(
        svg_string=certificates._qr_code(address).decode(), width=300, background="white"
    )
    with Image.open(io.BytesIO(bytes(drawn))) as picture:
        framed = Image.new("RGB", (400, 400), "white")
        framed.paste(picture.convert("RGB"), (50, 50))
    (code,) = zxingcpp.read_barcodes(framed)

    assert code.text == address


@pytest.mark.parametrize(
    "name",
    [
        *("Łukasz Ångström", "Ξένη Παπαδοπούλου", "Ольга Ильинична", "محمد بن سلمان", "שרה לוי"),
        *("Նարե Պետրոսյան", "ნინო ბერიძე", "Nguyễn Thị Thảo"),
    ],
)
def test_names_of_many_scripts_are_printed_with_our_own_fonts(client: Client, name: str) -> None:
    published.award(extensions=recipients.profile(name))

    content = client.get(PATH).content

    fonts = [str(font.get_object()["/BaseFont"]) for font in _fonts(content)]
    assert all("DejaVu" in font or "Libertinus" in font for font in fonts)
    assert b"pdfaid" in read(content).trailer["/Root"]["/Metadata"].get_data()
    letters = set(text_of(content))
    assert (
        sum(letter in letters for letter in set(name)) >= len(set(name)) * 0.6
    )  # shaped ones join


def _fonts(content: bytes) -> list[Any]:
    return [font for page in read(content).pages for font in page["/Resources"]["/Font"].values()]


@pytest.mark.parametrize(
    "name", ["𐎠𐎡𐎢 of Persepolis", "\U0001f984", '#emph[x] $y$ \\ "', "a\x01b\u2028c", "W" * 200]
)
def test_whatever_a_name_is_there_is_a_page(client: Client, name: str) -> None:
    badgeclass = published.knots(name=name * (1 if len(name) > 100 else 3))
    published.award(badgeclass, extensions=recipients.profile(name))

    response = client.get(PATH)

    assert response.status_code == 200
    assert len(read(response.content).pages) == 1
    if "#emph" in name:
        assert "#emph[x] $y$" in text_of(response.content)


def test_long_texts_stay_on_one_page(client: Client) -> None:
    badgeclass = published.knots(
        name="Knots and splices " * 14,
        description="All about ropes. " * 300,
        criteria_narrative="## Do\n\n* tie *ten* knots\n* [read](https://example.org)\n" * 200,
    )
    published.award(badgeclass, extensions=recipients.profile("Bartholomew " * 16))

    (page,) = read(client.get(PATH).content).pages

    assert "Do tie ten knots read" in " ".join(page.extract_text().split())


def test_a_revoked_or_suspended_award_has_no_certificate_any_more(client: Client) -> None:
    row = published.award(revoked_at=timezone.now(), revocation_reason="A mistake")

    page = client.get(PATH, headers={"Accept": "text/html"})
    assert (page.status_code, client.get(PATH).status_code) == (410, 410)
    assert "was revoked by its issuer" in page.content.decode()
    row.revoked_at = None
    row.suspended_at = timezone.now()
    row.save()
    page = client.get(PATH, headers={"Accept": "text/html"})
    assert page.status_code == 410
    assert "is suspended by its issuer" in page.content.decode()


def test_a_private_award_is_for_its_recipient_alone_and_leads_nowhere(client: Client) -> None:
    published.award(visibility="private", extensions=recipients.profile("Bob Vale"))
    bob = factories.user("bob@example.org")

    assert client.get(PATH).status_code == 404
    response = browser(bob).get(f"/backpack/{AWARD}/download/certificate")

    assert response["Content-Disposition"] == 'attachment; filename="knot-tying.pdf"'
    found = text_of(response.content)
    assert "This certifies that Bob Vale" in found
    assert "/public/assertions/" not in found
    carol = browser(factories.user("carol@example.org"))
    assert carol.get(f"/backpack/{AWARD}/download/certificate").status_code == 404


def test_of_one_seen_by_link_the_certificate_names_that_link_alone(client: Client) -> None:
    share = "0123456789abcdef" * 2
    published.award(visibility="link", share_hash=share)

    response = client.get(f"/public/assertions/{share}/certificate")

    assert client.get(PATH).status_code == 404
    assert (response.status_code, response["X-Robots-Tag"]) == (200, "noindex")
    assert share in text_of(response.content)
    assert AWARD not in text_of(response.content)


def test_an_award_of_elsewhere_has_no_certificate_here(client: Client) -> None:
    factories.user("bob@example.org")
    published.award(source_url="https://academy.example.org/a/1")

    assert client.get(PATH).status_code == 404
    page = client.get(f"/public/assertions/{AWARD}", headers={"Accept": "text/html"})
    assert PATH not in page.content.decode()


def test_pages_lead_to_the_certificate(client: Client) -> None:
    published.award()
    bob = factories.user("bob@example.org")

    page = client.get(f"/public/assertions/{AWARD}", headers={"Accept": "text/html"})
    mine = browser(bob).get(f"/backpack/{AWARD}").content.decode()

    assert f'href="{PATH}"' in page.content.decode()
    assert len(page.content) < 60_000
    assert f"/backpack/{AWARD}/download/certificate" in mine


def test_a_collection_is_printed_with_all_that_was_signed(client: Client) -> None:
    badgeclass = published.knots()
    first = published.award(badgeclass)
    second = published.award(badgeclass, entity_id="z" * 22)
    published.collection(first, second)

    response = client.get(f"/public/collections/{SHARE}/pdf")

    found = text_of(response.content)
    for said in ("Ropes", "What I can do", "Shown by Bob Vale", "Awarded by Harbor Learning on"):
        assert said in found
    assert list(attachments(response.content)) == ["credential-1.json", "credential-2.json"]
    texts = pdf.attached(response.content)
    assert texts[0].encode() == client.get(f"/public/assertions/{AWARD}/ob3.json").content
    again = client.get(f"/public/collections/{SHARE}/pdf")
    assert again.content == response.content
    with pytest.raises(UnbakedImage, match="2 badges"):
        pdf.unbake(response.content)


def test_a_collection_that_is_not_published_has_no_pdf(client: Client) -> None:
    published.collection(published.award(), share_hash="")

    assert client.get(f"/public/collections/{SHARE}/pdf").status_code == 404


def test_a_certificate_is_imported_into_the_backpack(client: Client) -> None:
    published.award()
    content = client.get(PATH).content
    bob = factories.user("bob@example.org")
    file = io.BytesIO(content)
    file.name = "knots.pdf"

    page = browser(bob).post("/backpack/import", {"files": [file]})

    assert "It is in your backpack." in page.content.decode()


def _bomb() -> bytes:
    """An attachment that is a kilobyte per megabyte of zeros."""
    writer = pypdf.PdfWriter()
    writer.add_blank_page(10, 10)
    writer.add_attachment("credential.json", b"{" + b" " * 200_000_000)
    out = io.BytesIO()
    for item in writer.attachment_list:
        item._embedded_file.flate_encode()
    writer.write(out)
    return out.getvalue()


def _many() -> bytes:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(10, 10)
    for number in range(pdf.MOST + 1):
        writer.add_attachment(f"{number}.json", b"{}")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7",
        b"%PDF-1.7\n" + b"1 0 obj\n<< /Kids [1 0 R] >>\nendobj\n" * 1000,
        b"%PDF-1.7\n" + b"[" * 500_000,
        b"%PDF-1.7\ntrailer << /Root 1 0 R /Prev 0 >>\nstartxref\n0\n%%EOF",
        b"%PDF-" + zlib.compress(b"x" * 1000),
        b"%PDF-" + bytes(20_000_001),
    ],
)
def test_a_broken_pdf_is_refused_in_plain_words(client: Client, content: bytes) -> None:
    file = io.BytesIO(content[:4_000_000])
    file.name = "evil.pdf"

    page = client.post("/verify", {"file": file})

    assert page.status_code in (200, 400)
    assert "valid." not in page.content.decode()
    with pytest.raises(UnbakedImage):
        pdf.attached(content)


def test_what_a_pdf_unpacks_to_is_bounded() -> None:
    for content in (_bomb(), _many()):
        with pytest.raises(UnbakedImage):
            pdf.attached(content)
