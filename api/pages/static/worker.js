// Shows pages that arrive by web push. A page says class, area and number of an alarm, and where to open it.

self.addEventListener("push", (event) => {
  let message = {};
  try {
    message = event.data?.json() ?? {};
  } catch {
    // A push must be shown, whatever is in it.
  }
  event.waitUntil(
    self.registration.showNotification(message.title ?? "Hemvakt", {
      tag: message.tag,
      renotify: Boolean(message.tag),
      requireInteraction: true,
      vibrate: [400, 200, 400, 200, 400],
      icon: "/static/icon.svg",
      data: { link: message.link ?? "/" },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const link = new URL(event.notification.data.link, self.location.origin);
  // Only our own pages: what a message says is opened with the rights of who is signed in.
  event.waitUntil(self.clients.openWindow(link.origin === self.location.origin ? link.href : "/"));
});
