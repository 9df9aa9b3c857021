"""
What each class of object holds, and whether an object does (OB 2.0, "Open Badges Classes").

``CLASSES`` is the table. It is about one object and what is written into it; what it points to is
looked at when it has been fetched.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from rosette.openbadges.jsonld import Document
from rosette.openbadges.recipient import is_hash
from rosette.openbadges.verification import terms, values
from rosette.openbadges.verification.verdict import Code


class Problem(NamedTuple):
    """What is wrong at ``path``, as the end of a sentence: ``is missing``."""

    path: str
    said: str
    code: Code


class Property(NamedTuple):
    """
    A property and what its values have to be.

    ``fits`` is a question about a plain value, None if only objects will do; ``named`` tells
    people the answer that is wanted. ``inner`` is the class of objects that may stand there.
    """

    name: str
    named: str
    fits: Callable[[Any], bool] | None
    required: bool = False
    many: bool = False
    inner: str = ""


class Class(NamedTuple):
    """
    A class: its properties, and the types of which one at least has to be declared.

    ``must_say`` is empty where the type may be left out. ``also`` finds what is wrong with the
    properties together.
    """

    properties: tuple[Property, ...]
    must_say: tuple[str, ...] = ()
    one_type: bool = False
    also: Callable[[Document], Iterator[Problem]] | None = None


def problems(members: Document, name: str, *, partly: bool = False) -> Iterator[Problem]:
    """
    Everything that is wrong with an object of the class ``name``, in the order of the table.

    ``partly``: only its id and what is there are looked at, as for what is merely related.
    """
    shape = CLASSES[name]
    yield from _type_problems(members, shape, partly=partly)
    for wanted in shape.properties:
        if partly and wanted.name != "id" and members.get(wanted.name) is None:
            continue
        yield from _property_problems(members, wanted, name)
    if shape.also and not partly:
        yield from shape.also(members)


def _type_problems(members: Document, shape: Class, *, partly: bool) -> Iterator[Problem]:
    said = terms.listed(members.get("type"))
    if not said:
        if shape.must_say and not partly:
            yield Problem("type", "is missing", "VALIDATE_RDF_TYPE_PROPERTY")
        return
    if shape.one_type and len(said) > 1:
        yield Problem("type", "has more than one value", "VALIDATE_RDF_TYPE_PROPERTY")
    elif not all(_is_type(item) for item in said):
        yield Problem("type", "names what is no class", "VALIDATE_RDF_TYPE_PROPERTY")
    elif shape.must_say and not set(said) & set(shape.must_say):
        wanted = " or ".join(shape.must_say)
        yield Problem("type", f"must be {wanted}", "VALIDATE_RDF_TYPE_PROPERTY")


def _is_type(value: Any) -> bool:
    return value in _TYPES if isinstance(value, str) and ":" not in value else values.is_name(value)


def _property_problems(members: Document, wanted: Property, owner: str) -> Iterator[Problem]:
    found = terms.listed(members.get(wanted.name))
    if not found:
        if wanted.required:
            yield Problem(wanted.name, "is missing", "VALIDATE_PROPERTY")
        return
    if len(found) > 1 and not wanted.many:
        yield Problem(wanted.name, "has more than one value", "VALIDATE_PROPERTY")
        return
    for value in found:
        if isinstance(value, dict) and wanted.inner:
            partly = wanted.name == "related"
            for problem in problems(value, wanted.inner or owner, partly=partly):
                yield problem._replace(path=f"{wanted.name}.{problem.path}")
        elif wanted.fits is None or not wanted.fits(value):
            yield Problem(wanted.name, f"must be {wanted.named}", "VALIDATE_PROPERTY")


def _identity_problems(identity: Document) -> Iterator[Problem]:
    text, hashed = identity.get("identity"), identity.get("hashed")
    code: Code = "IDENTITY_OBJECT_PROPERTY_DEPENDENCIES"
    if not isinstance(text, str) or not isinstance(hashed, bool):
        return
    if hashed and not is_hash(text):
        yield Problem("identity", "must be a hash, because hashed is true", code)
    elif not hashed and is_hash(text):
        yield Problem("identity", "must not be a hash, because hashed is false", code)
    elif not hashed and identity.get("type") == "email" and not values.is_email(text):
        yield Problem("identity", "must be an e-mail address", code)


def _criteria_problems(criteria: Document) -> Iterator[Problem]:
    has_page = criteria.get("id") is not None and not values.is_blank(criteria["id"])
    if not has_page and not criteria.get("narrative"):
        said = "must be there, because the criteria have no page"
        yield Problem("narrative", said, "CRITERIA_PROPERTY_DEPENDENCIES")


_TEXT = ("a text", values.is_text)
_URL = ("an http or https URL", values.is_url)
_IRI = ("an http or https URL or a urn:uuid", values.is_iri)
_MOMENT = ("a date and time in ISO 8601 with a time zone", values.is_datetime)
_PICTURE = ("the URL of an image", values.is_url)
_PICTURE_OR_DATA = ("the URL of an image, or a data URI", values.is_url_or_data_uri)


def _object(inner: str) -> dict[str, Any]:
    return {"named": "an object", "fits": None, "inner": inner}


def _common(owner: str) -> tuple[Property, ...]:
    return (
        Property("@language", "a language tag", values.is_language),
        Property("version", "a text or a number", values.is_text_or_number),
        Property("related", *_IRI, many=True, inner=owner),
        Property("endorsement", "a URL or an object", values.is_iri, many=True, inner="Embedded"),
    )


_PROFILE: Final = (
    Property("id", *_IRI, required=True),
    Property("name", *_TEXT, required=True),
    Property("url", *_URL, required=True),
    Property("email", "an e-mail address", values.is_email, required=True),
    Property("description", *_TEXT),
    Property("image", *_PICTURE_OR_DATA, inner="Image"),
    Property("telephone", "a telephone number", values.is_telephone),
    Property("publicKey", *_IRI, many=True, inner="Embedded"),
    Property("verification", **_object("IssuerVerification")),
    Property("revocationList", *_IRI),
    *_common("Profile"),
)

CLASSES: Final[Mapping[str, Class]] = {
    "Assertion": Class(
        (
            Property("id", *_IRI, required=True),
            Property("recipient", **_object("IdentityObject"), required=True),
            Property("badge", *_IRI, required=True, inner="Embedded"),
            Property("verification", **_object("VerificationObject"), required=True),
            Property("issuedOn", *_MOMENT, required=True),
            Property("expires", *_MOMENT),
            Property("image", *_PICTURE, inner="Image"),
            Property("narrative", *_TEXT),
            Property("evidence", *_URL, many=True, inner="Evidence"),
            *_common("Assertion"),
        ),
        must_say=("Assertion",),
    ),
    "BadgeClass": Class(
        (
            Property("id", *_IRI, required=True),
            Property("issuer", *_IRI, required=True, inner="Embedded"),
            Property("name", *_TEXT, required=True),
            Property("description", *_TEXT, required=True),
            Property("image", *_PICTURE_OR_DATA, inner="Image"),
            Property("criteria", *_URL, required=True, inner="Criteria"),
            Property("alignment", **_object("AlignmentObject"), many=True),
            Property("tags", *_TEXT, many=True),
            *_common("BadgeClass"),
        ),
        must_say=("BadgeClass",),
    ),
    "Profile": Class(_PROFILE, must_say=("Issuer", "Profile")),
    "Endorsement": Class(
        (
            Property("id", *_IRI, required=True),
            Property("claim", *_IRI, required=True, inner="EndorsementClaim"),
            Property("issuedOn", *_MOMENT, required=True),
            Property("issuer", *_IRI, required=True, inner="Embedded"),
            Property("verification", **_object("VerificationObject")),
            Property("@language", "a language tag", values.is_language),
            Property("version", "a text or a number", values.is_text_or_number),
        ),
        must_say=("Endorsement",),
    ),
    "EndorsementClaim": Class(
        (
            Property("id", *_IRI, required=True),
            Property("endorsementComment", *_TEXT),
        )
    ),
    "IdentityObject": Class(
        (
            Property("identity", *_TEXT, required=True),
            Property("hashed", "true or false", values.is_boolean, required=True),
            Property("salt", *_TEXT),
        ),
        must_say=("id", "email", "url", "telephone"),
        one_type=True,
        also=_identity_problems,
    ),
    "VerificationObject": Class(
        (Property("creator", *_IRI, inner="Embedded"),),
        must_say=("HostedBadge", "SignedBadge"),
        one_type=True,
    ),
    "IssuerVerification": Class(
        (
            Property("verificationProperty", "the name of a property", values.is_name),
            Property("startsWith", *_URL, many=True),
            Property("allowedOrigins", "a host name", values.is_origin, many=True),
        )
    ),
    "Criteria": Class(
        (Property("id", *_IRI), Property("narrative", *_TEXT)), also=_criteria_problems
    ),
    "Evidence": Class(
        (
            Property("id", *_IRI),
            *(
                Property(name, *_TEXT)
                for name in ("narrative", "name", "description", "genre", "audience")
            ),
        )
    ),
    "AlignmentObject": Class(
        (
            Property("targetName", *_TEXT, required=True),
            Property("targetUrl", *_URL, required=True),
            Property("targetDescription", *_TEXT),
            Property("targetFramework", *_TEXT),
            Property("targetCode", *_TEXT),
        )
    ),
    "Image": Class(
        (
            Property("id", *_PICTURE_OR_DATA, required=True),
            Property("caption", *_TEXT),
            Property("author", *_IRI),
        )
    ),
    "CryptographicKey": Class(
        (
            Property("id", *_IRI, required=True),
            Property("owner", *_IRI),
            Property("publicKeyPem", *_TEXT, required=True),
        )
    ),
    "RevocationList": Class((Property("id", *_IRI),), must_say=("RevocationList",)),
    "Embedded": Class(()),
}
"""``Embedded`` is an object that is fetched from its id and looked at then, not where it stands."""

_TYPES: Final = terms.CLASSES | terms.PROPERTIES
"""Terms of the context; of the recipient's ``email`` and its like, the type is a property."""
