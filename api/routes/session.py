"""Signing in and out, and one's own account."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from api.access import PHONE_TOKEN, GreetDep, cookie_name, device_cookie_name
from api.deps import AddressDep, Services, ServicesDep, VisitDep
from api.schemas.accounts import (
    Code,
    DemoSignIn,
    DeviceEntered,
    DeviceEntry,
    LinkInfo,
    LinkToken,
    LinkUse,
    NewToken,
    Password,
    PasswordChange,
    SecondFactor,
    SessionState,
    SignIn,
    TokenAsked,
    Tokens,
)
from api.schemas.layers import Features
from gis.errors import NotFoundError
from layers.passwords import KINDS, MIN_LENGTH, REMEMBERED
from layers.usecases import accounts, devices, own_account, sessions, sign_in
from layers.usecases.sessions import Visit

router = APIRouter(prefix="/api/session", tags=["session"])
LOOPBACK = frozenset({"127.0.0.1", "::1", "testclient"})


def _state(request: Request, parts: Services, visit: Visit | None) -> SessionState:
    """Return the session document, for whoever is signed in or nobody."""
    rules = parts.settings.sign_in
    known: dict[str, Any] = {"account": None, "rights": [], "csrf": None}
    if visit is not None:
        known = own_account.describe(parts.database, rules, visit)
    here = request.client is not None and request.client.host in LOOPBACK
    return SessionState(
        **known,
        idle_s=rules.idle_s,
        demo=accounts.demo_accounts(parts.database) if rules.demo and here else [],
        encrypted=request.url.scheme == "https" or here,
        features=Features(**parts.settings.features),
        password_rules={"min_length": MIN_LENGTH, "kinds": KINDS, "remembered": REMEMBERED},
    )


def _enter(
    request: Request, response: Response, parts: Services, cookie: str, address: str | None
) -> SessionState:
    """Give the browser its new session; the one it had before ends."""
    old = request.cookies.get(cookie_name(request))
    rules = parts.settings.sign_in
    if old:
        _leave(parts, old, address)
    response.set_cookie(
        cookie_name(request),
        cookie,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
        path="/",
    )
    return _state(
        request,
        parts,
        sessions.visit_by(sessions.BY_COOKIE, parts.database, rules, cookie, address),
    )


def _leave(parts: Services, cookie: str, address: str | None) -> None:
    try:
        visit = sessions.visit_by(
            sessions.BY_COOKIE, parts.database, parts.settings.sign_in, cookie, address
        )
    except sessions.SignInError:
        return
    sessions.sign_out(parts.database, visit)


@router.get("")
def state(request: Request, parts: ServicesDep, visit: GreetDep) -> SessionState:
    """Say who is signed in, with the token that changing requests carry."""
    found = _state(request, parts, visit)
    phone = request.cookies.get(device_cookie_name(request))
    if visit is None and phone:
        found.device_ended = devices.is_ended(parts.database, phone)
    return found


@router.post("")
def enter(
    given: SignIn, request: Request, response: Response, parts: ServicesDep, address: AddressDep
) -> SessionState:
    """Sign in by name and password, and the code of the second factor where there is one."""
    cookie = sign_in.sign_in(parts.database, given.name, given.password, given.code, address)
    return _enter(request, response, parts, cookie, address)


@router.post("/demo")
def enter_demo(
    given: DemoSignIn, request: Request, response: Response, parts: ServicesDep, address: AddressDep
) -> SessionState:
    """Enter an account of the sample county; in demo mode only."""
    if address not in LOOPBACK:
        raise NotFoundError("not_found", "there is no such demo account")
    cookie = sign_in.enter_demo(parts.database, parts.settings.sign_in, given.name, address)
    return _enter(request, response, parts, cookie, address)


@router.delete("")
def leave(
    request: Request, response: Response, parts: ServicesDep, visit: VisitDep
) -> SessionState:
    """Sign out; the browser forgets what it kept of this site."""
    if visit.session is not None:
        sessions.sign_out(parts.database, visit)
    if visit.device is not None:
        devices.leave_device(parts.database, visit)
    for name in (cookie_name(request), device_cookie_name(request)):
        response.delete_cookie(name, path="/", httponly=True, samesite="strict")
    response.headers["Clear-Site-Data"] = '"cache"'
    return _state(request, parts, None)


@router.post("/link/check")
def check_link(given: LinkToken, parts: ServicesDep, address: AddressDep) -> LinkInfo:
    """Say whom a one-time link is for."""
    return LinkInfo(**sign_in.check_link(parts.database, given.token, address))


@router.post("/link")
def use_link(
    given: LinkUse, request: Request, response: Response, parts: ServicesDep, address: AddressDep
) -> SessionState:
    """Choose a password by a one-time link, and be signed in."""
    cookie = sign_in.use_link(parts.database, given.token, given.password, address)
    return _enter(request, response, parts, cookie, address)


@router.post("/device")
def enter_device(
    given: DeviceEntry,
    request: Request,
    response: Response,
    parts: ServicesDep,
    address: AddressDep,
) -> DeviceEntered:
    """Let a phone in by its one-time link; it keeps a secret of its own until that is revoked."""
    if not parts.settings.phone:
        raise NotFoundError("not_switched_on", "phones are not switched on here")
    as_cookie = given.keep == "cookie"
    name, secret = devices.let_phone_in(
        parts.database, given.link, given.name, address, cookie=as_cookie
    )
    if as_cookie:
        response.set_cookie(
            device_cookie_name(request),
            secret,
            max_age=devices.DEVICE_DAYS * 86400,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
            path="/",
        )
        # Whoever was signed in on this browser before is not whom the phone belongs to now.
        response.delete_cookie(cookie_name(request), path="/", httponly=True, samesite="strict")
    return DeviceEntered(account=name, token=None if as_cookie else PHONE_TOKEN + secret)


@router.post("/password")
def change_password(
    given: PasswordChange, request: Request, parts: ServicesDep, visit: VisitDep
) -> SessionState:
    """Change one's password; other sessions of the account end."""
    sign_in.change_password(parts.database, visit, given.old, given.new)
    fresh = Visit(visit.actor, visit.csrf, visit.session)
    return _state(request, parts, fresh)


@router.post("/second-factor")
def begin_second_factor(given: Password, parts: ServicesDep, visit: VisitDep) -> SecondFactor:
    """Make a secret for the phone; it counts once a code confirms it."""
    return SecondFactor(**own_account.begin_second_factor(parts.database, visit, given.password))


@router.put("/second-factor")
def confirm_second_factor(
    given: Code, request: Request, parts: ServicesDep, visit: VisitDep
) -> SessionState:
    """Take the second factor into use."""
    own_account.confirm_second_factor(parts.database, visit, given.code)
    return _state(request, parts, visit)


@router.delete("/second-factor")
def remove_second_factor(
    given: Password, request: Request, parts: ServicesDep, visit: VisitDep
) -> SessionState:
    """Do without the second factor; asks for the password."""
    own_account.remove_second_factor(parts.database, visit, given.password)
    return _state(request, parts, visit)


@router.get("/tokens")
def tokens(parts: ServicesDep, visit: VisitDep) -> Tokens:
    """List one's tokens for scripts."""
    return Tokens.model_validate({"tokens": own_account.list_tokens(parts.database, visit)})


@router.post("/tokens")
def add_token(given: TokenAsked, parts: ServicesDep, visit: VisitDep) -> NewToken:
    """Make a token for scripts: `Authorization: Bearer wg_…`."""
    made = own_account.add_token(parts.database, visit, given.password, given.name, given.days)
    return NewToken(**made)


@router.delete("/tokens/{token_id}")
def revoke_token(
    token_id: Annotated[int, Path(ge=1, le=2**31 - 1)], parts: ServicesDep, visit: VisitDep
) -> Tokens:
    """End a token."""
    own_account.revoke_token(parts.database, visit, token_id)
    return Tokens.model_validate({"tokens": own_account.list_tokens(parts.database, visit)})
