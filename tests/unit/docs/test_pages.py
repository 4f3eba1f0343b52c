"""Pages point to what exists, their scripts pass the checker, and what they list is what the code has."""

import re
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from xml.dom import minidom

import pytest

from sertwist.client.failure import ExitCode
from sertwist.limits import Limits
from sertwist.pki.demo import DEMO_HOSTS, write_demo
from sertwist.server.configuration import load_configuration
from sertwist.tls.loading.parameters import DOMAIN_PARAMETERS
from tests.unit.docs.documents import PAGES, ROOT, blocks, prose

HEAD = """
listen = udp:127.0.0.1:5060
listen = tls:127.0.0.1:5061
loadmodule "sl"
loadmodule "tls"
loadmodule "xmlrpc"
modparam("tls", "certificate", "pki/server.pem")
modparam("tls", "private_key", "pki/server.key")
modparam("tls", "ca_list", "pki/ca.pem")
modparam("tls", "verify_certificate", "1")
"""


def anchors(page: Path) -> set[str]:
    """The anchors of the headings of `page`, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        found = (page.parent / name).resolve() if name else page
        assert found.is_relative_to(ROOT), target
        assert found.exists(), target
        if anchor:
            assert anchor in anchors(found), target


def test_readme_leads_to_every_page() -> None:
    text = (ROOT / "README.md").read_text()
    missing = [page.name for page in PAGES if page.name != "README.md" and page.name not in text]
    assert missing in ([], ["performance.md"])


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demonstration PKI, as scripts of the pages name it."""
    made = tmp_path_factory.mktemp("script")
    write_demo(made / "pki", now=datetime.now(UTC), hosts=DEMO_HOSTS, force=False)
    return made


SCRIPTS = [(page, number) for page in PAGES for number in range(len(blocks(page, "ser")))]


@pytest.mark.parametrize(("page", "number"), SCRIPTS, ids=lambda value: getattr(value, "name", value))
def test_script_of_a_page_passes_the_checker(page: Path, number: int, folder: Path) -> None:
    body = blocks(page, "ser")[number]
    text = body if re.search(r"^route ", body, re.MULTILINE) else f"{HEAD}route {{\n{body}}}\n"
    path = folder / f"{page.stem}-{number}.cfg"
    path.write_text(text)
    warnings = load_configuration(path).warnings
    assert [each for each in warnings if ": warning:" in each] == []


def test_readme_shows_the_heart_of_the_shipped_script() -> None:
    def words(text: str) -> str:
        return "".join(re.sub(r"#.*", "", text).split())

    assert words(blocks(ROOT / "README.md", "ser")[0]) in words((ROOT / "conf" / "ser.cfg").read_text())


def test_every_bound_is_listed_with_its_default() -> None:
    listed = re.findall(r"^\| `(\w+\.\w+)` \| ([\d.]+) \|", (ROOT / "docs" / "operating.md").read_text(), re.MULTILINE)
    limits = Limits()
    expected = [
        (f"{part.name}.{bound.name}", float(getattr(getattr(limits, part.name), bound.name)))
        for part in fields(limits)
        for bound in fields(getattr(limits, part.name))
    ]
    assert sorted((name, float(value)) for name, value in listed) == sorted(expected)


def test_every_exit_status_of_serctl_is_listed() -> None:
    listed = re.findall(r"^\| (\d+) \|", (ROOT / "docs" / "serctl.md").read_text(), re.MULTILINE)
    assert [int(each) for each in listed] == [int(code) for code in ExitCode]


def test_architecture_names_files_that_exist() -> None:
    named = re.findall(r"`(\w+/[\w/]+\.py)`", (ROOT / "docs" / "architecture.md").read_text())
    assert len(named) > 10
    assert [each for each in named if not (ROOT / "sertwist" / each).is_file()] == []


def test_picture_is_well_formed_and_says_what_it_shows() -> None:
    root = minidom.parse(str(ROOT / "docs" / "overview.svg")).documentElement
    assert root is not None
    assert root.tagName == "svg"
    assert root.getElementsByTagName("title")
    assert root.getElementsByTagName("desc")
    assert "prefers-color-scheme: dark" in root.toxml()


def test_transcript_is_there_and_names_no_folder_of_a_machine() -> None:
    text = (ROOT / "README.md").read_text()
    transcript = text.partition("<!-- transcript")[2].partition("<!-- end of transcript")[0]
    assert "Access to core.kill denied" in transcript
    assert "(exit status 4)" in transcript
    assert "stopping: core.kill" in transcript
    assert not re.search(r"(?<![\w./:])/(work|home|root|tmp)/", transcript)


def test_tls_page_shows_the_shipped_file_which_makes_the_domains_that_it_names(folder: Path) -> None:
    shipped = (ROOT / "conf" / "tls.cfg").read_text()
    assert shipped.endswith("\n\n" + blocks(ROOT / "docs" / "tls.md", "ini")[0])
    for name in ("tls.cfg", "domains.cfg"):
        (folder / name).write_text((ROOT / "conf" / name).read_text())
    configuration = load_configuration(folder / "domains.cfg")
    assert configuration.warnings == ()
    assert configuration.tls is not None
    assert [domain.name for domain in configuration.tls.in_force.table] == [
        "server:default",
        "client:default",
        "server:127.0.0.1:5061/localhost",
        "client:*/partner.example.com#partner",
    ]


def test_tls_page_has_every_setting_of_a_domain() -> None:
    text = (ROOT / "docs" / "tls.md").read_text()
    assert [each.name for each in DOMAIN_PARAMETERS if f"`{each.name}`" not in text] == []
