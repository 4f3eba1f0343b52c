"""The script that the console's tests run on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["console_script"]


def console_script(pki: Path, folder: Path, *, console: int = 1) -> str:
    """Bob may look; SER-Killer may do everything; nobody else gets anything."""
    return f"""
listen = udp:127.0.0.1:0
listen = tcp:127.0.0.1:0
listen = tls:127.0.0.1:0
alias = "sip.example.org"
loadmodule "tls"
loadmodule "sl"
loadmodule "xmlrpc"
loadmodule "cfg_rpc"
modparam("tls", "private_key", "{pki}/server.key")
modparam("tls", "certificate", "{pki}/server.pem")
modparam("tls", "ca_list", "{pki}/ca.pem")
modparam("tls", "verify_certificate", 1)
modparam("xmlrpc", "console", {console})
modparam("xmlrpc", "audit_file", "{folder}/audit.log")
route {{
    if (method == "POST" || method == "GET" || method == "HEAD") {{
        if (!@tls.peer.verified) {{
            rpc_fault("403", "No certificate");
            exit;
        }}
        if (@rpc.effect != "read" && @tls.peer != "SER-Killer") {{
            rpc_fault("403", "Looking only");
            exit;
        }}
        dispatch_rpc();
        exit;
    }}
    sl_reply("200", "OK");
}}
"""
