"""The OpenAPI document against the running service, as each role: no answer outside it, no server error."""

from __future__ import annotations

import warnings
from collections import Counter
from functools import cache

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance
from sqlalchemy import text

from layers.db import Database
from layers.models import ROLES
from layers.usecases import own_account
from tests.accounts import PASSWORD, make_account, visit
from tests.conftest import fresh_copy, serving
from tests.layers.plans import divided

CHECKS = [not_a_server_error, response_schema_conformance]
EXAMPLES, MANY = 3, 300
PATIENCE_S = 180
"""The first request that needs a kernel waits until it is compiled."""
EVERYBODY = (*ROLES, "nobody")
AREA = ["990101001"]
COMMUNITY = "990101001001"


@pytest.fixture(scope="module")
def store(planned_store):
    """Return a store of its own: generated requests add accounts and plans and change them."""
    planned_store.dispose()
    with fresh_copy(planned_store, "wangge_test_contract") as copy:
        yield copy


@pytest.fixture(scope="module")
def plan(store):
    """Return the number of a divided plan, which no generated number would hit."""
    return divided(store, COMMUNITY)


@pytest.fixture(scope="module")
def address(store, tmp_path_factory):
    home = tmp_path_factory.mktemp("contract")
    with serving(store, home, requests_per_second=1e6, events=True, campaigns=True) as found:
        yield found


@pytest.fixture(scope="module")
def operations(address):
    document = schemathesis.openapi.from_url(f"{address}/openapi.json")
    return [result.ok() for result in document.get_all_operations()]


class Script:
    """An account of a role, or nobody, with a fresh token whenever one is asked for."""

    def __init__(self, store: Database, role: str) -> None:
        self._store = store
        self._visit = None
        if role != "nobody":
            self._visit = visit(store, make_account(store, role, AREA))

    def headers(self) -> dict[str, str]:
        """Return what it sends; a token outlives signing out and a changed password, but not its end."""
        if self._visit is None:
            return {}
        for token in own_account.list_tokens(self._store, self._visit):
            own_account.revoke_token(self._store, self._visit, token["id"])
        with self._store.session("owner") as session:  # generated passwords are wrong ones
            session.execute(text("DELETE FROM sign_in_attempt"))
        made = own_account.add_token(self._store, self._visit, PASSWORD, "test", 1)
        return {"Authorization": f"Bearer {made['token']}"}


@pytest.fixture
def script(store, request):
    return Script(store, request.param)


def try_all(operations, script: Script, plan: int, cases_of) -> Counter[int]:
    """Send generated requests to every operation; return how often which status came back."""
    statuses: Counter[int] = Counter()
    headers = script.headers()
    for operation in operations:
        for case in cases_of(operation, plan):
            answer = case.call_and_validate(checks=CHECKS, headers=headers, timeout=PATIENCE_S)
            statuses[answer.status_code] += 1
        if operation.method.upper() != "GET":  # it may have ended the token, or closed the account
            headers = script.headers()
    return statuses


def cases(operation, plan: int, examples: int) -> list:
    """Return generated requests to an operation, valid and invalid ones; plans and communities exist.

    They are the same for every role, and take longer to be thought of than to be answered.
    """
    modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
    made: list = []

    @given(case=st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes]))
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def one(case):
        known: dict[str, object] = {"plan": plan}
        if "/public/" in operation.path:
            known["code"] = COMMUNITY
        for name in known.keys() & case.path_parameters.keys():
            if len(str(case.path_parameters[name])) % 3:  # some stay as they were generated
                case.path_parameters[name] = known[name]
        made.append(case)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the generator, not of ours
        one()
    return made


@cache
def few(operation, plan: int) -> list:
    """Return the requests that the short suite sends."""
    return cases(operation, plan, EXAMPLES)


def many(operation, plan: int) -> list:
    """Return the requests that the long suite sends."""
    return cases(operation, plan, MANY)


def let_in(statuses: Counter[int], role: str) -> bool:
    """Say whether the answers are those of the role: otherwise nothing but the door was tried."""
    known = statuses[401] < sum(statuses.values()) / 4
    return known != (role == "nobody") and statuses[200] > 0


@pytest.mark.parametrize("script", EVERYBODY, indirect=True)
def test_no_request_of_any_role_breaks_the_service(operations, script, plan, request):
    assert len(operations) >= 60
    statuses = try_all(operations, script, plan, few)
    assert let_in(statuses, request.node.callspec.params["script"]), statuses


@pytest.mark.long
@pytest.mark.parametrize("script", EVERYBODY, indirect=True)
def test_none_of_many_requests_of_any_role_breaks_the_service(operations, script, plan, request):
    statuses = try_all(operations, script, plan, many)
    assert let_in(statuses, request.node.callspec.params["script"]), statuses
