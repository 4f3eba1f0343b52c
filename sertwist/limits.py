"""Every bound on what a peer may send, hold or make us do, with its default and reason.

A bound is inclusive: exactly the limit passes, one more does not; tests stand at both. Sizes are bytes, times seconds.
The server builds one `Limits` at start (module parameters and global settings replace defaults) and hands its parts
out.
"""

from __future__ import annotations

from dataclasses import field
from typing import Final

from sertwist.record import record

__all__ = [
    "DEFAULT_DEPTH",
    "DIGEST_NONCE_SECONDS",
    "FETCH_SECONDS",
    "LOCK_SECONDS",
    "MAX_ALTERNATIVE_NAMES",
    "MAX_ARMS",
    "MAX_ATTRIBUTE_VALUES",
    "MAX_BRANCHES",
    "MAX_CERTIFICATE",
    "MAX_COMMON_NAME",
    "MAX_COMPUTED_PATTERN",
    "MAX_DAYS",
    "MAX_DIAGNOSTICS",
    "MAX_DIGEST_NONCES",
    "MAX_DIGEST_USERS",
    "MAX_EVAL_STACK",
    "MAX_EXPANDED_TOKENS",
    "MAX_EXPANSION_DEPTH",
    "MAX_EXTENDED_VALUES",
    "MAX_FETCHED_HEAD",
    "MAX_FLAG",
    "MAX_GROUP_INSTANCES",
    "MAX_GROUP_TEXT",
    "MAX_INCLUDES",
    "MAX_INCLUDE_DEPTH",
    "MAX_LATER_MESSAGES",
    "MAX_LOOP_NESTING",
    "MAX_NESTING",
    "MAX_OCSP_RESPONSE",
    "MAX_PASSWORD_FILE",
    "MAX_PERMISSION_FILE",
    "MAX_PERMISSION_LINES",
    "MAX_PIKE_NODES",
    "MAX_POLICY_CALLERS",
    "MAX_POLICY_CHOICES",
    "MAX_POLICY_FILE",
    "MAX_POLICY_ROLES",
    "MAX_POLICY_RULES",
    "MAX_POLICY_TEXT",
    "MAX_PORT_RANGE",
    "MAX_RATED",
    "MAX_REPEATS",
    "MAX_ROUTE_ARGUMENTS",
    "MAX_ROUTE_DEPTH",
    "MAX_SCRIPT_CHARACTERS",
    "MAX_SHARED_TEXT",
    "MAX_SHARED_VARIABLES",
    "MAX_SIDES",
    "MAX_SIP_CALLS",
    "MAX_SLEEPERS",
    "MAX_SLEEP_SECONDS",
    "MAX_SUBJECT",
    "MAX_SUBSTITUTED",
    "MAX_TEXT_FILE",
    "MAX_TLS_CONFIG",
    "MAX_TLS_FOLDER",
    "MAX_TRACED_MESSAGES",
    "MAX_TRACE_EVENTS",
    "MAX_TRACE_SECONDS",
    "MAX_UNCONFIRMED",
    "MAX_UNCONFIRMED_EACH",
    "MAX_WATCHES",
    "MAX_WHILE_LOOPS",
    "NEVER",
    "REPEAT_SECONDS",
    "SIP_CALL_SECONDS",
    "ConnectionLimits",
    "HttpLimits",
    "Limits",
    "OutboundLimits",
    "SanityLimits",
    "SipLimits",
    "TableLimits",
    "XmlRpcLimits",
]

NEVER: Final = 10.0 * 365 * 86_400  # seconds for "never": a timer needs a finite number

# Bounds of the files that a TLS configuration names: likewise against accidents.
MAX_TLS_CONFIG: Final = 1_048_576  # bytes of one file that `config` names
MAX_TLS_FOLDER: Final = 4_096  # files in one folder of CA certificates, CRLs or `config` files
MAX_PASSWORD_FILE: Final = 4_096  # bytes

# Bounds of OCSP responses for our own certificates, from a responder or a file.
MAX_OCSP_RESPONSE: Final = 65_536  # bytes; real ones have 500 to 5,000
MAX_FETCHED_HEAD: Final = 16_384  # bytes of the head of what is fetched over HTTP
FETCH_SECONDS: Final = 15.0  # from the look-up of the responder's address to the end of its answer

# Bounds of the script language. A script is the operator's: they guard against accidents, not attacks.
MAX_DIAGNOSTICS: Final = 200  # shown of one run (reference language 12)
MAX_NESTING: Final = 64  # parentheses, blocks, operators of one chain: Python's compiler and our walks recurse on them
MAX_ARMS: Final = 300  # `else if` of one chain: they nest in Python's syntax tree
MAX_SIDES: Final = 256  # conditions of one script's preprocessor that `check --all-branches` turns
MAX_SCRIPT_CHARACTERS: Final = 33_554_432  # of a script with all its files
MAX_INCLUDES: Final = 1_000  # files that one script includes
MAX_INCLUDE_DEPTH: Final = 10  # files inside each other (reference language 1.3)
MAX_EXPANSION_DEPTH: Final = 100  # definitions inside each other (reference language 1.3)
MAX_EXPANDED_TOKENS: Final = 1_000_000  # that the definitions of one script stand for: they can double each other
MAX_SUBSTITUTED: Final = 65_536  # characters that `#!subst` may make of a string
MAX_PORT_RANGE: Final = 64  # sockets that one `socket = { bind = udp:10.0.0.1:5060-5070; }` opens
MAX_TRACE_EVENTS: Final = 8_000  # of one message that a trace keeps: statements, values, outcomes of conditions
MAX_TRACED_MESSAGES: Final = 20  # that one `core.trace` waits for
MAX_TRACE_SECONDS: Final = 60  # and for how long
MAX_ROUTE_DEPTH: Final = 256  # route calls within each other (reference language 4.1)
MAX_ATTRIBUTE_VALUES: Final = 1_000  # of one attribute or AVP: those that all messages share would grow for ever
MAX_ROUTE_ARGUMENTS: Final = 7  # of one call, `route(NAME, a, b)`
MAX_WHILE_LOOPS: Final = 100  # rounds of one `while`, unless `max_while_loops` says otherwise (5.3)
MAX_LOOP_NESTING: Final = 12  # `while` and `switch` in each other: Python nests 20 blocks at most
MAX_COMPUTED_PATTERN: Final = 256  # characters of a pattern that a variable holds; one in the script may be longer
MAX_FLAG: Final = 31  # highest number of a flag (reference language 2.3)
MAX_BRANCHES: Final = 12  # destinations that a script adds to one request (`max_branches` of old)
MAX_SUBJECT: Final = 65_535  # characters that `=~` looks at: the largest message; a longer value is refused, not cut

# Bounds of settings that an operator changes while the server runs.
MAX_GROUP_INSTANCES: Final = 1_024  # of one group
MAX_GROUP_TEXT: Final = 4_096  # characters of one value

# Bounds of the files of module permissions: likewise against accidents.
MAX_PERMISSION_FILE: Final = 16_777_216  # bytes
MAX_PERMISSION_LINES: Final = 200_000

# Bounds of the policy file of the management plane: likewise.
MAX_POLICY_FILE: Final = 1_048_576  # bytes
MAX_POLICY_ROLES: Final = 256
MAX_POLICY_RULES: Final = 1_000
MAX_POLICY_CHOICES: Final = 1_000  # values that one parameter may have in one rule, its variables filled in
MAX_POLICY_TEXT: Final = 256  # characters of a pattern, and of a value of a variable in it
MAX_POLICY_CALLERS: Final = 1_024  # identities and addresses that a policy remembers; the oldest makes room

# Bounds of what scripts keep beyond one message: a name or a text may come from a peer.
MAX_PIKE_NODES: Final = 262_144  # addresses and prefixes whose requests `pike` counts, 100 to 300 bytes each
MAX_EXTENDED_VALUES: Final = 65_536  # `$xavp` of one message: more than parameters fit into one
MAX_EVAL_STACK: Final = 1_024  # values on the stack of one message (`eval`)
MAX_SHARED_VARIABLES: Final = 4_096  # `$shv(name)`
MAX_SHARED_TEXT: Final = 65_535  # characters of one
MAX_TEXT_FILE: Final = 65_535  # bytes of a file that a script reads or writes
LOCK_SECONDS: Final = 10.0  # that one message may hold a lock
MAX_SLEEP_SECONDS: Final = 3_600  # of one `sleep()`
MAX_SLEEPERS: Final = 4_096  # messages whose script sleeps or waits for a lock; each holds its request in memory

# Bounds of the audit log: names and texts of its records come from peers.
MAX_AUDIT_TEXT: Final = 256  # characters of one text in a record (reference rpc 14.16)
MAX_AUDIT_UNKNOWN: Final = 32  # names of methods that do not exist in one record; those that do are all named
MAX_AUDIT_LINE: Final = 262_144  # bytes of a record that is read
MAX_AUDIT_WAITING: Final = (
    4_194_304  # bytes of records that wait while the file can't be written; further ones are lost
)
MAX_AUDIT_TAIL: Final = 1_000  # records that one `audit.tail` answers
MAX_AUDIT_FINDINGS: Final = 100  # of one verification
AUDIT_FLUSH_SECONDS: Final = 0.02  # until a record is in the file, unless it is flushed at once
AUDIT_RETRY_SECONDS: Final = 1.0  # between attempts while the file can't be written
MAX_AUDIT_STRANGERS: Final = 100  # records of refused calls of callers that nobody has proved, at once
AUDIT_STRANGERS_PER_SECOND: Final = 20.0  # after that; the others are counted: strangers do not wash the log away

# Bounds of what `sertwist pki` issues, so that everybody who reads it can.
MAX_COMMON_NAME: Final = 64  # characters (X.520's ub-common-name); OpenSSL refuses to parse more
MAX_ALTERNATIVE_NAMES: Final = 100  # of one certificate: it travels in every handshake
MAX_DAYS: Final = 36_500  # of validity; dates end with the year 9999

# One certificate of a peer, bytes of its DER form: it is kept as long as the connection. All that a peer sends may be
# 100 KiB, which is the library's bound.
MAX_CERTIFICATE: Final = 65_536

# Intermediates that a peer's chain may have where nothing is said about it; OpenSSL's own default let twelve pass.
DEFAULT_DEPTH: Final = 9

# Handshake messages after the handshake, ours and the peer's, in a row without data: key updates, session tickets. The
# library reads on until data comes; 25 us each. Of empty records and warnings it takes 32 and 5 by itself.
MAX_LATER_MESSAGES: Final = 32


# Bounds of lists in management calls (reference rpc 10.16).
PAGE_ROWS: Final = 1_000  # of one answer, unless the caller says otherwise
MAX_PAGE_ROWS: Final = 10_000  # that it may say
ROWS_PER_TURN: Final = 200  # made before everybody else has a turn
OBJECTS_PER_TURN: Final = 20_000  # counted by `mem.top` likewise

# Lines of the log that `log.tail` shows.
MAX_LOG_TAIL: Final = 1_000
MAX_LOG_TAIL_LINE: Final = 1_024  # characters of one

# Bounds of what is remembered about management calls.
MAX_SESSIONS: Final = 4_096  # connections whose calls are counted
MAX_RATED: Final = 4_096  # identities and addresses whose calls are counted
MAX_REPEATS: Final = 1_024  # calls with an Idempotency-Key
REPEAT_SECONDS: Final = 600.0  # and for how long
MAX_DIGEST_USERS: Final = 10_000  # in the file of digest users
MAX_DIGEST_NONCES: Final = 4_096  # whose counts are remembered; older ones are stale
DIGEST_NONCE_SECONDS: Final = 300.0  # that a nonce may be used
MAX_SIP_CALLS: Final = 1_024  # answers to calls in SIP requests, kept for requests that come again
SIP_CALL_SECONDS: Final = 32.0  # and for how long (RFC 3261 17.2.2: timer J)
MAX_WATCHES: Final = 32  # of one WebSocket
MAX_UNCONFIRMED: Final = 256  # calls that wait for a second person
MAX_UNCONFIRMED_EACH: Final = 16  # of one caller


@record(kw_only=True)
class SipLimits:
    """Bounds of SIP messages (RFC 3261 18.3 gives none; 65,535 is what a datagram can hold)."""

    max_message: int = 65_535  # whole message on a stream; a datagram can't be larger
    max_head: int = 32_768  # start line and headers
    max_headers: int = 256  # header lines
    max_request_line: int = 8_192  # start line


@record(kw_only=True)
class SanityLimits:
    """What the script's `sanity_check` takes when it is asked about lengths (check 65536); bytes."""

    max_uri: int = 1_024  # Request-URI, From, To
    max_call_id: int = 256
    max_tag: int = 256


@record(kw_only=True)
class HttpLimits:
    """Bounds of HTTP requests (reference rpc 2.2)."""

    max_request_line: int = 8_192  # then 414
    max_head: int = 32_768  # request line and fields; then 431
    max_fields: int = 100  # then 431
    max_body: int = 1_048_576  # then 413, before any of it is read
    max_chunk_extensions: int = 1_024  # all chunk extensions of one body together
    max_chunks: int = 4_096  # of one body: single octets would cost far more to read than they carry
    max_kept_head: int = 2_048  # of a connection's last head, kept to recognise the next one that is the same
    max_trailers: int = 8_192  # trailer fields after the last chunk
    max_requests: int = 1_000_000  # requests on one connection


@record(kw_only=True)
class XmlRpcLimits:
    """Bounds of XML-RPC documents, enforced while they are read (reference rpc 5, 14.5)."""

    max_depth: int = 32  # nested arrays and structs
    max_params: int = 64  # of one call
    max_values: int = 20_000  # of one document, all levels together
    max_string: int = 262_144  # characters of one string, bytes of one base64
    max_method_name: int = 128  # characters
    max_multicall: int = 32  # members of one system.multicall
    max_tag: int = 1_024  # bytes between `<` and `>`: no element has attributes worth reading
    max_integer_text: int = 20  # characters of one integer
    max_known: int = 64  # documents without parameters that are recognised when they come again
    max_known_document: int = 512  # bytes of such a document


@record(kw_only=True)
class ConnectionLimits:
    """Bounds of stream connections (reference tls 8.3, rpc 14.7)."""

    max_connections: int = 4_096  # in all, handshakes in progress not counted
    max_tls_connections: int = 4_096  # of them over TLS
    reserved_connections: int = (
        64  # of them only for peers with a verified certificate: operators get in during a flood
    )
    max_per_address: int = 2_048  # of one source address
    max_handshakes: int = 512  # TLS handshakes in progress; past it the address with most loses its oldest
    max_handshakes_per_address: int = 128  # past it the address loses its oldest
    max_queued_handshakes: int = 32  # that wait for our processor; then new ones wait in the kernel (see `listen`)
    max_client_hello: int = 17_408  # its records together: what OpenSSL takes, 16 KiB, and their heads
    handshake_records: int = 16  # of one handshake in one step
    handshake_slice: float = 0.0002  # the step that passes it is the last before all ready sockets are served
    handshake_rounds: int = 8  # of such slices in a reactor turn, which costs as much as a small step itself
    handshake_gap: float = 0.001  # without a call of an authenticated connection, then handshakes go on at full speed
    handshake_share: float = 0.03  # of the time, while there is no such gap
    accepts_per_turn: int = 16  # established connections get their turn between
    accepts_per_busy_turn: int = 4  # while handshakes wait for the processor or calls of authenticated connections come
    max_unaccepted: int = 512  # that wait in the kernel; past it those of sources that have enough are refused
    accept_share: float = 0.1  # of the time, while calls of authenticated connections come
    shut_out_time: float = 1.0  # in which the kernel drops what a source that has too many sends to open new ones
    max_shut_out: int = 64  # such sources at a time
    handshake_pause: float = 0.05  # before another look at a socket that is readable without anything new
    handshake_timeout: float = 10.0  # from accept to the end of the handshake
    max_handshake_steps: int = (
        4_096  # steps and records of one handshake; OpenSSL itself bounds the bytes (100 KiB of certificates)
    )
    head_timeout: float = 10.0  # from a message's first byte to the end of its head
    body_timeout: float = 30.0  # from the end of the head to the end of the body
    idle_timeout: float = 600.0  # SIP connection without a message
    http_idle_timeout: float = 30.0  # HTTP connection between requests
    websocket_idle_timeout: float = 300.0  # WebSocket on which nothing comes, a ping included
    write_timeout: float = 10.0  # a peer that takes nothing of what waits for it
    max_waiting: int = 32  # SIP requests of one connection whose script waits; then nothing more of it is read
    linger_timeout: float = 2.0  # between our close and the peer's
    max_write_queue: int = 8_388_608  # unsent answer bytes; only one answer is ever waiting, so this bounds a result
    max_write_queues: int = 268_435_456  # of all connections; past it the one with most is ended
    max_log_lines: int = (
        100  # that peers cause, at once: failed handshakes, dropped connections, requests that can not go on
    )
    log_lines_per_second: float = 20.0  # after that
    shutdown_timeout: float = 5.0  # what is being answered gets this long when the server stops


@record(kw_only=True)
class OutboundLimits:
    """Bounds of connections that the server opens, and of the names that it looks up for them (reference tls 8.3)."""

    max_connections: int = 1_024  # in all; past it the one that was used least recently makes room
    max_connecting: int = 64  # of them not established yet
    max_connecting_per_address: int = 16  # of these to one address: it takes not all of them by never answering
    max_queued: int = 262_144  # bytes that wait for one connection; four messages of the largest size
    max_queued_in_all: int = 10_485_760  # for all of them together
    connect_timeout: float = 5.0  # from the first packet to an established TCP connection
    total_timeout: float = 20.0  # from the script's wish to the first byte: names, every address, handshakes
    failure_lifetime: float = 5.0  # an address that could not be connected to is not tried again for so long
    max_failures: int = 1_024  # of them remembered
    lookup_timeout: float = 5.0  # for a host name
    max_lookups: int = 64  # host names being looked up
    max_lookup_waiters: int = 4_096  # messages that wait for one of them
    name_lifetime: float = 30.0  # how long a host name's addresses are kept
    max_names: int = 1_024  # of them kept


@record(kw_only=True)
class TableLimits:
    """Bounds of hash tables (`htable`): their keys and values come from peers. What finds no room is refused."""

    max_tables: int = 256
    max_entries: int = 250_000  # of one table
    max_bytes: int = 134_217_728  # of all tables together, roughly
    max_key: int = 1_024  # characters
    max_value: int = 65_535  # characters: the longest message
    max_slot_bits: int = 14  # two to the power of it: slots of one table
    entries_per_slot: int = 256  # of a full table at most: a slot is looked through without a pause


@record(kw_only=True)
class Limits:
    """All bounds of one server."""

    sip: SipLimits = field(default_factory=SipLimits)
    http: HttpLimits = field(default_factory=HttpLimits)
    xmlrpc: XmlRpcLimits = field(default_factory=XmlRpcLimits)
    connection: ConnectionLimits = field(default_factory=ConnectionLimits)
    outbound: OutboundLimits = field(default_factory=OutboundLimits)
