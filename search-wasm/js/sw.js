/**
 * Service worker: keeps whole releases of the site for use without a network.
 *
 * It is registered only when a reader asks to keep the site, and answers only from a release that
 * is complete. Until then, and for whatever is in no release, every request goes to the network
 * as if this worker were not there.
 *
 * - A file is kept under its SHA-256, so releases share what they have in common.
 * - A release is a list of path → digest, written after its last file; `current` names the newest.
 * - A document belongs to the release that was current when it was opened, and all it asks for
 *   later comes from that one: nobody sees halves of two releases.
 * - A release goes when it is not current and no open document belongs to it.
 *
 * Messages (each with a port for the answer): `state`, `check`, `step`, `remove`. A step saves for
 * a few seconds and says how far it got, so that no browser ends the worker in mid-work and an
 * interrupted save goes on where it stopped.
 */

const SCOPE = new URL(self.registration.scope);
/** The number changes when what is stored changes its shape. */
const OBJECTS = `woodblock-objects-1 ${SCOPE.pathname}`;
const STATE = `woodblock-state-1 ${SCOPE.pathname}`;

const STEP_MS = 5_000;
const AT_ONCE = 6;
const FETCH_MS = 120_000;
/** Between two looks for a new release. */
const CHECK_MS = 60_000;
/** An opened document is not yet among the clients; its note is kept at least this long. */
const OPENING_MS = 60_000;
const MAX_FILES = 200_000;
const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;
const MAX_FILE_BYTES = 256 * 1024 * 1024;
/** The slowest line that a large file is waited for. */
const BYTES_PER_MS = 10;
/** Headers of a page that hold wherever its bytes come from. */
const KEPT_HEADERS = [
  'content-type', 'content-language', 'content-security-policy', 'permissions-policy',
  'referrer-policy', 'x-content-type-options',
];

/** What stopped a save, with the file it is about. */
class Stop extends Error {
  constructor(code, path = '', detail = '') {
    super(`${code} ${path} ${detail}`);
    Object.assign(this, { code, path, detail });
  }
}

// --- what is stored -------------------------------------------------------------------------

const address = (name) => new URL(`woodblock/.kept/${name}`, SCOPE).href;

async function readState(name) {
  const found = await (await caches.open(STATE)).match(address(name));
  return found ? found.json() : null;
}

async function writeState(name, value) {
  await (await caches.open(STATE)).put(address(name), Response.json(value));
}

async function forgetState(name) {
  await (await caches.open(STATE)).delete(address(name));
}

async function stateNames(prefix) {
  const start = address(prefix);
  const keys = await (await caches.open(STATE)).keys();
  return keys.filter(({ url }) => url.startsWith(start)).map(({ url }) => prefix + url.slice(start.length));
}

/** Same bytes and same suffix: same type. @returns the address a file is kept under */
function objectAddress({ path, sha256 }) {
  const suffix = /\.([0-9A-Za-z]{1,12})$/.exec(path)?.[1].toLowerCase() ?? 'bin';
  return address(`object/${sha256}.${suffix}`);
}

/** Releases in memory: id → { record, files: Map of path → file }. */
const loaded = new Map();
/** Id of the newest complete release; null: none; undefined: not looked up yet. */
let current;

async function currentId() {
  if (current === undefined) current = (await readState('current'))?.release ?? null;
  return current;
}

async function release(id) {
  if (!id) return null;
  if (!loaded.has(id)) {
    const record = await readState(`release/${id}`);
    if (!record) return null;
    loaded.set(id, { record, files: new Map(record.files.map((file) => [file.path, file])) });
  }
  return loaded.get(id);
}

// --- answering pages ------------------------------------------------------------------------

self.addEventListener('install', () => {});
// The first worker takes the open pages over; a later one waits until no page uses the old one.
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const ours = url.origin === SCOPE.origin && url.pathname.startsWith(SCOPE.pathname);
  if (!ours || request.method !== 'GET' || current === null) return;
  event.respondWith(answer(event, url));
});

async function answer(event, url) {
  const navigates = event.request.mode === 'navigate';
  const kept = await belongsTo(event, navigates).then(release).catch(() => null);
  if (!kept) return fetch(event.request);
  if (navigates) event.waitUntil(update());
  const path = pathOf(url);
  const file = kept.files.get(path === '' || path?.endsWith('/') ? `${path}index.html` : path);
  const stored = file && (await object(file));
  if (stored) return event.request.headers.has('range') ? stretch(stored, event.request.headers.get('range')) : stored;
  if (navigates && kept.files.has(`${path}/index.html`)) {
    return Response.redirect(`${url.origin}${url.pathname}/${url.search}`, 302);
  }
  return fetch(event.request).catch((error) => {
    if (navigates) return notFound(kept, path ?? '', error);
    throw error;
  });
}

/** The bytes of a kept file that a range asks for; the whole of it where the range is of another form. */
async function stretch(stored, range) {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
  if (first === undefined) return stored;
  const file = await stored.blob();
  const end = last ? Math.min(Number(last) + 1, file.size) : file.size;
  if (Number(first) >= end) return new Response(null, { status: 416, headers: { 'content-range': `bytes */${file.size}` } });
  const headers = new Headers(stored.headers);
  headers.set('content-range', `bytes ${first}-${end - 1}/${file.size}`);
  return new Response(file.slice(Number(first), end), { status: 206, headers });
}

/** Path below the scope as the manifest writes it; null when it cannot be one. */
function pathOf(url) {
  try {
    return decodeURIComponent(url.pathname.slice(SCOPE.pathname.length));
  } catch {
    return null;
  }
}

async function object(file) {
  const cache = await caches.open(OBJECTS);
  return cache.match(objectAddress(file)).catch(() => undefined);
}

/** Without a network, an address that the release does not have. */
async function notFound(kept, path, error) {
  const inLanguage = `${path.split('/')[0]}/404.html`;
  const file = kept.files.get(inLanguage) ?? kept.files.get('404.html');
  const page = file && (await object(file));
  if (!page) throw error;
  return new Response(page.body, { status: 404, headers: page.headers });
}

/** Release of each document; the same notes are stored, as the browser ends this worker at will. */
const opened = new Map();

/** The release of the document that asks; a new document gets the current one and keeps it. */
async function belongsTo(event, navigates) {
  if (navigates) {
    const id = await currentId();
    if (id && event.resultingClientId) {
      opened.set(event.resultingClientId, id);
      event.waitUntil(writeState(`client/${event.resultingClientId}`, { release: id, opened: Date.now() }));
    }
    return id;
  }
  const noted = opened.get(event.clientId) ?? (await readState(`client/${event.clientId}`))?.release;
  return noted ?? currentId();
}

// --- saving ---------------------------------------------------------------------------------

/** Release that is being saved: { manifest, at }. */
let wanted = null;
/** Addresses of kept files; null: not listed yet. */
let present = null;
/** One save at a time, whoever asks. */
let saving = Promise.resolve();

function exclusively(work) {
  const result = saving.then(work);
  saving = result.catch(() => {});
  return result;
}

async function listPresent() {
  present ??= new Set((await (await caches.open(OBJECTS)).keys()).map(({ url }) => url));
  return present;
}

/** Files of a manifest by the address they are kept under, each once. */
function objectsOf({ files }) {
  const byAddress = new Map();
  for (const file of files) byAddress.set(objectAddress(file), file);
  return byAddress;
}

async function progressOf(manifest) {
  const have = await listPresent();
  const progress = { release: manifest.release, files: 0, bytes: 0, keptFiles: 0, keptBytes: 0 };
  for (const [at, { len }] of objectsOf(manifest)) {
    progress.files += 1;
    progress.bytes += len;
    if (have.has(at)) {
      progress.keptFiles += 1;
      progress.keptBytes += len;
    }
  }
  return progress;
}

/** Saves for a while. @returns how far it is; `complete` when the release is current */
async function step(deadline) {
  if (!wanted || Date.now() - wanted.at > CHECK_MS * 5) wanted = { manifest: await fetchManifest(), at: Date.now() };
  const { manifest } = wanted;
  const have = await listPresent();
  const missing = [...objectsOf(manifest)].filter(([at]) => !have.has(at)).map(([, file]) => file).reverse();
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, () => saveUntil(deadline, missing)));
  } catch (error) {
    if (error.code !== 'altered' && error.code !== 'missing') throw error;
    // A release published in the meantime explains it; then that one is saved instead.
    const newer = await fetchManifest();
    if (newer.release === manifest.release) throw error;
    wanted = { manifest: newer, at: Date.now() };
    return { ...(await progressOf(newer)), complete: false };
  }
  const progress = await progressOf(manifest);
  const complete = progress.keptFiles === progress.files;
  if (complete) await commit(manifest);
  return { ...progress, complete };
}

/** Takes files off the list; at least one, so that every step gets on. */
async function saveUntil(deadline, missing) {
  do {
    const file = missing.pop();
    if (!file) return;
    try {
      await save(file);
    } catch (error) {
      missing.length = 0;
      throw error;
    }
  } while (Date.now() < deadline);
}

async function save(file) {
  // A folder's own address, because some hosts redirect `x/index.html` to it.
  const path = file.path.replace(/(^|\/)index\.html$/, '$1');
  const url = new URL(path.split('/').map(encodeURIComponent).join('/'), SCOPE);
  let problem;
  for (const cache of ['no-cache', 'reload']) {
    const response = await request(url, cache, file.path, file.len);
    const bytes = await readUpTo(response, file.len);
    if (bytes && (await sha256(bytes)) === file.sha256) return keep(file, bytes, response.headers);
    problem = new Stop(response.ok ? 'altered' : 'missing', file.path, `status ${response.status}`);
  }
  throw problem;
}

async function request(url, cache, path, len) {
  try {
    return await fetch(url, { cache, signal: AbortSignal.timeout(FETCH_MS + len / BYTES_PER_MS) });
  } catch (error) {
    throw new Stop(self.navigator.onLine ? 'unreachable' : 'offline', path, String(error));
  }
}

/** @returns the body, or null when it is longer than it may be */
async function readUpTo(response, limit) {
  const parts = [];
  let len = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const part = await reader?.read().catch((error) => {
      throw new Stop('unreachable', new URL(response.url).pathname, String(error));
    });
    if (!part || part.done) return new Uint8Array(await new Blob(parts).arrayBuffer());
    len += part.value.length;
    if (len > limit) {
      reader.cancel();
      return null;
    }
    parts.push(part.value);
  }
}

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function keep(file, bytes, headers) {
  const kept = new Headers();
  for (const name of KEPT_HEADERS) {
    if (headers.has(name)) kept.set(name, headers.get(name));
  }
  const at = objectAddress(file);
  try {
    await (await caches.open(OBJECTS)).put(at, new Response(bytes, { headers: kept }));
  } catch (error) {
    throw new Stop(error.name === 'QuotaExceededError' ? 'full' : 'storage', file.path, String(error));
  }
  (await listPresent()).add(at);
}

/** Every file is there: from now on new documents are of this release. */
async function commit(manifest) {
  const { release: id, files } = manifest;
  const bytes = files.reduce((sum, { len }) => sum + len, 0);
  try {
    await writeState(`release/${id}`, { release: id, files, bytes, saved: new Date().toISOString() });
    await writeState('current', { release: id });
  } catch (error) {
    throw new Stop(error.name === 'QuotaExceededError' ? 'full' : 'storage', '', String(error));
  }
  current = id;
  wanted = null;
  await dropUnused();
}

/** Lets go of releases without a reader, and of files without a release. */
async function dropUnused() {
  const open = new Set((await self.clients.matchAll({ includeUncontrolled: true, type: 'all' })).map(({ id }) => id));
  const inUse = new Set([`release/${await currentId()}`]);
  for (const name of await stateNames('client/')) {
    const note = await readState(name);
    if (note && (open.has(name.slice('client/'.length)) || Date.now() - note.opened < OPENING_MS)) {
      inUse.add(`release/${note.release}`);
    } else {
      await forgetState(name);
    }
  }
  const wantedObjects = new Set(wanted ? objectsOf(wanted.manifest).keys() : []);
  for (const name of await stateNames('release/')) {
    if (inUse.has(name)) {
      for (const at of objectsOf(await readState(name)).keys()) wantedObjects.add(at);
    } else {
      loaded.delete(name.slice('release/'.length));
      await forgetState(name);
    }
  }
  const cache = await caches.open(OBJECTS);
  for (const at of [...(await listPresent())].filter((one) => !wantedObjects.has(one))) {
    await cache.delete(at);
    present.delete(at);
  }
}

// --- the manifest ---------------------------------------------------------------------------

async function fetchManifest() {
  const name = 'woodblock/manifest.json';
  const response = await request(new URL(name, SCOPE), 'no-cache', name, MAX_MANIFEST_BYTES);
  if (!response.ok) throw new Stop('missing', name, `status ${response.status}`);
  const bytes = await readUpTo(response, MAX_MANIFEST_BYTES);
  if (!bytes) throw new Stop('manifest', name, `longer than ${MAX_MANIFEST_BYTES} bytes`);
  let manifest;
  try {
    manifest = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new Stop('manifest', name, String(error));
  }
  const fault = manifestFault(manifest);
  if (fault) throw new Stop('manifest', name, fault);
  return manifest;
}

/** @returns what is wrong with a manifest, or an empty string */
function manifestFault(manifest) {
  if (manifest?.format !== 1) return `format ${manifest?.format}, this reader knows 1`;
  if (!/^[0-9a-f]{12,64}$/.test(manifest.release)) return 'release is no digest';
  if (!Array.isArray(manifest.files) || manifest.files.length > MAX_FILES) return 'files is no list of bounded length';
  const bad = manifest.files.find((file) => !isFile(file));
  return bad ? `bad entry ${JSON.stringify(bad).slice(0, 200)}` : '';
}

function isFile(file) {
  const { path, sha256: digest, len } = file ?? {};
  return typeof path === 'string' && /^[0-9a-f]{64}$/.test(digest) &&
    Number.isSafeInteger(len) && len >= 0 && len <= MAX_FILE_BYTES &&
    !/[\0-\x1f\\?#%]/.test(path) && path.split('/').every((part) => part && part !== '.' && part !== '..');
}

/** After a page was answered: is there a newer release? Saves only what changed. */
async function update() {
  const checked = (await readState('checked'))?.at ?? 0;
  if (!self.navigator.onLine || self.navigator.connection?.saveData || Date.now() - checked < CHECK_MS) return;
  await exclusively(async () => {
    await writeState('checked', { at: Date.now() });
    const manifest = await fetchManifest();
    if (manifest.release === (await currentId())) return;
    wanted = { manifest, at: Date.now() };
    while (!(await step(Date.now() + STEP_MS)).complete);
  }).catch(() => {}); // The kept release stays; the offline page tells what stands in the way.
}

// --- the offline page's questions -----------------------------------------------------------

const questions = {
  /** What is kept, from this device alone. */
  async state() {
    present = null;
    const kept = await release(await currentId());
    if (!kept) return { release: null, keptFiles: (await listPresent()).size };
    const progress = await progressOf(kept.record);
    return { ...progress, saved: kept.record.saved, complete: progress.keptFiles === progress.files };
  },
  /** What the site offers now, and how much of it is here. */
  async check() {
    const manifest = await fetchManifest();
    present = null;
    return { ...(await progressOf(manifest)), current: await currentId() };
  },
  step: () => exclusively(() => step(Date.now() + STEP_MS)),
  remove: () => exclusively(async () => {
    await Promise.all([caches.delete(STATE), caches.delete(OBJECTS)]);
    loaded.clear();
    [current, wanted, present] = [null, null, null];
    return { release: null };
  }),
};

self.addEventListener('message', (event) => {
  const port = event.ports[0];
  const ask = Object.hasOwn(questions, event.data?.ask) ? questions[event.data.ask] : null;
  if (!port || !ask) return;
  event.waitUntil(
    ask().then(
      (found) => port.postMessage({ found }),
      ({ code = 'storage', path = '', detail = '', message }) =>
        port.postMessage({ failure: { code, path, detail: detail || message } }),
    ),
  );
});
