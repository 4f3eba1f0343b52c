"""`cert`: your certificate looked at, asked for and renewed."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509

from sertwist.client.failure import UnreachableError, UsageError
from sertwist.client.server_certificate import fetch_certificate
from sertwist.serctl.identity_files import alternative_names, belongs, describe, read_certificate, read_key
from sertwist.serctl.signing_request import key_pem, make_key, make_request, subject, write_new

if TYPE_CHECKING:
    from sertwist.rpc.call import Value
    from sertwist.serctl.program import Program
    from sertwist.serctl.server import Server

__all__ = ["ask_for_new", "renew", "show_certificate"]

NEXT: Final = "Have it signed by your server's authority, as in: sertwist pki issue DIR {name} --client --csr {request}"


def show_certificate(program: Program, file: str | None, server: bool) -> int:  # noqa: FBT001 - click's flag
    """Show what the certificate in `file` says, or ours, or each server's; nothing of a server's is proven by it."""
    if server:
        return program.gather(_servers_certificate, "cert info")
    now = datetime.now(UTC)
    if file is not None:
        return program.show_value({"file": file, **describe(read_certificate(Path(file).expanduser()), now)})
    cert, key = _own_files(program)
    certificate = read_certificate(cert)
    fits = belongs(read_key(key, program.options.key_password), certificate)
    said: dict[str, Value] = {"file": str(cert), **describe(certificate, now), "key_file": str(key), "key_fits": fits}
    return program.show_value(said)


def ask_for_new(program: Program, name: str, **given: str | tuple[str, ...] | None) -> int:
    """Make a key and a request for a certificate: NAME.key and NAME.csr."""
    folder = Path(str(given["out"] or ".")).expanduser()
    names: list[x509.GeneralName] = [x509.RFC822Name(each) for each in given["email"] or ()]
    names += [x509.UniformResourceIdentifier(each) for each in given["uri"] or ()]
    organization = str(given["organization"]) if given["organization"] else None
    key = make_key(str(given["key"]))
    request = make_request(key, subject(str(given["cn"] or name), organization), names)
    key_file, request_file = folder / f"{name}.key", folder / f"{name}.csr"
    write_new(key_file, key_pem(key, program.options.key_password), private=True)
    write_new(request_file, request, private=False)
    program.note(NEXT.format(request=request_file, name=name))
    return program.show_value({"key": str(key_file), "request": str(request_file)})


def renew(program: Program, take: str | None, same_key: bool) -> int:  # noqa: FBT001 - click's flag
    """Ask for a certificate that says what ours says, or put one that was made in place of ours."""
    cert, key_file = _own_files(program)
    if key_file == cert:
        message = f"{cert} holds the certificate and its key: put them into two files to renew them"
        raise UsageError(message, code="one-file")
    new_key = key_file.with_name(f"{key_file.name}.new")
    if take is not None:
        return _take(program, Path(take).expanduser(), cert, key_file, new_key)
    certificate, password = read_certificate(cert), program.options.key_password
    old_key = read_key(key_file, password)
    key = old_key if same_key else make_key("ec")
    request_file = cert.with_suffix(".csr")
    request = make_request(key, certificate.subject, alternative_names(certificate))
    if not same_key:
        write_new(new_key, key_pem(key, password), private=True)
    write_new(request_file, request, private=False)
    program.note(NEXT.format(request=request_file, name=cert.stem))
    program.note("Then: serctl cert renew --take SIGNED.pem")
    return program.show_value({"key": str(key_file if same_key else new_key), "request": str(request_file)})


def _take(program: Program, signed: Path, cert: Path, key_file: Path, new_key: Path) -> int:
    certificate, now = read_certificate(signed), datetime.now(UTC)
    password = program.options.key_password
    fitting = [path for path in (new_key, key_file) if path.exists() and belongs(read_key(path, password), certificate)]
    if not fitting:
        message = f"{signed} is for neither {new_key} nor {key_file}"
        raise UsageError(message, code="key-mismatch")
    if certificate.not_valid_after_utc <= now:
        raise UsageError(f"{signed} has expired", code="cert-expired")
    if certificate.subject != read_certificate(cert).subject:
        program.warn(f"the new certificate is for {certificate.subject.rfc4514_string()}, which the old one is not")
    _replace(cert, signed.read_bytes())
    if fitting[0] == new_key:
        _replace(key_file, new_key.read_bytes(), private=True)
        new_key.unlink()
    return program.show_value({"file": str(cert), **describe(certificate, now)})


def _replace(path: Path, content: bytes, *, private: bool = False) -> None:
    """Put `content` in the place of `path`, whose old content stays beside it as `.old`."""
    part, old = path.with_name(f".{path.name}.{os.getpid()}"), path.with_name(f"{path.name}.old")
    write_new(part, content, private=private)
    try:
        old.unlink(missing_ok=True)
        os.link(path, old)
        part.replace(path)
    except OSError as error:
        raise UsageError(f"cannot replace {path}: {os.strerror(error.errno or 0)}", code="cannot-write") from error


def _own_files(program: Program) -> tuple[Path, Path]:
    settings = program.settings
    if settings.cert is None:
        raise UsageError("no certificate is chosen: --cert, or a context that has one", code="no-certificate")
    return settings.cert, settings.key or settings.cert


def _servers_certificate(server: Server) -> Value:
    endpoint = server.client.endpoint
    if endpoint.socket_path:
        raise UsageError("a Unix socket has no certificate", code="no-certificate")
    der = fetch_certificate(endpoint)
    if der is None:
        raise UnreachableError(f"{endpoint.address} shows no certificate", code="no-certificate")
    return describe(x509.load_der_x509_certificate(der), datetime.now(UTC))
