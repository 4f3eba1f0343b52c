// Elements made of text alone: what a server or a peer says is never read as HTML.

export function el(name, given = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key in made && key !== "list" && key !== "form") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((each) => each !== null && each !== undefined));
  return made;
}

export function shown(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "object") return JSON.stringify(value);
  return String(value);
}

export function section(title, ...children) {
  return el("section", {}, el("h2", { textContent: title }), ...children);
}

export function facts(pairs) {
  return el("dl", { className: "facts" }, pairs.map(([name, value]) =>
    el("div", {}, el("dt", { textContent: name }), el("dd", {}, value instanceof Node ? value : shown(value)))));
}

/** A table; `columns` are [heading, cell of a row: text or node, whether it is a number]. */
export function table(caption, columns, rows, empty = "Nothing to show.") {
  if (!rows.length) return el("p", { className: "quiet", textContent: empty });
  const head = el("tr", {}, columns.map(([name]) => el("th", { scope: "col", textContent: name })));
  const body = rows.map((row) => el("tr", {}, columns.map(([, cell, isNumber]) => {
    const value = cell(row);
    return el("td", { className: isNumber ? "number" : "" }, value instanceof Node ? value : shown(value));
  })));
  return el("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: caption },
    el("table", {}, el("caption", { textContent: caption }), el("thead", {}, head), el("tbody", {}, body)));
}

/** A value of any depth, to be opened level by level. */
export function tree(value, name = "result") {
  if (value === null || typeof value !== "object") {
    return el("div", { className: "leaf" }, el("span", { className: "key", textContent: `${name}: ` }),
      el("code", { textContent: value === null ? "nil" : JSON.stringify(value) }));
  }
  const parts = Object.entries(value);
  const words = Array.isArray(value) ? `${parts.length} values` : `${parts.length} fields`;
  return el("details", { open: parts.length <= 40 }, el("summary", {}, el("span", { className: "key", textContent: name }),
    el("span", { className: "quiet", textContent: ` ${words}` })), parts.map(([key, each]) => tree(each, key)));
}

export function field(label, input) {
  input.id ||= `f${Math.random().toString(36).slice(2)}`;
  return el("div", { className: "field" }, el("label", { htmlFor: input.id, textContent: label }), input);
}
