"""
The extensions that the authors of the standard published, as JSON schemas by the IRI of the type.

Put down from what each of them asks for; that of assessments is long, and only its frame is here.
"""

from collections.abc import Mapping
from typing import Any, Final

_HOME: Final = "https://w3id.org/openbadges/extensions#"
_TEXT: Final = {"type": "string"}
_URL: Final = {"type": "string", "format": "uri"}
_NUMBER: Final = {"type": "number"}
_BOOLEAN: Final = {"type": "boolean"}


def _object(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


_ADDRESS: Final = _object(
    streetAddress=_TEXT,
    addressLocality=_TEXT,
    addressRegion=_TEXT,
    addressCountry=_TEXT,
    postalCode=_TEXT,
)
_ASSESSMENT: Final = _object(
    *("description", "type", "assessmentOutput"),
    *("hasGroupParticipation", "hasGroupEvaluation", "evaluationMethod"),
    description=_TEXT,
    type={"enum": ["Exam", "Performance", "Artifact"]},
    assessmentOutput=_TEXT,
    hasGroupParticipation=_BOOLEAN,
    hasGroupEvaluation=_BOOLEAN,
    evaluationMethod=_TEXT,
    assessmentExample=_URL,
    scoringMethodExampleDescription=_TEXT,
    assessmentEvaluation=_URL,
)

SCHEMAS: Final[Mapping[str, Mapping[str, Any]]] = {
    f"{_HOME}ExampleExtension": _object("exampleProperty", exampleProperty=_TEXT),
    f"{_HOME}ApplyLink": _object("url", url=_URL),
    f"{_HOME}OriginalCreator": _object("url", url=_URL),
    f"{_HOME}GeoCoordinates": _object(
        *("description", "geo"),
        name=_TEXT,
        description=_TEXT,
        geo=_object("latitude", "longitude", latitude=_NUMBER, longitude=_NUMBER),
    ),
    f"{_HOME}RecipientProfile": _object(id=_TEXT, name=_TEXT, publicKey=_URL),
    f"{_HOME}LicenseExtension": _object(
        "id", "name", id={"type": "string", "pattern": "^CC-"}, name=_TEXT, legalCode=_TEXT
    ),
    f"{_HOME}IssuerAccreditation": _object(
        *("name", "contactInstructions", "url", "address"),
        name=_TEXT,
        contactInstructions=_TEXT,
        email=_TEXT,
        url=_URL,
        description=_TEXT,
        address=_ADDRESS,
        logo=_URL,
        areaServed=_TEXT,
        educationalSector=_TEXT,
    ),
    f"{_HOME}Assessment": _object(
        *("description", "assessments"),
        description=_TEXT,
        assessments={"oneOf": [_ASSESSMENT, {"type": "array", "items": _ASSESSMENT}]},
    ),
}
