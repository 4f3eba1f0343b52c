// Calls: JSON-RPC to where the page came from, each judged by the server for itself.

let number = 0;

export class Fault extends Error {
  constructor(code, text, callId) {
    super(text);
    this.code = code;
    this.callId = callId;
  }
}

/** The value of a call. `key` lets the server know a repetition of it by. */
export async function call(method, params = [], key = "") {
  const headers = { "Content-Type": "application/json" };
  if (key) headers["Idempotency-Key"] = key;
  number += 1;
  const response = await fetch("/jsonrpc", {
    method: "POST",
    headers,
    body: JSON.stringify({ jsonrpc: "2.0", id: number, method, params }),
    credentials: "same-origin",
    cache: "no-store",
    redirect: "error",
  });
  const callId = response.headers.get("X-Call-ID") || "";
  const text = await response.text();
  if (!response.ok) throw new Fault(response.status, text.trim(), callId);
  const answer = JSON.parse(text);
  if (answer.error) throw new Fault(answer.error.code, answer.error.message, callId);
  return answer.result;
}

/** The values of calls without parameters, by method; of one that fails its `Fault`. */
export async function ask(...methods) {
  const outcomes = await Promise.allSettled(methods.map((each) => call(each)));
  return Object.fromEntries(outcomes.map((each, place) =>
    [methods[place], each.status === "fulfilled" ? each.value : each.reason]));
}

/** The same call for a shell. */
export function shellLine(method, params = []) {
  const quote = (value) => {
    const text = typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
    return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
  };
  return ["serctl", method, ...params.map(quote)].join(" ");
}
