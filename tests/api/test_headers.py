"""Every answer carries its policy, and no base map can widen it beyond its own hosts."""

from __future__ import annotations

import pytest

from api.headers import REPORT_CSP, SecurityHeaders, csp, embedders_of, map_hosts_of
from gis.errors import RefusedInputError
from tests.loops import run as in_a_loop

XYZ = "{z}/{x}/{y}"
TIANDITU = "https://t{0-7}.tianditu.gov.cn/vec_w/wmts?T=vec&x={x}&y={y}&l={z}&tk=KEY"


def head(path="/", own=(), map_hosts=(), tls=False, embedders=()):
    """Return the headers of an answer that set `own` itself."""
    messages = []

    async def app(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": list(own)})
        await send({"type": "http.response.body"})

    async def send(message):
        messages.append(message)

    wrapped = SecurityHeaders(app, map_hosts, tls, embedders)
    in_a_loop(wrapped({"type": "http", "path": path}, None, send))
    pairs = [(name.decode().lower(), value.decode()) for name, value in messages[0]["headers"]]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def test_an_answer_carries_every_header():
    assert head() == {
        "content-security-policy": csp(()),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "x-frame-options": "DENY",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": (
            "geolocation=(self), camera=(self), microphone=(), payment=(), usb=()"
        ),
    }


def test_an_answers_own_headers_stay():
    own = [(b"content-security-policy", REPORT_CSP.encode()), (b"cache-control", b"max-age=5")]
    found = head("/api/report", own)
    assert found["content-security-policy"] == REPORT_CSP
    assert found["cache-control"] == "max-age=5"
    assert found["x-frame-options"] == "DENY"


def test_only_answers_of_the_interface_are_kept_from_caches():
    assert head("/api/layers")["cache-control"] == "no-store"
    assert "cache-control" not in head("/assets/main.js")
    assert "cache-control" not in head("/apiary")


def test_only_an_encrypted_server_asks_browsers_to_stay_encrypted():
    assert head(tls=True)["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in head()


def test_named_platforms_may_show_the_phone_page_and_nothing_else():
    platforms = ("https://platform.gov.cn",)
    phone = head(path="/m", embedders=platforms)
    assert directives(phone["content-security-policy"])["frame-ancestors"] == list(platforms)
    assert "x-frame-options" not in phone
    assert phone["x-content-type-options"] == "nosniff"
    for path in ("/", "/api/phone", "/m/x"):
        other = head(path=path, embedders=platforms)
        assert directives(other["content-security-policy"])["frame-ancestors"] == ["'none'"]
        assert other["x-frame-options"] == "DENY"
    assert head(path="/m")["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    "value",
    ["http://platform.gov.cn", "*", "https://*.cn", "https://a.cn/x", "https://a.cn 'self'"],
)
def test_a_platform_is_a_plain_https_origin(value):
    with pytest.raises(RefusedInputError):
        embedders_of(value)
    assert embedders_of(" https://A.gov.cn/ , https://b.cn:8443") == (
        "https://a.gov.cn",
        "https://b.cn:8443",
    )


def test_other_scopes_pass():
    seen = []

    async def app(scope, _receive, _send):
        seen.append(scope["type"])

    in_a_loop(SecurityHeaders(app, (), tls=True)({"type": "lifespan"}, None, None))
    assert seen == ["lifespan"]


def directives(policy):
    return {part.split()[0]: part.split()[1:] for part in policy.split(";")}


def test_the_policy_allows_this_server_and_the_tiles_and_nothing_else():
    assert directives(csp(["https://t0.cn", "https://t1.cn"])) == {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:", "https://t0.cn", "https://t1.cn"],
        "connect-src": ["'self'", "https://t0.cn", "https://t1.cn"],
        "font-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
    assert head(map_hosts=["https://t0.cn"])["content-security-policy"] == csp(["https://t0.cn"])


def test_a_report_may_ask_nobody():
    policy = directives(REPORT_CSP)
    assert policy["sandbox"] == ["allow-scripts", "allow-popups"]
    assert policy["default-src"] == ["'none'"]
    assert policy["img-src"] == ["data:"]


@pytest.mark.parametrize(
    ("template", "origins"),
    [
        (TIANDITU, [f"https://t{i}.tianditu.gov.cn" for i in range(8)]),
        (f"https://{{s}}.tile.cn/{XYZ}.png", [f"https://{s}.tile.cn" for s in "abc"]),
        (f"https://{{a-d}}.tile.cn/{XYZ}.png", [f"https://{s}.tile.cn" for s in "abcd"]),
        ("HTTPS://Tile.CN/{z}/{x}/{-y}{r}.png", ["https://tile.cn"]),
        (f"https://tile.cn:8443/{{0-3}}/{XYZ}", ["https://tile.cn:8443"]),
        (f"http://10.0.0.5:8080/{XYZ}", ["http://10.0.0.5:8080"]),
        (f"http://192.168.1.{{1-3}}/{XYZ}", [f"http://192.168.1.{i}" for i in (1, 2, 3)]),
        (f"http://localhost:8001/{XYZ}", ["http://localhost:8001"]),
        (f"http://maps/{XYZ}", ["http://maps"]),
        (f"http://maps.county.lan/{XYZ}", ["http://maps.county.lan"]),
    ],
)
def test_a_template_names_exactly_its_origins(template, origins):
    assert map_hosts_of(template) == tuple(origins)


@pytest.mark.parametrize(
    "template",
    [
        "",
        f"http://tile.cn/{XYZ}",
        f"http://8.8.8.8/{XYZ}",
        f"ftp://tile.cn/{XYZ}",
        f"//tile.cn/{XYZ}",
        f"/tiles/{XYZ}",
        f"javascript:{XYZ}",
        f"data:text/html,{XYZ}",
        "https://tile.cn/",
        "https://tile.cn/{z}/{x}",
        "https://tile.cn/{z}/{x}/{y}/{-y}",
        f"https://tile.cn/{XYZ}?tk={{tk}}",
        f"https://*.tile.cn/{XYZ}",
        f"https://tile.cn;script-src/{XYZ}",
        f"https://tile.cn 'unsafe-inline'/{XYZ}",
        f"https://tile.cn/{XYZ} https://evil.cn",
        f"https://tile.cn/{XYZ}\n",
        f'https://tile.cn/{XYZ}"',
        f"https://tile.cn,https://evil.cn/{XYZ}",
        f"https://user@tile.cn/{XYZ}",
        f"https://[::1]/{XYZ}",
        f"https://[tile.cn/{XYZ}",
        f"https://tile.cn:99999/{XYZ}",
        f"https://tile.cn:/{XYZ}",
        f"https://tile..cn/{XYZ}",
        f"https://地图.cn/{XYZ}",
        f"https:///{XYZ}",
        "https://{x}.tile.cn/{z}/{y}",
        f"https://{{s}}{{0-7}}.tile.cn/{XYZ}",
        f"https://{{7-0}}.tile.cn/{XYZ}",
        f"https://{{0-12}}.tile.cn/{XYZ}",
        f"http://2130706433/{XYZ}",
        f"http://010.1.1.1/{XYZ}",
        f"https://10.0.0.300/{XYZ}",
    ],
)
def test_any_other_base_map_is_refused(template):
    with pytest.raises(RefusedInputError) as refused:
        map_hosts_of(template)
    assert refused.value.code == "bad_base_map"


def test_the_refusal_does_not_tell_the_key():
    with pytest.raises(RefusedInputError) as refused:
        map_hosts_of(f"http://tile.cn/{XYZ}?tk=SECRET")
    assert "SECRET" not in refused.value.message
