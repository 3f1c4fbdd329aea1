// The words of the page's language, given by the server in a block of JSON.

const table = JSON.parse(document.getElementById("words")?.textContent ?? "{}");

/** Return the text of `key` with its {places} filled in. */
export function say(key, places = {}) {
  return (table[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => places[name] ?? whole);
}
