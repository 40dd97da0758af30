"""Sessions, accounts and the audit as they travel."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.layers import Features

Role = Literal[
    "planner",
    "reviewer",
    "analyst",
    "grid_worker",
    "system_administrator",
    "security_administrator",
    "auditor",
]
Secret = Annotated[str, Field(max_length=1000)]
Name = Annotated[str, Field(max_length=100)]
WorkerNumber = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Strict(BaseModel):
    """Unknown members are refused: a misspelt one would be lost in silence."""

    model_config = ConfigDict(extra="forbid")


class DivisionRef(BaseModel):
    """A division by code and name."""

    code: str
    name: str
    level: str


class DivisionNode(DivisionRef):
    """A division in the tree."""

    parent: str | None


class Divisions(BaseModel):
    """All divisions of today."""

    divisions: list[DivisionNode]


class LastLogin(BaseModel):
    """When and from where an account signed in before."""

    at: datetime
    address: str | None


class OwnAccount(BaseModel):
    """The account that is signed in."""

    name: str
    display_name: str | None
    role: Role
    everywhere: bool
    divisions: list[DivisionRef]
    demo: bool
    second_factor: bool
    password_expired: bool
    password_expires_on: str | None
    last_login: LastLogin | None
    failed_since_last: int


class DemoAccount(BaseModel):
    """An account of the synthetic sample county, entered without a password."""

    name: str
    role: Role
    area: str


class PasswordRules(BaseModel):
    """What a new password must fulfil."""

    min_length: int
    kinds: int
    """Of small letters, capitals, digits and other signs."""
    remembered: int


class SessionState(BaseModel):
    """Who is signed in, and what the page needs to know to let somebody in."""

    account: OwnAccount | None
    rights: list[str]
    csrf: str | None
    idle_s: int
    demo: list[DemoAccount]
    encrypted: bool
    password_rules: PasswordRules
    features: Features
    device_ended: bool = False
    """A phone that was let in once and has been shut out: what it keeps of the grids is to be cleared."""


class SignIn(Strict):
    """Name, password, and the code where the account has a second factor."""

    name: Name
    password: Secret
    code: Annotated[str | None, Field(max_length=20)] = None


class DemoSignIn(Strict):
    """Which demo account to enter."""

    name: Name


class LinkToken(Strict):
    """The secret of a one-time link."""

    token: Secret


class LinkUse(LinkToken):
    """A one-time link used to choose a password."""

    password: Secret


class LinkInfo(BaseModel):
    """Whom a one-time link is for."""

    name: str
    display_name: str | None
    role: Role
    expires_at: datetime


class PasswordChange(Strict):
    """The old password and the new one."""

    old: Secret
    new: Secret


class SecondFactor(BaseModel):
    """A secret for the phone, as text, address and picture."""

    secret: str
    uri: str
    svg: str


class Code(Strict):
    """Six digits of the second factor."""

    code: Annotated[str, Field(max_length=20)]


class Password(Strict):
    """One's password, asked for again."""

    password: Secret


class TokenItem(BaseModel):
    """A script's token without its secret."""

    id: int
    name: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


class Tokens(BaseModel):
    """One's tokens."""

    tokens: list[TokenItem]


class TokenAsked(Strict):
    """A token to be made."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    days: Annotated[int, Field(ge=1, le=365)] = 90
    password: Secret = ""
    """One's own, asked for again; accounts of the sample county have none."""


class NewToken(BaseModel):
    """A new token; its secret is shown this once."""

    token: str
    id: int
    name: str
    expires_at: datetime


class WorkerRef(BaseModel):
    """Somebody in post."""

    id: int
    name: str
    work_phone: str | None


class WorkerToEnrol(WorkerRef):
    """Somebody in post, with the grids and the account, if there is one."""

    grids: list[str]
    account: str | None


class WorkersToEnrol(BaseModel):
    """People in post in one's area, for binding accounts to them."""

    workers: list[WorkerToEnrol]


class Device(BaseModel):
    """A phone that is let in."""

    id: int
    name: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class Devices(BaseModel):
    """The phones of an account."""

    devices: list[Device]


class PhoneLink(BaseModel):
    """A link that lets one phone in, once; shown this once, with its picture to be scanned."""

    link: str
    svg: str
    expires_at: datetime


class DeviceEntry(Strict):
    """A phone that shows its link."""

    link: Secret
    name: Annotated[str, Field(max_length=200)] = ""
    keep: Literal["cookie", "token"] = "cookie"
    """`token`: within another platform, where browsers keep no cookie; the page sends it as `Bearer` itself."""


class DeviceEntered(BaseModel):
    """What a phone is told once it is let in."""

    account: str
    token: str | None
    """Only where the phone asked for it."""


class Account(BaseModel):
    """An account as the security administrator sees it."""

    name: str
    display_name: str | None
    role: Role
    everywhere: bool
    divisions: list[DivisionRef]
    state: Literal["active", "invited", "locked", "disabled"]
    second_factor: bool
    demo: bool
    created_at: datetime
    last_login_at: datetime | None
    worker: WorkerRef | None
    """Whose grids the account of a grid worker is about."""
    devices: int
    """Phones that are let in."""


class Accounts(BaseModel):
    """A page of accounts."""

    accounts: list[Account]
    total: int


class AccountChange(Strict):
    """What to change of an account; what is left out stays."""

    display_name: Annotated[str | None, Field(max_length=200)] = None
    role: Role | None = None
    divisions: Annotated[
        list[Annotated[str, Field(max_length=40)]] | None, Field(max_length=500)
    ] = None
    everywhere: bool | None = None
    disabled: bool | None = None
    worker: WorkerNumber | None = None


class AccountAsked(Strict):
    """A new account."""

    name: Name
    display_name: Annotated[str | None, Field(max_length=200)] = None
    role: Role
    divisions: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=500)] = []
    everywhere: bool = False
    worker: WorkerNumber | None = None


class Invitation(BaseModel):
    """An account with the link its owner chooses a password by; shown this once."""

    account: Account
    link: str
    expires_at: datetime


class AuditRow(BaseModel):
    """Who did what, when, to which object."""

    id: int
    at: datetime
    actor: str
    role: str | None
    address: str | None
    action: str
    object: str | None
    outcome: Literal["done", "refused"]
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class AuditPage(BaseModel):
    """Rows of the audit, newest first; go on below `next`."""

    rows: list[AuditRow]
    next: int | None
    actions: list[str]
