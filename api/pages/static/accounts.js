// Accounts: create, disable, change a role, make a one-time link. The page shows only what the server has said.

import { say } from "./words.js";

const said = document.getElementById("said");
const once = document.getElementById("once");

async function ask(method, path, body) {
  const answer = await fetch(`/api/v1/accounts${path}`, {
    method,
    headers: { "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  }).catch(() => null);
  if (answer?.status === 401) location.assign("/sign-in?over=1");
  const found = await answer?.json();
  said.toggleAttribute("data-bad", !answer?.ok);
  said.textContent = answer?.ok
    ? say("accounts.done")
    : [say("act.failed"), found?.title, found?.detail].filter(Boolean).join(" ");
  return answer?.ok ? found : null;
}

/** Show a link that the server will never show again; it stays until the page is left. */
function showLink(link) {
  document.getElementById("once-link").textContent = link.url;
  once.hidden = false;
  document.getElementById("once-title").focus();
}

document.getElementById("create").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const given = Object.entries(Object.fromEntries(new FormData(form))).filter(([, value]) => value !== "");
  const made = await ask("POST", "", Object.fromEntries(given));
  if (!made) return;
  form.reset();
  showLink(made.link);
});

for (const row of document.querySelectorAll("[data-account]")) {
  const path = `/${row.dataset.account}`;
  row.querySelector("[data-link]")?.addEventListener("click", async () => {
    const link = await ask("POST", `${path}/link`);
    if (link) showLink(link);
  });
  row.querySelector("[data-active]")?.addEventListener("click", async (event) => {
    if (await ask("PATCH", path, { active: event.target.dataset.active === "true" })) location.reload();
  });
  row.querySelector("[data-role]").addEventListener("change", async (event) => {
    if (!(await ask("PATCH", path, { role: event.target.value }))) {
      event.target.value = event.target.querySelector("[selected]").value;
    }
  });
}
