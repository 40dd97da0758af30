"""Certificates that a client accepts for the names they were made for, and for no other."""

from __future__ import annotations

import socket
import ssl
import stat
import threading
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from api import host_names
from api.certificates import KeyPair, make_server, read_pair
from api.host_names import default_names
from api.tls import init_tls, tls_files
from gis.errors import RefusedInputError, UnavailableError

TODAY = datetime.now(UTC)
NAMES = ("grid.example.cn", "10.1.2.3", "::1")


def server_context(home):
    files = tls_files(home)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.cert, files.key)
    return context


def shake_hands(server, authority, name):
    """Return the certificate a client that trusts `authority` accepted, in memory."""
    client = ssl.create_default_context(cafile=authority)
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(to_client, to_server, server_hostname=name)
    answering = server.wrap_bio(to_server, to_client, server_side=True)
    waiting = [asking, answering]
    for _ in range(10):
        for side in tuple(waiting):
            try:
                side.do_handshake()
                waiting.remove(side)
            except ssl.SSLWantReadError:
                continue
        if not waiting:
            return asking.getpeercert()
    raise AssertionError("the handshake does not end")


@pytest.fixture
def made(tmp_path):
    return init_tls(tmp_path, NAMES, today=TODAY)


def test_a_client_that_trusts_the_authority_accepts_every_name(tmp_path, made):
    for name in NAMES:
        assert shake_hands(server_context(tmp_path), made["authority"], name)
    assert made["names"] == list(NAMES)
    assert made["created_authority"]
    assert made["expires_on"] == (TODAY + timedelta(days=397)).date().isoformat()
    assert made["guide"] == "docs/tls.md"
    assert len(made["authority_sha256"].split(":")) == 32


def test_another_host_name_is_refused(tmp_path, made):
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        shake_hands(server_context(tmp_path), made["authority"], "bank.example.cn")


def test_a_client_without_the_authority_refuses(tmp_path, made):
    other = init_tls(tmp_path / "other", NAMES, today=TODAY)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(server_context(tmp_path), other["authority"], NAMES[0])


@pytest.mark.parametrize(
    ("permitted", "forged"),
    [
        (("grid.example.cn", "10.1.2.3"), "bank.example.cn"),
        (("grid.example.cn", "10.1.2.3"), "10.1.2.4"),
        (("grid.example.cn", "10.1.2.3"), "fd00::7"),
        (("grid.example.cn",), "10.1.2.3"),
        (("grid.example.cn",), "::1"),
        (("10.1.2.3",), "bank.example.cn"),
    ],
)
def test_a_stolen_authority_signs_for_no_other_name(tmp_path, permitted, forged):
    made = init_tls(tmp_path, permitted, today=TODAY)
    folder = tmp_path / "tls"
    authority = read_pair(folder / "ca.crt", folder / "ca.key")
    name = forged if forged.endswith("cn") else ip_address(forged)
    server = make_server([name], authority, TODAY)
    (folder / "server.crt").write_bytes(server.pem() + authority.pem())
    (folder / "server.key").write_bytes(server.key_pem())
    with pytest.raises(ssl.SSLCertVerificationError, match="subtree violation"):
        shake_hands(server_context(tmp_path), made["authority"], forged)


@pytest.mark.parametrize("names", [("10.1.2.3",), ("::1",), ("vm",)])
def test_one_kind_of_name_is_enough(tmp_path, names):
    made = init_tls(tmp_path, names, today=TODAY)
    assert shake_hands(server_context(tmp_path), made["authority"], names[0])


def test_the_authority_is_as_narrow_as_can_be(tmp_path, made):
    authority = x509.load_pem_x509_certificate((tmp_path / "tls" / "ca.crt").read_bytes())
    find = authority.extensions.get_extension_for_class
    assert find(x509.BasicConstraints).value == x509.BasicConstraints(ca=True, path_length=0)
    assert find(x509.NameConstraints).critical
    usage = find(x509.KeyUsage)
    assert usage.critical
    assert usage.value.key_cert_sign
    assert usage.value.crl_sign
    assert not usage.value.digital_signature
    assert list(find(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.SERVER_AUTH]
    life = authority.not_valid_after_utc - authority.not_valid_before_utc
    assert timedelta(days=3650) < life < timedelta(days=3654)


def test_no_certificate_lives_longer_than_browsers_allow(tmp_path, made):
    server = x509.load_pem_x509_certificate((tmp_path / "tls" / "server.crt").read_bytes())
    assert server.not_valid_after_utc - server.not_valid_before_utc < timedelta(days=398)


def test_renewal_keeps_the_authority_and_the_names(tmp_path):
    made = init_tls(tmp_path, NAMES, today=TODAY - timedelta(days=300))
    old_key = (tmp_path / "tls" / "server.key").read_bytes()
    renewed = init_tls(tmp_path, (), today=TODAY)
    assert renewed["authority_sha256"] == made["authority_sha256"]
    assert sorted(renewed["names"]) == sorted(NAMES)
    assert not renewed["created_authority"]
    assert renewed["expires_on"] == (TODAY + timedelta(days=397)).date().isoformat()
    assert (tmp_path / "tls" / "server.key").read_bytes() != old_key
    assert shake_hands(server_context(tmp_path), made["authority"], NAMES[0])


def test_renewal_without_a_server_certificate_takes_the_authoritys_names(tmp_path, made):
    (tmp_path / "tls" / "server.crt").write_text("no certificate")
    assert sorted(init_tls(tmp_path, (), today=TODAY)["names"]) == sorted(NAMES)


def test_a_name_outside_the_authority_is_refused_and_nothing_written(tmp_path, made):
    before = (tmp_path / "tls" / "server.crt").read_bytes()
    with pytest.raises(RefusedInputError, match="--new-authority") as refused:
        init_tls(tmp_path, ["10.1.2.3", "10.9.9.9", "other.cn"], today=TODAY)
    assert refused.value.code == "name_outside_authority"
    assert [fault.field for fault in refused.value.faults] == ["10.9.9.9", "other.cn"]
    assert (tmp_path / "tls" / "server.crt").read_bytes() == before


def test_a_name_under_a_permitted_one_is_inside(tmp_path, made):
    init_tls(tmp_path, ["map.grid.example.cn"], today=TODAY)
    assert shake_hands(server_context(tmp_path), made["authority"], "map.grid.example.cn")


def test_a_new_authority_replaces_the_old_one(tmp_path, made):
    made_again = init_tls(tmp_path, ["other.example.cn"], new_authority=True, today=TODAY)
    assert made_again["authority_sha256"] != made["authority_sha256"]
    assert shake_hands(server_context(tmp_path), made_again["authority"], "other.example.cn")


def test_keys_are_for_the_owner_alone_and_nothing_lies_about(tmp_path, made):
    folder = tmp_path / "tls"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name for path in folder.iterdir()} == {
        "ca.crt",
        "ca.key",
        "server.crt",
        "server.key",
    }
    for name in ("ca.key", "server.key"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "name",
    [
        "a_b",
        "http://grid.cn",
        "grid.cn:8443",
        "*.grid.cn",
        "[::1]",
        "10.0.0.300",
        "0.0.0.0",  # noqa: S104 nothing listens there
        "::",
        "fe80::1%eth0",
        "224.0.0.1",
        "-a.cn",
        "a..b",
        "网格.cn",
        "gov.cn",
        "cn",
        "",
        " ",
        "a b",
        "x" * 64 + ".cn",
    ],
)
def test_what_is_no_name_of_a_server_is_refused(tmp_path, name):
    with pytest.raises(RefusedInputError) as refused:
        init_tls(tmp_path, ["grid.cn", name], today=TODAY)
    assert refused.value.code == "bad_name"
    assert [fault.field for fault in refused.value.faults] == [name]
    assert not (tmp_path / "tls").exists()


def test_names_are_taken_in_one_spelling_each_once(tmp_path):
    made = init_tls(tmp_path, ["GRID.cn.", "grid.cn", "0:0:0:0:0:0:0:1", "::1"], today=TODAY)
    assert made["names"] == ["grid.cn", "::1"]


def test_the_default_names_are_the_machines_own(tmp_path, monkeypatch):
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost\n10.0.0.7 office.county.cn office # office.not\n")
    monkeypatch.setattr(host_names, "HOSTS_FILE", hosts)
    monkeypatch.setattr(socket, "gethostname", lambda: "Office")
    names = default_names()
    assert names[:5] == ("localhost", "127.0.0.1", "::1", "office", "office.county.cn")
    assert set(names) <= set(init_tls(tmp_path, (), today=TODAY)["names"])


def test_the_files_are_asked_for_before_they_exist_and_after_they_expired(tmp_path):
    with pytest.raises(UnavailableError, match="run: wangge tls init") as missing:
        tls_files(tmp_path)
    assert missing.value.code == "no_certificate"
    init_tls(tmp_path, NAMES, today=TODAY)
    assert tls_files(tmp_path, TODAY).warn_days_left is None
    assert tls_files(tmp_path, TODAY + timedelta(days=390)).warn_days_left == 6
    with pytest.raises(UnavailableError) as expired:
        tls_files(tmp_path, TODAY + timedelta(days=398))
    assert expired.value.code == "certificate_expired"


def test_a_key_of_another_certificate_is_no_certificate(tmp_path, made):
    key = tmp_path / "tls" / "server.key"
    key.write_bytes((tmp_path / "tls" / "ca.key").read_bytes())
    with pytest.raises(UnavailableError) as refused:
        tls_files(tmp_path)
    assert refused.value.code == "no_certificate"


def test_an_authority_without_its_key_is_not_replaced_silently(tmp_path, made):
    (tmp_path / "tls" / "ca.key").unlink()
    with pytest.raises(UnavailableError, match="put them back") as refused:
        init_tls(tmp_path, (), today=TODAY)
    assert refused.value.code == "authority_damaged"


def test_the_server_certificate_ends_with_its_authority(tmp_path, made):
    late = init_tls(tmp_path, (), today=TODAY + timedelta(days=3600))
    assert late["expires_on"] == late["authority_expires_on"] == made["authority_expires_on"]
    with pytest.raises(UnavailableError) as expired:
        init_tls(tmp_path, (), today=TODAY + timedelta(days=3653))
    assert expired.value.code == "authority_expired"


def test_the_server_sends_the_authority_along(tmp_path, made):
    chain = x509.load_pem_x509_certificates((tmp_path / "tls" / "server.crt").read_bytes())
    authority = (tmp_path / "tls" / "ca.crt").read_bytes()
    assert [item.public_bytes(Encoding.PEM) for item in chain][1:] == [authority]


def test_uvicorn_serves_with_the_files(tmp_path):
    made = init_tls(tmp_path, ["localhost", "127.0.0.1"], today=TODAY)
    files = tls_files(tmp_path)

    async def hello(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    config = uvicorn.Config(
        hello,
        lifespan="off",
        log_level="error",
        ssl_certfile=str(files.cert),
        ssl_keyfile=str(files.key),
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            deadline = time.monotonic() + 10
            while not server.started and time.monotonic() < deadline:
                time.sleep(0.01)
            client = ssl.create_default_context(cafile=made["authority"])
            with (
                socket.create_connection(listening.getsockname(), timeout=10) as raw,
                client.wrap_socket(raw, server_hostname="localhost") as wrapped,
            ):
                wrapped.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                assert wrapped.recv(1000).startswith(b"HTTP/1.1 204")
        finally:
            server.should_exit = True
            thread.join(10)


def office_pair(folder, days=30):
    """Put a certificate and key of the office's own (RSA, without constraints) into the home."""
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Office")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(TODAY - timedelta(days=1))
        .not_valid_after(TODAY + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    folder.mkdir()
    for name in ("server", "ca"):
        (folder / f"{name}.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
        (folder / f"{name}.key").write_bytes(KeyPair(certificate, key).key_pem())


def test_a_certificate_of_the_offices_own_authority_is_served(tmp_path):
    office_pair(tmp_path / "tls")
    assert tls_files(tmp_path, TODAY).warn_days_left == 29
    assert server_context(tmp_path)


def test_an_authority_without_constraints_is_never_signed_with(tmp_path):
    office_pair(tmp_path / "tls")
    for names in ((), ("grid.cn",)):
        with pytest.raises(RefusedInputError) as refused:
            init_tls(tmp_path, names, today=TODAY)
        assert refused.value.code == "name_outside_authority"
