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

function refusal(problem) {
  const kind = problem.type?.split(":").at(-1);
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

async function perform(alarm, act, body, button, after) {
  // Not `disabled`: that would take the focus away from whoever works by keyboard.
  if (button?.getAttribute("aria-busy") === "true") return false;
  button?.setAttribute("aria-busy", "true");
  let ok = false;
  try {
    const answer = await post(alarm, act, body);
    ok = answer.ok;
    tell(ok ? say(`act.done.${act}`) : refusal(answer.body), !ok);
  } catch {
    // Whether it arrived is unknown; the list that is fetched next tells the truth.
    tell(say("act.failed"), true);
  } finally {
    button?.removeAttribute("aria-busy");
    await after(alarm, act, ok);
  }
  return ok;
}

function openDialog(act, alarm) {
  const dialog = document.getElementById(`${act}-dialog`);
  const form = dialog.querySelector("form");
  // Choices that depend on the alarm come with it.
  for (const list of form.querySelectorAll("[data-from]")) {
    const choices = document.querySelector(`#detail [data-choices="${list.dataset.from}"]`);
    list.replaceChildren(...[...(choices?.children ?? [])].map((choice) => choice.cloneNode(true)));
  }
  form.reset();
  form.dataset.alarm = alarm;
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
    if (document.getElementById(`${act}-dialog`)) openDialog(act, alarm);
    else perform(alarm, act, {}, button, after);
  });
  for (const dialog of document.querySelectorAll("dialog[data-for]")) {
    const form = dialog.querySelector("form");
    dialog.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const act = dialog.dataset.for;
      const done = await perform(form.dataset.alarm, act, bodyOf(act, form), event.submitter, after);
      if (done) dialog.close();
    });
  }
}
