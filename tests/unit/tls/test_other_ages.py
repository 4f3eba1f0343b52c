"""Parameters of the reference's table (tls 3.2) that nothing is behind: accepted, warned about or refused."""

from __future__ import annotations

import pytest

from sertwist.modules.settings import SettingValue
from sertwist.modules.tls import TlsModule
from sertwist.modules.tls.other_ages import check_other_ages

# Every parameter of the table, with the names of every age.
TABLE = """
method tls_method verify_certificate verify_cert require_certificate require_cert verify_client verify_depth
certificate cert_file private_key pkey_file private_key_password pkey_password
certificate2 private_key2 private_key_password2 cert_file2 pkey_file2 pkey_password2
ca_list calist_file ca_path crl cipher_list ciphers_list ciphersuites server_name server_name_mode server_id
handshake_timeout send_timeout connection_timeout tls_log tls_debug session_cache session_id config
tls_disable_compression renegotiation ssl_release_buffers ssl_freelist_max_len ssl_max_send_fragment ssl_read_ahead
send_close_notify con_ct_wq_max ct_wq_max ct_wq_blk_size low_mem_threshold1 low_mem_threshold2 tls_force_run init_mode
rand_engine key_password_mode xavp_cfg event_callback engine engine_config engine_algorithms provider_quirks
provider_quirks_config keylog_mode keylog_file keylog_peer allow_keylog
private_key_password_file groups alpn session_tickets crl_check verify_name revoked_action ocsp_stapling trust
allow_legacy expiry_warning_days
"""


def test_every_parameter_of_the_table_is_known() -> None:
    known = {name for each in TlsModule.parameters for name in (each.name, *each.aliases)}
    assert [name for name in TABLE.split() if name not in known] == []


def problems_of(name: str, value: str | int) -> list[tuple[object, str, str]]:
    module = TlsModule({name: [SettingValue(value, "here")]})
    return [(each.where, each.severity, each.text) for each in check_other_ages(module.settings)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tls_log", 3), ("tls_debug", 7), ("send_close_notify", 0), ("send_close_notify", 1),
        ("ssl_release_buffers", 1),
        ("tls_disable_compression", "yes"), ("renegotiation", 0), ("renegotiation", "off"), ("engine", "NONE"),
        ("session_id", ""), ("keylog_mode", 0), ("allow_legacy", "no"), ("tls_force_run", 0),
    ],
)  # fmt: skip
def test_what_happens_anyway_is_accepted_without_a_word(name: str, value: str | int) -> None:
    assert problems_of(name, value) == []


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("tls_disable_compression", 0, "compression is never on"),
        ("ssl_release_buffers", 0, "buffers are always released"),
        ("session_id", "ser-tls-0.9.0", "derived from the domain"),
        ("ssl_freelist_max_len", 0, "the library decides"),
        ("low_mem_threshold1", -1, "memory pools"),
        ("tls_force_run", 1, "one process"),
        ("rand_engine", "krand", "random numbers"),
        ("crl_check_all", 0, "crl_check = leaf"),
        ("ec_curve", "secp384r1", "groups"),
    ],
)
def test_what_does_not_happen_is_warned_about(name: str, value: str | int, text: str) -> None:
    [(where, severity, said)] = problems_of(name, value)
    assert (where, severity) == ("here", "warning")
    assert said.startswith(f"{name}: has no effect here: ")
    assert text in said


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("renegotiation", 1, "change its identity"),
        ("allow_legacy", "yes", "SHA-1 and MD5"),
        ("engine", "pkcs11", "no engines"),
        ("engine_algorithms", "ALL", "no engines"),
        ("provider_quirks", 1, "no engines"),
        ("keylog_mode", 5, "keylog_file"),
        ("keylog_peer", "udp:192.0.2.1:9", "keylog_file"),
        ("event_callback", "tls_event", "no KEMI"),
        ("xavp_cfg", "tls", "server_id"),
        ("server_domain", "dom1", "[server:<ip>:<port>]"),
        ("match_sip_domain", "[dom1]example.com", "server_name"),
    ],
)
def test_what_nobody_should_go_on_without_is_refused(name: str, value: str | int, text: str) -> None:
    [(where, severity, said)] = problems_of(name, value)
    assert (where, severity) == ("here", "error")
    assert text in said
