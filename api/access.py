"""The one table of who may use which route, and the door that holds every request against it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request

from layers.rights import Right, RightsError
from layers.usecases.devices import BY_PHONE
from layers.usecases.sessions import BY_COOKIE, BY_TOKEN, SignInError, Visit, find_by

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER = "X-CSRF-Token"
PHONE_TOKEN = "wgp_"  # noqa: S105 what the token of a phone begins with


class Access(StrEnum):
    """What a route asks for besides a right."""

    PUBLIC = "public"
    """Everybody, signed in or not."""
    OWN = "own"
    """Whoever is signed in, also with a password that has to be changed."""
    SIGNED_IN = "signed in"


ACCESS: Mapping[tuple[str, str], Access | Right] = {
    ("GET", "/"): Access.PUBLIC,
    ("GET", "/m"): Access.PUBLIC,
    ("GET", "/m/sw.js"): Access.PUBLIC,
    ("GET", "/m/manifest.webmanifest"): Access.PUBLIC,
    ("GET", "/docs"): Access.PUBLIC,
    ("GET", "/favicon.svg"): Access.PUBLIC,
    ("GET", "/api/health"): Access.PUBLIC,
    ("GET", "/api/session"): Access.PUBLIC,
    ("POST", "/api/session"): Access.PUBLIC,
    ("POST", "/api/session/demo"): Access.PUBLIC,
    ("POST", "/api/session/link"): Access.PUBLIC,
    ("POST", "/api/session/link/check"): Access.PUBLIC,
    ("POST", "/api/session/device"): Access.PUBLIC,
    ("DELETE", "/api/session"): Access.OWN,
    ("POST", "/api/session/password"): Access.OWN,
    ("POST", "/api/session/second-factor"): Access.SIGNED_IN,
    ("PUT", "/api/session/second-factor"): Access.SIGNED_IN,
    ("DELETE", "/api/session/second-factor"): Access.SIGNED_IN,
    ("GET", "/api/session/tokens"): Access.SIGNED_IN,
    ("POST", "/api/session/tokens"): Access.SIGNED_IN,
    ("DELETE", "/api/session/tokens/{token_id}"): Access.SIGNED_IN,
    ("GET", "/api/divisions"): Access.SIGNED_IN,
    ("GET", "/api/overview"): Right.READ,
    ("GET", "/api/layers"): Right.READ,
    ("GET", "/api/layers/{layer}/features"): Right.READ,
    ("GET", "/api/search"): Right.READ,
    ("GET", "/api/locate"): Right.READ,
    ("GET", "/api/grids/{code}/card"): Right.READ,
    ("GET", "/api/grids/{code}/card.xlsx"): Right.EXPORT,
    ("GET", "/api/grids/{code}/codes.html"): Right.EXPORT,
    ("GET", "/api/buildings/{code:path}"): Right.READ,
    ("GET", "/tiles/{layers}/{z}/{x}/{y}.mvt"): Right.READ,
    ("POST", "/api/coverage/runs"): Right.COMPUTE,
    ("POST", "/api/whatif"): Right.COMPUTE,
    ("POST", "/api/siting"): Right.COMPUTE,
    ("GET", "/api/scenarios"): Right.COMPUTE,
    ("POST", "/api/scenarios"): Right.COMPUTE,
    ("GET", "/api/scenarios/{scenario}"): Right.COMPUTE,
    ("POST", "/api/scenarios/{scenario}/decision"): Right.COMPUTE,
    ("GET", "/api/coverage/runs/{run_id}"): Right.COMPUTE,
    ("GET", "/api/coverage/runs/{run_id}/area"): Right.COMPUTE,
    ("GET", "/api/coverage/runs/{run_id}/classes"): Right.COMPUTE,
    ("GET", "/api/coverage/runs/{run_id}/places"): Right.COMPUTE,
    ("GET", "/api/coverage/runs/{run_id}/curves"): Right.COMPUTE,
    ("GET", "/api/coverage/runs/{run_id}/why/{building:path}"): Right.COMPUTE,
    ("GET", "/tiles/coverage/{run_id}/{z}/{x}/{y}.mvt"): Right.COMPUTE,
    ("GET", "/api/coverage/runs/{run_id}/report.html"): Right.EXPORT,
    ("GET", "/api/coverage/runs/{run_id}/report.docx"): Right.EXPORT,
    ("GET", "/api/coverage/runs/{run_id}/report.xlsx"): Right.EXPORT,
    ("GET", "/api/coverage/runs/{run_id}/buildings.csv"): Right.EXPORT,
    ("GET", "/api/exports/{layer}.{ending}"): Right.EXPORT,
    ("GET", "/api/plans"): Right.PLANS,
    ("GET", "/api/plans/{plan}"): Right.PLANS,
    ("GET", "/api/plans/{plan}/cells"): Right.PLANS,
    ("GET", "/api/plans/{plan}/workers"): Right.PLANS,
    ("GET", "/api/plans/{plan}/edits"): Right.PLANS,
    ("GET", "/api/plans/{plan}/check"): Right.PLANS,
    ("GET", "/api/plans/{plan}/compare"): Right.PLANS,
    ("POST", "/api/plans"): Right.PLAN,
    ("POST", "/api/cell-sets"): Right.PLAN,
    ("POST", "/api/plans/{plan}/edits"): Right.PLAN,
    ("POST", "/api/plans/{plan}/undo"): Right.PLAN,
    ("POST", "/api/plans/{plan}/redo"): Right.PLAN,
    ("POST", "/api/plans/{plan}/cuts"): Right.PLAN,
    ("POST", "/api/plans/{plan}/suggest"): Right.PLAN,
    ("POST", "/api/plans/{plan}/branch"): Right.PLAN,
    ("POST", "/api/plans/{plan}/steps"): Right.PLAN,
    ("POST", "/api/plans/{plan}/review"): Right.REVIEW,
    ("POST", "/api/plans/{plan}/papers"): Right.PLAN,
    ("PATCH", "/api/plans/{plan}/papers/{paper}"): Right.PLAN,
    ("POST", "/api/plans/{plan}/publish"): Right.PLAN,
    ("POST", "/api/plans/{plan}/take-back"): Right.PLAN,
    ("POST", "/api/plans/{plan}/rebase"): Right.PLAN,
    ("GET", "/api/posts"): Right.READ,
    ("POST", "/api/posts"): Right.POSTINGS,
    # Who may look at plans may look at who holds which post; the database decides of which area.
    ("GET", "/api/workers"): Right.PLANS,
    ("POST", "/api/workers"): Right.POSTINGS,
    ("PATCH", "/api/workers/{worker}"): Right.POSTINGS,
    ("GET", "/api/postings"): Right.PLANS,
    ("GET", "/api/postings/area"): Right.PLANS,
    ("POST", "/api/postings"): Right.POSTINGS,
    ("POST", "/api/postings/ledger"): Right.POSTINGS,
    ("POST", "/api/postings/ledger/marked"): Right.POSTINGS,
    ("POST", "/api/postings/{posting}/end"): Right.POSTINGS,
    ("POST", "/api/postings/{posting}/hand-over"): Right.POSTINGS,
    ("POST", "/api/postings/{posting}/substitutes"): Right.POSTINGS,
    ("GET", "/api/rules"): Access.SIGNED_IN,
    ("GET", "/api/rules/{name}"): Access.SIGNED_IN,
    ("POST", "/api/rules"): Right.RULES,
    ("GET", "/api/standards"): Right.COMPUTE,
    ("GET", "/api/event-categories"): Right.EVENTS,
    ("GET", "/api/events"): Right.EVENTS,
    ("POST", "/api/events"): Right.REPORT,
    ("GET", "/api/events/points"): Right.EVENTS,
    ("GET", "/api/events/export.xlsx"): Right.EXPORT,
    ("GET", "/api/events/{event}"): Right.EVENTS,
    ("POST", "/api/events/{event}/steps"): Right.REPORT,
    ("POST", "/api/events/{event}/move"): Right.HANDLE,
    ("POST", "/api/events/{event}/merge"): Right.HANDLE,
    ("GET", "/api/events/{event}/photos/{n}"): Right.EVENTS,
    ("PUT", "/api/events/{event}/photos/{n}"): Right.REPORT,
    ("GET", "/api/events/{event}/steps/{step}/photos/{n}"): Right.EVENTS,
    ("PUT", "/api/events/{event}/steps/{step}/photos/{n}"): Right.REPORT,
    ("GET", "/api/campaigns"): Right.EVENTS,
    ("POST", "/api/campaigns"): Right.HANDLE,
    ("GET", "/api/campaigns/mine"): Right.EVENTS,
    ("GET", "/api/campaigns/{campaign}"): Right.EVENTS,
    ("PATCH", "/api/campaigns/{campaign}"): Right.HANDLE,
    ("POST", "/api/campaigns/{campaign}/close"): Right.HANDLE,
    ("POST", "/api/campaigns/{campaign}/reopen"): Right.HANDLE,
    ("POST", "/api/campaign-marks"): Right.REPORT,
    ("GET", "/public/{code}"): Access.PUBLIC,
    ("GET", "/api/public/communities/{code}"): Access.PUBLIC,
    ("GET", "/api/public/communities/{code}/find"): Access.PUBLIC,
    # One's own jobs, and everybody's for who operates the server: the database decides which.
    ("GET", "/api/jobs/{job_id}"): Access.SIGNED_IN,
    ("DELETE", "/api/jobs/{job_id}"): Access.SIGNED_IN,
    ("GET", "/api/accounts"): Right.ACCOUNTS,
    ("POST", "/api/accounts"): Right.ACCOUNTS,
    ("PATCH", "/api/accounts/{name}"): Right.ACCOUNTS,
    ("POST", "/api/accounts/{name}/reset"): Right.ACCOUNTS,
    ("GET", "/api/accounts/workers"): Right.ACCOUNTS,
    ("POST", "/api/accounts/{name}/phone-link"): Right.ACCOUNTS,
    ("GET", "/api/accounts/{name}/devices"): Right.ACCOUNTS,
    ("DELETE", "/api/accounts/{name}/devices/{device}"): Right.ACCOUNTS,
    ("GET", "/api/phone"): Right.READ,
    ("GET", "/api/phone/grids/{code}"): Right.READ,
    ("GET", "/api/phone/buildings/{code:path}"): Right.CHECK,
    ("GET", "/api/household-checks"): Right.READ,
    ("POST", "/api/household-checks"): Right.CHECK,
    ("POST", "/api/household-checks/{check}/decision"): Right.PLAN,
    ("GET", "/api/audit"): Right.AUDIT,
    ("GET", "/api/audit/export.{ending}"): Right.AUDIT,
    ("GET", "/metrics"): Right.OPERATE,
}
"""A route that is not named here answers nobody."""


def cookie_name(request: Request) -> str:
    """Return the session cookie's name; over TLS browsers bind `__Host-` ones to this host alone."""
    return "__Host-wangge" if request.url.scheme == "https" else "wangge"


def device_cookie_name(request: Request) -> str:
    """Return the name of the cookie by which a phone is known."""
    return f"{cookie_name(request)}-phone"


def client_of(request: Request) -> str | None:
    """Return the network address a request came from."""
    return request.client.host if request.client else None


async def find_visit(request: Request) -> Visit | None:
    """Return who is signed in by token or cookie, None where neither is sent.

    Raises
    ------
    SignInError
        `not_signed_in` for a token or cookie that is over.
    """
    parts = request.app.state.services
    rules, address = parts.settings.sign_in, client_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        given = token.strip()
        if given.startswith(PHONE_TOKEN):
            return await _by_phone(parts, given.removeprefix(PHONE_TOKEN), address)
        return await find_by(BY_TOKEN, parts.readers, parts.database, rules, given, address)
    cookie = request.cookies.get(cookie_name(request))
    if cookie:
        return await find_by(BY_COOKIE, parts.readers, parts.database, rules, cookie, address)
    phone = request.cookies.get(device_cookie_name(request))
    return await _by_phone(parts, phone, address) if phone else None


async def _by_phone(parts: Any, secret: str, address: str | None) -> Visit | None:
    """Return who is signed in on a phone; nobody while phones are not switched on."""
    if not parts.settings.phone:
        return None
    rules = parts.settings.sign_in
    return await find_by(BY_PHONE, parts.readers, parts.database, rules, secret, address)


async def admit(request: Request) -> Visit | None:
    """Let a request in or refuse it, by the table; every route depends on this.

    Returns
    -------
    Visit or None
        Who is signed in; at public routes nobody is looked up.

    Raises
    ------
    SignInError
        `not_signed_in`.
    RightsError
        `no_right`, `csrf`, `password_expired`.
    """
    _require_own_page(request)
    route = request.scope["route"]
    access = ACCESS.get((request.method, route.path))
    if access is Access.PUBLIC:
        return None
    visit = await find_visit(request)
    if visit is None:
        raise SignInError("not_signed_in", "sign in first")
    request.state.visit = visit
    _require_csrf(request, visit)
    if visit.password_expired and access is not Access.OWN:
        raise RightsError("password_expired", "the password has to be changed first")
    if access is None or (isinstance(access, Right) and not visit.actor.may(access)):
        raise RightsError("no_right", f"the role {visit.actor.role} may not do this")
    return visit


def _require_own_page(request: Request) -> None:
    """Refuse what a page of another site sends: sign-ins too, which carry no token yet."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site", "same-origin")
    if site not in {"same-origin", "none"} or not _is_own(request):
        raise RightsError("csrf", "the request comes from another page")


def _is_own(request: Request) -> bool:
    """Say whether the page that sends a request is ours; programs name no page."""
    origin = request.headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == request.headers.get("host")
    except ValueError:
        return False


def _require_csrf(request: Request, visit: Visit) -> None:
    """A browser sends its cookie by itself; only our page knows the token beside it."""
    if visit.csrf is None or request.method in SAFE_METHODS:
        return
    if not secrets.compare_digest(
        request.headers.get(CSRF_HEADER, "").encode(), visit.csrf.encode()
    ):
        raise RightsError("csrf", f"the header {CSRF_HEADER} is missing or wrong")


async def greet(request: Request) -> Visit | None:
    """Return who is signed in at a public route that says so, None for a session that is over."""
    with suppress(SignInError):
        return await find_visit(request)
    return None


AdmitDep = Annotated[Visit | None, Depends(admit)]
GreetDep = Annotated[Visit | None, Depends(greet)]
