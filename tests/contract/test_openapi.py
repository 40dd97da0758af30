"""The OpenAPI document against the running service: no answer outside it, no server error."""

from __future__ import annotations

import warnings

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

CHECKS = [not_a_server_error, response_schema_conformance]


@pytest.fixture(scope="module")
def operations(served):
    document = schemathesis.openapi.from_url(f"{served}/openapi.json")
    return [result.ok() for result in document.get_all_operations()]


def try_all(operations, examples: int) -> None:
    """Send generated requests to every operation, valid and invalid ones."""
    for operation in operations:
        modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
        cases = st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes])

        @given(case=cases)
        @settings(
            max_examples=examples,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def one(case):
            case.call_and_validate(checks=CHECKS)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the generator, not of ours
            one()


def test_no_request_breaks_the_service(operations):
    assert len(operations) >= 14
    try_all(operations, 12)


@pytest.mark.long
def test_none_of_many_requests_breaks_the_service(operations):
    try_all(operations, 300)
