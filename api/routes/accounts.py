"""Accounts, for the security administrator."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from api.deps import ServicesDep, SessionDep, StoreDep
from api.schemas.accounts import (
    Account,
    AccountAsked,
    AccountChange,
    Accounts,
    Devices,
    Divisions,
    Invitation,
    PhoneLink,
    WorkersToEnrol,
)
from api.settings import Settings
from gis.errors import NotFoundError
from layers.io.qr import picture_of
from layers.usecases import accounts, devices, overview
from layers.usecases.accounts import AccountDraft

router = APIRouter(tags=["accounts"])
AccountName = Annotated[str, Path(max_length=100)]


def link_address(base: str, secret: str) -> str:
    """Return a one-time link; what stands behind # reaches no server's log."""
    return f"{base.rstrip('/')}/#link={secret}"


def phone_address(base: str, secret: str) -> str:
    """Return a link that lets a phone in; what stands behind # reaches no server's log."""
    return f"{base.rstrip('/')}/m#enter={secret}"


def _invitation(
    request: Request, settings: Settings, made: tuple[dict[str, Any], str, Any]
) -> Invitation:
    account, secret, expires = made
    base = settings.address or str(request.base_url)
    return Invitation.model_validate(
        {"account": account, "link": link_address(base, secret), "expires_at": expires}
    )


@router.get("/api/divisions")
def divisions(session: SessionDep) -> Divisions:
    """Return the tree of divisions."""
    return Divisions.model_validate({"divisions": overview.division_tree(session)})


@router.get("/api/accounts")
def list_accounts(
    store: StoreDep,
    q: Annotated[str, Query(max_length=100)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=10**6)] = 0,
) -> Accounts:
    """Return the accounts of one's area."""
    return Accounts.model_validate(accounts.list_accounts(store, q, limit, offset))


@router.post("/api/accounts", status_code=201)
def add_account(
    given: AccountAsked, request: Request, store: StoreDep, parts: ServicesDep
) -> Invitation:
    """Add an account and return the one-time link to hand over."""
    draft = AccountDraft(
        given.display_name, given.role, given.divisions, given.everywhere, worker=given.worker
    )
    return _invitation(request, parts.settings, accounts.add_account(store, given.name, draft))


@router.get("/api/accounts/workers")
def workers(store: StoreDep, q: Annotated[str, Query(max_length=60)] = "") -> WorkersToEnrol:
    """Return people in post in one's area, with the accounts that are theirs."""
    return WorkersToEnrol.model_validate({"workers": devices.workers_to_enrol(store, q)})


@router.post("/api/accounts/{name}/phone-link", status_code=201)
def phone_link(
    name: AccountName, request: Request, store: StoreDep, parts: ServicesDep
) -> PhoneLink:
    """Make a link that lets one phone of a grid worker in, once, within half an hour."""
    if not parts.settings.phone:
        raise NotFoundError("not_switched_on", "phones are not switched on here")
    _, secret, expires = devices.new_phone_link(store, name)
    link = phone_address(parts.settings.address or str(request.base_url), secret)
    return PhoneLink(link=link, svg=picture_of(link), expires_at=expires)


@router.get("/api/accounts/{name}/devices")
def account_devices(name: AccountName, store: StoreDep) -> Devices:
    """List the phones of an account."""
    return Devices.model_validate({"devices": devices.list_devices(store, name)})


@router.delete("/api/accounts/{name}/devices/{device}")
def end_device(
    name: AccountName, device: Annotated[int, Path(ge=1, le=2**31 - 1)], store: StoreDep
) -> Devices:
    """Shut a phone out."""
    devices.end_device(store, name, device)
    return Devices.model_validate({"devices": devices.list_devices(store, name)})


@router.patch("/api/accounts/{name}")
def change_account(name: AccountName, given: AccountChange, store: StoreDep) -> Account:
    """Change role, area, name or state of an account."""
    draft = AccountDraft(**given.model_dump())
    return Account.model_validate(accounts.change_account(store, name, draft))


@router.post("/api/accounts/{name}/reset")
def reset_account(
    name: AccountName, request: Request, store: StoreDep, parts: ServicesDep
) -> Invitation:
    """Take away password, second factor, sessions and tokens; return a new one-time link."""
    return _invitation(request, parts.settings, accounts.reset_account(store, name))
