"""
Asks the reference validator of Open Badges 2.0 about one badge; runs in its environment.

    python ob2_runner.py http://127.0.0.1:8000/public/assertions/1
    python ob2_runner.py badge.png
    python ob2_runner.py - < badges.json

The last takes a list of pairs and answers with a list: a badge, which is a URL, a document or a JWS
as text, and the profile of the person who should be its recipient, or null.
Prints the validator's report as JSON. Only this machine is contacted: whatever the badge links
to elsewhere counts as unreachable. The validator is unchanged; what it needs to run on a newer
Python, and without the network, is put in place before it is imported.
"""

import collections
import collections.abc
import json
import socket
import sys
import warnings
from pathlib import Path
from typing import Any

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def report(badge: str) -> dict[str, Any]:
    """The validator's report on the badge at a URL or in an image file."""
    if badge.startswith(("http://", "https://")):
        return verify(badge)
    with Path(badge).open("rb") as image:
        try:
            text = unbake(image)
        except IndexError:  # an SVG without the element
            text = None
    if text:
        return verify(text)
    # The validator itself fails to say this on Python 3.
    message = {
        "name": "DETECT_INPUT_TYPE",
        "messageLevel": "ERROR",
        "success": False,
        "result": "Could not find Open Badges metadata in file.",
    }
    return {
        "graph": [],
        "input": {"value": badge, "input_type": "file"},
        "report": {"valid": False, "errorCount": 1, "warningCount": 0, "messages": [message]},
    }


def verified(badge: str, profile: dict[str, Any] | None) -> dict[str, Any]:
    """The report on a badge as text; an input that the validator fails at is one it refuses."""
    try:
        return verify(badge, profile)
    except Exception as error:  # the validator's own, whatever it is
        message = {"name": "CRASH", "messageLevel": "ERROR", "result": repr(error)}
        return {"graph": [], "report": {"valid": False, "messages": [message]}}


def _keep_to_this_machine() -> None:
    lookup = socket.getaddrinfo

    def guarded(host: Any, *details: Any, **more: Any) -> Any:
        if host not in _LOOPBACK:
            raise socket.gaierror(f"{host} is not this machine")
        return lookup(host, *details, **more)

    socket.getaddrinfo = guarded


def _put_back_names() -> None:
    """The names that Python 3.10 took out of ``collections``."""
    for name in collections.abc.__all__:
        if not hasattr(collections, name):
            setattr(collections, name, getattr(collections.abc, name))


def _answer_context() -> None:
    """
    The context of Open Badges 2.0 comes from the copy that the validator ships.

    It also stands for that of 1.1, whose words have the same meaning in it.
    """
    load = CachableDocumentLoader.__call__

    def answered(self: Any, url: str) -> dict[str, Any]:
        if url not in (OPENBADGES_CONTEXT_V1_URI, OPENBADGES_CONTEXT_V2_URI):
            return load(self, url)
        text = json.dumps(OPENBADGES_CONTEXT_V2_DICT)
        return {"contextUrl": None, "documentUrl": url, "document": text, "from_cache": True}

    CachableDocumentLoader.__call__ = answered


_put_back_names()
warnings.simplefilter("ignore")

# ruff: noqa: E402 -- the names have to be back before these are imported
from openbadges.verifier import verify
from openbadges.verifier.openbadges_context import (
    OPENBADGES_CONTEXT_V1_URI,
    OPENBADGES_CONTEXT_V2_DICT,
    OPENBADGES_CONTEXT_V2_URI,
)
from openbadges.verifier.utils import CachableDocumentLoader
from openbadges_bakery import unbake

if __name__ == "__main__":
    _keep_to_this_machine()
    _answer_context()
    asked = sys.argv[1]
    found = [verified(*pair) for pair in json.load(sys.stdin)] if asked == "-" else report(asked)
    json.dump(found, sys.stdout, default=str)
