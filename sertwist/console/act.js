// What changes something: the person sees the call and its serctl line, and confirms what can't be undone.

import { el, tree } from "./dom.js";
import { call, shellLine } from "./rpc.js";

export function say(text, isBad = false) {
  const place = document.getElementById("said");
  place.className = isBad ? "said bad" : "said";
  place.textContent = text;
}

export function faultText(fault) {
  const words = fault.code === undefined ? String(fault) : `${fault.code} ${fault.message}`;
  return fault.callId ? `${words} (call ${fault.callId})` : words;
}

export function faultBox(fault) {
  const box = el("p", { className: "fault", role: "alert" }, faultText(fault), " ");
  if (fault.callId) box.append(el("a", { href: `#calls/${fault.callId}`, textContent: "Why?" }));
  return box;
}

/** Run a call after the person has confirmed it; its value, or undefined when it was called off or failed. */
export async function act(method, params, effect, words = "") {
  if (effect !== "read" && !(await confirmed(method, params, effect, words))) {
    say("Called off.");
    return undefined;
  }
  try {
    const value = await call(method, params, effect === "read" ? "" : crypto.randomUUID());
    say(`${method}: done.`);
    return value === undefined ? null : value;
  } catch (fault) {
    say(`${method}: ${faultText(fault)}`, true);
    if (fault.code !== 403 || !/confirm|second/i.test(fault.message)) return undefined;
    location.hash = "#pending";
    return undefined;
  }
}

function confirmed(method, params, effect, words) {
  const dialog = document.getElementById("dialog");
  const isHard = effect === "destructive";
  const typed = el("input", { type: "text", autocomplete: "off", id: "typed", spellcheck: false });
  const yes = el("button", { type: "button", className: isHard ? "danger" : "", disabled: isHard, textContent: "Run it" });
  const no = el("button", { type: "button", className: "plain", textContent: "Cancel" });
  typed.addEventListener("input", () => { yes.disabled = typed.value !== method; });
  dialog.replaceChildren(
    el("h2", { id: "dialog-title", textContent: isHard ? `Really run ${method}?` : `Run ${method}?` }),
    el("p", { textContent: words || (isHard ? "This can't be undone." : "This changes the running server.") }),
    params.length ? tree(params, "parameters") : "",
    el("p", {}, el("span", { className: "quiet", textContent: "The same from a shell: " }),
      el("code", { className: "shell", textContent: shellLine(method, params) })),
    isHard ? el("div", { className: "field" },
      el("label", { htmlFor: "typed", textContent: `Type ${method} to confirm` }), typed) : "",
    el("div", { className: "row" }, yes, no));
  return new Promise((resolve) => {
    let answer = false;
    yes.addEventListener("click", () => { answer = true; dialog.close(); });
    no.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => resolve(answer), { once: true });
    dialog.showModal();
    (isHard ? typed : no).focus();
  });
}

/** A button for a call, when the caller may make it; `after` is told its value. */
export function button(server, label, method, params, after = () => {}, words = "") {
  const known = server.methods.has(method);
  return el("button", {
    type: "button",
    className: "plain",
    disabled: !known,
    title: known ? shellLine(method, params) : `you may not call ${method}`,
    textContent: label,
    onclick: async () => {
      const value = await act(method, params, await server.effect(method), words);
      if (value !== undefined) after(value);
    },
  });
}
