"""The same people and things in every example of the reference: Ada's issuer awards Bob."""

from typing import Final

ORIGIN: Final = "https://badges.example.org"
"""Stands for this server's own address, which the reference puts in its place."""

HOST: Final = "badges.example.org"

PERSON: Final = "AZ2hLw5BgJtMx6yC8dR4ks"
ISSUER: Final = "AZ3kXmQ9cYuBv0n1sT7hEw"
BADGECLASS: Final = "AZ4mPq2RdLxWc8vJ6bN0fg"
ASSERTION: Final = "AZ5nTs7YhKoZe1uQ3aV9pw"
JOB: Final = "AZ8sHc4NyPqMv6xR2fW9tk"
COLLECTION: Final = "AZ7rGb2MwXnLs4yT8kD1qi"
SHARE_HASH: Final = "3430ce55747d32276bd0cf345dd5e9c6"
WEBHOOK: Final = "AZ9tJd6QzRsNv7yU4gX1wm"
DELIVERY: Final = "AZ9wKf8SbTuPx9aW6iZ3yo"
IDENTIFIER: Final = "AZ8sMk4PzYqNt6wC3fR9uh"
ACCESS_TOKEN: Final = "AZ6pDv9KjHrUa2zE5cX3mo"  # noqa: S105 -- the name of a token
OFFER: Final = "AZ9wLb3NxRoQu5vD7eG1yj"
OFFER_REFERENCE: Final = "mF3yTz8QkWc1uVh5RbLx0PqS7dNgJe2a"
PRE_AUTHORIZED_CODE: Final = "e0c1…"
MAIL_TOKEN: Final = "1f-cx4o2a-ed1b9f…"  # noqa: S105 -- no real one
IMAGE: Final = (  # a ring, in SVG
    "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjA"
    "gMCA4IDgiPjxjaXJjbGUgY3g9IjQiIGN5PSI0IiByPSIzIiBmaWxsPSJub25lIiBzdHJva2U9IiM4YzI3NTIiLz48L3N2"
    "Zz4="
)

BY_PATH: Final = {
    "issuer_id": ISSUER,
    "badgeclass_id": BADGECLASS,
    "assertion_id": ASSERTION,
    "job_id": JOB,
    "collection_id": COLLECTION,
    "user_id": PERSON,
    "token_id": ACCESS_TOKEN,
    "account_id": "1",
    "identifier_id": IDENTIFIER,
    "webhook_id": WEBHOOK,
    "delivery_id": DELIVERY,
    "token": MAIL_TOKEN,
    "domain": HOST,
    "offer_id": OFFER,
    "reference": OFFER_REFERENCE,
}
"""What a path's part is, in examples."""
