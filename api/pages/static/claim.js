// A technician on site: from the code on a device to where it serves, and to its test press.

import { say } from "./words.js";

const KEPT = "hemvakt.claim";
const said = document.getElementById("said");
const look = document.getElementById("look");
const claim = document.getElementById("claim");
let device = null;

// The code is behind the # of the address, so no server and no log has seen it. It waits here while one signs in.
const scanned = location.hash.slice(1);
if (scanned) {
  history.replaceState(null, "", location.pathname + location.search);
  sessionStorage.setItem(KEPT, scanned);
}

async function ask(path, body) {
  const answer = await fetch(`/api/v1/${path}`, {
    method: body ? "POST" : "GET",
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body && JSON.stringify(body),
  }).catch(() => null);
  const found = await answer?.json().catch(() => null);
  return { ok: Boolean(answer?.ok), found };
}

function tell(text, bad = false) {
  said.textContent = text;
  said.toggleAttribute("data-bad", bad);
}

function refuse(found) {
  tell([say("act.failed"), found?.title, found?.detail].filter(Boolean).join(" "), true);
}

async function show() {
  const { ok, found } = await ask("claims/look", { code: look.code.value });
  if (!ok) return refuse(found);
  device = found.id;
  tell("");
  document.getElementById("device").textContent = `${found.id} · ${found.kind}`;
  claim.home_id.value ||= found.home_id ?? "";
  claim.hidden = false;
  claim.home_id.focus();
}

look?.addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});

claim?.home_id.addEventListener("input", async () => {
  const wanted = claim.home_id.value.trim();
  if (wanted.length < 2) return;
  const { ok, found } = await ask(`homes?q=${encodeURIComponent(wanted)}`);
  if (!ok || claim.home_id.value.trim() !== wanted) return;
  document.getElementById("homes").replaceChildren(
    ...found.items.map((home) => {
      const option = document.createElement("option");
      option.value = home.id;
      option.label = `${home.address}, ${home.area_name}`;
      return option;
    }),
  );
});

claim?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { ok, found } = await ask("claims", {
    code: look.code.value,
    home_id: claim.home_id.value,
    resident_id: claim.resident_id.value || null,
    room: claim.room.value,
  });
  if (!ok) return refuse(found);
  sessionStorage.removeItem(KEPT);
  tell(say("claim.said.claimed", { name: found.id, home: found.home_id }));
  look.hidden = claim.hidden = true;
  document.getElementById("test").hidden = false;
});

document.getElementById("begin")?.addEventListener("click", async (event) => {
  const wanted = { scope: "device", subject: device, minutes: 15, reason: "commissioning" };
  const { ok, found } = await ask("tests", wanted);
  if (!ok) return refuse(found);
  event.target.hidden = true;
  const state = document.getElementById("state");
  state.textContent = say("claim.said.press");
  const looking = setInterval(async () => {
    const answer = await ask("untested-devices?limit=200");
    if (!answer.ok) return;
    const mine = answer.found.items.find((one) => one.device_id === device);
    if (!mine) {
      state.textContent = say("claim.said.in_service");
      clearInterval(looking);
    } else if (mine.state === "tested") state.textContent = say("claim.said.tested");
  }, 2000);
});

if (look && sessionStorage.getItem(KEPT)) {
  look.code.value = sessionStorage.getItem(KEPT);
  show();
}
