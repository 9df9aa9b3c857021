"""What machines ask of any site."""

from typing import NoReturn

import pytest
from django.db import OperationalError, connection
from django.test import Client


@pytest.mark.django_db
def test_a_site_with_its_database_is_well(client: Client) -> None:
    response = client.get("/health")

    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response.json() == {
        "overall_status": "OK",
        "detailed_status": {"database_status": "OK"},
    }


@pytest.mark.django_db
def test_a_site_without_its_database_is_not(client: Client) -> None:
    def gone(*_: object) -> NoReturn:
        raise OperationalError("the server closed the connection unexpectedly")

    with connection.execute_wrapper(gone):
        response = client.get("/health")

    assert response.status_code == 503
    assert response.json() == {
        "overall_status": "UNAVAILABLE",
        "detailed_status": {"database_status": "UNAVAILABLE"},
    }


def test_robots_stay_out_of_the_programming_interfaces(client: Client) -> None:
    response = client.get("/robots.txt")

    assert (response.status_code, response["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert "Disallow: /v2/\n" in response.text
    assert "/public" not in response.text


@pytest.mark.django_db  # closing a file of the site looks after the connection
def test_the_icon_is_found(client: Client) -> None:
    moved = client.get("/favicon.ico")
    icon = client.get(moved["Location"])
    icon.close()

    assert moved.status_code == 301
    assert (icon.status_code, icon["Content-Type"]) == (200, "image/svg+xml")
