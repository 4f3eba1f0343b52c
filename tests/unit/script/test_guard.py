"""What a script lets through without proof of who the peer is."""

import pytest

from tests.unit.script.conftest import make_catalogue


@pytest.mark.parametrize(
    "text",
    [
        "route { if (!@tls.peer.verified) { exit; } dispatch_rpc(); }",
        "route { if (proto == TLS && @tls.peer.verified) dispatch_rpc(); }",
        'route { if (method != "POST" || @tls.peer != "Bob") { exit; } dispatch_rpc(); }',
        "route { if (no()) { if (@tls.peer.verified) dispatch_rpc(); } }",
        "route { route(A); dispatch_rpc(); } route[A] { if (!@tls.peer.verified) exit; }",
        "route { if (@tls.peer.verified) route(A); } route[A] { dispatch_rpc(); }",
        "route { if (no()) { exit; } else if (@tls.peer.verified) { dispatch_rpc(); } else exit; }",
        "route { if (@tls.peer.verified && dispatch_rpc()) yes(); }",
        "route { if (no()) exit; else if (!@tls.peer.verified) exit; dispatch_rpc(); }",
    ],
)
def test_dispatch_behind_a_test_of_the_peer_is_fine(bench, text: str) -> None:
    assert not [f for f in bench.findings(text) if f.startswith("unguarded")]


@pytest.mark.parametrize(
    "text",
    [
        "route { if (proto == TLS && @tls.peer.verified) { yes(); } dispatch_rpc(); }",
        "route { if (no() || @tls.peer.verified) dispatch_rpc(); }",
        "route { if (no()) { if (!@tls.peer.verified) exit; } dispatch_rpc(); }",
        "route { route(A); } route[A] { dispatch_rpc(); }",
        "route { dispatch_rpc(); if (@tls.peer.verified) yes(); }",
        "route { if (dispatch_rpc() && @tls.peer.verified) yes(); }",
        'route { if (@a == "x") dispatch_rpc(); }',
        "route { if (yes()) { if (!@tls.peer.verified) exit; route(A); } else route(A); } route[A] { dispatch_rpc(); }",
    ],
)
def test_dispatch_on_a_path_without_a_test_of_the_peer_is_warned_about(bench, text: str) -> None:
    assert [f.split()[0] for f in bench.findings(text) if f.startswith("unguarded")] == ["unguarded-rpc"]


PROVED = [
    "if (@tls.peer.verified == 1) { %s }",
    'if ("true" == @tls.peer.verified) { %s }',
    "if (@tls.peer.verified != 0) { %s }",
    "if (@tls.peer.verified == no) exit; %s",
    "if (!@tls.peer.verified) { return -1; } else %s",
    "if (is_peer()) { %s }",
    "if (not is_peer()) { drop; } %s",
    "if (defined @tls.peer) { %s }",
    "if (strempty(@tls.peer)) exit; %s",
    'if (@tls.peer == "") exit; %s',
    "if (@tls.peer != $null) { %s }",
    'if (@tls.peer.reason == "expired") exit; if (@tls.peer.verified) { %s }',
    'if (@tls.peer != "Bob") exit; %s',
    'if (@tls.peer == "" || @tls.peer != "Bob") { exit; } %s',
]


@pytest.mark.parametrize("text", PROVED)
def test_nothing_is_said_where_the_peer_is_proved(bench, text: str) -> None:
    assert (
        bench.findings(
            "route { %s }" % (text % 'if (@tls.peer.subject.cn == "x" || $v_peer == "y") { dispatch_rpc(); }')
        )
        == []
    )


@pytest.mark.parametrize(
    "text",
    [
        "route { if (!route(A)) { exit; } dispatch_rpc(); } route[A] { if (!@tls.peer.verified) return -1; return 1; }",
        "route { if (route(AUTH)) dispatch_rpc(); } route[AUTH] { return @tls.peer.verified; }",
        "route { if (route(AUTH)) dispatch_rpc(); } route[AUTH] { is_peer(); }",
        "route { route(A); dispatch_rpc(); } route[A] { route(B); } route[B] { if (!is_peer()) drop; }",
        "route { route(A); } route[A] { if (is_peer()) { dispatch_rpc(); } else if (yes()) { route(A); } }",
    ],
)
def test_proof_goes_through_routes_by_the_sign_of_their_value(bench, text: str) -> None:
    assert [f for f in bench.findings(text) if not f.startswith("recursion")] == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("route { if (!@tls.peer.verified) { dispatch_rpc(); } }", "unproved-rpc"),
        ("route { if (@tls.peer.verified) { yes(); } dispatch_rpc(); }", "unproved-rpc"),
        ("route { if (@tls.peer.verified == 0) { dispatch_rpc(); } }", "unproved-rpc"),
        ("route { if (!is_peer()) yes(); dispatch_rpc(); }", "unproved-rpc"),
        ("route { if (@tls.peer == $null) { dispatch_rpc(); } }", "unproved-rpc"),
        ('route { if (@tls.peer.reason != "x") dispatch_rpc(); }', "unproved-rpc"),
        ("route { if (yes() || @tls.peer.verified) dispatch_rpc(); }", "unguarded-rpc"),
        ("route { route(A); dispatch_rpc(); } route[A] { if (!@tls.peer.verified) return; }", "unproved-rpc"),
        ("route { if (!route(A)) dispatch_rpc(); } route[A] { if (is_peer()) { return 1; } return -1; }",
         "unproved-rpc"),
        ("route { route(A); if (@tls.peer.verified) route(A); } route[A] { dispatch_rpc(); }", "unguarded-rpc"),
        ('route { if (@tls.peer != "Mallory" && yes()) route(A); } route[A] { dispatch_rpc(); }',
         "allowed-by-exclusion"),
        ('route { if (@tls.peer.verified) { if (@tls.peer != "Mallory") dispatch_rpc(); } }', "allowed-by-exclusion"),
        ('route { if ("Mallory" ne $v_peer) dispatch_rpc(); }', "allowed-by-exclusion"),
    ],
)  # fmt: skip
def test_call_that_is_not_guarded_by_proof_is_warned_about(bench, text: str, code: str) -> None:
    assert [f.split()[0] for f in bench.findings(text)] == [code]


def test_name_is_not_hinted_at_where_undefined_is_refused_or_meant(bench) -> None:
    assert bench.findings('route { if (proto == TLS && @tls.peer != "Bob") { yes(); } no(); }') == []
    assert bench.findings('route { if (@tls.peer == "") { yes(); } }') == []


def test_name_is_hinted_at_once_where_nothing_has_tested_the_peer(bench) -> None:
    text = 'route { if (@tls.peer == "Bob") yes(); if (@tls.peer =~ "x") yes(); say($v_peer); }'
    assert bench.findings(text) == ["unverified-name 1:13", "unverified-name 1:73"]


def test_routes_that_call_each_other_in_a_long_chain_are_followed(bench) -> None:
    chain = "".join(f"route[R{n}] {{ route(R{n + 1}); }}\n" for n in range(2000))
    text = "route { if (@tls.peer.verified) route(R0); }\n" + chain + "route[R2000] { dispatch_rpc(); }"
    assert bench.findings(text) == []
    assert bench.findings(text.replace("if (@tls.peer.verified)", "")) == ["unguarded-rpc 2002:16"]


def test_peer_is_never_known_where_nobody_is_asked_for_a_certificate(bench) -> None:
    catalogue = make_catalogue()
    catalogue.never_verified = ("no domain asks", 'write modparam("tls", "verify_certificate", 1)')
    for text in ("@tls.peer.verified", '@tls.peer != "x"', '$v_peer != "x"', "is_peer()"):
        diagnostics, _ = bench.check(f"route {{ if ({text}) yes(); if ({text}) no(); }}", catalogue)
        assert [(d.code, d.span.start) for d in diagnostics if d.code == "never-verified"] == [("never-verified", 12)]
        assert diagnostics.errors
    diagnostics, _ = bench.check('route { if (@tls.peer.reason == "x") yes(); }', catalogue)
    assert not diagnostics.errors
