"""The texts of others on our pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosette.public.texts import link, markdown, masked, shortened


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Tie **ten** knots", "<p>Tie <strong>ten</strong> knots</p>\n"),
        ("# One\n\n###### Six", "<h3>One</h3>\n<h6>Six</h6>\n"),
        ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n"),
        (
            "[a](https://example.org/?a=1&b=2)",
            '<p><a href="https://example.org/?a=1&amp;b=2" rel="nofollow noopener ugc">a</a></p>\n',
        ),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("<b onclick=x>a</b>", "<p>&lt;b onclick=x&gt;a&lt;/b&gt;</p>\n"),
        ("[a](javascript:alert%281%29)", "<p>[a](javascript:alert%281%29)</p>\n"),
        ("[a](data:text/html,x)", "<p>[a](data:text/html,x)</p>\n"),
        ("[a](ftp://example.org)", '<p><a rel="nofollow noopener ugc">a</a></p>\n'),
        (
            "![eye](https://tracker.example/x.png)",
            '<p>!<a href="https://tracker.example/x.png" rel="nofollow noopener ugc">eye</a></p>\n',
        ),
        ("", ""),
    ],
)
def test_markdown(text: str, html: str) -> None:
    assert markdown(text) == html


@given(st.text())
def test_no_text_becomes_a_script_or_a_picture(text: str) -> None:
    html = markdown(f"{text}\n\n<img src=x onerror=y>").lower()

    assert "<script" not in html
    assert "<img" not in html


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("HTTP://example.org", "HTTP://example.org"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("https:///nowhere", ""),
        ("http://[", ""),
        ("/relative", ""),
        ("", ""),
    ],
)
def test_only_addresses_of_the_web_become_links(url: str, expected: str) -> None:
    assert link(url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/", "example.org"),
        ("https://example.org/a/b?c", "example.org/a/b?c"),
        ("mailto:x", "mailto:x"),
    ],
)
def test_addresses_as_people_read_them(url: str, expected: str) -> None:
    assert shortened(url) == expected


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        ("bob@example.org", "b•••@example.org"),
        ("@example.org", "•••@example.org"),
        ("+15551234567", "•••67"),
        ("https://bob.example.org", "https://bob.example.org"),
        ("urn:uuid:3", "•••:3"),
        ("", "•••"),
    ],
)
def test_identities_are_shown_to_those_who_know_them(identity: str, expected: str) -> None:
    assert masked(identity) == expected
