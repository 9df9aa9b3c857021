"""
What a credential consists of (1EdTech, "Open Badges 3.0", data model), as a JSON schema.

Written down shortly, a class to the text: its members in the order of the standard, ``!`` after
those that have to be there, and after a colon of what kind they are, if not text; ``[X]`` is a
list.
"""

from typing import Final

from rosette.openbadges.jsonld import Document

SCHEMA_ID: Final = (
    "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
)
_ROOT: Final = "AchievementCredential"
_CLASSES: Final = {
    "AchievementCredential": (
        "@context!:contexts id! type!:credential name description image:Image "
        "credentialSubject!:AchievementSubject endorsement:[EndorsementCredential] "
        "endorsementJwt:[token] evidence:[Evidence] awardedDate:moment issuer!:ProfileRef "
        "validFrom!:moment validUntil:moment proof:[Proof] credentialSchema:[CredentialSchema] "
        "credentialStatus:CredentialStatus refreshService:RefreshService termsOfUse:[TermsOfUse]"
    ),
    "TermsOfUse": "id type!",
    "CredentialStatus": "id! type!",
    "AchievementSubject": (
        "id type!:named activityEndDate:moment activityStartDate:moment creditsEarned:number "
        "achievement!:Achievement identifier:[IdentityObject] image:Image licenseNumber narrative "
        "result:[Result] role source:Profile term"
    ),
    "IdentityObject": "type!:name hashed!:truth identityHash! identityType!:identityType salt",
    "Evidence": "id type!:named narrative name description genre audience",
    "EndorsementCredential": (
        "@context!:contexts id! type!:credential name! description "
        "credentialSubject!:EndorsementSubject awardedDate:moment issuer!:ProfileRef "
        "validFrom!:moment validUntil:moment proof:[Proof] credentialSchema:[CredentialSchema] "
        "credentialStatus:CredentialStatus refreshService:RefreshService termsOfUse:[TermsOfUse]"
    ),
    "Achievement": (
        "id! type!:named alignment:[Alignment] achievementType:achievementType creator:Profile "
        "creditsAvailable:number criteria!:Criteria description! "
        "endorsement:[EndorsementCredential] endorsementJwt:[token] fieldOfStudy humanCode "
        "image:Image inLanguage:language name! otherIdentifier:[IdentifierEntry] "
        "related:[Related] resultDescription:[ResultDescription] specialization tag:[text] "
        "version"
    ),
    "Alignment": (
        "type!:named targetCode targetDescription targetName! targetFramework "
        "targetType:targetType targetUrl!"
    ),
    "Criteria": "id narrative",
    "IdentifierEntry": "type!:name identifier! identifierType!:identifierType",
    "Proof": (
        "type! created:moment cryptosuite challenge domain nonce proofPurpose proofValue "
        "verificationMethod"
    ),
    "RefreshService": "id! type!",
    "Image": "id! type!:name caption",
    "EndorsementSubject": "id! type!:named endorsementComment",
    "Result": (
        "type!:named achievedLevel alignment:[Alignment] resultDescription status:status value"
    ),
    "ResultDescription": (
        "id! type!:named alignment:[Alignment] allowedValue:[text] name! requiredLevel "
        "requiredValue resultType!:resultType rubricCriterionLevel:[RubricCriterionLevel] "
        "valueMax valueMin"
    ),
    "RubricCriterionLevel": (
        "id! type!:named alignment:[Alignment] description level name! points"
    ),
    "Related": "id! type!:named inLanguage:language version",
    "Profile": (
        "id! type!:named name url phone description endorsement:[EndorsementCredential] "
        "endorsementJwt:[token] image:Image email address:Address "
        "otherIdentifier:[IdentifierEntry] official parentOrg:Profile familyName givenName "
        "additionalName patronymicName honorificPrefix honorificSuffix familyNamePrefix "
        "dateOfBirth:date"
    ),
    "Address": (
        "type!:named addressCountry addressCountryCode addressRegion addressLocality "
        "streetAddress postOfficeBoxNumber postalCode geo:GeoCoordinates"
    ),
    "GeoCoordinates": "type!:name latitude!:number longitude!:number",
    "CredentialSchema": "id! type!",
}
_CLOSED: Final = ("IdentityObject", "IdentifierEntry", "Image")

_WORDS: Final = {
    "identityType": (
        "name sourcedId systemId productId userName accountId emailAddress nationalIdentityNumber "
        "isbn issn lisSourcedId oneRosterSourcedId sisSourcedId ltiContextId ltiDeploymentId "
        "ltiToolId ltiPlatformId ltiUserId identifier"
    ),
    "achievementType": (
        "Achievement ApprenticeshipCertificate Assessment Assignment AssociateDegree Award Badge "
        "BachelorDegree Certificate CertificateOfCompletion Certification CommunityService "
        "Competency Course CoCurricular Degree Diploma DoctoralDegree Fieldwork "
        "GeneralEducationDevelopment JourneymanCertificate LearningProgram License Membership "
        "ProfessionalDoctorate QualityAssuranceCredential MasterCertificate MasterDegree "
        "MicroCredential ResearchDoctorate SecondarySchoolDiploma"
    ),
    "targetType": (
        "ceasn:Competency ceterms:Credential CFItem CFRubric CFRubricCriterion "
        "CFRubricCriterionLevel CTDL"
    ),
    "identifierType": (
        "name sourcedId systemId productId userName accountId emailAddress nationalIdentityNumber "
        "isbn issn lisSourcedId oneRosterSourcedId sisSourcedId ltiContextId ltiDeploymentId "
        "ltiToolId ltiPlatformId ltiUserId identifier"
    ),
    "status": "Completed Enrolled Failed InProgress OnHold Provisional Withdrew",
    "resultType": (
        "GradePointAverage LetterGrade Percent PerformanceLevel PredictedScore RawScore Result "
        "RubricCriterion RubricCriterionLevel RubricScore ScaledScore Status"
    ),
}
"""Words that a member may be; all but ``status`` may be one's own as well, with ``ext:``."""


def credential_schema() -> Document:
    """The JSON schema (2019-09) of an AchievementCredential, in the form that has lists."""
    whole = {name: _object(name, text) for name, text in _CLASSES.items()}
    root = whole.pop(_ROOT)
    return {
        "$schema": "https://json-schema.org/draft/2019-09/schema#",
        "$id": SCHEMA_ID,
        **root,
        "$defs": {
            **whole,
            "Context": {"oneOf": [_TEXT, {"type": "object"}]},
            "ProfileRef": {"oneOf": [_TEXT, _reference("Profile")]},
        },
    }


_TEXT: Final[Document] = {"type": "string"}
_CONTEXTS: Final = (
    "https://www.w3.org/ns/credentials/v2",
    r"^https:\/\/purl\.imsglobal\.org\/spec\/ob\/v3p0\/context(-3\.\d\.\d)*\.json$",
)
_KINDS: Final[dict[str, Document]] = {
    "": _TEXT,
    "text": _TEXT,
    "moment": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "number": {"type": "number"},
    "truth": {"type": "boolean"},
    "token": {"type": "string", "pattern": r"^[a-zA-Z0-9_-]+\.[a-zA-Z0-9_-]*\.[a-zA-Z0-9_-]+$"},
    "language": {
        "type": "string",
        "pattern": r"^[a-z]{2,4}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$",
    },
}
_OWN_WORD: Final = {"type": "string", "pattern": "(ext:)[a-z|A-Z|0-9|.|-|_]+"}


def _object(name: str, text: str) -> Document:
    members = [part.partition(":") for part in text.split()]
    return {
        "type": "object",
        "properties": {member.rstrip("!"): _member(name, kind) for member, _, kind in members},
        "required": [member[:-1] for member, _, _ in members if member.endswith("!")],
        "additionalProperties": name not in _CLOSED,
    }


def _member(of: str, kind: str) -> Document:
    match kind:
        case "name":
            return {"type": "string", "enum": [of]}
        case "named":
            return _types(of)
        case "credential":
            own = ("AchievementCredential", "OpenBadgeCredential") if of == _ROOT else (of,)
            return {"allOf": [_types("VerifiableCredential"), _types(*own)]}
        case "contexts":
            first, second = _CONTEXTS
            return {
                "type": "array",
                "minItems": 2,
                "items": [{"enum": [first]}, {"type": "string", "pattern": second}],
                "additionalItems": _reference("Context"),
            }
        case _ if kind.startswith("["):
            return {"type": "array", "items": _member(of, kind.strip("[]"))}
        case _ if kind in _WORDS:
            words = {"type": "string", "enum": _WORDS[kind].split()}
            return words if kind == "status" else {"oneOf": [words, _OWN_WORD]}
        case _:
            return _KINDS[kind] if kind in _KINDS else _reference(kind)


def _types(*names: str) -> Document:
    """A list of texts, one of which is one of these."""
    return {"type": "array", "minItems": 1, "contains": {"enum": list(names)}, "items": _TEXT}


def _reference(name: str) -> Document:
    return {"$ref": f"#/$defs/{name}"}
