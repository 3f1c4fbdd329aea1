// Subscribes this browser to pages. The service worker shows them, also when no page of ours is open.

// The address of a worker is as strong as a script: this policy lets ours through and nothing else.
const policy = window.trustedTypes?.createPolicy("hemvakt", {
  createScriptURL: (address) => {
    if (address !== "/static/worker.js") throw new TypeError("not our worker");
    return address;
  },
});

/** Return the subscription of this browser, as the server wants it. Throws when the browser or the server refuses. */
export async function subscribe() {
  const worker = "/static/worker.js";
  const registration = await navigator.serviceWorker.register(policy ? policy.createScriptURL(worker) : worker);
  const answer = await fetch("/api/v1/me/contacts/push/key");
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  const { key } = await answer.json();
  await active(registration);
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const { endpoint, keys } = subscription.toJSON();
  return { endpoint, keys };
}

// `serviceWorker.ready` waits for a worker that controls this page; ours only has to run.
function active(registration) {
  const worker = registration.installing ?? registration.waiting;
  if (registration.active || !worker) return Promise.resolve();
  return new Promise((resolve) => {
    worker.addEventListener("statechange", () => worker.state === "activated" && resolve());
  });
}
