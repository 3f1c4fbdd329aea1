// Proof that a contact works: a code is sent to it and typed in here. And this browser as a contact of its own.

import { subscribe } from "./push.js";
import { say } from "./words.js";

const said = document.getElementById("said");

function tell(key, bad = false) {
  said.textContent = say(key);
  said.toggleAttribute("data-bad", bad);
}

async function post(path, body) {
  const answer = await fetch(`/api/v1/me/contacts/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body ?? {}),
    signal: AbortSignal.timeout(20000),
  });
  if (answer.status === 401) location.assign("/sign-in?over=1");
  return { status: answer.status, body: await answer.json() };
}

async function sendCode(panel) {
  const answer = await post(`${panel.dataset.contact}/code`).catch(() => null);
  if (answer?.status !== 202) return tell(answer?.status === 429 ? "contacts.said.soon" : "contacts.said.unsent", true);
  tell("contacts.said.sent");
  const form = panel.querySelector("form");
  form.hidden = false;
  form.querySelector("input").focus();
}

for (const panel of document.querySelectorAll("[data-contact]")) {
  panel.querySelector("[data-send]")?.addEventListener("click", () => sendCode(panel));
  panel.querySelector("form")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const code = new FormData(event.target).get("code");
    const answer = await post(`${panel.dataset.contact}/verify`, { code }).catch(() => null);
    if (answer?.body.outcome === "verified") location.reload();
    else tell(answer?.body.outcome ? `contacts.said.${answer.body.outcome}` : "act.failed", true);
  });
}

const on = document.getElementById("push-on");
if (on && !("PushManager" in window && "serviceWorker" in navigator)) {
  on.disabled = true;
  tell("push.said.unsupported", true);
}
on?.addEventListener("click", async () => {
  try {
    if ((await Notification.requestPermission()) !== "granted") return tell("push.said.denied", true);
    const answer = await post("push", await subscribe());
    if (answer.status === 201) location.reload();
    else tell("act.failed", true);
  } catch {
    tell("act.failed", true);
  }
});
