"""docs/reference.md is what `sertwist doc` prints of the modules as they are."""

from importlib.metadata import entry_points

from click.testing import CliRunner

from sertwist.modules.declare import Module, function, method
from sertwist.modules.tls import TlsModule
from sertwist.rpc.declare import Effect, Param, Type
from sertwist.script.declare import Argument, Kind, Parameter
from sertwist.server.cli import main
from sertwist.server.documentation import reference
from sertwist.server.documented_tls import SPELLINGS, canonical, tls_rows
from tests.unit.docs.documents import ROOT


def own_modules() -> list[type[Module]]:
    """The modules of this project, whatever else is installed."""
    points = entry_points(group="sertwist.modules")
    return [point.load() for point in points if point.value.startswith("sertwist.")]


def test_page_is_up_to_date() -> None:
    page = (ROOT / "docs" / "reference.md").read_text()
    assert page == reference(own_modules()), "run: sertwist doc > docs/reference.md"


def test_program_prints_the_page() -> None:
    result = CliRunner().invoke(main, ["doc"])
    assert result.exit_code == 0
    assert result.output.startswith("# Reference\n")
    assert "`core.kill([signal: int])` | boolean | destructive" in result.output


def test_every_declaration_of_every_module_is_in_the_page() -> None:
    page = (ROOT / "docs" / "reference.md").read_text()
    for module in (each() for each in own_modules()):
        assert f"\n## {module.name}\n" in page
        for parameter in module.parameters:
            assert all(f"`{name}`" in page for name in (parameter.name, *parameter.aliases)), parameter.name
        for declared in module.functions():
            assert f"`{declared.name}" in page
        for rpc in module.methods():
            assert f"`{rpc.name}(" in page
        for variable in module.variables():
            assert f"`{variable.name}" in page
        if module.name != "tls":
            assert all(f"`{each.name}`" in page for each in module.selects())


def test_every_tls_select_has_a_row_with_a_meaning() -> None:
    rows = tls_rows(TlsModule().selects())
    assert [name for name, _, meaning in rows if not meaning] == []
    assert len(rows) == len({name for name, _, _ in rows})


def test_name_that_is_shown_is_one_that_can_be_written() -> None:
    declared = {".".join(each.path) for each in TlsModule().selects()}
    for name in {canonical(each.path) for each in TlsModule().selects()}:
        for certificate in ("peer", "peer.unverified", "my") if name.startswith("tls.cert") else ("",):
            written = name.replace("tls.cert", f"tls.{certificate}", 1) if certificate else name
            assert written in declared, written


def test_every_spelling_that_is_listed_leads_to_the_same_row() -> None:
    assert canonical(("tls", "me", "subj", "organizationname")) == "tls.cert.subject.organization"
    assert canonical(("tls", "peer", "unverified", "l")) == "tls.cert.subject.locality"
    assert canonical(("tls", "peer", "cn")) == canonical(("tls", "peer", "subject")) == "tls.cert"
    assert canonical(("tls", "peer", "count", "dns")) == "tls.cert.count.dns"
    parts = {part for each in TlsModule().selects() for part in each.path}
    for part, others in SPELLINGS.items():
        assert {part, *(each.lower() for each in others)} <= parts, part


class Sample(Module):
    """One of each."""

    name = "sample"
    help = "a | b"
    parameters = (
        Parameter(name="one", kind=Kind.NUMBER, default=3, minimum=1, unit="seconds", help="Time."),
        Parameter(name="two", help="Same."),
        Parameter(name="three", aliases=("drei",), help="Same."),
        Parameter(name="four", ignored="nobody wants it"),
    )

    @function("f", Argument(name="x", kind=Kind.NUMBER, minimum=1, maximum=9), Argument(name="y", optional=True))
    def f(self, ctx: object, x: int, y: str = "") -> int:
        """Do | it."""
        return 1

    @method("s.m", Param(name="v", type=Type.ANY, rest=True, optional=True), effect=Effect.WRITE, aliases=("s.n",))
    def m(self, request: object) -> str:
        """Long

        text."""
        return ""


def test_declarations_of_a_foreign_module_become_rows() -> None:
    text = reference([Sample])
    assert "| `one` | number, at least 1 seconds | 3 | Time. |" in text
    assert "| `two`, `three`, `drei` | text |  | Same. |" in text
    assert "- `four`: nobody wants it" in text
    assert "| `f(x: number 1 to 9, [y: text])` | Do \\| it. |" in text
    assert "| `s.m([v: any ...])` | string | write | Long text. Also written `s.n`. |" in text
    assert text.endswith("|\n")
