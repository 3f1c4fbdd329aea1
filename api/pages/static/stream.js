// The event stream, watched: silence means that the connection is lost, whatever the browser believes.

const ADDRESS = "/api/v1/events";
// The server speaks every 2 s. Two missed and a little is 4.4 s, and the page must say so within 5 s.
const SILENCE_MS = 4400;
const RETRY_MS = 2500;

/** Follow the stream for as long as the page lives. `on` has hello, event, heard, lost, back, refused, signedOut. */
export function follow(on) {
  let source = null;
  let position = null;
  let heardAt = performance.now();
  let openedAt = 0;
  let lost = false;

  function heard(event) {
    heardAt = performance.now();
    if (event.lastEventId) position = event.lastEventId;
    on.heard(event);
    if (!lost) return;
    lost = false;
    on.back();
  }

  function open() {
    source?.close();
    openedAt = performance.now();
    source = new EventSource(position === null ? ADDRESS : `${ADDRESS}?after=${position}`);
    source.addEventListener("hello", (event) => {
      heard(event);
      on.hello();
    });
    source.addEventListener("ping", heard);
    source.addEventListener("alarm", (event) => {
      heard(event);
      on.event(JSON.parse(event.data));
    });
    // Refused for good: perhaps the session ended while the line was down. Asking for the list finds that out.
    source.addEventListener("error", () => source.readyState === EventSource.CLOSED && on.refused());
    source.addEventListener("signed_out", () => {
      source.close();
      on.signedOut();
    });
  }

  function watch() {
    const now = performance.now();
    if (now - heardAt < SILENCE_MS) return;
    if (!lost) {
      lost = true;
      on.lost();
    }
    // A connection that a network has swallowed stays "open" for minutes: it is given up here.
    if (now - openedAt > RETRY_MS) open();
  }

  open();
  setInterval(watch, 300);
  document.addEventListener("visibilitychange", watch);
  addEventListener("online", () => {
    heardAt = Math.min(heardAt, performance.now() - SILENCE_MS);
    openedAt = 0;
    watch();
  });
}
