"""What is fuzzed: each target with its check, its way of changing inputs, and words that make sense in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.fuzz.certificates import fuzz_alternative_names, fuzz_certificate
from tests.fuzz.mutation import mutate_bytes, mutate_der
from tests.fuzz.scripts import corpus, fuzz_script
from tests.fuzz.texts import fuzz_address, fuzz_client_hello, fuzz_index, fuzz_pem, fuzz_tls_cfg

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SEEDS", "TARGETS", "Target"]

SEEDS = Path(__file__).parent / "seeds"

# Words that make sense in an input, one a line; bytes that can't be written stand as Python writes them.
_NAMES = r"""
example.com
*.example.com
EXAMPLE.COM.
sip:example.com
SIP:example.com
sips:example.com
sip:bob@example.com
sip:example.com:5061
sip:example.com;transport=tls
sip:%65xample.com
sip:[::1]
192.0.2.1
\x7f\0\0\1
\0
a\0b
\r\nX: y
\x1b[2J
\xc2\x85
\xe2\x80\xa8
\xff
xn--a
\0B\0o\0b
20991231235959Z
\x80
"""
_CFG = r"""
[server:127.0.0.1:5061]
[client:any]
[server:default]
[
]
=
"
\\
#
\n
\r
\0
\xef\xbb\xbf
\xff
certificate
private_key
verify_depth
server_name
server_id
= /dev/null
ca_path = .
crl = .
config = tls.cfg
cipher_list = @SECLEVEL=0
99999999999999999999999999999999
\t
\xe2\x80\xa8
"""
_ADDRESSES = r"""
@
client:
server:
127.0.0.1:5061=
[::1]:5061
[::ffff:127.0.0.1]:1
any
*
:
=
0
65536
-1
\xd9\xa1
1.2.3.4
%eth0
default
"""
_RECORDS = r"""
\x16\x03\x01
\0\0
\xff\xff
\0\5
\1
\0
\x16
example.com
"""
_PEM = r"""
-----BEGIN CERTIFICATE-----\n
-----END CERTIFICATE-----\n
-----BEGIN X509 CRL-----
PRIVATE KEY
\n
=
\0
\xff
"""
_JSON = r"""
"
{
}
\n
:
,
null
1e999
NaN
[]
"revoked"
"reason"
\\u0000
\\ud800
-1
"""

_SCRIPT = (Path(__file__).parent / "script-words.txt").read_text("utf-8")


def _words(text: str) -> tuple[bytes, ...]:
    return tuple(line.encode("latin-1").decode("unicode_escape").encode("latin-1") for line in text.split("\n") if line)


@dataclass(frozen=True)
class Target:
    """One of our readers.

    Attributes:
        name: also of its folder of seeds.
        check: reads the bytes; any exception is a find.
        words: fillers of changes.
        mutate: changes an input.
        more: further files to change, beside the seeds.
    """

    name: str
    check: Callable[[bytes], None]
    words: tuple[bytes, ...]
    mutate: Callable[[bytes, int, int, bytes], bytes] = mutate_bytes
    more: Callable[[], list[Path]] = list

    def seeds(self) -> list[Path]:
        """Its seeds, sorted."""
        return sorted((SEEDS / self.name).iterdir())

    def inputs(self) -> st.SearchStrategy[bytes]:
        """A seed with one to four changes."""
        seeds = [path.read_bytes() for path in (*self.seeds(), *self.more())]
        filler = st.sampled_from(self.words) | st.binary(max_size=8)
        change = st.tuples(st.integers(0, 1000), st.integers(0, 65_535), filler)
        return st.builds(self._changed, st.sampled_from(seeds), st.lists(change, min_size=1, max_size=4))

    def _changed(self, data: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
        for kind, at, filler in changes:
            data = self.mutate(data, kind, at, filler)
        return data


TARGETS = (
    Target("certificate", fuzz_certificate, _words(_NAMES), mutate_der),
    Target("alternative_names", fuzz_alternative_names, _words(_NAMES), mutate_der),
    Target("tls_cfg", fuzz_tls_cfg, _words(_CFG)),
    Target("address", fuzz_address, _words(_ADDRESSES)),
    Target("client_hello", fuzz_client_hello, _words(_RECORDS)),
    Target("pem", fuzz_pem, _words(_PEM)),
    Target("index", fuzz_index, _words(_JSON)),
    Target("script", fuzz_script, _words(_SCRIPT), more=corpus),
)
