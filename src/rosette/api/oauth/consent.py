"""/o/authorize: what an application asks of a person, and the person's answer, as JSON"""

from collections.abc import Mapping
from typing import Annotated, Any

from django.http import HttpRequest
from pydantic import Field
from typing_extensions import TypedDict

from rosette.api.applications import ApplicationObject, application_object
from rosette.api.auth import Caller, caller
from rosette.api.bodies import body
from rosette.api.oauth.answers import Answer, endpoint
from rosette.api.oauth.tokens import Parameter
from rosette.api.shapes import REQUIRED, Shape, read
from rosette.errors import InvalidInput, NotPermitted
from rosette.operations import grants
from rosette.operations.grants import Question
from rosette.scopes import DEFAULT_SCOPES, meaning


class AuthorizationRequest(Shape):
    """An authorization request (RFC 6749, section 4.1.1; RFC 7636, section 4.3)."""

    client_id: Parameter | None = None
    redirect_uri: Parameter | None = None
    response_type: Parameter | None = None
    state: Parameter | None = None
    scope: Parameter | None = None
    code_challenge: Annotated[Parameter | None, Field(max_length=128)] = None
    code_challenge_method: Parameter | None = None


class AuthorizationQuery(AuthorizationRequest):
    """An authorization request; ``auto`` asks for no question where one was answered before."""

    client_id: Parameter | None = Field(
        None, examples=["harbor-portal"], json_schema_extra=REQUIRED
    )
    approval_prompt: Parameter | None = None


class ConsentRequest(AuthorizationRequest):
    """The person's answer: ``scopes`` are those that they lend."""

    client_id: Parameter
    redirect_uri: Parameter
    scopes: list[Parameter]
    allow: bool


class QuestionObject(TypedDict):
    """What to ask the person, scope by scope."""

    client_id: Annotated[str, Field(examples=["harbor-portal"])]
    redirect_uri: Annotated[str, Field(examples=["https://portal.example.org/callback"])]
    response_type: Annotated[str, Field(examples=["code"])]
    state: Annotated[str | None, Field(examples=["7f2a"])]
    application: ApplicationObject
    scopes: list[Annotated[str, Field(examples=["r:profile"])]]
    scopes_descriptions: Annotated[
        dict[str, str], Field(examples=[{"r:profile": meaning("r:profile")}])
    ]


class SuccessObject(TypedDict):
    """Where to send the person's browser; the address carries the code."""

    success_url: Annotated[
        str, Field(examples=["https://portal.example.org/callback?code=dQ4…&state=7f2a"])
    ]


def _said(refused: InvalidInput) -> Mapping[str, Any]:
    return {"error": refused.general[0]} if refused.general else refused.fields


@endpoint(
    refusal=_said,
    query=AuthorizationQuery,
    result=QuestionObject | SuccessObject,
    refusals=(400, 401),
)
def ask(request: HttpRequest) -> Answer:
    """
    What an application asks of a person.

    For programs that ask the person themselves; a browser (`Accept: text/html`, no token) is led
    to `/auth/oauth2/authorize`, the page that asks. Nobody need be signed in. For somebody who is,
    an application that is trusted, or that has the same rights already and says
    `approval_prompt=auto`, gets its code at once: the answer is then a `success_url`.
    """
    if "text/html" in request.META.get("HTTP_ACCEPT", "") and not _has_token(request):
        query = request.META.get("QUERY_STRING", "")
        return Answer(302, None, {"Location": f"/auth/oauth2/authorize?{query}"})
    sent = read(AuthorizationQuery, request.GET.dict())
    asked = grants.question(_parameters(sent))
    by = caller(request) if _has_token(request) else None
    if by is not None and by.is_whole and _needs_no_answer(asked, sent, by):
        return Answer(200, {"success_url": grants.consent(asked, by=by.user)})
    return Answer(200, _question(asked))


@endpoint(
    refusal=_said,
    scopes=DEFAULT_SCOPES,
    body=ConsentRequest,
    result=SuccessObject,
    refusals=(400, 401, 403, 413, 415),
    example={
        "client_id": "harbor-portal",
        "redirect_uri": "https://portal.example.org/callback",
        "scopes": ["r:profile"],
        "allow": True,
        "state": "7f2a",
    },
)
def answer(request: HttpRequest) -> Answer:
    """
    The person's answer to what an application asks.

    The application gets those of the scopes that are in its list, and that the person has to
    lend. The caller's own token must lend all that the person may do.
    """
    by = caller(request)
    if not by.is_whole:
        raise NotPermitted
    sent = read(ConsentRequest, body(request))
    if not sent.allow:
        raise InvalidInput(general=[""])
    wanted = " ".join(scope for item in sent.scopes for scope in item.split())
    asked = grants.question(_parameters(sent) | {"scope": wanted})
    return Answer(200, {"success_url": grants.consent(asked, by=by.user)})


def _has_token(request: HttpRequest) -> bool:
    return bool(request.META.get("HTTP_AUTHORIZATION"))


def _parameters(sent: AuthorizationRequest) -> dict[str, str]:
    names = AuthorizationRequest.model_fields
    return {name: value for name in names if (value := getattr(sent, name))}


def _needs_no_answer(asked: Question, sent: AuthorizationQuery, by: Caller) -> bool:
    if asked.application.skip_authorization:
        return True
    return sent.approval_prompt == "auto" and grants.is_agreed(asked, by=by.user)


def _question(asked: Question) -> QuestionObject:
    return {
        "client_id": asked.application.client_id,
        "redirect_uri": asked.redirect_uri,
        "response_type": asked.response_type,
        "state": asked.state,
        "application": application_object(asked.application),
        "scopes": list(asked.scopes),
        "scopes_descriptions": {scope: meaning(scope) for scope in asked.scopes},
    }
