// The sound of an alarm, made by the browser itself. Browsers allow it only after a first tap or key.

const KEY = "hemvakt.sound";
const EVERY_MS = 4000;

// Hertz, start and length in seconds. Danger to life alternates and ends long; the others are calmer, so that tired
// people can tell them apart without looking.
const TONES = {
  life_safety: [[932, 0, 0.16], [699, 0.2, 0.16], [932, 0.4, 0.16], [699, 0.6, 0.16], [932, 0.8, 0.42]],
  care: [[523, 0, 0.2], [659, 0.26, 0.34]],
  technical: [[440, 0, 0.18]],
};
const VIBRATION = { life_safety: [300, 100, 300, 100, 600], care: [250], technical: [] };
const GRAVITY = ["technical", "care", "life_safety"];

const root = document.documentElement;
const strip = document.getElementById("sound-strip");
const toggle = document.getElementById("sound-toggle");

let context = null;
let wanted = read() !== "off";
let repeating = null;
let rings = 0;
let rungAt = -Infinity;

function read() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // Storage is forbidden: the choice then lasts as long as the page.
  }
}

function keep(value) {
  try {
    localStorage.setItem(KEY, value);
  } catch {
    /* As above. */
  }
}

const audible = () => wanted && context?.state === "running";

function show() {
  root.dataset.sound = audible() ? "on" : "off";
  strip.hidden = audible();
  toggle.setAttribute("aria-pressed", String(audible()));
}

function wake() {
  context ??= new AudioContext();
  context.onstatechange = show;
  // A browser that does not allow it yet leaves this promise open until it does.
  if (context.state !== "running") context.resume().catch(() => {});
  show();
}

function beep(hertz, start, length) {
  const begin = context.currentTime + start;
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.type = "triangle";
  tone.frequency.value = hertz;
  volume.gain.setValueAtTime(0, begin);
  volume.gain.linearRampToValueAtTime(0.5, begin + 0.015);
  volume.gain.setValueAtTime(0.5, begin + length - 0.03);
  volume.gain.linearRampToValueAtTime(0, begin + length);
  tone.connect(volume).connect(context.destination);
  tone.start(begin);
  tone.stop(begin + length + 0.02);
}

/** Ring once for an alarm of this class. */
export function ring(alarmClass) {
  rings += 1;
  rungAt = performance.now();
  root.dataset.rings = String(rings);
  root.dataset.lastRing = alarmClass;
  if (!audible()) return;
  for (const [hertz, start, length] of TONES[alarmClass] ?? TONES.life_safety) beep(hertz, start, length);
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(VIBRATION[alarmClass] ?? VIBRATION.life_safety);
}

/** Ring for the gravest of these classes. */
export function ringFor(classes) {
  const gravest = GRAVITY.findLast((one) => classes.includes(one));
  if (gravest) ring(gravest);
}

/** Ring again and again for as long as somebody waits for an answer. */
export function keepRinging(needed) {
  root.dataset.ringing = needed ? "yes" : "no";
  if (needed && repeating === null) {
    if (performance.now() - rungAt > 1000) ring("life_safety");
    repeating = setInterval(() => ring("life_safety"), EVERY_MS);
  }
  if (!needed && repeating !== null) {
    clearInterval(repeating);
    repeating = null;
  }
}

export function startSound() {
  const choose = (on) => {
    wanted = on;
    keep(on ? "on" : "off");
    if (on) wake();
    else show();
  };
  document.getElementById("sound-on").addEventListener("click", () => choose(true));
  toggle.addEventListener("click", () => choose(!audible()));
  // The first tap anywhere is enough for whoever wanted sound the last time.
  for (const kind of ["pointerdown", "keydown"]) {
    addEventListener(kind, (event) => {
      if (wanted && !toggle.contains(event.target)) wake();
    });
  }
  if (wanted) wake();
  else show();
}
