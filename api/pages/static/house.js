// Adoption of devices that speak and that nobody has installed, finding of devices, tests and shelving.

import { startEntering } from "./entering.js";
import { say } from "./words.js";

const said = document.getElementById("said");

for (const form of document.querySelectorAll("[data-adopt]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const data = Object.fromEntries(new FormData(form));
    const answer = await fetch("/api/v1/devices", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...form.dataset, adopt: undefined, ...data, interval_s: Number(data.interval_s) }),
    }).catch(() => null);
    const body = await answer?.json();
    said.toggleAttribute("data-bad", !answer?.ok);
    if (answer?.ok) {
      said.textContent = say("house.adopted", { name: body.id });
      form.closest("details").remove();
    } else {
      said.textContent = [say("act.failed"), body?.title, body?.detail].filter(Boolean).join(" ");
    }
  });
}

for (const button of document.querySelectorAll("[data-find]")) {
  button.addEventListener("click", async () => {
    const name = button.dataset.find;
    button.disabled = true;
    const answer = await fetch(`/api/v1/devices/${encodeURIComponent(name)}/find`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: "{}",
    }).catch(() => null);
    const body = await answer?.json().catch(() => null);
    button.disabled = false;
    said.toggleAttribute("data-bad", !answer?.ok);
    said.textContent = answer?.ok
      ? say("find.said", { name, seconds: body.for_s })
      : [say("act.failed"), body?.title].filter(Boolean).join(" ");
  });
}

for (const button of document.querySelectorAll("[data-test]")) {
  button.addEventListener("click", () => {
    const form = document.querySelector("#test form");
    document.getElementById("test").open = true;
    form.elements.scope.value = "device";
    form.elements.subject.value = button.dataset.test;
    form.elements.minutes.focus();
  });
}
startEntering("pause");
