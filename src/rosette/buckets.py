"""The store of images in a bucket of a storage that speaks S3, for nodes that come and go."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final, TypeVar

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile, File
from storages.backends.s3 import S3Storage

from rosette.errors import StorageAway

# What is not there within some seconds is away: a web thread waits for it.
_PATIENCE: Final = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 2},
    s3={"addressing_style": "path"},
    # Storages of others than Amazon do not know the newer checksums of uploads.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)

T = TypeVar("T")


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        said = error.response.get("Error", {}).get("Code", "it refuses")
        raise StorageAway(f"the storage says {said}") from error
    except BotoCoreError as error:
        raise StorageAway(f"the storage cannot be reached: {type(error).__name__}") from error


def _or_away(ask: Callable[..., T]) -> Callable[..., T]:
    @wraps(ask)
    def asked(*args: Any, **kwargs: Any) -> T:
        with _told():
            return ask(*args, **kwargs)

    return asked


class Bucket(S3Storage):
    """
    Django's door to the bucket; an object is there whole or not at all.

    As of the folder: to write a name again is to write the same content again. Raises StorageAway,
    and FileNotFoundError for what is not there.
    """

    def get_default_settings(self) -> dict[str, Any]:
        """Those of the library, without what it would read from elsewhere."""
        return {
            **super().get_default_settings(),
            "client_config": _PATIENCE,
            "transfer_config": TransferConfig(use_threads=False),
            "default_acl": None,
            "file_overwrite": True,
        }

    @_or_away
    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        """All of the file at once: images are small, and every byte of them is wanted."""
        with super()._open(name, mode) as found:
            return ContentFile(found.read(), name)

    @_or_away
    def _save(self, name: str, content: Any) -> str:
        saved: str = super()._save(name, content)
        return saved

    @_or_away
    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return bool(super().exists(name))

    @_or_away
    def delete(self, name: str) -> None:
        """Take it away, if it is there."""
        super().delete(name)

    @_or_away
    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Names of folders and of files in the folder."""
        folders, files = super().listdir(path)
        return list(folders), list(files)
