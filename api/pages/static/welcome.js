// Sets a password through a one-time link. Its secret is behind the # of the address, so no server and no log has seen it.

import { say } from "./words.js";

const form = document.getElementById("welcome");
const note = document.getElementById("note");
const secret = location.hash.slice(1);

const REASONS = { "link-spent": "welcome.spent", "weak-password": "welcome.weak" };

function tell(key) {
  note.textContent = say(key);
  note.hidden = false;
  note.scrollIntoView({ block: "nearest" });
}

if (secret) history.replaceState(null, "", location.pathname + location.search);
else tell("welcome.no_link");

for (const link of document.querySelectorAll("[data-keep-fragment]")) {
  link.addEventListener("click", () => (link.hash = secret));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const data = new FormData(form);
  if (data.get("password") !== data.get("again")) {
    tell("welcome.differ");
    return;
  }
  const answer = await fetch("/api/v1/password", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ link: secret || "-", password: data.get("password") }),
  }).catch(() => null);
  if (answer?.ok) location.assign("/sign-in?ready=1");
  else tell(REASONS[(await answer?.json())?.type.split(":").at(-1)] ?? "act.failed");
});
