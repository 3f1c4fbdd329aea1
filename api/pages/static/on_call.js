// Changes of duty: forms that become requests, and the reason when one is refused.

import { say } from "./words.js";

const said = document.getElementById("said");

function tell(problem) {
  const kind = `duty.refused.${problem?.type?.split(":").at(-1)}`;
  const known = say(kind);
  said.toggleAttribute("data-bad", true);
  said.textContent = [known === kind ? say("act.failed") : known, problem?.detail].filter(Boolean).join(" ");
}

async function ask(address, method, body, button) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  const answer = await fetch(address, {
    method,
    headers: { "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(15000),
  }).catch(() => null);
  button.removeAttribute("aria-busy");
  if (answer?.status === 401) location.assign("/sign-in?over=1");
  // What is shown is what the server has: the page is fetched again.
  else if (answer?.ok) location.reload();
  else tell(await answer?.json().catch(() => null));
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

for (const form of document.querySelectorAll("[data-entry]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(form.dataset.entry, "POST", bodyOf(form), form.querySelector("button"));
  });
}
for (const button of document.querySelectorAll("[data-cancel]")) {
  button.addEventListener("click", () => ask(`/api/v1/on-call/entries/${button.dataset.cancel}`, "DELETE", null, button));
}
