"""Targets that read text and records: only the errors that they promise, and what they take is what it says."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sertwist.errors import ConfigError
from sertwist.pki.describing import describe_list, describe_request
from sertwist.pki.index import format_index, parse_index
from sertwist.pki.request import REQUEST_LABELS, parse_request
from sertwist.tls.client_hello import BadHello, ClientHello, HelloReader
from sertwist.tls.loading.address import parse_domain_value, parse_target
from sertwist.tls.loading.loader import LoadOptions
from sertwist.tls.loading.pem import parse_certificates, parse_crls, parse_private_key, read_pem_file
from sertwist.tls.loading.problem import Place
from sertwist.tls.loading.table import read_domains
from sertwist.tls.loading.tls_cfg import parse_tls_cfg
from sertwist.tls.revocation import read_revocation_set

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.tls.loading.pem import PemFile

__all__ = ["fuzz_address", "fuzz_client_hello", "fuzz_index", "fuzz_pem", "fuzz_tls_cfg"]

NOW = 1_800_000_000.0
LARGEST_HELLO = 20_000
LISTENERS = [("127.0.0.1", 5061)]
PATH = Path("file")

T = TypeVar("T")


class _Setting:
    """The value of a parameter as a script gives it."""

    def __init__(self, value: str) -> None:
        self.value = value
        self.where = "ser.cfg:1"


def fuzz_tls_cfg(data: bytes) -> None:
    """A file of TLS domains."""
    cfg = parse_tls_cfg(data, "tls.cfg")
    lines = data.count(b"\n") + 1
    for problem in cfg.problems:
        assert isinstance(problem.where, Place)
        assert 1 <= problem.where.line <= lines
        assert f"{problem.text}{problem.fix}".replace("\t", "").isprintable(), problem
    for section in cfg.sections:
        for setting in section.settings:
            assert setting.value.isprintable() or "\t" in setting.value
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "tls.cfg").write_bytes(data)
        read = read_domains(
            {"config": [_Setting("tls.cfg")]},
            base_directory=Path(folder),
            tls_listeners=LISTENERS,
            now=NOW,
            options=LoadOptions(),
        )
    told = {(str(each.where), each.text) for each in read.problems}
    assert told >= {(str(each.where), each.text) for each in cfg.problems} or not data.strip()
    for problem in read.problems:
        assert "\n" not in problem.text
        assert "\x1b" not in problem.text


def fuzz_address(data: bytes) -> None:
    """What may stand for a domain's address, in a script and in a section."""
    text = data.decode("utf-8", "surrogateescape")
    for read in (lambda: parse_domain_value(text).address, lambda: parse_target(text)):
        try:
            address = read()
        except ConfigError:
            continue
        if address is not None:
            host, port = address
            assert 0 <= port <= 65_535
            assert host == "*" or str(ip_address(host)) == host


def fuzz_client_hello(data: bytes) -> None:
    """The first bytes of a connection: the answer does not depend on how they arrive, and a name is a host name."""
    whole = HelloReader(LARGEST_HELLO).read(data)
    for size in (1, 5, 100):
        reader, answer, have = HelloReader(LARGEST_HELLO), 0, 0
        while isinstance(answer, int) and have < len(data):
            have = min(len(data), max(have + size, answer))
            answer = reader.read(data[:have])
            assert not isinstance(answer, int) or answer > have, "waits for what is there"
        if not data:
            continue
        assert answer == whole or (isinstance(answer, int) and isinstance(whole, int)), size
    if isinstance(whole, ClientHello):
        assert whole.server_name == whole.server_name.lower()
        assert set(whole.server_name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
        assert len(whole.server_name) <= 253
        assert not (whole.server_name and whole.unusable)
        assert whole.server_name.encode() in _joined(data).lower()
    elif isinstance(whole, BadHello):
        assert whole.words.isprintable()


def _joined(data: bytes) -> bytes:
    """What the records of `data` hold, one after the other."""
    at, parts = 0, []
    while at + 5 <= len(data):
        end = at + 5 + int.from_bytes(data[at + 3 : at + 5])
        parts.append(data[at + 5 : end])
        at = end
    return b"".join(parts)


def fuzz_pem(data: bytes) -> None:
    """A file with certificates, keys, lists and requests."""
    with tempfile.NamedTemporaryFile() as written:
        written.write(data)
        written.flush()
        for file in _kept(lambda: [read_pem_file(Path(written.name))]):
            _read_contents(file)


def _read_contents(file: PemFile) -> None:
    certificates, lists = _kept(lambda: parse_certificates(file)), _kept(lambda: parse_crls(file))
    _kept(lambda: [parse_private_key(file)])
    _kept(lambda: [parse_private_key(file, b"x")])
    read_revocation_set(certificates, lists)
    for crl in lists:
        describe_list(crl, certificates, datetime.now(UTC))
    requests = (_kept(lambda block=block: [parse_request(block, file.path)]) for block in file.blocks(*REQUEST_LABELS))
    for (request,) in filter(None, requests):
        assert request.subject_text.isprintable()
        describe_request(request)


def _kept(read: Callable[[], list[T]]) -> list[T]:
    """What `read` returns; nothing when it refuses in the way that it promises, in words that can be printed."""
    refused = ""
    try:
        return read()
    except ConfigError as error:
        refused = str(error)
    assert refused.isprintable()
    return []


def fuzz_index(data: bytes) -> None:
    """The index of an authority."""
    try:
        index = parse_index(data, PATH)
    except ConfigError:
        return
    assert parse_index(format_index(index), PATH) == index
    for entry in index.entries:
        assert entry.state(datetime.now(UTC)) in {"valid", "expired", "revoked", "not valid yet"}
