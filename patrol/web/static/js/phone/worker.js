// Keeps the officer's page on the phone, so that it opens without a line. Served at the root with the
// whole site as its scope: the map's own worker is fetched under /static, and only a service worker
// whose scope holds that address can answer for it. Other pages pass through; none is kept.
// Nothing of /api is ever kept here; the route and the outbox are the page's own business.

const PAGE = "patrol-phone-page";
const PARTS = "patrol-phone-parts";
const TILES = "patrol-phone-tiles";
const TILES_KEPT = 600;
const PATIENCE_MS = 4_000;

const worker = /** @type {import("../types").WorkerScope} */ (/** @type {unknown} */ (self));

worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== worker.location.origin || request.method !== "GET") return;
  if (request.mode === "navigate" && url.pathname === "/phone") event.respondWith(page(request));
  else if (url.pathname.startsWith("/static/")) event.respondWith(part(request, PARTS));
  else if (url.pathname.startsWith("/tiles/")) event.respondWith(part(request, TILES));
});

/** The page from the server, or the kept one where there is no line. Once the server sends somewhere
 * else (to the sign-in), what was kept is dropped: it names who was signed in.
 * @param {Request} request */
async function page(request) {
  const kept = await caches.open(PAGE);
  try {
    const answer = await withPatience(fetch(request));
    if (answer.ok && !answer.redirected) await kept.put("/phone", answer.clone());
    else if (answer.status < 500) await caches.delete(PAGE);
    return answer;
  } catch {
    return (await kept.match("/phone")) ?? Response.error();
  }
}

/** @param {Request} request @param {string} name */
async function part(request, name) {
  const kept = await caches.open(name);
  try {
    const answer = await fetch(request);
    if (answer.ok) {
      await kept.put(request, answer.clone());
      if (name === TILES) await trim(kept);
    }
    return answer;
  } catch {
    return (await kept.match(request)) ?? Response.error();
  }
}

/** @param {Cache} kept */
async function trim(kept) {
  const keys = await kept.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - TILES_KEPT)).map((key) => kept.delete(key)));
}

/** @param {Promise<Response>} answer @returns {Promise<Response>} */
function withPatience(answer) {
  return Promise.race([answer, new Promise((_, refuse) => { setTimeout(refuse, PATIENCE_MS, new Error("slow")); })]);
}
