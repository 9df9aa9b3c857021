"""Addresses of mail and web: the quick look admits nothing that Django's validators refuse."""

import pytest
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from hypothesis import given
from hypothesis import strategies as st

from rosette.api import syntax


def admits(validator: object, text: str) -> bool:
    try:
        validator(text)  # type: ignore[operator]
    except ValidationError:
        return False
    return True


LABELS = st.from_regex(r"[a-z0-9-]{1,70}", fullmatch=True)
DOMAINS = st.lists(LABELS, min_size=1, max_size=5).map(".".join)
MAILS = st.one_of(
    st.emails(),
    st.builds("{}@{}".format, st.from_regex(r"[A-Za-z0-9._+'-]{0,70}", fullmatch=True), DOMAINS),
    st.from_regex(syntax._PLAIN_EMAIL, fullmatch=True),
)
WEBS = st.one_of(
    st.builds(
        "{}://{}{}{}".format,
        st.sampled_from(["http", "https", "ftp", "gopher"]),
        DOMAINS,
        st.from_regex(r"(:[0-9]{0,6})?", fullmatch=True),
        st.from_regex(r"([/?#][ -~]{0,30})?", fullmatch=True),
    ),
    st.from_regex(syntax._PLAIN_URL, fullmatch=True),
)


@given(MAILS)
def test_what_is_an_email_address_is_what_django_says(text: str):
    assert syntax.is_email(text) == admits(validate_email, text)


@given(WEBS)
def test_what_is_a_web_address_is_what_django_says(text: str):
    schemes = ["http", "https", "ftp", "ftps"]
    assert syntax.is_url(text) == admits(URLValidator(schemes=schemes), text)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("bob@example.org", True),
        ("bob@localhost", True),
        ("Bob.O'Neil+x@EXAMPLE.org", True),
        ("bob@exämple.org", True),
        ("bob@.org", False),
        ("bob@example.org\n", False),
        ("bob", False),
    ],
)
def test_email_addresses(text: str, is_one: bool):
    assert syntax.is_email(text) is is_one


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("https://harbor.example.org/log/7", True),
        ("http://localhost:8000/x", True),
        ("https://[::1]/", True),
        ("https://harbor.example.org/a b", False),
        ("javascript:alert(1)", False),
        ("https://harbor.example.org\n", False),
    ],
)
def test_web_addresses(text: str, is_one: bool):
    assert syntax.is_url(text) is is_one
