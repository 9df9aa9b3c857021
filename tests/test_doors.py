"""Who may call other machines: the guarded door for HTTP, and the mail."""

import ast
from collections.abc import Iterator
from pathlib import Path

from oauth2_provider.settings import oauth2_settings

import rosette
from rosette.public.sign_in import Door

HOUSE = Path(rosette.__file__).parent
# Whatever opens connections, of the standard library and of the well-known packages.
NETWORK = (
    *("socket", "ssl", "asyncio", "selectors", "socketserver", "http.client", "urllib.request"),
    *("ftplib", "imaplib", "poplib", "smtplib", "telnetlib", "xmlrpc", "webbrowser"),
    *("urllib3", "requests", "httpx", "httpcore", "aiohttp", "websockets", "pycurl", "trio"),
    *("anyio", "paramiko", "boto3", "botocore", "redis", "grpc", "dns"),
)


def _imported(path: Path) -> Iterator[str]:
    """Every module that the file names in an import, wherever in it, or as a text."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield module
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.Call(func=ast.Name(id="__import__") | ast.Attribute(attr="import_module")):
                yield from (str(a.value) for a in node.args if isinstance(a, ast.Constant))


def _calls_out(path: Path) -> set[str]:
    return {
        door
        for module in _imported(path)
        for door in NETWORK
        if module == door or module.startswith(f"{door}.")
    }


def test_nobody_calls_other_machines_but_the_door_and_the_mail():
    found = {
        path.relative_to(HOUSE).as_posix(): doors
        for path in HOUSE.rglob("*.py")
        if (doors := _calls_out(path))
    }

    assert found == {
        "bodies.py": {"socket"},  # to hang up on who never ends
        "buckets.py": {"boto3", "botocore"},  # where the settings say that files lie
        "caching.py": {"redis"},
        "fetching.py": {"http.client", "socket", "ssl", "urllib3"},
        "public/sign_in.py": {"requests", "urllib3"},  # leads what allauth asks to the door
        "metrics.py": {"socket"},  # what this machine is called
        "operations/notices.py": {"smtplib"},  # to tell the refusals of a mail server apart
        "textrecords.py": {"dns"},  # asks the resolver for text records of domains
    }


def test_the_doors_of_the_oauth_library_are_shut():
    assert oauth2_settings.CIMD_ENABLED is False
    assert oauth2_settings.RESOURCE_SERVER_INTROSPECTION_URL is None


def test_what_allauth_asks_other_machines_goes_through_the_door():
    ways = Door().get_requests_session().adapters

    assert set(ways) == {"https://", "http://"}
    assert {type(way).send.__module__ for way in ways.values()} == {"rosette.public.sign_in"}


def test_the_search_itself_finds_what_it_looks_for(tmp_path: Path):
    path = tmp_path / "sly.py"
    path.write_text(
        "import os, httpx\n"
        "from urllib import request\n"
        "from urllib.parse import urlsplit\n"
        "def f():\n"
        "    from http.client import HTTPSConnection\n"
        "    importlib.import_module('requests.sessions')\n"
    )

    assert _calls_out(path) == {"httpx", "urllib.request", "http.client", "requests"}
