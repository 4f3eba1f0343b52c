"""The console in a real Chromium with a client certificate. Pictures are kept in build/console."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.system.console.browser import Browser, why_not
from tests.system.console.scripts import console_script
from tests.system.running import RunningServer, read_to_end

NOT_HERE = why_not()
pytestmark = pytest.mark.skipif(bool(NOT_HERE), reason=f"no browser: {NOT_HERE}")
PICTURES = Path(__file__).parents[3] / "build" / "console"
PANELS = ("overview", "live", "connections", "methods", "calls", "pending", "audit", "script", "settings")
CONTRAST = """(() => {
  const part = (c) => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const behind = (node) => { for (; node; node = node.parentElement) {
    const c = numbers(getComputedStyle(node).backgroundColor);
    if (c.length === 3 || c[3] === 1) return c; } return [255, 255, 255]; };
  const poor = [];
  for (const node of document.querySelectorAll("body *")) {
    if (![...node.childNodes].some((each) => each.nodeType === 3 && each.data.trim()) || node.disabled) continue;
    if (!node.getClientRects().length || node.closest("h1, noscript, .skip")) continue;
    const both = [light(numbers(getComputedStyle(node).color)), light(behind(node))];
    const [a, b] = both.sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${node.tagName}.${node.className} ${ratio.toFixed(2)} ${node.textContent}`);
  }
  return poor;
})()"""
NAMELESS = """[...document.querySelectorAll("input, select, button, a")].filter((each) =>
  !(each.textContent.trim() || each.ariaLabel || (each.labels && each.labels.length))).map((each) => each.outerHTML)"""

Open = Callable[[str], Browser]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, pki: Path) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("console")
    started = RunningServer.start(folder / "server", console_script(pki, folder), pki, ())
    yield started
    started.assert_unharmed()


@pytest.fixture(scope="module")
def opened(server: RunningServer, pki: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """A browser with a certificate, at the console."""
    running: dict[str, Browser] = {}

    def give(name: str) -> Browser:
        if name not in running:
            running[name] = Browser(tmp_path_factory.mktemp(name), pki, name)
            running[name].go(f"https://localhost:{server.ports['tls']}/console")
        browser = running[name]
        browser.look(width=1280, height=900, dark=False)
        show(browser, "overview")
        return browser

    yield give
    for each in running.values():
        each.end()


def show(browser: Browser, panel: str) -> None:
    title = panel.partition("/")[0].capitalize()
    browser.run(f"location.hash = '#{panel}'")
    browser.wait(
        f"document.querySelector('main h1')?.textContent === '{title}' && document.querySelector('main section')"
    )


def press(browser: Browser, label: str) -> None:
    browser.wait(f"[...document.querySelectorAll('button')].some((b) => b.textContent === '{label}' && !b.disabled)")
    browser.run(f"[...document.querySelectorAll('button')].findLast((b) => b.textContent === '{label}').click()")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1280, 375])
def test_every_panel_fits_is_legible_and_named(opened: Open, width: int, dark: bool) -> None:
    browser = opened("ser-killer")
    browser.look(width=width, height=900 if width > 500 else 740, dark=dark)
    PICTURES.mkdir(parents=True, exist_ok=True)
    for panel in PANELS:
        show(browser, panel)
        assert browser.run("document.documentElement.scrollWidth") <= width, panel
        assert browser.run(CONTRAST) == [], panel
        assert browser.run(NAMELESS) == [], panel
        browser.picture(PICTURES / f"{panel}-{width}-{'dark' if dark else 'light'}.png")
    assert browser.complaints() == []


def test_overview_tells_what_runs(opened: Open, server: RunningServer) -> None:
    text = opened("bob").run("document.querySelector('main').innerText")
    for wanted in (
        server.proxy("bob").core.version(),
        str(server.process.pid),
        str(server.ports["tls"]),
        "CN=localhost",
    ):
        assert wanted in text
    assert re.search(r"\d+ days", text)


def test_live_numbers_go_on(opened: Open) -> None:
    browser = opened("bob")
    show(browser, "live")
    browser.wait(
        "[...document.querySelectorAll('polyline')].some((l) => l.getAttribute('points').split(' ').length > 1)"
    )


def test_method_is_called_with_typed_fields_and_shown_for_a_shell(opened: Open) -> None:
    browser = opened("bob")
    show(browser, "methods/tls.list")
    browser.wait("document.querySelector('form input')")
    browser.run("document.querySelector('form input').focus()")
    browser.write("1")
    browser.wait("document.querySelector('.shell').textContent === 'serctl tls.list 1'")
    browser.press("Enter")
    browser.wait("document.querySelector('.chosen').innerText.includes('src_port')")


def test_what_the_role_may_not_do_is_refused_and_explained(opened: Open) -> None:
    browser = opened("bob")
    press(browser, "Reload")
    press(browser, "Run it")
    browser.wait("/script.reload: 403 Looking only/.test(document.getElementById('said').textContent)")
    call = browser.run("/call ([^)]+)/.exec(document.getElementById('said').textContent)[1]")
    show(browser, f"calls/{call}")
    browser.wait("document.querySelector('.trace')?.textContent.includes('@rpc.effect = \"write\"')")


def test_connection_is_ended_only_once_its_name_was_typed(opened: Open, server: RunningServer) -> None:
    browser = opened("ser-killer")
    with server.connect("tls", "bob") as victim:
        port = victim.getsockname()[1]
        show(browser, "connections")
        browser.run("document.querySelector('input').value = ''")
        browser.wait(f"document.querySelector('main').innerText.includes(':{port}')")
        row = f"[...document.querySelectorAll('tr')].find((r) => r.textContent.includes(':{port}'))"
        end = f"{row}.querySelector('button')"
        browser.run(f"{end}.click()")
        browser.wait("document.querySelector('dialog').open && document.activeElement.id === 'typed'")
        assert browser.run("document.querySelector('dialog .danger').disabled")
        assert browser.run("document.querySelector('dialog .shell').textContent").startswith("serctl tls.kill ")
        browser.press("Escape")
        browser.wait("!document.querySelector('dialog').open")
        browser.wait(f"{end}")
        browser.run(f"{end}.click()")
        browser.wait("document.activeElement.id === 'typed'")
        browser.write("tls.kill")
        browser.run("document.querySelector('dialog .danger').click()")
        browser.wait("document.getElementById('said').textContent === 'tls.kill: done.'")
        assert read_to_end(victim) == b""
    show(browser, "audit")
    assert "tls.kill" in browser.run("document.querySelector('main').textContent")
    press(browser, "Verify the chain")
    browser.wait("[...document.querySelectorAll('.badge')].some((b) => b.textContent === 'holds')")


def test_lines_that_run_are_shown(opened: Open) -> None:
    browser = opened("bob")
    show(browser, "script")
    browser.run("document.querySelector('input[type=number]').value = 1")
    press(browser, "Watch")
    browser.wait("/The next|Lines that ran|No message/.test(document.querySelector('main').innerText)")
    browser.wait("!document.querySelector('main').innerText.includes('Watching')")


def test_page_is_used_by_keyboard(opened: Open) -> None:
    browser = opened("bob")
    browser.run("window.old = true; location.reload()")
    browser.wait("!window.old && document.querySelector('main section')")
    reached = []
    for _ in range(30):
        browser.press("Tab")
        reached.append(browser.run("document.activeElement.textContent.trim()"))
        if reached[-1] == "Settings":
            break
    assert reached[0] == "Skip to the content"
    names = [each for each in reached if each.lower() in PANELS]
    assert names == [each.capitalize() for each in PANELS]
    browser.press("Enter")
    browser.wait("document.querySelector('main h1')?.textContent === 'Settings'")


def test_theme_can_be_chosen(opened: Open) -> None:
    browser = opened("bob")
    colour = "getComputedStyle(document.body).backgroundColor"
    light = browser.run(colour)
    browser.run("document.getElementById('theme').click()")
    assert browser.run(colour) == light
    browser.run("document.getElementById('theme').click()")
    assert browser.run(colour) != light
    browser.run("document.getElementById('theme').click()")
    assert browser.run(colour) == light


def test_text_of_peers_is_never_html(opened: Open) -> None:
    browser = opened("bob")
    evil = "<img src=x onerror=document.title=1>"
    found = browser.run(
        f"import('/console/dom.js').then((d) => d.tree({{'{evil}': '{evil}'}}).querySelector('img') === null)"
    )
    assert found is True
