"""The store of images: once by content, whole or not at all, and what is made from it."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from PIL import Image

from rosette.errors import InvalidInput, NotFound
from rosette.images import InvalidImage
from rosette.operations import pictures
from rosette.operations.pictures import WholeFiles
from tests.openbadges.facts import SVG, png

# Well-formed and harmless, but no rasteriser knows how large it is.
SHAPELESS = b'<svg xmlns="http://www.w3.org/2000/svg" width="0" height="0"><path d="M0 0"/></svg>'


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """An empty store, and nothing remembered of another."""
    _forget()
    settings.STORAGES = settings.STORAGES | {
        "default": settings.STORAGES["default"] | {"OPTIONS": {"location": str(tmp_path)}}
    }
    yield tmp_path
    _forget()


def _forget() -> None:
    pictures.read.cache_clear()
    pictures._rendered.cache_clear()


def kept(store: Path) -> list[str]:
    """The names of all files in the store."""
    return sorted(str(path.relative_to(store)) for path in store.rglob("*") if path.is_file())


def test_an_image_is_kept_under_the_hash_of_its_content(store: Path) -> None:
    name = pictures.keep(png())

    content = (store / name).read_bytes()
    assert name == f"images/{hashlib.sha256(content).hexdigest()}.png"
    assert pictures.read(name) == content
    assert pictures.media_type(name) == "image/png"
    assert pictures.url(name) == f"https://badges.example.org/media/{name}"


def test_equal_images_are_kept_once(store: Path) -> None:
    first = pictures.keep(png())
    written = (store / first).stat().st_mtime_ns

    assert pictures.keep(png()) == first
    assert kept(store) == [first]
    assert (store / first).stat().st_mtime_ns == written


def test_w20_the_name_ends_by_what_the_content_is() -> None:
    name = pictures.keep(SVG)

    assert name.endswith(".svg")
    assert pictures.media_type(name) == "image/svg+xml"


def test_x11_an_svg_is_kept_without_what_runs() -> None:
    evil = SVG.replace(b"<circle", b'<script>alert(1)</script><circle onclick="alert(1)"')

    assert b"alert" not in pictures.read(pictures.keep(evil))


@pytest.mark.parametrize(
    ("sent", "message"),
    [(b"", "The submitted file is empty."), (b"GIF89a...", "Invalid PNG")],
)
def test_what_is_no_image_is_refused_and_leaves_nothing(
    store: Path, sent: bytes, message: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        pictures.keep(sent)

    assert refusal.value.fields == {"image": [message]}
    assert kept(store) == []


def test_many_at_a_time_keep_one_whole_file(store: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        names = list(threads.map(lambda _: pictures.keep(png()), range(24)))

    assert kept(store) == [names[0]]
    assert set(names) == {names[0]}


def test_a_write_that_breaks_off_leaves_no_file_under_the_name(store: Path) -> None:
    class Broken(ContentFile[bytes]):
        def read(self, *_: Any) -> bytes:
            raise OSError("the disk is gone")

    with pytest.raises(OSError, match="gone"):
        WholeFiles(location=store).save("images/x.png", Broken(b"x"))

    assert kept(store) == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "images/../secret.key",
        "images/" + "0" * 64 + ".png",
        "images/" + "0" * 64 + ".txt",
        "/etc/passwd",
    ],
)
def test_what_was_never_kept_is_not_found(name: str) -> None:
    with pytest.raises(NotFound):
        pictures.read(name)


@pytest.mark.parametrize(
    ("kind", "size"), [("png", (400, 400)), ("wide", (764, 400)), ("social", (1200, 630))]
)
@pytest.mark.parametrize("sent", [png(), SVG], ids=["png", "svg"])
def test_pictures_are_made_once_and_kept_beside_the_image(
    store: Path, sent: bytes, kind: Any, size: tuple[int, int]
) -> None:
    name = pictures.keep(sent)

    made = pictures.rendered(name, kind, title="Knot Tying", subtitle="Harbor")
    _forget()
    (beside,) = [other for other in kept(store) if other != name]
    written = (store / beside).stat().st_mtime_ns
    again = pictures.rendered(name, kind, title="Knot Tying", subtitle="Harbor")

    assert made == again == (store / beside).read_bytes() == pictures.read(beside)
    assert Image.open(BytesIO(made)).size == size
    assert beside.startswith(name.rpartition(".")[0] + f"-{kind}")
    assert (store / beside).stat().st_mtime_ns == written


def test_another_title_makes_another_card() -> None:
    name = pictures.keep(png())

    knots = pictures.rendered(name, "social", title="Knot Tying")
    ropes = pictures.rendered(name, "social", title="Rope Making")

    assert knots != ropes


def test_what_cannot_be_drawn_is_tried_once(store: Path) -> None:
    name = pictures.keep(SHAPELESS)
    for _ in range(3):
        with pytest.raises(InvalidImage):
            pictures.rendered(name, "png")

    assert kept(store) == [name]
    assert pictures._rendered.cache_info().misses == 1


def test_the_store_of_the_site_writes_whole_files() -> None:
    assert isinstance(storages["default"], WholeFiles)


def seen(name: str) -> Image.Image:
    """The image of this name as a browser draws it, on white."""
    drawn = Image.open(BytesIO(pictures.rendered(name, "png"))).convert("RGBA")
    ground = Image.new("RGBA", drawn.size, "white")
    ground.alpha_composite(drawn)
    return ground.convert("RGB")


def flat(colour: str) -> bytes:
    """A picture of one colour."""
    written = BytesIO()
    Image.new("RGB", (400, 400), colour).save(written, "PNG")
    return written.getvalue()


def shapes(colour: str) -> bytes:
    """The same, drawn of shapes."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
        f'<rect width="100" height="100" fill="{colour}"/></svg>'
    ).encode()


@pytest.mark.parametrize("made", [flat, shapes])
@pytest.mark.parametrize("colour", ["white", "black", "#ffd23f", "#211d2b"])
def test_the_mark_of_a_sandbox_stands_out_on_light_and_on_dark(
    made: Callable[[str], bytes], colour: str
) -> None:
    name = pictures.keep_marked(made(colour))
    across = seen(name).crop((0, 240, 400, 400))
    colours = {found for _count, found in across.getcolors(1 << 16) or []}
    assert {(255, 210, 63), (33, 29, 43), (255, 255, 255)} <= colours
    upper = seen(name).crop((0, 0, 400, 230)).getcolors()
    assert upper is not None
    assert len(upper) == 1  # the rest is as it was


@pytest.mark.parametrize("made", [flat, shapes])
def test_a_marked_image_that_is_sent_back_is_not_marked_again(
    made: Callable[[str], bytes],
) -> None:
    name = pictures.keep_marked(made("teal"))
    assert pictures.keep_marked(pictures.read(name), before=name) == name
    assert pictures.keep(pictures.read(name)) == name  # our own cleaning leaves the mark


@pytest.mark.parametrize(
    "root",
    [
        'viewBox="-50 -50 100 100"',
        'viewBox="0,0,764,400" width="100%"',
        'width="300px" height="120"',
        'width="1e9" height="-3"',
        'viewBox="0 0 nan inf"',
        'viewBox="a b"',
        "",
    ],
)
def test_whatever_a_drawing_says_of_its_size_it_is_marked(root: str) -> None:
    sent = f'<svg xmlns="http://www.w3.org/2000/svg" {root}><circle r="9"/></svg>'.encode()
    content = pictures.read(pictures.keep_marked(sent))
    assert b"#ffd23f" in content
    assert b"nan" not in content.partition(b"<path")[2]


def test_a_picture_of_a_single_dot_is_marked_without_a_fault() -> None:
    written = BytesIO()
    Image.new("RGB", (1, 1)).save(written, "PNG")
    assert pictures.keep_marked(written.getvalue())


def test_what_is_no_picture_is_refused_with_a_mark_as_without() -> None:
    with pytest.raises(InvalidInput):
        pictures.keep_marked(b"no picture")
