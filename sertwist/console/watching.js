// The panels that show how things are: overview, live numbers, connections.

import { button, faultBox } from "./act.js";
import { Series, chart } from "./chart.js";
import { el, facts, field, section, shown, table } from "./dom.js";
import { ask, call } from "./rpc.js";

const good = (value) => !(value instanceof Error);

function span(seconds) {
  const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  return days ? `${days} d ${hours} h` : hours ? `${hours} h ${minutes} min` : `${minutes} min ${seconds % 60} s`;
}

function daysBadge(row) {
  if (row.days_left === "") return el("span", { className: "quiet", textContent: "no end" });
  const kind = row.days_left < 0 ? "bad" : row.days_left < 14 ? "warn" : "good";
  return el("span", { className: `badge ${kind}`, textContent: `${row.days_left} days` });
}

export async function overview(place, server) {
  const [version, uptime, processes, tcp, script, modules, certificates, sockets] = [
    "core.version", "core.uptime", "core.psx", "core.tcp_info", "script.info", "core.modules", "tls.certificates", "core.sockets_list"];
  const seen = await ask(...[version, uptime, processes, tcp, script, modules, certificates, sockets].filter((each) => server.methods.has(each)));
  const told = (method, pairs) => {
    if (seen[method] === undefined) return el("p", { className: "quiet", textContent: `You may not call ${method}.` });
    return good(seen[method]) ? pairs(seen[method]) : faultBox(seen[method]);
  };
  place.replaceChildren(el("div", { className: "grid" },
    section("Server", told(version, (v) => facts([["version", v]])),
      told(uptime, (v) => facts([["up", span(v.uptime)], ["since", v.since_iso]])),
      told(modules, (v) => facts([["modules", v.join(", ")]]))),
    section("Script", told(script, (v) => facts([["file", v.file], ["generation", v.generation], ["in force since", v.since],
      ["SHA-256", el("code", { className: "hash", textContent: v.sha256 })], ["route blocks", v.routes]])),
      el("div", { className: "row" }, button(server, "Check the file", "script.check", []),
        button(server, "Reload", "script.reload", [], () => overview(place, server)))),
    section("Connections", told(tcp, (v) => facts([["open", `${v.opened_connections} of ${v.max_connections}`],
      ["over TLS", `${v.opened_tls_connections} of ${v.max_tls_connections}`], ["bytes that wait", v.write_queued_bytes]])),
      el("div", { className: "row" }, button(server, "Stop the server", "core.kill", [], () => {},
        "The server answers what it is answering, then it ends.")))),
  section("Certificates and CRLs", told(certificates, (v) => table("What TLS domains depend on, what ends first in front", [
    ["kind", (r) => r.kind], ["subject", (r) => r.subject], ["domains", (r) => r.domains], ["ends", (r) => r.not_after],
    ["left", daysBadge]], v)), el("div", { className: "row" }, button(server, "Reload certificates", "tls.reload", [], () => overview(place, server)))),
  el("div", { className: "grid" },
    section("Processes", told(processes, (v) => table("Processes", [["pid", (r) => r.PID, true], ["what runs there", (r) => r.DSC]], v))),
    section("Sockets", told(sockets, (v) => table("Listening sockets", [["protocol", (r) => r.proto], ["address", (r) => r.address],
      ["port", (r) => r.port, true]], v)))));
}

const series = new Map();

/** Numbers of one moment: [name, value, whether it only grows]. */
async function numbers(server) {
  const wanted = ["xmlrpc.stats", "core.tcp_info", "tls.sessions", "sl.stats", "stats.fetchn"].filter((each) => server.methods.has(each));
  const seen = await ask(...wanted);
  const found = [];
  const struct = (method, title, wantsEvents = false) => { // of many numbers only those where something has happened
    if (!good(seen[method]) || !seen[method]) return;
    for (const [key, value] of Object.entries(seen[method])) {
      if (typeof value === "number" && (value || !wantsEvents)) found.push([`${title} ${key}`, value, true]);
    }
  };
  struct("xmlrpc.stats", "calls:");
  if (good(seen["core.tcp_info"]) && seen["core.tcp_info"]) {
    const tcp = seen["core.tcp_info"];
    found.push(["connections", tcp.opened_connections, false], ["TLS connections", tcp.opened_tls_connections, false],
      ["bytes that wait", tcp.write_queued_bytes, false]);
  }
  if (Array.isArray(seen["tls.sessions"])) {
    for (const word of ["full", "resumed", "refused"]) {
      found.push([`TLS handshakes: ${word}`, seen["tls.sessions"].reduce((sum, row) => sum + row[word], 0), true]);
    }
  }
  struct("sl.stats", "SIP replies:", true);
  struct("stats.fetchn", "", true);
  return found;
}

export async function live(place, server, { isAgain }) {
  const at = performance.now() / 1000;
  for (const [name, value, isRate] of await numbers(server)) {
    if (!series.has(name)) series.set(name, new Series(name, isRate));
    series.get(name).add(at, value);
  }
  const charts = el("div", { className: "charts" }, [...series.values()].map(chart));
  if (isAgain) place.querySelector(".charts").replaceWith(charts);
  else place.replaceChildren(section("Live numbers", el("p", { className: "quiet",
    textContent: "Every 2 seconds, the last 5 minutes; what only grows is shown as so many a second." }), charts));
}

export async function connections(place, server, { isAgain }) {
  const rows = await call("tls.list");
  const search = isAgain ? place.querySelector("input") : el("input", { type: "search", autocomplete: "off" });
  const list = () => {
    const words = search.value.toLowerCase();
    const chosen = rows.filter((row) => shown(row).toLowerCase().includes(words));
    const peer = (row) => (row.peer ? row.peer.cn || row.peer.subject || "" : "");
    return el("div", { className: "list" }, table(`${chosen.length} of ${rows.length} TLS connections`, [
      ["id", (r) => r.id, true], ["peer", peer], ["from", (r) => `${r.src_ip}:${r.src_port}`], ["state", (r) => r.state],
      ["domain", (r) => r.dom], ["cipher", (r) => `${r.version} ${r.cipher}`], ["since", (r) => r.timestamp],
      ["", (r) => button(server, "End", "tls.kill", [r.id], () => {}, `Connection ${r.id} from ${r.src_ip}:${r.src_port} ends at once.`)],
    ], chosen, "No connection has these words."));
  };
  search.oninput = () => place.querySelector(".list").replaceWith(list());
  if (!isAgain) place.replaceChildren(section("TLS connections", field("Search", search), el("div", { className: "list" })));
  if (!place.querySelector(".list").contains(document.activeElement)) place.querySelector(".list").replaceWith(list());
}
