// Questions to the service, and its refusals in words.

export const ROOT = "/api/v1";
const LONGEST = 420; // characters of a refusal: some list every column

export class ServiceError extends Error {
  /** @param {{status: number, title?: string, detail?: string, given?: unknown, allowed?: unknown, remedy?: string}} problem */
  constructor(problem) {
    super(problem.detail || problem.title || `The service answered with status ${problem.status}.`);
    this.name = "ServiceError";
    this.problem = problem;
    this.status = problem.status;
  }
}

/** Address of a question; empty parameters are left out, lists repeat their name. */
export function address(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "") query.append(name, String(one));
    }
  }
  const text = query.toString();
  return ROOT + path + (text ? `?${text}` : "");
}

export const runPath = (run, question) => `/runs/${encodeURIComponent(run)}/${question}`;

async function answer(url, options) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ServiceError({ status: 0, title: "The service does not answer", detail: "Is `ssbscreen serve` still running? Start it again and reload this page." });
  }
  if (response.ok) return response;
  throw new ServiceError(await problemOf(response));
}

async function problemOf(response) {
  if (response.status === 401) {
    return { status: 401, title: "A token is needed", detail: "This service was started with a token. Sign in at /login with the token that `ssbscreen serve` was given." };
  }
  try {
    return { ...(await response.json()), status: response.status };
  } catch {
    return { status: response.status, title: `The service answered with status ${response.status}` };
  }
}

/** JSON answer to a question. */
export async function ask(path, parameters, options = {}) {
  return (await answer(address(path, parameters), options)).json();
}

/** JSON answer to a question with a body. */
export async function send(path, body, options = {}) {
  const headers = { "Content-Type": "application/json" };
  return (await answer(ROOT + path, { method: "POST", headers, body: JSON.stringify(body), ...options })).json();
}

/** Text of an answer, such as a structure file. */
export async function askText(path, parameters, options = {}) {
  return (await answer(address(path, parameters), options)).text();
}

/** Text of an answer to a question with a body. */
export async function sendText(path, parameters, body) {
  const headers = { "Content-Type": "application/json" };
  return (await answer(address(path, parameters), { method: "POST", headers, body: JSON.stringify(body) })).text();
}

/** Bytes of an answer. */
export async function askBytes(path, parameters, options = {}) {
  return (await answer(address(path, parameters), options)).arrayBuffer();
}

/** A refusal as sentences: what is wrong, what is allowed, what to do. */
export function inWords(error) {
  const { title, detail, allowed, remedy: todo } = error.problem || {};
  const sentences = [detail || title || error.message];
  if (allowed && !/allowed/i.test(sentences[0])) sentences.push(`Allowed: ${Array.isArray(allowed) ? allowed.join(", ") : allowed}.`);
  if (todo && !sentences[0].includes(todo)) sentences.push(`${todo[0].toUpperCase()}${todo.slice(1)}.`);
  const text = sentences.join(" ");
  return text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text;
}
