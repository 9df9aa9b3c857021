"""Pictures, as clients send them."""

from typing import Any

from rosette.api.bodies import FilePart
from rosette.api.shapes import is_kept_picture
from rosette.errors import InvalidInput
from rosette.images import InvalidImage, from_data_uri


def picture(sent: Any) -> bytes | None:
    """
    The bytes of a ``Picture``; None for the address of a picture, which means "as it is".

    Raises InvalidInput.
    """
    if is_kept_picture(sent):
        return None
    try:
        content = sent.content if isinstance(sent, FilePart) else from_data_uri(sent)
    except InvalidImage as error:
        raise InvalidInput({"image": [error.message]}) from error
    if not content:
        raise InvalidInput({"image": ["The submitted file is empty."]})
    return content
