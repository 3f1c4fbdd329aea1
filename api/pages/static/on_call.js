// Changes of duty, and passwords of calendar programs.

import { ask, startEntering } from "./entering.js";

startEntering("duty");

const form = document.getElementById("feed-form");
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { name: new FormData(form).get("name") };
  const answer = await ask("/api/v1/me/calendar-feeds", "POST", body, form.querySelector("button"), "duty");
  if (!answer) return;
  const made = await answer.json();
  const panel = document.getElementById("feed-made");
  for (const place of panel.querySelectorAll("[data-made]")) place.textContent = made[place.dataset.made];
  panel.hidden = false;
  // The page is not fetched again: the password would be gone.
  form.closest("details").remove();
});
