/**
 * The page's side of the worker: one client per index, started by the first call and no sooner.
 */

/** The site's address: the bundle lies in `woodblock/engine-<hash>/` below it. */
export const site = new URL('../../', import.meta.url);

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
const workerUrl = new URL('worker.js', import.meta.url);

/** @typedef {import('./woodblock.js').Results} Results */
/** @typedef {import('./woodblock.js').Hit} Hit */
/** @typedef {import('./woodblock.js').SearchOptions} SearchOptions */

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

/** @returns {Worker | null} null where a worker cannot be had */
function startWorker() {
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
  return worker;
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

/** @type {Map<string, Client>} */
const clients = new Map();

/** Searches over one index. Results with addresses of this site, wherever it is hosted. */
export class Client {
  /** @type {import('./worker.js').Host | null} */
  #host = null;

  /** @param {string} root absolute URL of the root block */
  constructor(root) {
    this.root = root;
  }

  /** @param {string} root URL of the root block, relative to the page @returns {Client} */
  static at(root) {
    const url = new URL(root, document.baseURI).href;
    const client = clients.get(url) ?? new Client(url);
    clients.set(url, client);
    return client;
  }

  /** Loads engine and root. */
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
    results.hits.forEach((/** @type {Hit} */ hit) => (hit.url = here(hit.url)));
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
    const answer = startWorker()
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
      worker?.postMessage({ id, root: this.root, query });
    });
  }

  async #runHere(query, signal, progress) {
    const { Host, plain } = await import('./worker.js');
    try {
      this.#host ??= new Host(this.root);
      const watch = { progress, cancelled: () => signal?.aborted ?? false };
      return { results: query ? await this.#host.search(query, watch) : await this.#host.open() };
    } catch (error) {
      return { failure: plain(error) };
    }
  }
}

/**
 * The index states addresses from the root of the host; a copy below another folder keeps them
 * below it. An index is not trusted to name a script: anything but http(s) leads nowhere.
 * @param {string} url
 */
function here(url) {
  const foreign = !url.startsWith('/') || url.startsWith('//') || url.startsWith(site.pathname);
  const address = new URL(foreign ? url : site.pathname + url.slice(1), site);
  if (!/^https?:$/.test(address.protocol)) return '#';
  return address.origin === site.origin ? address.pathname + address.search + address.hash : address.href;
}
