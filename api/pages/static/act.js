// What a responder does to an alarm. The page never shows more than what the server has said.

import { serverNow } from "./time.js";
import { say } from "./words.js";

const said = document.getElementById("said");
let quiet = null;

/** Tell the outcome of an action, in sight and aloud. */
export function tell(text, bad = false) {
  said.textContent = text;
  said.toggleAttribute("data-bad", bad);
  clearTimeout(quiet);
  quiet = setTimeout(() => (said.textContent = ""), bad ? 12000 : 5000);
}

const STALE = "stale-version";
// An acceptance is never refused because something else happened at that moment: whoever comes second is told anyway.
const VERSIONED = new Set(["attend", "release", "hand-over", "shelve", "close"]);

function kindOf(problem) {
  return problem.type?.split(":").at(-1);
}

/** Return the version of an alarm as the page shows it, at the moment when a person decides what to do. */
function versionOf(button) {
  return Number(button.closest("[data-version]").dataset.version);
}

function refusal(problem) {
  const kind = kindOf(problem);
  if (kind === STALE) return say("act.stale");
  if (problem.owner) return say("act.taken", { owner: problem.owner });
  return kind === "already-closed" ? say("handling.closed") : say("act.failed");
}

async function post(alarm, act, body) {
  const answer = await fetch(`/api/v1/alarms/${alarm}/${act}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(8000),
  });
  if (answer.status === 401) location.assign("/sign-in?over=1");
  return { ok: answer.ok, body: await answer.json() };
}

/** Do it; return "" when it is done, else the kind of the refusal. */
async function perform(alarm, act, body, button, after) {
  // Not `disabled`: that would take the focus away from whoever works by keyboard.
  if (button?.getAttribute("aria-busy") === "true") return "busy";
  button?.setAttribute("aria-busy", "true");
  let refused = "failed";
  try {
    const answer = await post(alarm, act, body);
    refused = answer.ok ? "" : (kindOf(answer.body) ?? refused);
    tell(answer.ok ? say(`act.done.${act}`) : refusal(answer.body), !answer.ok);
  } catch {
    // Whether it arrived is unknown; the list that is fetched next tells the truth.
    tell(say("act.failed"), true);
  } finally {
    button?.removeAttribute("aria-busy");
    await after(alarm, act, !refused);
  }
  return refused;
}

function openDialog(act, alarm, version) {
  const dialog = document.getElementById(`${act}-dialog`);
  const form = dialog.querySelector("form");
  // Choices that depend on the alarm come with it.
  for (const list of form.querySelectorAll("[data-from]")) {
    const choices = document.querySelector(`#detail [data-choices="${list.dataset.from}"]`);
    list.replaceChildren(...[...(choices?.children ?? [])].map((choice) => choice.cloneNode(true)));
  }
  // What was written before the alarm changed is not written again.
  if (form.dataset.kept !== alarm) form.reset();
  delete form.dataset.kept;
  form.dataset.alarm = alarm;
  form.dataset.version = version;
  dialog.dataset.opener = document.activeElement?.id ?? "";
  dialog.showModal();
}

function bodyOf(act, form) {
  const data = new FormData(form);
  if (act === "close") return { outcome: data.get("outcome"), note: data.get("note") };
  if (act === "note") return { text: data.get("text") };
  if (act === "hand-over") return { to: data.get("to"), reason: data.get("reason") };
  if (act === "shelve") {
    const until = new Date(serverNow() + Number(data.get("minutes")) * 60000);
    return { until: until.toISOString(), reason: data.get("reason") };
  }
  return { reason: data.get("reason") };
}

/** Make every `[data-act]` work. `after(alarm, act, ok)` is called when the server has answered, or has not. */
export function startActing(after) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (!button) return;
    const { act, alarm } = button.dataset;
    if (button.getAttribute("aria-disabled") === "true") return;
    if (document.getElementById(`${act}-dialog`)) openDialog(act, alarm, versionOf(button));
    else perform(alarm, act, VERSIONED.has(act) ? { version: versionOf(button) } : {}, button, after);
  });
  for (const dialog of document.querySelectorAll("dialog[data-for]")) {
    const form = dialog.querySelector("form");
    dialog.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      // News may have drawn anew what it was opened from, and the browser gives the focus back to that node only.
      const { activeElement, body } = document;
      if (activeElement !== body && !dialog.contains(activeElement)) return;
      document.getElementById(dialog.dataset.opener)?.focus({ preventScroll: true });
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const act = dialog.dataset.for;
      const { alarm, version } = form.dataset;
      const body = { ...bodyOf(act, form), ...(VERSIONED.has(act) ? { version: Number(version) } : {}) };
      const refused = await perform(alarm, act, body, event.submitter, after);
      if (refused === STALE) form.dataset.kept = alarm;
      // Whoever acts on what has changed sees first what it is now.
      if (!refused || refused === STALE) dialog.close();
    });
  }
}
