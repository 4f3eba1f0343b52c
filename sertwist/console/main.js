// The page: which panel is shown, how often it is asked for anew, and the theme.

import { faultBox, faultText } from "./act.js";
import { audit, calls, methods, pending, script, settings } from "./asking.js";
import { el } from "./dom.js";
import { call } from "./rpc.js";
import { connections, live, overview } from "./watching.js";

const EVERY = 2000;
// name: title, what shows it, the method that it can't do without, whether it is asked for anew
const PANELS = {
  overview: ["Overview", overview, "", false],
  live: ["Live", live, "", true],
  connections: ["Connections", connections, "tls.list", true],
  methods: ["Methods", methods, "", false],
  calls: ["Calls", calls, "rpc.calls", false],
  pending: ["Pending", pending, "rpc.pending", true],
  audit: ["Audit", audit, "audit.tail", false],
  script: ["Script", script, "script.info", false],
  settings: ["Settings", settings, "cfg.list", false],
};

class Server {
  constructor(names) {
    this.methods = new Set(names);
    this.effects = new Map();
  }

  /** What a method does: `read`, `write` or `destructive`; of one that tells nothing the worst is expected. */
  async effect(name) {
    if (!this.effects.has(name)) {
      try { this.effects.set(name, (await call("system.methodInfo", [name])).effect); } catch { return "destructive"; }
    }
    return this.effects.get(name);
  }
}

const main = document.getElementById("main");
const state = document.getElementById("state");
let server = null;
let turn = 0;

function told(text, kind) {
  if (state.textContent !== text) state.textContent = text;
  state.className = `state ${kind}`;
}

async function show(place, name, rest, mine, isAgain) {
  const [title, panel, , isLive] = PANELS[name];
  const heading = el("h1", { textContent: title });
  try {
    await panel(place, server, { rest, isAgain });
    if (mine !== turn) return;
    told("connected", "good");
    if (!isAgain) main.replaceChildren(heading, place);
  } catch (fault) {
    if (mine !== turn) return;
    told(fault.code === undefined ? "no answer" : faultText(fault), "bad");
    if (!isAgain) main.replaceChildren(heading, faultBox(fault));
  }
  if (isLive) setTimeout(() => mine === turn && (document.hidden ? show(place, name, rest, mine, true) : again(place, name, rest, mine)), EVERY);
}

function again(place, name, rest, mine) {
  return show(place, name, rest, mine, main.contains(place));
}

function open() {
  const [wanted, ...more] = location.hash.slice(1).split("/");
  const name = PANELS[wanted] ? wanted : "overview";
  turn += 1;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${PANELS[name][0]} - sertwist console`;
  show(el("div", { className: "panel" }), name, decodeURIComponent(more.join("/")), turn, false);
}

const THEMES = ["system", "light", "dark"];

function useTheme(name) {
  document.documentElement.dataset.theme = name;
  document.getElementById("theme").textContent = `Theme: ${name}`;
}

document.getElementById("theme").addEventListener("click", () => {
  const next = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length];
  localStorage.setItem("theme", next);
  useTheme(next);
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
useTheme(THEMES.includes(localStorage.getItem("theme")) ? localStorage.getItem("theme") : "system");
document.getElementById("server").textContent = location.host;

try {
  server = new Server(await call("system.listMethods"));
  document.getElementById("nav").append(el("ul", {}, Object.entries(PANELS)
    .filter(([, [, , needs]]) => !needs || server.methods.has(needs))
    .map(([name, [title]]) => el("li", {}, el("a", { href: `#${name}`, textContent: title })))));
  window.addEventListener("hashchange", open);
  open();
} catch (fault) {
  told("refused", "bad");
  main.replaceChildren(faultBox(fault));
}
