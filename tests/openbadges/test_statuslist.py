"""Places in status lists, and the lists as documents."""

import base64
import gzip
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from rosette.openbadges import statuslist
from rosette.openbadges.statuslist import LENGTH, encoded, index_of, list_number, numbers_in

W3C_EMPTY = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"
"""W3C, "Bitstring Status List v1.0", example of a BitstringStatusListCredential: none is set."""
KEY = "8d969eef6ecad3c29a3a629280e686cf"
LIST = "https://badges.example.org/public/issuers/I/status/revocation/1"


def bits(encoded_list: str) -> bytes:
    """As the standard says that a verifier reads them."""
    assert encoded_list[0] == "u"
    packed = encoded_list[1:]
    return gzip.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))


def test_a_list_is_as_long_as_the_standard_wants_at_least():
    assert LENGTH >= 131_072
    assert len(bits(encoded([]))) * 8 == LENGTH


def test_an_empty_list_is_that_of_the_standard():
    assert bits(encoded([], 131_072)) == bits(W3C_EMPTY)


def test_the_first_bit_is_the_leftmost():
    found = bits(encoded([0, 9, 23], 131_072))

    assert found[:4] == bytes([0b10000000, 0b01000000, 0b00000001, 0])
    assert not any(found[4:])
    assert bits(encoded([LENGTH - 1]))[-1] == 1


def test_equal_lists_are_equal_texts():
    assert encoded([5, 3, 3]) == encoded([3, 5])


@pytest.mark.parametrize("start", [0, 7 * LENGTH])
def test_no_two_awards_of_a_list_share_a_place(start: int):
    numbers = range(start, start + LENGTH)

    places = bytearray(LENGTH)
    for number in numbers:
        places[index_of(number, key=KEY, purpose="revocation")] += 1

    assert set(places) == {1}
    assert {list_number(number) for number in (numbers[0], numbers[-1])} == {start // LENGTH + 1}
    assert numbers_in(start // LENGTH + 1) == numbers


def test_places_are_settled_for_ever():
    found = [index_of(number, key=KEY, purpose="revocation") for number in (1, 2, LENGTH - 1)]

    assert found == [770493, 171913, 981067]
    assert index_of(LENGTH + 1, key=KEY, purpose="revocation") == 300712
    assert index_of(1, key=KEY, purpose="suspension") == 982457
    assert index_of(1, key=KEY[::-1], purpose="revocation") == 486162


def test_neighbours_lie_as_far_apart_as_chance_puts_them():
    found = [index_of(number, key=KEY, purpose="revocation") for number in range(131_072)]

    # In sixteen parts of the list, and in sixteen parts of the way from one award to the next,
    # there are as many as anywhere; a tenth is twenty-odd times the spread of chance.
    share = 131_072 / 16
    for counted in (
        Counter(place * 16 // LENGTH for place in found),
        Counter((there - here) % LENGTH * 16 // LENGTH for here, there in pairwise(found)),
        Counter((here ^ there) * 16 // LENGTH for here, there in pairwise(found)),
    ):
        assert len(counted) == 16
        assert all(abs(count - share) < share / 10 for count in counted.values())


def test_an_entry_names_one_bit_of_one_list():
    assert statuslist.render_entry(LIST, "revocation", 48213) == {
        "id": f"{LIST}#48213",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "48213",
        "statusListCredential": LIST,
    }


def test_a_list_is_a_credential():
    found = statuslist.render_list(
        LIST,
        "suspension",
        issuer="did:web:badges.example.org:public:issuers:I",
        valid_from=datetime(2026, 1, 15, 9, 30, 0, 250_000, UTC),
        encoded_list="uH4s",
    )

    assert found == {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": LIST,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": "did:web:badges.example.org:public:issuers:I",
        "validFrom": "2026-01-15T09:30:00Z",
        "credentialSubject": {
            "id": f"{LIST}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "suspension",
            "encodedList": "uH4s",
            "ttl": 300_000,
        },
    }
