"""DNS text records: what the owner of a domain says of it, asked of a resolver."""

from typing import Final

from dns import exception, resolver

_MOST: Final = 100


class NoAnswer(Exception):
    """The resolver did not answer, or not in time. It is not known what the records say."""


def text_records(name: str, *, server: str = "", timeout_seconds: float = 5.0) -> list[str]:
    """
    The text records (TXT, RFC 1035 3.3.14) of a fully qualified ``name``; none if it has none.

    ``server`` is ``address:port`` of the resolver to ask, or empty for those of the system.
    Raises NoAnswer.
    """
    try:
        asked = resolver.Resolver(configure=not server)
        if server:
            address, _, port = server.rpartition(":")
            asked.nameservers, asked.port = [address.strip("[]")], int(port)
        found = asked.resolve(f"{name}.", "TXT", lifetime=timeout_seconds, search=False)
    except (resolver.NXDOMAIN, resolver.NoAnswer):
        return []
    except (exception.DNSException, OSError) as error:
        raise NoAnswer from error
    return [b"".join(item.strings).decode("utf-8", "replace") for item in found][:_MOST]
