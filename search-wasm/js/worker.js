/**
 * Host of the search engine: starts the WebAssembly, fetches the blocks that a query needs,
 * checks and inflates them, hands them over until there is an answer.
 *
 * In a Web Worker this module answers messages; where a worker cannot be had, the page imports
 * it and uses [`Host`] itself. Block files are immutable, so each is fetched once.
 *
 * Message in:  `{id, root, query}` (a search; without `query` only what comes first is loaded),
 *              `{id, cancel: true}`.
 * Message out: `{id, results}`, `{id, failure}`, `{id, part, parts}` while reading.
 */

/** No block inflates to more; the format says so. */
const BLOCK_BYTES = 4 * 1024 * 1024;
/** `WBI`, version, inflated length; then raw DEFLATE (docs/index-format.md). */
const FRAME = [0x57, 0x42, 0x49, 1];
const FRAME_BYTES = 8;
/** A block that takes longer than this is given up. */
const FETCH_MS = 60_000;

/** What went wrong, in a shape that survives `postMessage`. */
export class SearchFailure extends Error {
  /**
   * @param {string} code offline, unreachable, missing, altered, damaged, engine, query
   * @param {'engine' | 'root' | 'block'} part
   * @param {string} name of the file
   * @param {string} [detail]
   */
  constructor(code, part, name, detail = '') {
    super(`${code}: ${name}${detail && `: ${detail}`}`);
    Object.assign(this, { code, part, block: name, detail });
  }
}

/** @param {any} error @returns {import('./woodblock.js').Failure} */
export function plain(error) {
  const { code = 'engine', part = 'engine', block = 'worker.js', detail = String(error) } = error;
  return { code, part, block, detail };
}

/** @param {string} hex @returns {string} the same digest as fetch's `integrity` wants it */
const integrity = (hex) =>
  `sha256-${btoa(String.fromCharCode(...(hex.match(/../g) ?? []).map((pair) => parseInt(pair, 16))))}`;

/** @param {BufferSource} bytes @returns {Promise<string | null>} null where the page is not a secure context */
const sha256 = async (bytes) =>
  globalThis.crypto?.subtle
    ? [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))]
        .map((byte) => byte.toString(16).padStart(2, '0')).join('')
    : null;

/**
 * Reads a stream into one array and stops as soon as it is longer than it may be.
 * @param {ReadableStream<Uint8Array>} stream
 * @param {number} limit most bytes
 */
async function collect(stream, limit) {
  const parts = [];
  let length = 0;
  const reader = stream.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.length;
    if (length > limit) {
      reader.cancel();
      throw new RangeError(`longer than the ${limit} bytes it states`);
    }
    parts.push(part.value);
  }
  const all = new Uint8Array(length);
  for (let at = 0, i = 0; i < parts.length; at += parts[i].length, i += 1) all.set(parts[i], at);
  return all;
}

/** @param {Uint8Array<ArrayBuffer>} bytes @param {CompressionFormat} format @param {number} limit */
const inflate = (bytes, format, limit) =>
  collect(new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format)), limit);

/**
 * The payload of a block file whose digest has been checked.
 * @param {Uint8Array<ArrayBuffer>} file @param {'root' | 'block'} part @param {string} name
 */
async function unpack(file, part, name) {
  try {
    if (file.length < FRAME_BYTES || FRAME.some((byte, at) => file[at] !== byte)) {
      throw new TypeError('not a block of this format version');
    }
    const length = new DataView(file.buffer, file.byteOffset).getUint32(4, true);
    if (length > BLOCK_BYTES) throw new RangeError(`states ${length} bytes, more than a block may hold`);
    const payload = await inflate(file.subarray(FRAME_BYTES), 'deflate-raw', length);
    if (payload.length !== length) throw new RangeError(`${payload.length} bytes where it states ${length}`);
    return payload;
  } catch (error) {
    throw new SearchFailure('damaged', part, name, String(error));
  }
}

/** Fetches files, says exactly why one cannot be had, counts what came over the wire. */
class Files {
  bytes = 0;
  fetched = 0;

  /**
   * One file, tried twice: the second time past the browser's own cache.
   * @template [T=Uint8Array<ArrayBuffer>]
   * @param {string} url
   * @param {'engine' | 'root' | 'block'} part
   * @param {{ sha256?: string, limit: number, accept?: (bytes: Uint8Array<ArrayBuffer>) => Promise<T> }} expected
   *   `sha256`: checked by the browser before a byte is handed out; `accept` throws at wrong bytes
   * @returns {Promise<T>}
   */
  async get(url, part, { sha256: digest, limit, accept = async (bytes) => /** @type {any} */ (bytes) }) {
    for (const cache of /** @type {RequestCache[]} */ (['default', 'reload'])) {
      try {
        const response = await fetch(url, {
          cache,
          signal: AbortSignal.timeout(FETCH_MS),
          ...(digest && { integrity: integrity(digest) }),
        });
        if (!response.ok || !response.body) continue;
        const bytes = await collect(response.body, limit);
        this.bytes += bytes.length;
        this.fetched += 1;
        return await accept(bytes);
      } catch {
        // The reason is looked for below, once the second try has failed as well.
      }
    }
    throw await this.#reason(url, part);
  }

  /** `fetch` gives one error for all; a bare request tells the cases apart. @param {string} url */
  async #reason(url, /** @type {'engine' | 'root' | 'block'} */ part) {
    const name = url.slice(url.lastIndexOf('/') + 1);
    try {
      const response = await fetch(url, { cache: 'no-store', signal: AbortSignal.timeout(FETCH_MS) });
      response.body?.cancel();
      if (response.ok) return new SearchFailure('altered', part, name);
      const gone = response.status === 404 || response.status === 410;
      return new SearchFailure(gone ? 'missing' : 'unreachable', part, name, `status ${response.status}`);
    } catch {
      return new SearchFailure(navigator.onLine ? 'unreachable' : 'offline', part, name);
    }
  }
}

/** The engine over one index. */
export class Host {
  /** @type {Map<string, Promise<Uint8Array>>} */
  #flying = new Map();
  /** @type {Promise<any> | null} */
  #engine = null;
  files = new Files();

  /** @param {string} root absolute URL of the root block */
  constructor(root) {
    this.root = root;
  }

  /** Starts the engine and reads the root, both at once. Tried anew after a failure. */
  open() {
    this.#engine ??= this.#open().catch((error) => {
      this.#engine = null;
      throw error;
    });
    return this.#engine;
  }

  async #open() {
    const [{ Engine }, root] = await Promise.all([startEngine(this.files), this.#readRoot()]);
    try {
      return new Engine(root.payload, root.length);
    } catch (error) {
      throw new SearchFailure('damaged', 'root', this.#rootName(), String(error));
    }
  }

  #rootName() {
    return this.root.slice(this.root.lastIndexOf('/') + 1);
  }

  /** The page names the root by the first digits of its digest; they are held to account here. */
  async #readRoot() {
    const name = this.#rootName();
    const file = await this.files.get(this.root, 'root', {
      limit: BLOCK_BYTES,
      accept: async (bytes) => {
        const digest = await sha256(bytes);
        if (digest && !digest.startsWith(name.split('.')[0])) throw new TypeError('another digest');
        return bytes;
      },
    });
    return { payload: await unpack(file, 'root', name), length: file.length };
  }

  /**
   * Plans, reads wave after wave, answers.
   * @param {import('./woodblock.js').SearchOptions & { text: string }} query
   * @param {{ cancelled?: () => boolean, progress?: (part: number, parts: number) => void }} [watch]
   */
  async search(query, { cancelled = () => false, progress = () => {} } = {}) {
    const started = performance.now();
    const before = { bytes: this.files.bytes, fetched: this.files.fetched };
    const engine = await this.open();
    const session = this.#plan(engine, query);
    /** @type {SearchFailure[]} */
    const failures = [];
    let part = 1;
    try {
      for (let needs = JSON.parse(session.needs()); needs.length; needs = JSON.parse(session.needs())) {
        if (cancelled()) return null;
        const parts = part + needs.length;
        // Supplied in the order asked for, whichever arrives first.
        const wave = needs.map((/** @type {Need} */ need) =>
          this.#block(need).finally(() => progress((part += 1), parts)));
        for (const [i, block] of (await Promise.allSettled(wave)).entries()) {
          const failure = block.status === 'fulfilled'
            ? this.#refused(session, needs[i].name, block.value)
            : block.reason;
          if (!failure) continue;
          // The rest of the index still answers; the answer says what is missing.
          failures.push(failure);
          session.give_up(needs[i].name);
        }
      }
      const results = JSON.parse(session.results());
      if (failures.length && !results.total) throw failures[0];
      results.failures = failures.map(plain);
      results.cost.fetched_bytes = this.files.bytes - before.bytes;
      results.cost.fetched_files = this.files.fetched - before.fetched;
      results.cost.millis = performance.now() - started;
      return results;
    } finally {
      session.free();
    }
  }

  #plan(engine, query) {
    try {
      const { text, lang = '', group = '', collection = '', offset = 0, limit = 10, sort = '', matching = '' } = query;
      return query.suggest
        ? engine.suggest(text, lang, group, limit)
        : engine.plan(text, lang, group, collection, offset, limit, sort, matching);
    } catch (error) {
      throw new SearchFailure('query', 'block', query.text, String(error));
    }
  }

  /** Hands a block over; what the engine has against it. */
  #refused(session, name, payload) {
    try {
      return session.supply(name, payload) ?? null;
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw error;
      return new SearchFailure('damaged', 'block', name, String(error));
    }
  }

  /** @typedef {{ name: string, len: number, sha256: string, inflated: number }} Need */

  /** From a fetch already under way, or from a new one; the engine itself remembers what it read. @param {Need} need */
  #block(need) {
    let flying = this.#flying.get(need.name);
    if (!flying) {
      flying = this.#fetch(need).finally(() => this.#flying.delete(need.name));
      this.#flying.set(need.name, flying);
    }
    return flying;
  }

  /** @param {Need} need */
  async #fetch(need) {
    const url = new URL(need.name, this.root).href;
    const file = await this.files.get(url, 'block', { sha256: need.sha256, limit: need.len });
    return unpack(file, 'block', need.name);
  }
}

/** @type {Promise<any> | null} one engine for every index of a page */
let engineModule = null;

/** @param {Files} files */
function startEngine(files) {
  engineModule ??= loadEngine(files).catch((error) => {
    engineModule = null;
    if (error instanceof SearchFailure) throw error;
    throw new SearchFailure('engine', 'engine', 'engine.js', String(error));
  });
  return engineModule;
}

/**
 * The engine is stored as gzip because a plain server does not compress; the browser undoes it
 * for nothing. A module that does not compile is fetched anew once.
 * @param {Files} files
 */
async function loadEngine(files) {
  const [module, glue] = await Promise.all([
    files.get(new URL('engine.wasm.gz', import.meta.url).href, 'engine', { limit: BLOCK_BYTES, accept: compile }),
    import(new URL('engine.js', import.meta.url).href),
  ]);
  glue.initSync({ module });
  return glue;
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function compile(bytes) {
  // A server that knows the suffix may have undone the gzip already.
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return WebAssembly.compile(zipped ? await inflate(bytes, 'gzip', BLOCK_BYTES) : bytes);
}

/** Answers a page's messages. */
function serve() {
  /** @type {Map<string, Host>} */
  const hosts = new Map();
  /** @type {Set<number>} */
  const cancelled = new Set();
  addEventListener('message', async ({ data: { id, root, query, cancel } }) => {
    if (cancel) {
      cancelled.add(id);
      return;
    }
    const host = hosts.get(root) ?? new Host(root);
    hosts.set(root, host);
    try {
      if (query) {
        const results = await host.search(query, {
          cancelled: () => cancelled.has(id),
          progress: (part, parts) => postMessage({ id, part, parts }),
        });
        postMessage({ id, results });
      } else {
        await host.open();
        postMessage({ id, results: null });
      }
    } catch (error) {
      postMessage({ id, failure: plain(error) });
    } finally {
      cancelled.delete(id);
    }
  });
}

if ('WorkerGlobalScope' in globalThis) serve();
