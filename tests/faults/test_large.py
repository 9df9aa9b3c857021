"""Many nodes, and faults of what they share."""

import signal
import tarfile
import time
from pathlib import Path

import pytest
import requests

from tests.environment import DATABASE
from tests.faults.conftest import SECONDS, Told
from tests.faults.site import KNOTS, Site, until
from tests.house import House
from tests.services import redis

pytestmark = [
    pytest.mark.served,
    pytest.mark.skipif(DATABASE != "postgresql", reason="of the large site, on PostgreSQL"),
]


def test_nodes_are_one_site(site: Site, badge: str):
    one, other = site.webs
    name = site.award(badge, "bob@example.org", notify=True)

    documents = [
        requests.get(f"{web.url}/public/assertions/{name}", timeout=30).json()
        for web in (one, other)
    ]
    assert documents[0] == documents[1]
    image = documents[0]["image"] if isinstance(documents[0].get("image"), str) else ""
    assert image.startswith(site.url)
    baked = [
        requests.get(f"{web.url}/public/assertions/{name}/baked", timeout=30)
        for web in (one, other)
    ]
    assert [answer.status_code for answer in baked] == [200, 200]
    assert baked[0].content == baked[1].content
    signed = [
        requests.get(f"{web.url}/public/assertions/{name}/ob3", timeout=30).content
        for web in (one, other)
    ]
    assert signed[0] == signed[1]
    until(lambda: bool(site.sent_to("bob@example.org")))
    assert len(site.sent_to("bob@example.org")) == 1


def test_a_node_keeps_nothing_of_its_own(site: Site):
    for web in site.webs:
        assert not (web.log.parent / web.environment["ROSETTE_DATA_DIR"] / "media").exists()
    found = site.house.run("doctor", "--json").stdout
    assert '"check": "several nodes",\n      "ok": true' in found, found
    assert '"check": "storage of images",\n      "ok": true' in found, found


def test_images_of_the_bucket_come_into_copies_and_back(site: Site, badge: str, tmp_path: Path):
    picture = site.one("GET", f"/v2/badgeclasses/{badge}")["image"]
    shown = requests.get(picture, timeout=30).content
    archive = tmp_path / "site.backup"
    site.house.done("backup", archive)
    keys = {
        name: site.house.settings[name] for name in ("ROSETTE_SECRET_KEY", "ROSETTE_MASTER_KEY")
    }
    other = House(tmp_path / "other", ROSETTE_PUBLIC_URL=site.url, **keys)

    other.done("restore", archive)

    name = picture.rpartition("/media/")[2]
    assert (other.folder / "media" / name).read_bytes() == shown
    assert site.bucket
    bucket = f"s3+http://key:secret@127.0.0.1:{site.bucket.port}/badges/other"
    said = other.done("move", "--files-to", bucket)
    assert "images are there, and compared." in said
    assert "key:secret" not in said
    other.settings["ROSETTE_STORAGE_URL"] = bucket
    moved = tmp_path / "moved.backup"
    other.done("backup", moved)
    with tarfile.open(moved) as opened:
        found = opened.extractfile(f"media/{name}")
        assert found
        assert found.read() == shown
    again = House(
        tmp_path / "again", ROSETTE_PUBLIC_URL=site.url, ROSETTE_STORAGE_URL=bucket, **keys
    )
    again.done("restore", archive)
    assert not (again.folder / "media").exists()
    assert "this node keeps for itself what all must share: ROSETTE_DATABASE_URL, " in (
        again.run("doctor").stdout
    )


def test_no_node_of_several_makes_a_secret_for_itself(site: Site, tmp_path: Path):
    alone = House(tmp_path, ROSETTE_STORAGE_URL=site.environment["ROSETTE_STORAGE_URL"])

    assert alone.refused("init") == (
        "ROSETTE_STORAGE_URL is for several nodes: set ROSETTE_SECRET_KEY to the same on each."
    )


def test_a_database_that_is_started_anew_under_load_loses_nothing(
    site: Site, badge: str, told: Told
):
    assert site.database
    with site.load(badge, notify=True) as load:
        load.wait()
        site.database.stop(signal.SIGQUIT)
        began = time.monotonic()
        answer = site.call("GET", f"/v2/badgeclasses/{badge}", at=site.webs[0].url)
        took = time.monotonic() - began
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        site.database.start()
        load.wait()
        time.sleep(SECONDS)
    said = load.judge()
    seconds = until(lambda: load.acknowledged.keys() <= site.mailed().keys(), 120 + 4 * SECONDS)

    mails = site.mailed()
    assert {mails[to] for to in load.acknowledged} == {1}
    told(
        "the database restarted under load",
        f"503 within {took:.1f} s while it is away; {said}; each mail sent once, the last "
        f"{seconds:.0f} s after",
    )


def test_without_redis_all_goes_on(site: Site, badge: str, told: Told):
    with site.load(badge) as load:
        load.wait()
        site.redis_off()
        load.wait()
        with redis(site.redis_port):
            load.wait()
    told("Redis gone under load, and back", load.judge())


def test_without_s3_what_needs_no_new_image_goes_on(site: Site, badge: str, told: Told):
    assert site.bucket_door
    issuer = site.one("GET", f"/v2/badgeclasses/{badge}")["issuer"]
    path = f"/v2/issuers/{issuer}/badgeclasses"
    site.bucket_door.kill()
    began = time.monotonic()
    answer = site.call("POST", path, KNOTS)
    took = time.monotonic() - began
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5"), answer.text
    with site.load(badge) as load:
        load.wait()
    said = load.judge()
    site.bucket_door.start()

    assert site.insist("POST", path, KNOTS).status_code == 201
    names = [found["name"] for found in site.insist("GET", path).json()["result"]]
    assert sorted(names) == ["Knot Tying", "Knot Tying"]
    told(
        "the storage of images (S3) gone",
        f"a new image gets 503 after {took:.1f} s; {said}; with it back, the image is kept",
    )
