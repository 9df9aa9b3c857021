"""OpenID Connect providers on loopback, and a browser that signs in by them."""

import html
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from tests.environments import python_with, without_proxies
from tests.services import Unavailable, free_port

_REQUIREMENTS = Path(__file__).parent / "oidc-requirements.txt"
_STARTS_WITHIN_SECONDS = 120


@dataclass(frozen=True)
class Provider:
    """A running provider; anybody may sign in at it as whomever they say."""

    url: str

    def knows(self, sub: str, **claims: Any) -> None:
        """Let the provider tell this of the person."""
        answer = requests.put(f"{self.url}/users/{sub}", json=claims)
        assert answer.status_code == 204, answer.text


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider in a process of its own, gone at the end."""
    port = free_port()
    command = [
        *(python_with("oidc-provider", _REQUIREMENTS), "-m", "oidc_provider_mock"),
        *("--port", str(port)),
    ]
    process = subprocess.Popen(
        command, env=without_proxies(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    there = Provider(f"http://127.0.0.1:{port}")
    try:
        _wait(process, there)
        yield there
    finally:
        process.terminate()
        process.wait(20)


def _wait(process: subprocess.Popen[bytes], there: Provider) -> None:
    patience = time.monotonic() + _STARTS_WITHIN_SECONDS
    while time.monotonic() < patience and process.poll() is None:
        try:
            requests.get(f"{there.url}/.well-known/openid-configuration", timeout=5)
            return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise Unavailable("the OpenID Connect provider did not start")


class Browser:
    """Somebody's browser: it keeps cookies and follows links, but not away from loopback."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self.visited: list[str] = []

    def go(self, url: str, **form: str) -> str | requests.Response:
        """The address outside of loopback that this leads to at last, or else the last page."""
        verb = "POST" if form else "GET"
        while True:
            self.visited.append(url)
            answer = self._session.request(verb, url, data=form or None, allow_redirects=False)
            if answer.status_code not in (302, 303):
                return answer
            url, verb, form = requests.compat.urljoin(url, answer.headers["Location"]), "GET", {}
            if urlsplit(url).hostname != "127.0.0.1":
                return url

    def sign_in(self, start: str, sub: str) -> str | Any:
        """Begin at this address, be ``sub`` at the provider, and see where that leads."""
        form = self.go(start)
        assert isinstance(form, requests.Response), form
        if link := re.search(r'<a class="button" href="([^"]+)"', form.text):
            form = self.go(requests.compat.urljoin(form.url, html.unescape(link[1])))
            assert isinstance(form, requests.Response), form
        return self.go(form.url, sub=sub)

    def send(self, page: Any) -> str | Any:
        """Send the form of a page whose script would send it at once."""
        assert isinstance(page, requests.Response), page
        (action,) = re.findall(r'action="([^"]+)"', page.text)
        fields = re.findall(r'name="(\w+)"\s+value="([^"]*)"', page.text)
        return self.go(
            html.unescape(action), **{name: html.unescape(value) for name, value in fields}
        )


def query(url: Any) -> dict[str, str]:
    """The query of the address."""
    assert isinstance(url, str), url.text
    return {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}
