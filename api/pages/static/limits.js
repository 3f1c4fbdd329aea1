// A new version of what is set for a resident. The server checks it as the engine will read it.

import { say } from "./words.js";

const said = document.getElementById("said");

/** What a field holds: a dash switches a limit off, and a decimal comma is a point. */
function read(field) {
  const text = field.value.trim();
  if (text === "-" || text === "–") return null;
  if (field.dataset.type === "boolean") return text === "true";
  const number = Number(text.replace(",", "."));
  return ["number", "integer"].includes(field.dataset.type) && Number.isFinite(number) ? number : text;
}

function refusal(status, body) {
  if (status === 409) return say("limits.changed");
  const faults = (body?.errors ?? []).map((one) => `${one.field}: ${one.reason}`);
  return [say("act.failed"), ...faults].join(" ");
}

for (const form of document.querySelectorAll("[data-limits]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const settings = JSON.parse(form.dataset.kept);
    for (const field of form.querySelectorAll("[data-type]")) {
      if (field.value.trim() !== "") settings[field.name] = read(field);
    }
    const { rule, subject, replaces } = form.dataset;
    const data = new FormData(form);
    const answer = await fetch("/api/v1/settings", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        rule,
        subject,
        scope: "resident",
        settings,
        reason: data.get("reason"),
        review_on: data.get("review_on") || null,
        replaces: Number(replaces),
      }),
    }).catch(() => null);
    const body = await answer?.json();
    said.toggleAttribute("data-bad", !answer?.ok);
    if (answer?.ok) {
      said.textContent = say("limits.saved", { version: body.version });
      setTimeout(() => location.reload(), 1200);
    } else {
      said.textContent = refusal(answer?.status, body);
    }
  });
}
