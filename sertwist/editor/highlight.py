"""`SerCfgLexer`: `ser.cfg` for Pygments, which colours it in documentation and in terminals."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from pygments.lexer import RegexLexer, bygroups, words
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text

__all__ = ["SerCfgLexer"]

_BLOCKS = [
    "route",
    "request_route",
    "failure_route",
    "onreply_route",
    "reply_route",
    "branch_route",
    "onsend_route",
    "event_route",
    "error_route",
    "local_route",
    "startup_route",
    "timer_route",
]
_FLOW = [
    "if",
    "else",
    "switch",
    "case",
    "default",
    "while",
    "break",
    "return",
    "exit",
    "drop",
]
_TOP = [
    "loadmodule",
    "loadmodulex",
    "loadpath",
    "mpath",
    "modparam",
    "modparamx",
    "flags",
    "bool",
    "avpflags",
    "include_file",
    "import_file",
]
_WORDS = [
    "and",
    "or",
    "not",
    "mod",
    "eq",
    "ne",
    "ieq",
    "ine",
    "strlen",
    "strempty",
    "defined",
    "selval",
]
_OPERANDS = [
    "method",
    "uri",
    "status",
    "from_uri",
    "to_uri",
    "src_ip",
    "src_port",
    "dst_ip",
    "dst_port",
    "snd_ip",
    "snd_port",
    "snd_proto",
    "to_proto",
    "snd_af",
    "to_af",
    "to_ip",
    "to_port",
    "proto",
    "af",
    "myself",
    "max_len",
    "retcode",
]
_CONSTANTS = [
    "yes",
    "no",
    "on",
    "off",
    "true",
    "false",
    "enable",
    "disable",
    "udp",
    "tcp",
    "tls",
    "sctp",
    "ws",
    "wss",
    "UDP",
    "TCP",
    "TLS",
    "SCTP",
    "WS",
    "WSS",
]


class SerCfgLexer(RegexLexer):  # type: ignore[misc]
    """Routing scripts of SER, OpenSER, Kamailio and sertwist."""

    name = "SER configuration"
    aliases: ClassVar = ["ser", "ser.cfg", "sercfg", "kamailio"]
    filenames: ClassVar = ["ser.cfg", "kamailio.cfg", "openser.cfg"]
    url = "https://sip-router.org/"
    flags = re.MULTILINE

    tokens: ClassVar[dict[str, Any]] = {
        "root": [
            (r"\s+", Text.Whitespace),
            (r"(?:#!|!!)(?:[^\\\n]|\\\n|\\.)*", Comment.Preproc),
            (r"(?:#|//).*", Comment.Single),
            (r"/\*", Comment.Multiline, "comment"),
            (r'"', String.Double, "string"),
            (r"'[^']*'", String.Single),
            (r"@[A-Za-z_]\w*(?:\.\w+|\[[^\]\n]*\])*", Name.Variable.Magic),
            (r"\$\(", Name.Variable, "variable"),
            (r"\$(?:\?|\$|[A-Za-z_]\w*(?:\.\w+)*)", Name.Variable),
            (r"\d+(?:\.\d+){3}(?:/[\d.]+)?", Number),
            (r"0[xX][0-9A-Fa-f]+|\d+", Number.Integer),
            (words(_BLOCKS, prefix=r"\b", suffix=r"\b"), Keyword.Declaration),
            (words(_FLOW, prefix=r"\b", suffix=r"\b"), Keyword),
            (words(_TOP, prefix=r"\b", suffix=r"\b"), Keyword.Namespace),
            (words(_WORDS, prefix=r"\b", suffix=r"\b"), Operator.Word),
            (r"\b(?:msg:len|uri:host|uri:port)\b", Name.Builtin),
            (words(_OPERANDS, prefix=r"\b", suffix=r"\b"), Name.Builtin),
            (words(_CONSTANTS, prefix=r"\b", suffix=r"\b"), Keyword.Constant),
            (r"([A-Za-z_]\w*)(\s*)(\()", bygroups(Name.Function, Text.Whitespace, Punctuation)),
            (r"([A-Za-z_]\w*)(\s*)(=)(?!=)", bygroups(Name.Attribute, Text.Whitespace, Operator)),
            (r"[A-Za-z_]\w*", Name),
            (r"[=!<>]=|=~|!~|&&|\|\||<<|>>|[-=!<>+*/%|&^~]", Operator),
            (r"[{}()\[\],;:.]", Punctuation),
            (r".", Text),
        ],
        "comment": [
            (r"[^*/]+", Comment.Multiline),
            (r"/\*", Comment.Multiline, "#push"),
            (r"\*/", Comment.Multiline, "#pop"),
            (r"[*/]", Comment.Multiline),
        ],
        "string": [
            (r"\\(?:.|\n)", String.Escape),
            (r"\$\(", Name.Variable, "variable"),
            (r"\$(?:\?|\$|[A-Za-z_]\w*)(?:\([^()\"\n]*\))?", String.Interpol),
            (r'"', String.Double, "#pop"),
            (r'[^"\\$]+|\$', String.Double),
        ],
        "variable": [
            (r"\(", Name.Variable, "#push"),
            (r"\)", Name.Variable, "#pop"),
            (r"\n", Text.Whitespace, "#pop"),
            (r"[^()\n]+", Name.Variable),
        ],
    }
