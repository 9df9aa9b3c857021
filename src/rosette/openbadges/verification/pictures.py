"""Images of a badge: whether each can be had, is one, and holds the badge that it says it holds."""

from rosette.openbadges.baking import image_format
from rosette.openbadges.errors import BrokenImage
from rosette.openbadges.verification import loading, reading, terms, values
from rosette.openbadges.verification.examination import WORDS, Examination
from rosette.openbadges.verification.loading import Unreachable
from rosette.openbadges.verification.reading import Unreadable
from rosette.openbadges.verification.verdict import Node, State

_DATA_URI_OWNERS = ("BadgeClass", "Profile")


def examine(exam: Examination, node: Node, wanted: str, *, required: bool | None = None) -> None:
    """
    Load and check the image of an object; its bytes are kept in ``exam.images``.

    A badge class has to have one, unless it is not ``required``. That of the assertion or
    the issuer is worth a remark at most, unless it is of a kind that may not stand there.
    """
    image = node.members.get("image")
    required = wanted == "BadgeClass" if required is None else required
    what = WORDS[wanted]
    url = image.get("id") if isinstance(image, dict) else image
    if image is None:
        if required:
            exam.failed("image", f"The {what} has no image.", "IMAGE_VALIDATION", node.id)
        return
    if len(terms.listed(image)) > 1:
        exam.failed("image", f"The {what} has several images.", "IMAGE_VALIDATION", node.id)
        return
    if values.is_data_uri(url):
        _examine_embedded(exam, node, wanted, url)
    elif values.is_url(url):
        _examine_linked(exam, node, wanted, url, required=required)
    # Anything else was found wrong among the properties.


def _examine_embedded(exam: Examination, node: Node, wanted: str, uri: str) -> None:
    what = WORDS[wanted]
    if wanted not in _DATA_URI_OWNERS:
        said = f"The image of the {what} may not be a data URI."
        exam.failed("image", said, "IMAGE_VALIDATION", node.id)
        return
    found = reading.data_uri(uri)
    if found is None or found[0].partition(";")[0] not in ("image/png", "image/svg+xml"):
        said = f"The data URI in the {what} holds neither a PNG nor an SVG."
        exam.failed("image", said, "IMAGE_VALIDATION", node.id)
        return
    _keep(exam, node, what, found[1], uri[:40])


def _examine_linked(
    exam: Examination, node: Node, wanted: str, url: str, *, required: bool
) -> None:
    what = WORDS[wanted]
    try:
        answer = exam.get(url, accept=loading.PICTURES, max_bytes=loading.IMAGE_MAX_BYTES)
        why = "" if answer.status == 200 else f"{answer.url} answers {answer.status}"
    except Unreachable as error:
        why = error.message
    if why:
        exam.note(
            "image",
            "unknown",
            f"The image of the {what} at {url} could not be fetched: {why.rstrip('.')}.",
            "IMAGE_VALIDATION",
            node.id,
            outcome="unavailable",
            decisive=required,
        )
        return
    if _keep(exam, node, what, answer.content, url, decisive=required) and wanted == "Assertion":
        _examine_baked(exam, node, answer.content)


def _keep(
    exam: Examination, node: Node, what: str, content: bytes, where: str, *, decisive: bool = True
) -> bool:
    state: State = "passed"
    try:
        found = image_format(content).upper()
        said = f"The image of the {what} is a {found}."
        exam.images[node.id] = content
    except BrokenImage:
        state = "failed"
        said = f"The image of the {what} at {where} is neither a PNG nor an SVG."
    exam.note("image", state, said, "IMAGE_VALIDATION", node.id, decisive=decisive)
    return state == "passed"


def _examine_baked(exam: Examination, node: Node, content: bytes) -> None:
    """Remark upon an image that carries another badge than the one that shows it."""
    try:
        baked = reading.read(content)
    except Unreadable:
        return  # a plain picture
    if baked.address and baked.address != node.id:
        exam.remark(
            "image",
            "failed",
            f"The image of the assertion holds another badge, {baked.address[:200]}.",
            "IMAGE_VALIDATION",
            node.id,
        )
