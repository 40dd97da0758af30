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
    Divisions,
    Invitation,
)
from api.settings import Settings
from layers.usecases import accounts, overview
from layers.usecases.accounts import AccountDraft

router = APIRouter(tags=["accounts"])
AccountName = Annotated[str, Path(max_length=100)]


def link_address(base: str, secret: str) -> str:
    """Return a one-time link; what stands behind # reaches no server's log."""
    return f"{base.rstrip('/')}/#link={secret}"


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
    draft = AccountDraft(given.display_name, given.role, given.divisions, given.everywhere)
    return _invitation(request, parts.settings, accounts.add_account(store, given.name, draft))


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
