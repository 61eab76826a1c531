/**
 * The page's side of the worker: one client for each index, or several asked as one; started by
 * the first call and no sooner.
 */

/** The site's address: the bundle lies in `woodblock/engine-<hash>/` below it. */
export const site = new URL('../../', import.meta.url);
const workerUrl = new URL('worker.js', import.meta.url);
const ENGINE = new URL('engine.wasm.gz', import.meta.url).href;
/** What a question in Chinese needs besides. */
const CHARACTERS = new URL('characters.gz', import.meta.url).href;
/** As long as the worker itself waits for a file. */
const FETCH_MS = 60_000;

/**
 * A page that asks for Trusted Types allows one policy of this name; it lets the worker's own
 * address through and nothing else.
 */
const policy = (() => {
  try {
    return globalThis.trustedTypes?.createPolicy('woodblock-search', {
      createScriptURL: (url) => {
        if (url === workerUrl.href) return url;
        throw new TypeError(`not the search worker: ${url}`);
      },
    });
  } catch {
    return undefined; // Not allowed here, or made by another copy: the engine runs in the page then.
  }
})();

/** @typedef {import('./woodblock.js').Results} Results */
/** @typedef {import('./woodblock.js').SearchOptions} SearchOptions */
/** @typedef {import('./host.js').Part} Part */

/** @type {Worker | null} */
let worker = null;
/** @type {Map<number, { settle: (answer: any) => void, progress: (part: number, parts: number) => void }>} */
const waiting = new Map();
let lastId = 0;

/** Sends what every pending call waits for: the worker is gone. @param {string} detail */
function abandon(detail) {
  worker?.terminate();
  worker = null;
  for (const { settle } of waiting.values()) {
    settle({ failure: { code: 'engine', part: 'engine', block: 'worker.js', detail } });
  }
  waiting.clear();
}

/**
 * @param {string[]} first files that the worker will read first
 * @returns {Worker | null} null where a worker cannot be had
 */
function startWorker(first) {
  if (worker) return worker;
  try {
    worker = new Worker(/** @type {any} */ (policy?.createScriptURL(workerUrl.href) ?? workerUrl), {
      type: 'module',
      name: 'woodblock-search',
    });
  } catch {
    return null;
  }
  worker.onerror = (event) => abandon(event.message || 'worker.js did not load');
  worker.onmessage = ({ data }) => {
    const call = waiting.get(data.id);
    if (data.parts) {
      call?.progress(data.part, data.parts);
    } else {
      waiting.delete(data.id);
      call?.settle(data);
      // An engine that did not start, or stopped in the middle, is begun anew by the next call.
      if (data.failure?.code === 'engine') abandon(data.failure.detail);
    }
  };
  fetchAhead(worker, [ENGINE, ...(/^zh/.test(document.documentElement.lang) ? [CHARACTERS] : []), ...first]);
  return worker;
}

/** Engine and roots come while the worker's own script is on its way. @param {Worker} to @param {string[]} coming */
function fetchAhead(to, coming) {
  to.postMessage({ coming });
  for (const url of coming) {
    fetch(url, { signal: AbortSignal.timeout(FETCH_MS) })
      .then((response) => (response.ok ? response.arrayBuffer() : undefined))
      .catch(() => undefined) // The worker tries once more, and says why it cannot be had.
      .then((bytes) => to.postMessage({ url, bytes }, bytes ? [bytes] : []));
  }
}

/** A failed search; `code`, `part` and `block` say which part failed and how. */
export class SearchError extends Error {
  /** @param {{ code: string, part: string, block: string, detail?: string }} failure */
  constructor({ code, part, block, detail = '' }) {
    super(`search: ${code}: ${part} ${block}${detail && `: ${detail}`}`);
    this.name = 'SearchError';
    this.code = code;
    this.part = part;
    this.block = block;
    this.detail = detail;
  }
}

/**
 * The indexes that an entry pointer names: the base, then its updates.
 * @param {string} url of `entry.json` @returns {Promise<Part[]>}
 */
async function readEntry(url) {
  const response = await fetch(url, { cache: 'no-cache' }).catch(() => null);
  if (!response?.ok) throw new SearchError({ code: 'missing', part: 'root', block: 'entry.json' });
  const entry = await response.json();
  const at = (/** @type {{ root: string }} */ { root }) => new URL(root, url).href;
  const base = at(entry);
  const { packs, updates = [] } = entry;
  const hidden = entry.hidden && at(entry.hidden);
  return [entry, ...updates].map((part, nth) => ({ root: at(part), packs, ...(hidden && { base, hidden, at: nth }) }));
}

/** @type {Map<string, Promise<Client>>} */
const clients = new Map();

/** Searches over one index or several. Results with addresses of this site, wherever it is hosted. */
export class Client {
  /** @param {Part[]} parts with absolute URLs */
  constructor(parts) {
    this.parts = parts;
  }

  /**
   * @param {string} places of root blocks (`….wbi`) or of entry pointers (`….json`), relative to the page,
   *   with blanks between them
   * @returns {Promise<Client>}
   */
  static at(places) {
    const urls = places.trim().split(/\s+/).map((place) => new URL(place, document.baseURI).href);
    const key = urls.join(' ');
    const open = async () => {
      const parts = await Promise.all(urls.map((url) => (url.endsWith('.json') ? readEntry(url) : [{ root: url }])));
      return new Client(parts.flat());
    };
    const client = clients.get(key) ?? open();
    clients.set(key, client);
    client.catch(() => clients.delete(key));
    return client;
  }

  /** Loads engine and roots. */
  async preload() {
    await this.#call(null, undefined, () => {});
  }

  /**
   * @param {string} text
   * @param {SearchOptions & { progress?: (part: number, parts: number) => void }} [options]
   * @returns {Promise<Results>}
   */
  async search(text, { signal, progress = () => {}, ...options } = {}) {
    const results = await this.#call({ ...options, text }, signal, progress);
    for (const hit of results.hits) hit.url = here(hit.url, this.parts[hit.index ?? 0].root);
    return results;
  }

  /**
   * An answer as the index gives it, addresses and all.
   * @param {string} text
   * @param {object} settings
   * @returns {Promise<any>}
   */
  ask(text, settings) {
    return this.#call({ ...settings, text }, undefined, () => {});
  }

  /** @returns {Promise<any>} */
  async #call(query, signal, progress) {
    signal?.throwIfAborted();
    const answer = startWorker(this.parts.map(({ root }) => root))
      ? await this.#ask(query, signal, progress)
      : await this.#runHere(query, signal, progress);
    signal?.throwIfAborted();
    if (answer.failure) throw new SearchError(answer.failure);
    return answer.results;
  }

  #ask(query, signal, progress) {
    const id = (lastId += 1);
    return new Promise((settle) => {
      waiting.set(id, { settle, progress });
      signal?.addEventListener('abort', () => {
        if (!waiting.delete(id)) return;
        worker?.postMessage({ id, cancel: true });
        settle({ results: null });
      });
      worker?.postMessage({ id, parts: this.parts, query });
    });
  }

  async #runHere(query, signal, progress) {
    const { answer, plain } = await import('./worker.js');
    try {
      return { results: await answer(this.parts, query, { progress, cancelled: () => signal?.aborted ?? false }) };
    } catch (error) {
      return { failure: plain(error) };
    }
  }
}

/**
 * The index states addresses from the root of its site; a copy below another folder keeps them
 * below it. An index is not trusted to name a script: anything but http(s) leads nowhere.
 * @param {string} url @param {string} root of the index
 */
function here(url, root) {
  const [, folder = site.href] = /^(.*\/)woodblock\/(?:index\/)?[^/]*$/.exec(root) ?? [];
  const { pathname } = new URL(folder);
  const foreign = !url.startsWith('/') || url.startsWith('//') || url.startsWith(pathname);
  const address = new URL(foreign ? url : pathname + url.slice(1), folder);
  if (!/^https?:$/.test(address.protocol)) return '#';
  return address.origin === site.origin ? address.pathname + address.search + address.hash : address.href;
}
