// Forms and buttons that become requests, and the reason in the language of the page when one is refused.

import { say } from "./words.js";

const said = document.getElementById("said");
const zone = document.querySelector("main").dataset.zone;

function moment(text) {
  const options = { dateStyle: "short", timeStyle: "short", timeZone: zone };
  return new Intl.DateTimeFormat(document.documentElement.lang, options).format(new Date(text));
}

function known(key, places) {
  const text = say(key, places);
  return text === key ? "" : text;
}

/** Return the sentences about a refusal whose words begin with `prefix`; what the page has no words for is left out. */
function reasons(problem, prefix) {
  const kind = problem?.type?.split(":").at(-1);
  const places = (problem?.unreachable ?? []).map((one) =>
    known(`${prefix}.why.nobody`, {
      areas: one.areas.join(", "),
      team: one.team,
      from: moment(one.from),
      until: moment(one.until),
    }),
  );
  const why = problem?.why ? known(`${prefix}.why.${problem.why.code}`, problem.why) : "";
  return [known(`${prefix}.refused.${kind}`) || say("act.failed"), why, ...places].filter(Boolean).join(" ");
}

/** Send a request once; return what came back where it was done, and say why where it was not. */
export async function ask(address, method, body, button, prefix) {
  if (button.getAttribute("aria-busy") === "true") return null;
  button.setAttribute("aria-busy", "true");
  const answer = await fetch(address, {
    method,
    headers: { "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(15000),
  }).catch(() => null);
  button.removeAttribute("aria-busy");
  if (answer?.status === 401) location.assign("/sign-in?over=1");
  else if (answer?.ok) return answer;
  else {
    said.toggleAttribute("data-bad", true);
    said.textContent = reasons(await answer?.json().catch(() => null), prefix);
  }
  return null;
}

// What is shown is what the server has: the page is fetched again.
async function askAndShow(...request) {
  if (await ask(...request)) location.reload();
}

/** Return {one: {from: ...}} for fields that are called one.from; a field that is left empty is left out. */
function bodyOf(form) {
  const body = {};
  for (const [name, value] of new FormData(form)) {
    if (value === "") continue;
    const steps = name.split(".");
    const last = steps.pop();
    let inner = body;
    for (const step of steps) inner = inner[step] ??= {};
    // A wall time without an offset: the server knows the zone of the team.
    inner[last] = value;
  }
  return body;
}

/** Make every form with `data-entry` and every button with `data-ask` ("DELETE /address") work. */
export function startEntering(prefix) {
  for (const form of document.querySelectorAll("[data-entry]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      askAndShow(form.dataset.entry, "POST", bodyOf(form), form.querySelector("button"), prefix);
    });
  }
  for (const button of document.querySelectorAll("[data-ask]")) {
    const [method, address] = button.dataset.ask.split(" ");
    button.addEventListener("click", () => askAndShow(address, method, null, button, prefix));
  }
}
