// Markup from our own server, and how it takes the place of older markup without disturbing who works with it.

// Trusted Types: this policy is the only door for markup, and only answers of our own server go through it.
const policy = window.trustedTypes?.createPolicy("hemvakt", { createHTML: (text) => text });

/** Fetch a piece of the page. Throws on anything but an answer with markup; a session that is over leads to sign-in. */
export async function piece(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(4000) });
  if (answer.status === 401) {
    location.assign("/sign-in?over=1");
    throw new Error("signed out");
  }
  const text = await answer.text();
  if (!answer.ok && answer.status !== 404) throw new Error(`answered ${answer.status}`);
  return new DOMParser().parseFromString(policy ? policy.createHTML(text) : text, "text/html");
}

/** Put the children of `fresh` in place of those of `old`; children with the same id and stamp stay as they are. */
export function settle(old, fresh) {
  const focus = document.activeElement?.id;
  const unfolded = [...old.querySelectorAll("details[open][id]")].map((node) => node.id);
  const kept = new Map([...old.children].filter((child) => child.dataset.stamp).map((child) => [child.id, child]));
  const next = [...fresh.children].map((child) => {
    const same = kept.get(child.id);
    return same && same.dataset.stamp === child.dataset.stamp ? same : document.adoptNode(child);
  });
  // What stays is not taken out and put back: that would end a press that is under way.
  for (const child of [...old.children]) if (!next.includes(child)) child.remove();
  next.forEach((child, place) => {
    if (old.children[place] !== child) old.insertBefore(child, old.children[place] ?? null);
  });
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
  for (const { name, value } of [...fresh.attributes]) old.setAttribute(name, value);
  if (focus && document.activeElement?.id !== focus) refocus(focus, old);
}

// A button that is gone because its work is done hands the focus on to the card that it was in.
function refocus(id, region) {
  const alarm = id.match(/-(\d+)$/)?.[1];
  const heir = document.getElementById(id) ?? (alarm && region.querySelector(`[id$="who-${alarm}"]`));
  if (heir && region.contains(heir)) heir.focus({ preventScroll: true });
}
