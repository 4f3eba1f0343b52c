"""The fourteen points that management calls have to meet, and which tests hold each: one that goes away is missed here.

Also the clients that other languages have of Debian; what is not installed is skipped with its name.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.system.running import call_document

if TYPE_CHECKING:
    from tests.system.running import RunningServer

TESTS = Path(__file__).parents[1]
#: Point, in few words, and file and functions that hold it.
POINTS: dict[str, tuple[str, ...]] = {
    "1 the announcement's script with three kinds of clients": (
        "system/test_announcement.py: test_call_is_unauthorized_when_the_certificate_does_not_verify",
        "system/test_announcement.py: test_bob_may_not_kill_and_the_server_goes_on",
        "system/test_announcement.py: test_killer_gets_the_whole_result_and_then_the_server_ends_with_status_0",
    ),
    "2 certificates that are not good, resumption, revocation of what is open": (
        "system/test_announcement.py: test_call_is_unauthorized_when_the_certificate_does_not_verify",
        "system/test_identity.py: test_rights_of_a_session_stay_behind_when_another_continues_it",
        "system/test_identity.py: test_open_connections_of_a_certificate_are_closed_when_the_new_crl_revokes_it",
        "system/test_identity.py: test_open_connections_of_a_certificate_are_closed_when_its_time_ends",
    ),
    "3 one name, one parse": (
        "unit/rpc/test_xmlrpc_reader.py: test_a_document_is_refused_with_the_text_for_its_cause",
        "unit/rpc/test_xmlrpc_reader.py: test_entities_are_not_expanded_behind_the_refusal",
        (
            "unit/rpc/test_xmlrpc_reader.py: "
            "test_another_reader_finds_the_same_only_method_name_in_every_accepted_document"
        ),
        "system/test_rpc_attacks.py: test_nothing_runs_that_somebody_who_may_only_read_is_refused",
    ),
    "4 a multicall with core.kill": (
        "system/test_announcement.py: test_multicall_is_refused_for_one_member_before_any_runs",
        "system/test_attacks.py: test_kill_does_not_run_when_a_multicall_holds_it",
    ),
    "5 standard clients": (
        "system/test_http.py: test_stdlib_client_works_with_a_new_connection_for_each_call",
        "system/test_http.py: test_curl_speaks_to_it",
        "system/test_http.py: test_http_1_0_is_closed_unless_it_asks_to_be_kept",
        "system/test_http.py: test_client_that_half_closes_gets_its_answer",
        "system/test_checklist.py: test_perl_client_of_debian_calls",
        "system/test_checklist.py: test_node_calls_over_one_connection",
    ),
    "6 framing": (
        "unit/rpc/test_http_framer.py: test_a_cut_at_any_byte_changes_nothing",
        "system/test_http.py: test_request_cut_anywhere_is_answered_once",
        "system/test_http.py: test_chunked_request_runs_with_extensions_and_trailers",
        "system/test_http.py: test_body_is_asked_for_when_the_client_expects_continue",
        "system/test_http.py: test_request_that_can_be_read_in_two_ways_is_refused_and_the_connection_closed",
        "unit/rpc/test_http_framer.py: test_names_of_sip_mean_nothing",
        "system/test_http.py: test_pipelined_requests_are_answered_in_order",
        "system/test_http.py: test_body_of_ten_megabytes_is_refused_without_being_read",
    ),
    "7 types": (
        "unit/rpc/test_xmlrpc_reader.py: test_values_keep_their_types",
        "unit/rpc/test_xmlrpc_reader.py: test_a_bound_holds_at_it_and_one_past_it",
        "unit/rpc/test_xmlrpc_reader.py: test_lf_lf_becomes_cr_lf_in_strings_when_asked_for",
        "unit/rpc/test_xmlrpc_writer.py: test_markup_and_cr_are_escaped",
        "unit/rpc/test_xmlrpc_writer.py: test_what_xml_can_not_hold_becomes_the_replacement_character",
    ),
    "8 long lists come in pages": (
        "unit/modules/test_htable.py: test_operators_page_through_a_table_that_changes_and_see_what_stays_once",
    ),
    "9 reloads": (
        (
            "system/test_reload_under_load.py: "
            "test_fifty_reload_calls_at_the_same_time_are_few_reloads_and_all_are_answered"
        ),
        "system/test_reload_under_load.py: test_reloads_under_load_fail_no_call_and_leave_no_memory",
        (
            "system/test_reload_under_load.py: "
            "test_renewed_certificate_without_its_key_changes_nothing_until_the_key_is_there"
        ),
    ),
    "10 serctl": (
        "system/serctl/test_real_server.py: test_every_exit_status_is_one_of_those_above",
        "system/serctl/test_failures.py: test_outcome_is_unknown_when_the_connection_is_lost_after_sending",
        "system/serctl/test_servers.py: test_status_is_7_when_some_fail_and_the_others_are_shown",
        "system/serctl/test_calls.py: test_arguments_get_declared_types_when_there_is_a_signature",
    ),
    "11 slow peers and floods": (
        "system/test_bounds.py: test_bytes_that_trickle_do_not_move_the_deadline",
        "system/test_bounds.py: test_peer_that_never_reads_is_cut_off_and_the_others_are_served",
        "system/test_bounds.py: test_connections_of_one_address_are_bounded",
        "system/test_bounds.py: test_operator_is_answered_during_a_flood_of_datagrams",
    ),
    "12 texts of faults": (
        "system/test_http.py: test_malformed_document_is_a_fault_with_the_historical_text",
        "unit/rpc/test_xmlrpc_reader.py: test_a_document_is_refused_with_the_text_for_its_cause",
    ),
    "13 JSON-RPC": (
        "unit/rpc/test_jsonrpc.py: test_calls_are_answered",
        "unit/rpc/test_jsonrpc.py: test_what_is_wrong_has_its_code",
        "unit/rpc/test_jsonrpc.py: test_a_batch_is_answered_call_by_call",
        "unit/rpc/test_jsonrpc.py: test_an_id_comes_back_as_it_was",
    ),
    "14 a call over UDP that comes five times": (
        "system/test_sip_calls.py: test_a_request_that_comes_five_times_runs_once",
    ),
}


@pytest.mark.parametrize("point", POINTS)
def test_point_is_held_by_tests_that_are_there(point: str) -> None:
    for each in POINTS[point]:
        file, _, name = each.partition(": ")
        assert re.search(rf"^(?:async )?def {name}\(", (TESTS / file).read_text(), re.MULTILINE), each


def test_every_point_is_in_the_table() -> None:
    assert [int(point.split()[0]) for point in POINTS] == [*range(1, 15)]


PERL = """
use RPC::XML::Client;
$RPC::XML::ENCODING = 'utf-8';
my ($url, $ca, $name) = @ARGV;
my $client = RPC::XML::Client->new($url, useragent => [ssl_opts => {
    SSL_ca_file => $ca, SSL_cert_file => "$name.pem", SSL_key_file => "$name.key"}]);
for my $call (['core.version'], ['core.echo', RPC::XML::string->new("\\x{17e} <&>"), RPC::XML::int->new(-7)],
              ['core.kill'], ['core.version']) {
    my $answer = $client->send_request(@$call);
    die "no answer: $answer" unless ref $answer;
    binmode STDOUT, ':utf8';
    my $value = $answer->value;
    print $answer->is_fault ? $answer->code . ' ' . $answer->string
        : ref $value eq 'ARRAY' ? join('|', @$value) : $value, "\\n";
}
"""


def test_perl_client_of_debian_calls(seed_server: RunningServer) -> None:
    perl = shutil.which("perl", path="/usr/bin") or ""
    modules = ("-MRPC::XML::Client", "-MLWP::Protocol::https")
    if not perl or subprocess.run([perl, *modules, "-e1"], check=False, capture_output=True).returncode:
        pytest.skip("librpc-xml-perl and liblwp-protocol-https-perl are not installed")
    done = subprocess.run(
        [perl, "-e", PERL, seed_server.url, str(seed_server.pki / "ca.pem"), str(seed_server.pki / "bob")],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    version, echoed, denied, again = done.stdout.splitlines()
    assert "sertwist" in version == again
    assert echoed == "\u017e <&>|-7"
    assert denied == "400 Access to core.kill denied"


NODE = """
const https = require('https'), fs = require('fs');
const [url, ca, name, good, bad] = process.argv.slice(1);
const agent = new https.Agent({keepAlive: true, maxSockets: 1, ca: fs.readFileSync(ca),
    cert: fs.readFileSync(name + '.pem'), key: fs.readFileSync(name + '.key')});
const call = body => new Promise((done, fail) => {
    const request = https.request(url, {agent, method: 'POST', headers: {'Content-Type': 'text/xml'}}, response => {
        let text = ''; response.on('data', each => text += each);
        response.on('end', () => done(`${response.statusCode} ${request.reusedSocket} ${text.replace(/\\s+/g, ' ')}`));
    });
    request.on('error', fail);
    request.end(body);  // in chunks: it says no length
});
(async () => { for (const each of [good, bad, good]) console.log(await call(each)); agent.destroy(); })();
"""


def test_node_calls_over_one_connection(seed_server: RunningServer) -> None:
    """As the xmlrpc package of npm sends it: node's own https, kept."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("nodejs is not installed")
    done = subprocess.run(
        [node, "-e", NODE, seed_server.url, str(seed_server.pki / "ca.pem"), str(seed_server.pki / "bob"),
         call_document().decode(), call_document("core.kill").decode()],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, denied, last = done.stdout.splitlines()
    assert first.startswith("200 false ")
    assert "sertwist" in first
    assert denied.startswith("200 true ")
    assert "Access to core.kill denied" in denied
    assert last.startswith("200 true ")
