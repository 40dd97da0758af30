"""`wangge serve` as a stranger meets it: the first link, HTTPS, gateways, names it answers to."""

from __future__ import annotations

import os
import re
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from api import cli
from api.app import create_app
from api.settings import Settings, read_settings
from gis.errors import RefusedInputError
from layers.usecases.accounts import add_demo_accounts
from layers.usecases.sessions import SignInRules
from tests.accounts import PASSWORD, make_account
from tests.api.conftest import BASE

WANGGE = Path(sys.executable).with_name("wangge")


class Serving:
    """A server as a process of its own; `said` is what it prints on standard error."""

    def __init__(self, home: Path, *arguments: str) -> None:
        environment = {**os.environ, "WANGGE_HOME": str(home)}
        self.process = subprocess.Popen(
            [WANGGE, "serve", *arguments], stderr=subprocess.PIPE, text=True, env=environment
        )
        self.said: list[str] = []
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stderr:
            self.said.append(line.strip())
            if "#link=" in line:
                self._ready.set()

    def wait(self, client: httpx.Client, address: str) -> None:
        import time

        assert self._ready.wait(60), self.said
        for _ in range(200):
            try:
                client.get(f"{address}/api/health")
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError(self.said)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)
        self._reader.join(timeout=10)
        self.process.stderr.close()


def test_over_https_the_first_link_lets_one_in_with_a_cookie_bound_to_the_host(
    tmp_path, monkeypatch, capsys
):
    home = tmp_path / "home"
    monkeypatch.setenv("WANGGE_HOME", str(home))
    assert cli.main(["serve", "--tls", "--port", "18735"]) == 1
    assert "no_certificate" in capsys.readouterr().out
    assert cli.main(["tls", "init", "localhost", "127.0.0.1"]) == 0
    capsys.readouterr()
    trust = ssl.create_default_context(cafile=str(home / "tls" / "ca.crt"))
    server = Serving(home, "--tls", "--port", "18735")
    try:
        with httpx.Client(verify=trust) as client:
            address = "https://127.0.0.1:18735"
            server.wait(client, address)
            assert "https://localhost:18735" in server.said[0]  # a name of the certificate
            link = re.search(r"#link=(\S+)", "\n".join(server.said))[1]
            answer = client.post(
                f"{address}/api/session/link", json={"token": link, "password": PASSWORD}
            )
            assert answer.json()["account"]["role"] == "security_administrator"
            cookie = answer.headers["set-cookie"]
            assert cookie.startswith("__Host-wangge=")
            assert {"HttpOnly", "Secure", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
            assert answer.headers["strict-transport-security"].startswith("max-age=")
            assert client.get(f"{address}/api/accounts").json()["total"] == 1
    finally:
        server.close()


def client_of(store, **settings) -> TestClient:
    made = Settings(**{"home": Path("/nonexistent"), **settings})
    return TestClient(create_app(made, store), base_url=BASE, raise_server_exceptions=False)


def test_a_server_of_this_machine_answers_to_no_other_name(sample_store, tmp_path):
    with client_of(sample_store, home=tmp_path) as client:
        for host in ("evil.example", "127.0.0.1.evil.example", "wangge.local:8000"):
            answer = client.get("/api/session", headers={"Host": host})
            assert (answer.status_code, answer.json()["code"]) == (421, "wrong_host")
        assert client.get("/api/session", headers={"Host": "LOCALHOST:8000"}).status_code == 200
    with client_of(
        sample_store, home=tmp_path, host="::", address="https://grid.county.local"
    ) as client:
        assert client.get("/api/session", headers={"Host": "grid.county.local"}).status_code == 200
        assert client.get("/api/session", headers={"Host": "other.county.local"}).status_code == 421


def test_the_word_of_a_named_gateway_counts_and_of_nobody_else(sample_store, tmp_path):
    forwarded = {"X-Forwarded-For": "10.20.30.40", "X-Forwarded-Proto": "https"}
    name = make_account(sample_store, "planner")
    for proxies, cookie in (((), "wangge="), (("127.0.0.1",), "__Host-wangge=")):
        app = create_app(Settings(home=tmp_path, proxies=proxies), sample_store)
        with TestClient(app, base_url=BASE, client=("127.0.0.1", 5000)) as client:
            answer = client.post(
                "/api/session", json={"name": name, "password": PASSWORD}, headers=forwarded
            )
            assert answer.headers["set-cookie"].startswith(cookie)
    last = answer.json()["account"]["last_login"]
    assert last["address"] == "127.0.0.1"  # of the sign-in before, past no gateway
    with sample_store.session("owner") as session:
        from sqlalchemy import text

        found = session.execute(
            text("SELECT last_login_address FROM account WHERE name = :name"), {"name": name}
        ).scalar_one()
    assert found == "10.20.30.40"


def test_demo_accounts_are_offered_in_demo_mode_only(sample_store, tmp_path):
    add_demo_accounts(sample_store)
    with client_of(sample_store, home=tmp_path) as client:
        assert client.get("/api/session").json()["demo"] == []
        answer = client.post("/api/session/demo", json={"name": "demo-planner"})
        assert answer.status_code == 404
    with client_of(sample_store, home=tmp_path, sign_in=SignInRules(demo=True)) as client:
        offered = client.get("/api/session").json()["demo"]
        assert {item["role"] for item in offered} >= {
            "planner",
            "auditor",
            "security_administrator",
        }
        entered = client.post("/api/session/demo", json={"name": "demo-audit"}).json()
        assert (entered["account"]["demo"], entered["rights"]) == (True, ["audit"])


def test_demo_mode_is_never_open_to_other_machines(tmp_path, monkeypatch, capsys):
    seen = []
    monkeypatch.setenv("WANGGE_HOME", str(tmp_path))
    monkeypatch.setattr("api.serve.serve", lambda settings, _database: seen.append(settings))
    assert cli.main(["serve", "--sample"]) == 0
    assert cli.main(["serve", "--sample", "--host", "::"]) == 0
    monkeypatch.setenv("WANGGE_PROXIES", "127.0.0.1")  # a gateway leads here
    assert cli.main(["serve", "--sample"]) == 0
    monkeypatch.delenv("WANGGE_PROXIES")
    monkeypatch.setenv("WANGGE_ADDRESS", "https://grid.county.local")
    assert cli.main(["serve", "--sample"]) == 0
    assert [settings.sign_in.demo for settings in seen] == [True, False, False, False]
    assert "demo accounts are closed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WANGGE_IDLE_MINUTES", "0"),
        ("WANGGE_PASSWORD_DAYS", "-1"),
        ("WANGGE_PROXIES", "gateway.local"),
        ("WANGGE_ADDRESS", "grid.county.local"),
        ("WANGGE_ADDRESS", "https://user:secret@x"),
        ("WANGGE_SYSLOG", "http://x"),
        ("WANGGE_BASE_MAP", "https://*.example.cn/{z}/{x}/{y}"),
        ("WANGGE_SIGN_INS_PER_MINUTE", "many"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_at_start(name, value):
    with pytest.raises(RefusedInputError):
        read_settings({name: value})


def test_settings_are_read_as_written():
    found = read_settings(
        {
            "WANGGE_ADDRESS": "https://grid.county.local/",
            "WANGGE_PROXIES": "10.0.0.1, ::1",
            "WANGGE_IDLE_MINUTES": "15",
            "WANGGE_BASE_MAP": "https://t{0-1}.example.cn/{z}/{x}/{y}?tk=KEY",
        }
    )
    assert (found.address, found.proxies) == ("https://grid.county.local", ("10.0.0.1", "::1"))
    assert found.sign_in.idle_s == 900
    assert found.map_hosts == ("https://t0.example.cn", "https://t1.example.cn")
    assert found.host_names == {"localhost", "127.0.0.1", "::1", "grid.county.local"}


def test_pages_may_ask_the_configured_map_hosts_and_no_others(sample_store, tmp_path):
    template = "https://t{0-1}.example.cn/{z}/{x}/{y}"
    with client_of(sample_store, home=tmp_path, base_map=template) as client:
        policy = client.get("/").headers["content-security-policy"]
    assert "img-src 'self' data: blob: https://t0.example.cn https://t1.example.cn;" in policy
    assert "script-src 'self';" in policy
