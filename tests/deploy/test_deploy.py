"""The container file, compose.yaml and deploy/kubernetes are sound, and set what there is."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from rosette.config import PREFIX, Config
from tests.environments import python_with, run

ROOT = Path(__file__).parents[2]
COMPOSE, CONTAINER = ROOT / "compose.yaml", ROOT / "Containerfile"
KUBERNETES = sorted((ROOT / "deploy/kubernetes").glob("*.yaml"))
KNOWN = {f"{PREFIX}{name.upper()}" for name in Config.model_fields}


@cache
def tool(name: str) -> Path:
    python = python_with("deploy", Path(__file__).with_name("requirements.txt"))
    return python.with_name(name)


def objects() -> Iterator[Any]:
    for path in KUBERNETES:
        yield from yaml.safe_load_all(path.read_text())


def pods() -> dict[str, Any]:
    """What runs, by its verb: the template of each pod."""
    found = [
        thing["spec"]["template"]["spec"]
        for thing in objects()
        if "template" in thing.get("spec", {})
    ]
    return {pod["containers"][0]["args"][0]: pod for pod in found}


def services() -> dict[str, Any]:
    """The services of Rosette in compose.yaml, by their verb."""
    known = yaml.safe_load(COMPOSE.read_text())["services"].values()
    return {found["command"][0]: found for found in known if found["image"] == "rosette"}


def test_the_container_file_is_linted():
    run(tool("hadolint"), CONTAINER)


def test_compose_is_what_its_schema_says():
    run(tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", COMPOSE)


@pytest.mark.parametrize("path", KUBERNETES, ids=lambda path: path.name)
def test_kubernetes_takes_its_objects(path: Path):
    run(tool("kubernetes-validate"), "--strict", path)


def test_every_variable_that_is_set_is_a_setting():
    files = [CONTAINER, COMPOSE, *KUBERNETES, ROOT / "docs/nodes.md"]
    for path in files:
        named = set(re.findall(rf"\b{PREFIX}[A-Z_]+\b", path.read_text()))
        # Two that commands read, see `rosette move`.
        named -= {"ROSETTE_MOVE_TO", "ROSETTE_MOVE_FILES_TO"}
        unknown = {name for name in named if name not in KNOWN | {f"{n}_FILE" for n in KNOWN}}
        assert not unknown, path


def test_both_describe_the_same_site():
    [settings] = [thing["data"] for thing in objects() if thing["kind"] == "ConfigMap"]
    assert set(services()) == set(pods()) == {"init", "serve", "work"}
    for service in services().values():
        assert set(service["environment"]) == set(settings)
    secret = {name for name in settings if name.endswith("_FILE")}
    assert {Path(settings[name]).name for name in secret} == set(services()["serve"]["secrets"])
    assert {Path(services()["serve"]["environment"][name]).name for name in secret} == {
        Path(settings[name]).name for name in secret
    }


def test_all_that_nodes_share_is_set():
    [settings] = [thing["data"] for thing in objects() if thing["kind"] == "ConfigMap"]
    shared = ("SECRET_KEY", "MASTER_KEY", "DATABASE_URL", "STORAGE_URL", "EMAIL_URL")
    for name in shared:
        assert f"{PREFIX}{name}_FILE" in settings


def test_nothing_runs_as_root_or_writes_where_it_lives():
    assert re.search(r"^USER 10001$", CONTAINER.read_text(), re.MULTILINE)
    for pod in pods().values():
        assert (pod["securityContext"]["runAsNonRoot"], pod["securityContext"]["runAsUser"]) == (
            True,
            10001,
        )
        [container] = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
    for service in services().values():
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
