"""The bodies of requests as the platforms publish them, strict: unknown fields, types and lengths are refused.

Google: REST reference of the Data Manager API v1 (audienceMembers.ingest, Destination, AudienceMember, UserData,
Consent, TermsOfService). Meta: "Customer File Custom Audiences", sections on session and payload. Google Analytics 4:
reference of the Measurement Protocol, its limits, and "Send user properties".
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
Number = Annotated[str, msgspec.Meta(pattern=r"^([0-9]+|OPERATING_ACCOUNT_ID|AUDIENCE_ID)$")]
Consented = Literal["CONSENT_STATUS_UNSPECIFIED", "CONSENT_GRANTED", "CONSENT_DENIED"]
Status = Literal["TERMS_OF_SERVICE_STATUS_UNSPECIFIED", "ACCEPTED", "REJECTED"]
AccountType = Literal["GOOGLE_ADS", "DISPLAY_VIDEO_PARTNER", "DISPLAY_VIDEO_ADVERTISER", "DATA_PARTNER"]


class Google(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, rename="camel", omit_defaults=True):
    """A record of the Data Manager API: no field but its own, names in camel case."""


class ProductAccount(Google):
    """An account of a Google product."""

    account_type: AccountType
    account_id: Number


class Destination(Google):
    """Where members go."""

    operating_account: ProductAccount
    product_destination_id: Number
    reference: str | None = None
    login_account: ProductAccount | None = None
    linked_account: ProductAccount | None = None


class UserIdentifier(Google):
    """One identifier; exactly one of its fields."""

    email_address: Digest | None = None
    phone_number: Digest | None = None

    def __post_init__(self) -> None:
        if (self.email_address is None) == (self.phone_number is None):
            raise ValueError("exactly one of emailAddress and phoneNumber")


class UserData(Google):
    """The identifiers of one user."""

    user_identifiers: Annotated[list[UserIdentifier], msgspec.Meta(min_length=1, max_length=10)]


class GoogleConsent(Google):
    """What the user agreed to."""

    ad_user_data: Consented
    ad_personalization: Consented


class AudienceMember(Google):
    """One member."""

    user_data: UserData
    consent: GoogleConsent
    destination_references: list[str] | None = None


class TermsOfService(Google):
    """Whether the terms of Customer Match were accepted."""

    customer_match_terms_of_service_status: Status


class IngestRequest(Google):
    """The body of audienceMembers.ingest."""

    destinations: Annotated[list[Destination], msgspec.Meta(min_length=1)]
    audience_members: Annotated[list[AudienceMember], msgspec.Meta(min_length=1, max_length=10_000)]
    encoding: Literal["HEX", "BASE64"]
    validate_only: bool
    consent: GoogleConsent | None = None
    terms_of_service: TermsOfService | None = None


class RemovedMember(Google):
    """One member to take off."""

    user_data: UserData


class RemoveRequest(Google):
    """The body of audienceMembers.remove."""

    destinations: Annotated[list[Destination], msgspec.Meta(min_length=1)]
    audience_members: Annotated[list[RemovedMember], msgspec.Meta(min_length=1, max_length=10_000)]
    encoding: Literal["HEX", "BASE64"]
    validate_only: bool


class Plain(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A record that takes no field but its own."""


class Session(Plain):
    """Which batch of which upload."""

    session_id: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
    batch_seq: Annotated[int, msgspec.Meta(ge=1)]
    last_batch_flag: bool
    estimated_num_total: Annotated[int, msgspec.Meta(ge=1)] | None = None


class Payload(Plain):
    """Members by keys."""

    schema: Annotated[list[Literal["EMAIL", "PHONE"]], msgspec.Meta(min_length=1)]
    data: Annotated[
        list[list[Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?$")]]],
        msgspec.Meta(min_length=1, max_length=10_000),
    ]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.schema) or not any(row) for row in self.data):
            raise ValueError("every row has one cell per key, and one that is not empty")


class UsersRequest(Plain):
    """The body of /{custom_audience_id}/users."""

    session: Session
    payload: Payload


class RemoveUsersRequest(Plain):
    """The body of a request to delete users of a custom audience."""

    payload: Payload


class Value(Plain):
    """The value of a user property."""

    value: Annotated[str, msgspec.Meta(min_length=1, max_length=36)]


class Ga4Consent(Plain):
    """What the user agreed to."""

    ad_user_data: Literal["GRANTED", "DENIED"]
    ad_personalization: Literal["GRANTED", "DENIED"]


class Event(Plain):
    """One event."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]
    params: dict[str, Any]


PropertyName = Annotated[str, msgspec.Meta(pattern=r"^(?!google_|ga_|firebase_)[A-Za-z][A-Za-z0-9_]{0,23}$")]


class CollectRequest(Plain):
    """The body of /mp/collect for a web stream."""

    client_id: Annotated[str, msgspec.Meta(min_length=1)]
    events: Annotated[list[Event], msgspec.Meta(min_length=1, max_length=25)]
    user_properties: Annotated[dict[PropertyName, Value], msgspec.Meta(min_length=1, max_length=25)]
    consent: Ga4Consent
    user_id: Annotated[str, msgspec.Meta(min_length=1, max_length=256)] | None = None
    timestamp_micros: int | None = None


SCHEMAS = {"google-ads": IngestRequest, "meta": UsersRequest, "ga4": CollectRequest}
"""The body of each platform."""

REMOVALS = {"google-ads": RemoveRequest, "meta": RemoveUsersRequest}
"""The body of the requests that take members off."""
