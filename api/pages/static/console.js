// The night console: one page that stays open all night. Lists and details come from the server as markup; the event
// stream only says when to fetch them again.

import { startActing } from "./act.js";
import { piece, settle } from "./html.js";
import { keepRinging, ringFor, startSound } from "./sound.js";
import { follow } from "./stream.js";
import { learn, tick } from "./time.js";
import { say } from "./words.js";

const root = document.documentElement;
const list = document.getElementById("alarms");
const side = document.getElementById("side");
const detail = document.getElementById("detail");
const shell = document.getElementById("console");
const live = document.getElementById("live");
const lost = document.getElementById("lost");

// Alarm -> how often it has happened, as far as this page has told of it.
let known = null;

/** Run `work` once at a time; a wish that comes meanwhile is granted afterwards, and a failure is tried again. */
function single(work) {
  let running = null;
  let wished = false;
  return function wish() {
    wished = true;
    running ??= (async () => {
      while (wished) {
        wished = false;
        try {
          await work();
        } catch {
          wished = true;
          await new Promise((resolve) => setTimeout(resolve, 1000));
        }
      }
      running = null;
    })();
    return running;
  };
}

const cards = () => [...list.querySelectorAll("[data-alarm]")].filter((node) => node.matches(".card"));

function ringForNews() {
  const now = new Map(cards().map((card) => [card.dataset.alarm, Number(card.dataset.occurrences)]));
  if (known) {
    const news = cards().filter((card) => Number(card.dataset.occurrences) > (known.get(card.dataset.alarm) ?? 0));
    ringFor(news.map((card) => card.dataset.class));
    for (const card of news) {
      const key = known.has(card.dataset.alarm) ? "live.again" : "live.new";
      live.append(Object.assign(document.createElement("p"), { textContent: say(key, { what: card.dataset.spoken }) }));
      card.classList.add("fresh");
    }
    while (live.children.length > 5) live.firstChild.remove();
  }
  known = now;
  keepRinging(cards().some((card) => card.dataset.rings === "yes"));
  const open = cards().filter((card) => card.dataset.handling === "open").length;
  document.title = `${open ? `(${open}) ` : ""}${say("app.name")}`;
}

// A new alarm may slip under a finger that is on its way to another. Whoever has read it needs longer than this.
const SETTLE_MS = 700;
let first = list.querySelector(".card.first")?.id;

function guardFirst() {
  const card = list.querySelector(".card.first");
  const button = card?.querySelector("[data-act]");
  if (button && first && card.id !== first) {
    button.setAttribute("aria-disabled", "true");
    setTimeout(() => button.removeAttribute("aria-disabled"), SETTLE_MS);
  }
  first = card?.id;
}

function markCurrent() {
  for (const card of cards()) {
    const current = shell.dataset.view === "detail" && card.dataset.alarm === detail.dataset.alarm;
    card.toggleAttribute("aria-current", current);
    if (current) card.setAttribute("aria-current", "true");
  }
}

const refreshList = single(async () => {
  const page = await piece("/fragments/alarms");
  learn(page.getElementById("alarms").dataset.now);
  settle(list, page.getElementById("alarms"));
  settle(side, page.getElementById("side"));
  document.getElementById("open-count").textContent = list.dataset.count;
  guardFirst();
  markCurrent();
  ringForNews();
  tick();
  root.dataset.fresh = String(Date.now());
});

const refreshDetail = single(async () => {
  const alarm = detail.dataset.alarm;
  if (!alarm) return;
  const page = await piece(`/fragments/alarms/${alarm}`);
  if (detail.dataset.alarm !== alarm) return;
  settle(detail, page.getElementById("detail"));
  tick();
});

function refresh() {
  return Promise.all([refreshList(), refreshDetail()]);
}

async function show(address, { push }) {
  const alarm = address.match(/^\/alarms\/(\d+)$/)?.[1] ?? "";
  detail.dataset.alarm = alarm;
  if (alarm) await refreshDetail();
  else detail.replaceChildren();
  if (push) history.pushState(null, "", address);
  shell.dataset.view = alarm ? "detail" : "list";
  markCurrent();
  scrollTo(0, 0);
  (alarm ? detail.querySelector("h1") : document.getElementById("list-title"))?.focus({ preventScroll: true });
}

// Moving between the alarms keeps the page, for a new page would have to be allowed its sound again.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-soft]");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  show(new URL(link.href).pathname, { push: true });
});
addEventListener("popstate", () => show(location.pathname, { push: false }));

startSound();
startActing(async (alarm, act, ok) => {
  await refresh();
  if (ok && act === "accept" && detail.dataset.alarm !== alarm) await show(`/alarms/${alarm}`, { push: true });
  if (ok && act === "close") await show("/", { push: true });
});

follow({
  heard: (event) => event.type === "ping" && learn(JSON.parse(event.data).at),
  hello: refresh,
  event: (news) => {
    refreshList();
    if (String(news.alarm_id) === detail.dataset.alarm) refreshDetail();
  },
  lost: () => {
    lost.hidden = false;
    root.dataset.link = "lost";
  },
  back: async () => {
    await refresh();
    lost.hidden = true;
    root.dataset.link = "live";
  },
  refused: refreshList,
  signedOut: () => location.assign("/sign-in?over=1"),
});

learn(list.dataset.now);
ringForNews();
tick();
setInterval(tick, 1000);
root.dataset.link = "live";
