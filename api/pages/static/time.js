// Ages and deadlines that tick. The server's clock counts: a phone's own may be wrong.

import { say } from "./words.js";

let ahead = 0;

/** Learn the server's time from markup or an event. */
export function learn(now) {
  if (now) ahead = Date.parse(now) - Date.now();
}

/** Return the server's time in milliseconds. */
export function serverNow() {
  return Date.now() + ahead;
}

function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return say("time.seconds", { n: whole });
  if (whole < 3600) return say("time.minutes", { n: Math.floor(whole / 60) });
  if (whole < 172800) return say("time.hours", { h: Math.floor(whole / 3600), n: Math.floor((whole % 3600) / 60) });
  return say("time.days", { n: Math.floor(whole / 86400) });
}

/** Write the age of every `time[data-since]` and what is left of every `time[data-until]`. */
export function tick() {
  const now = serverNow();
  for (const node of document.querySelectorAll("time[data-since], time[data-until]")) {
    const at = Date.parse(node.dateTime);
    const text =
      "since" in node.dataset
        ? span((now - at) / 1000)
        : say("time.left", { time: span((at - now) / 1000) });
    if (node.textContent !== text) node.textContent = text;
  }
}
