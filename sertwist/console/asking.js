// The panels that ask for more: methods, calls, audit log, script, settings, pending confirmations.

import { act, button, faultBox, say } from "./act.js";
import { el, facts, field, section, shown, table, tree } from "./dom.js";
import { call, shellLine } from "./rpc.js";

/** The value that was typed for a parameter; raises what is wrong with it. */
function typedValue(param, text) {
  if (param.type === "int" || param.type === "i8") {
    if (!/^-?\d+$/.test(text)) throw new Error(`${param.name} is a whole number`);
    return Number(text);
  }
  if (param.type === "double") {
    if (text.trim() === "" || Number.isNaN(Number(text))) throw new Error(`${param.name} is a number`);
    return Number(text);
  }
  if (param.type === "boolean") return text === "true";
  if (param.type === "array" || param.type === "struct") return JSON.parse(text);
  if (param.type === "undef" && /^-?\d+$/.test(text)) return Number(text);
  return text;
}

function inputOf(param) {
  if (param.type === "boolean") {
    return el("select", {}, ["", "true", "false"].map((each) => el("option", { value: each, textContent: each || "(left out)" })));
  }
  const isNumber = param.type === "int" || param.type === "i8";
  return el("input", { type: "text", autocomplete: "off", inputMode: isNumber ? "numeric" : "text", spellcheck: false });
}

async function method(name, server) {
  const info = await call("system.methodInfo", [name]);
  const inputs = info.params.map((param) => [param, inputOf(param)]);
  const result = el("div", { ariaLive: "polite" });
  const line = el("code", { className: "shell", textContent: shellLine(name) });
  const params = () => {
    const filled = inputs.map(([param, input]) => (input.value === "" ? undefined :
      param.repeated ? input.value.split(/\s+/).map((each) => typedValue(param, each)) : typedValue(param, input.value)));
    while (filled.length && filled[filled.length - 1] === undefined) filled.pop();
    return filled.map((each) => (each === undefined ? null : each)).flatMap((each, place) => (info.params[place].repeated ? each : [each]));
  };
  const show = () => {
    try { line.textContent = shellLine(name, params()); } catch { /* not whole yet */ }
  };
  const form = el("form", { oninput: show, onsubmit: async (event) => {
    event.preventDefault();
    try {
      const given = params();
      if (info.effect !== "read") {
        const value = await act(name, given, info.effect);
        if (value !== undefined) result.replaceChildren(tree(value));
      } else result.replaceChildren(tree(await call(name, given)));
    } catch (fault) { result.replaceChildren(faultBox(fault)); }
  } },
  inputs.map(([param, input]) => field(`${param.name} (${param.type}${param.optional ? ", optional" : ""}${param.repeated ? ", several with blanks between" : ""})${param.description ? `: ${param.description}` : ""}`, input)),
  el("div", { className: "row" },
    el("button", { type: "submit", className: info.effect === "destructive" ? "danger" : "", textContent: "Call" }),
    server.methods.has("system.can") ? el("button", { type: "button", className: "plain", textContent: "May I?", onclick: async () => {
      try { result.replaceChildren(tree(await call("system.can", [name, ...params()]), "may I")); } catch (fault) { result.replaceChildren(faultBox(fault)); }
    } }) : ""));
  return section(name, el("p", { className: "help", textContent: info.help }),
    facts([["effect", el("span", { className: `badge ${info.effect === "read" ? "good" : info.effect === "write" ? "warn" : "bad"}`, textContent: info.effect })],
      ["result", info.result], ["module", info.module], ["also called", info.aliases.join(", ") || "-"]]),
    form, el("p", {}, line), result);
}

export async function methods(place, server, { rest }) {
  const search = el("input", { type: "search", autocomplete: "off" });
  const list = el("ul", { className: "names" });
  const chosen = el("div", { className: "chosen" });
  const fill = () => list.replaceChildren(...[...server.methods.keys()].filter((each) => each.includes(search.value.toLowerCase()))
    .map((each) => el("li", {}, el("a", { href: `#methods/${each}`, textContent: each, ariaCurrent: each === rest ? "true" : "false" }))));
  search.addEventListener("input", fill);
  fill();
  if (rest) {
    try { chosen.replaceChildren(await method(rest, server)); } catch (fault) { chosen.replaceChildren(faultBox(fault)); }
  } else chosen.append(el("p", { className: "quiet", textContent: "Choose a method: those that you may call, as far as is known." }));
  place.replaceChildren(el("div", { className: "sides" }, section("Methods", field("Search", search), list), chosen));
}

export async function calls(place, server, { rest }) {
  const failed = el("input", { type: "checkbox" });
  const list = el("div", { className: "list" });
  const explained = el("div", { ariaLive: "polite" });
  const fill = async () => {
    try {
      const rows = await call("rpc.calls", [failed.checked, 100]);
      list.replaceChildren(table("The last calls, the newest first", [
        ["call", (r) => el("a", { href: `#calls/${r.call}`, textContent: r.call })], ["time", (r) => r.time], ["who", (r) => r.caller],
        ["methods", (r) => r.methods.join(", ")],
        ["end", (r) => el("span", { className: `badge ${r.code > 0 ? "bad" : "good"}`, textContent: r.code > 0 ? `${r.code} ${r.text}` : "ran" })],
      ], rows));
    } catch (fault) { list.replaceChildren(faultBox(fault)); }
  };
  failed.addEventListener("change", fill);
  if (rest) {
    try {
      const told = await call("rpc.explain", [rest]);
      explained.replaceChildren(section(`Call ${told.call}`, facts([["who", told.caller], ["methods", told.methods.join(", ")],
        ["end", told.code > 0 ? `${told.code} ${told.text}` : "ran"], ["policy", told.policy.reason ? `${told.policy.reason} ${told.policy.at}` : "not asked"]]),
      told.runs.map((run) => el("div", {}, el("h3", { textContent: `The script ${run.decision}${run.method ? `: ${run.method}` : ""}` }),
        el("pre", { className: "trace", tabIndex: 0, textContent: run.lines.join("\n") || "no lines were taken down" }))),
      el("code", { className: "shell", textContent: `serctl explain ${told.call}` })));
    } catch (fault) { explained.replaceChildren(faultBox(fault)); }
  }
  await fill();
  place.replaceChildren(explained, section("Recent calls", field("Only refused and failed ones", failed), list));
}

export async function audit(place, server) {
  const outcome = el("div", { ariaLive: "polite" });
  const records = await call("audit.tail", [100]);
  place.replaceChildren(section("Audit log", el("div", { className: "row" },
    button(server, "Verify the chain", "audit.verify", [], (value) => outcome.replaceChildren(
      el("p", {}, el("span", { className: `badge ${value.holds ? "good" : "bad"}`, textContent: value.holds ? "holds" : "does not hold" })), tree(value, "report")))),
  outcome, table("The last records, the newest first", [["number", (r) => r.seq, true], ["time", (r) => r.time], ["kind", (r) => r.kind],
    ["record", (r) => tree(r, "record")]], records.reverse(), "No records.")));
  for (const each of place.querySelectorAll("td > details")) each.open = false;
}

export async function script(place, server) {
  const [info, routes] = [await call("script.info"), await call("script.list_routes")];
  const seconds = el("input", { type: "number", min: 1, max: 60, value: 10 });
  const found = el("div", { ariaLive: "polite" });
  const runs = new Map();
  const watch = async () => {
    found.replaceChildren(el("p", { className: "quiet", textContent: "Watching what comes ..." }));
    try {
      const messages = await call("core.trace", { count: 20, seconds: Number(seconds.value) });
      for (const message of messages) {
        for (const text of message.lines) {
          const line = /^\s*(\S*?\d+)  (.*)$/.exec(text);
          if (!line) continue;
          const key = `${line[1]}\n${line[2].replace(/ {4}-> (true|false)$/, "").trim()}`;
          runs.set(key, (runs.get(key) || 0) + 1);
        }
      }
      const rows = [...runs].map(([key, count]) => [...key.split("\n"), count]).sort((a, b) => a[0].localeCompare(b[0], "en", { numeric: true }));
      found.replaceChildren(table("Lines that ran, as far as they were watched", [["line", (r) => r[0], true], ["runs", (r) => r[2], true],
        ["statement", (r) => el("code", { textContent: r[1] })]], rows, "No message came."),
      ...messages.map((each) => el("details", {}, el("summary", { textContent: `${each.source} ${each.message}` }),
        el("pre", { className: "trace", tabIndex: 0, textContent: each.lines.join("\n") }))));
    } catch (fault) { found.replaceChildren(faultBox(fault)); }
  };
  place.replaceChildren(section("Script", facts([["file", info.file], ["generation", info.generation], ["SHA-256", el("code", { className: "hash", textContent: info.sha256 })]]),
    table("Route blocks", [["block", (r) => el("code", { textContent: r })]], routes.map((each) => each))),
  section("Which lines run", el("p", { className: "quiet", textContent: "The next 20 messages, or as many as come in this time, calls of this console among them." }),
    field("Seconds", seconds), el("div", { className: "row" },
      el("button", { type: "button", textContent: "Watch", disabled: !server.methods.has("core.trace"), onclick: watch })), found));
}

export async function settings(place, server) {
  const names = (await call("cfg.list")).map((each) => each.split(": "));
  const search = el("input", { type: "search", autocomplete: "off" });
  const list = el("div", { className: "list" });
  const fill = () => list.replaceChildren(table("Settings", [["group", (r) => r[0]], ["name", (r) => r[1]],
    ["", (r) => el("button", { type: "button", className: "plain", textContent: "Show", ariaLabel: `Show ${r[0]} ${r[1]}`, onclick: () => one(r) })]],
  names.filter((each) => each.join(" ").includes(search.value)).slice(0, 300)));
  const chosen = el("div", { ariaLive: "polite" });
  const one = async ([group, name]) => {
    try {
      const help = await call("cfg.help", [group, name]);
      const input = el("input", { type: "text", value: shown(help.current), autocomplete: "off" });
      const value = () => (help.type === "integer" ? Number(input.value) : input.value);
      chosen.replaceChildren(section(`${group} ${name}`, el("p", { className: "help", textContent: help.desc }),
        facts(Object.entries(help).filter(([key]) => key !== "desc")), field("New value", input), el("div", { className: "row" },
          el("button", { type: "button", textContent: "Set now", disabled: !server.methods.has("cfg.set"), onclick: async () => {
            if (await act("cfg.set", [group, name, value()], "write") !== undefined) one([group, name]);
          } }),
          el("button", { type: "button", className: "plain", textContent: "Note for commit", disabled: !server.methods.has("cfg.set_delayed"), onclick: async () => {
            if (await act("cfg.set_delayed", [group, name, value()], "write") !== undefined) waiting();
          } }))));
      chosen.scrollIntoView({ block: "nearest" });
    } catch (fault) { say(String(fault.message), true); }
  };
  const noted = el("div", {});
  const waiting = async () => {
    try { noted.replaceChildren(table("Your changes that wait", [["group", (r) => r["group name"]], ["name", (r) => r["variable name"]],
      ["old", (r) => r["old value"]], ["new", (r) => r["new value"]]], await call("cfg.diff"), "No change waits.")); } catch (fault) { noted.replaceChildren(faultBox(fault)); }
  };
  search.addEventListener("input", fill);
  fill();
  await waiting();
  place.replaceChildren(section("Changes", noted, el("div", { className: "row" },
    button(server, "Commit for 60 s on trial", "cfg.commit", [60], waiting, "Undone by itself after 60 seconds, unless you keep it."),
    button(server, "Keep what is on trial", "cfg.confirm", [], waiting), button(server, "Commit", "cfg.commit", [], waiting),
    button(server, "Roll back", "cfg.rollback", [], waiting))), chosen, section("Settings", field("Search", search), list));
}

export async function pending(place, server) {
  const rows = await call("rpc.pending");
  place.replaceChildren(section("Calls that wait for a second person", table("Pending", [["digest", (r) => r.digest], ["who", (r) => r.caller],
    ["call", (r) => tree(r.call, r.methods.join(", "))], ["confirmed", (r) => `${r.confirmed} of ${r.needed}`], ["seconds left", (r) => r.seconds_left, true],
    ["", (r) => button(server, "Consent", "rpc.confirm", [r.digest], () => pending(place, server), `You consent to ${r.methods.join(", ")} of ${r.caller}.`)]],
  rows, "No call waits.")));
}
