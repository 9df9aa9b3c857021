"""What clients send about people."""

from typing import Annotated, Any

from pydantic import Field

from rosette.api.bodies import Body
from rosette.api.shapes import Email, Plain, Shape, read
from rosette.operations.accounts import ProfileWish, SignUp
from rosette.operations.addresses import AddressWish

ABSENT: Any = None

# As long as the column; mail servers take no longer ones either (RFC 5321, 4.5.3.1.3).
Mailbox = Annotated[Email, Field(max_length=254)]
FirstName = Annotated[Plain, Field(max_length=30)]
LastName = Annotated[Plain, Field(max_length=150)]
# As typed: blanks and tags belong to a password. The bound keeps hashing it cheap.
Password = Annotated[str, Field(max_length=4096, json_schema_extra={"format": "password"})]


class AddressEntry(Shape):
    """One address that a person is to have."""

    email: Mailbox
    primary: bool = False
    case_variants: list[Plain] = Field(
        ABSENT,
        alias="caseVariants",
        description="The same address in other letter cases. They count as the same anyway.",
    )


class ProfileChange(Shape):
    """Changes of a profile. What is left out stays as it is."""

    first_name: FirstName = Field(ABSENT, alias="firstName")
    last_name: LastName = Field(ABSENT, alias="lastName")
    emails: list[AddressEntry] = Field(
        ABSENT,
        description="All addresses; whichever is not in it is given up. New ones get a mail.",
        max_length=20,
    )
    password: Password = Field(ABSENT, description="A new one; wants `currentPassword`.")
    current_password: Password = Field("", alias="currentPassword")
    agreed_terms_version: int = Field(
        ABSENT, alias="agreedTermsVersion", description="Goes upwards only."
    )
    marketing_opt_in: bool = Field(ABSENT, alias="marketingOptIn")


class NewPerson(Shape):
    """Somebody who wants an account."""

    first_name: FirstName = Field(alias="firstName")
    last_name: LastName = Field(alias="lastName")
    email: Mailbox
    password: Password
    marketing_opt_in: bool = Field(False, alias="marketingOptIn")


class ForgottenPassword(Shape):
    """Somebody who forgot their password."""

    email: Annotated[Plain, Field(max_length=254)]


class Leaving(Shape):
    """Somebody who ends their account."""

    password: Password = Field("", description="Yours, if you have one.")


class NewPassword(Shape):
    """A new password, by the token of the mail."""

    token: Plain
    password: Password


def profile_change(sent: Body) -> ProfileWish:
    """A wish for changes of a profile. Raises InvalidInput."""
    shape = read(ProfileChange, sent)
    wish: ProfileWish = {}
    if shape.sent("first_name"):
        wish["first_name"] = shape.first_name
    if shape.sent("last_name"):
        wish["last_name"] = shape.last_name
    if shape.sent("emails"):
        wish["emails"] = [
            AddressWish(entry.email, entry.primary, entry.case_variants or ())
            for entry in shape.emails
        ]
    if shape.sent("password"):
        wish["password"] = shape.password
        wish["current_password"] = shape.current_password
    if shape.sent("agreed_terms_version"):
        wish["agreed_terms_version"] = shape.agreed_terms_version
    if shape.sent("marketing_opt_in"):
        wish["marketing_opt_in"] = shape.marketing_opt_in
    return wish


def new_person(sent: Body) -> SignUp:
    """A wish for an account. Raises InvalidInput."""
    shape = read(NewPerson, sent)
    return SignUp(
        email=shape.email,
        password=shape.password,
        first_name=shape.first_name,
        last_name=shape.last_name,
        marketing_opt_in=shape.marketing_opt_in,
    )


def forgotten_password(sent: Body) -> str:
    """The address that the mail is to go to. Raises InvalidInput."""
    return read(ForgottenPassword, sent).email


def leaving(sent: Body) -> str:
    """The password of who leaves. Raises InvalidInput."""
    return read(Leaving, sent).password


def new_password(sent: Body) -> tuple[str, str]:
    """The token and the password. Raises InvalidInput."""
    shape = read(NewPassword, sent)
    return shape.token, shape.password
