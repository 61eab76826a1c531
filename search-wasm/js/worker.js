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
const FRAME = [0x57, 0x42, 0x49, 2];
const FRAME_BYTES = 8;
/** Packs up to this length are fetched whole; longer ones by the slice. */
const WHOLE_PACK_BYTES = 64 * 1024;
/** No pack is longer; the format says so. */
const PACK_BYTES = 25 * 1024 * 1024;
/** Slices that are kept of one index. */
const KEPT_SLICES = 4_000;
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

/** @param {Uint8Array<ArrayBuffer>} bytes */
const sha256 = async (bytes) =>
  (globalThis.crypto?.subtle
    ? [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))]
    : sha256ByHand(bytes)).map((byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * SHA-256 (FIPS 180-4) for pages that are no secure context, such as a mirror on plain http: there
 * browsers offer none.
 * @param {Uint8Array} bytes @returns {number[]} 32 bytes
 */
export function sha256ByHand(bytes) {
  const fraction = (/** @type {number} */ x) => Math.floor((x % 1) * 2 ** 32) | 0;
  const primes = [];
  for (let n = 2; primes.length < 64; n += 1) if (primes.every((prime) => n % prime)) primes.push(n);
  const constants = primes.map((prime) => fraction(Math.cbrt(prime)));
  const state = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
  const message = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  message.set(bytes);
  message[bytes.length] = 0x80;
  const view = new DataView(message.buffer);
  view.setUint32(message.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(message.length - 4, bytes.length << 3);
  const turn = (/** @type {number} */ x, /** @type {number} */ by) => (x >>> by) | (x << (32 - by));
  const words = new Int32Array(64);
  for (let at = 0; at < message.length; at += 64) {
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i += 1) {
      if (i < 16) words[i] = view.getInt32(at + i * 4);
      else {
        const [x, y] = [words[i - 15], words[i - 2]];
        words[i] = words[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + words[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
      }
      const first = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + constants[i] + words[i];
      const second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => { state[i] = (state[i] + value) | 0; });
  }
  return state.flatMap((word) => [24, 16, 8, 0].map((by) => (word >>> by) & 255));
}

/** Throws unless the bytes are as long as stated and their digest begins as stated. */
async function check(/** @type {Uint8Array<ArrayBuffer>} */ bytes, /** @type {string} */ digest, len = bytes.length) {
  if (bytes.length !== len || !(await sha256(bytes)).startsWith(digest)) throw new TypeError('another digest');
  return bytes;
}

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

/** @param {Uint8Array<ArrayBuffer>[]} parts @param {CompressionFormat} format @param {number} limit */
const inflate = (parts, format, limit) =>
  collect(new Blob(parts).stream().pipeThrough(new DecompressionStream(format)), limit);

/**
 * The length of a block's payload, as its frame states it.
 * @param {Uint8Array<ArrayBuffer>} file
 */
function stated(file) {
  if (file.length < FRAME_BYTES || FRAME.some((byte, at) => file[at] !== byte)) {
    throw new TypeError('not a block of this format version');
  }
  const length = new DataView(file.buffer, file.byteOffset).getUint32(4, true);
  if (length > BLOCK_BYTES) throw new RangeError(`states ${length} bytes, more than a block may hold`);
  return length;
}

/**
 * The payload of a block file whose digest has been checked.
 * @param {Uint8Array<ArrayBuffer>} file @param {'root' | 'block'} part @param {string} name
 * @param {Uint8Array<ArrayBuffer> | null} [preset] file of the preset that the block's DEFLATE stream goes on from
 */
async function unpack(file, part, name, preset) {
  try {
    const skip = preset ? stated(preset) : 0;
    const length = skip + stated(file);
    const streams = (preset ? [preset, file] : [file]).map((block) => block.subarray(FRAME_BYTES));
    const payload = await inflate(streams, 'deflate-raw', length);
    if (payload.length !== length) throw new RangeError(`${payload.length} bytes where it states ${length}`);
    return payload.subarray(skip);
  } catch (error) {
    throw new SearchFailure('damaged', part, name, String(error));
  }
}

/** What the engine's `plan` reads: a line for each setting. */
const SETTINGS = ['lang', 'lang_use', 'group', 'collection', 'offset', 'limit', 'sort', 'matching', 'view', 'typing', 'facet', 'filter', 'exhaustive'];

/** @param {import('./woodblock.js').SearchOptions & { text: string }} query */
function settings(query) {
  const given = /** @type {Record<string, any>} */ (query.suggest ? { view: 'suggest', typing: 'going', ...query } : query);
  return SETTINGS.filter((name) => given[name] !== undefined && given[name] !== '')
    .flatMap((name) => [given[name]].flat().map((value) => `${name} ${String(value).replace(/\s+/g, ' ')}\n`)).join('');
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
   * @param {{ limit: number, headers?: Record<string, string>,
   *   accept?: (bytes: Uint8Array<ArrayBuffer>, status: number) => Promise<T> }} expected `accept` throws at wrong bytes
   * @returns {Promise<T>}
   */
  async get(url, part, { limit, headers, accept = async (bytes) => /** @type {any} */ (bytes) }) {
    // The browser's cache lets requests for one address wait for each other: thirty slices of a pack took
    // nineteen round trips in place of four. Slices are kept elsewhere (see #slice), so they pass it by.
    const caches = /** @type {RequestCache[]} */ (headers ? ['no-store', 'no-store'] : ['default', 'reload']);
    for (const cache of caches) {
      try {
        const response = await fetch(url, { cache, headers, signal: AbortSignal.timeout(FETCH_MS) });
        if (!response.ok || !response.body) continue;
        const bytes = await collect(response.body, limit);
        this.bytes += bytes.length;
        this.fetched += 1;
        return await accept(bytes, response.status);
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
  /** @type {Map<string, Promise<any>>} blocks and packs under way */
  #flying = new Map();
  /** @type {Map<string, Uint8Array<ArrayBuffer>>} packs that came whole */
  #packs = new Map();
  /** @type {Map<string, Uint8Array<ArrayBuffer>>} files of presets */
  #presets = new Map();
  /** @type {Promise<Cache | null> | undefined} */
  #keptSlices;
  /** How many more slices are kept. */
  #room = KEPT_SLICES;
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
      accept: (bytes) => check(bytes, name.split('.')[0]),
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
      for (let lines = session.needs(); lines; lines = session.needs()) {
        if (cancelled()) return null;
        const needs = lines.split('\n').map(readNeed);
        const parts = part + needs.length;
        // Supplied in the order asked for, whichever arrives first.
        const wave = needs.map((need) =>
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
      return engine.plan(query.text, settings(query));
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

  /** From a fetch already under way, or from a new one; the engine itself remembers what it read. @param {Need} need */
  #block(need) {
    return this.#once(need.name, async () => {
      const [file, preset] = await Promise.all([this.#file(need), need.preset && this.#preset(need.preset)]);
      return unpack(file, 'block', need.name, preset);
    });
  }

  /** Presets serve every block of their kind. @param {Need} need @returns {Promise<Uint8Array<ArrayBuffer>>} */
  async #preset(need) {
    const preset = this.#presets.get(need.name) ?? await this.#once(need.name, () => this.#file(need));
    this.#presets.set(need.name, preset);
    return preset;
  }

  /** @template T @param {string} name @param {() => Promise<T>} work @returns {Promise<T>} */
  #once(name, work) {
    let flying = this.#flying.get(name);
    if (!flying) {
      flying = work().finally(() => this.#flying.delete(name));
      this.#flying.set(name, flying);
    }
    return flying;
  }

  /** The bytes of a block, checked. @param {Need} need @returns {Promise<Uint8Array<ArrayBuffer>>} */
  async #file(need) {
    const { name, len, digest, pack } = need;
    if (!pack) {
      const url = new URL(name, this.root).href;
      return this.files.get(url, 'block', { limit: len, accept: (bytes) => check(bytes, digest, len) });
    }
    const whole = this.#packs.get(pack) ?? (need.packLen > WHOLE_PACK_BYTES ? null : await this.#pack(need));
    return whole ? this.#cut(whole, need) : this.#slice(need);
  }

  /** A small pack, all of it. @param {Need} need */
  #pack({ pack, packLen }) {
    return this.#once(pack, async () => {
      const url = new URL(pack, this.root).href;
      const whole = await this.files.get(url, 'block', { limit: packLen, accept: (bytes) => check(bytes, pack.split('.')[0], packLen) });
      this.#packs.set(pack, whole);
      return whole;
    });
  }

  /** @param {Uint8Array<ArrayBuffer>} whole @param {Need} need */
  async #cut(whole, { name, offset, len, digest }) {
    return check(whole.slice(offset, offset + len), digest, len)
      .catch(() => { throw new SearchFailure('altered', 'block', name); });
  }

  /**
   * A stretch of a large pack. Browsers seldom keep partial answers, so what was read is kept as a
   * whole one under the block's own address: asked again, or without a network, it costs nothing.
   * A server that cannot send stretches sends the pack, which is then used for every block in it.
   * @param {Need} need
   */
  async #slice(need) {
    const { name, len, offset, digest, pack, packLen } = need;
    const at = new URL(name, this.root).href;
    this.#keptSlices ??= this.#openKept();
    const kept = await this.#keptSlices;
    const known = await kept?.match(at).catch(() => undefined);
    if (known) {
      const bytes = await check(new Uint8Array(await known.arrayBuffer()), digest, len).catch(() => null);
      if (bytes) return bytes;
    }
    return this.files.get(new URL(pack, this.root).href, 'block', {
      headers: { range: `bytes=${offset}-${offset + len - 1}` },
      limit: Math.min(packLen, PACK_BYTES),
      accept: async (bytes, status) => {
        if (status !== 206) {
          const block = await check(bytes.slice(offset, offset + len), digest, len);
          this.#packs.set(pack, bytes);
          return block;
        }
        await check(bytes, digest, len);
        if (this.#room-- > 0) kept?.put(at, new Response(bytes)).catch(() => {});
        return bytes;
      },
    });
  }

  /** Where slices of this index are kept; those of its earlier versions go. @returns {Promise<Cache | null>} */
  async #openKept() {
    if (!globalThis.caches) return null;
    const folder = `woodblock-slices ${new URL('.', this.root).pathname} `;
    try {
      const names = (await caches.keys()).filter((name) => name.startsWith(folder) && name !== folder + this.#rootName());
      await Promise.all(names.map((name) => caches.delete(name)));
      const kept = await caches.open(folder + this.#rootName());
      this.#room -= (await kept.keys()).length;
      return kept;
    } catch {
      return null;
    }
  }
}

/** @typedef {{ name: string, len: number, digest: string, pack: string, offset: number, packLen: number, preset: Need | null }} Need */

/** A line of what a session needs. @param {string} line @returns {Need} */
function readNeed(line) {
  const [block, preset] = line.split(' after ');
  const [name, len, digest, , pack, offset, packLen] = block.split(' ');
  return {
    name, len: Number(len), digest, pack, offset: Number(offset), packLen: Number(packLen),
    preset: preset ? readNeed(preset) : null,
  };
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
  return WebAssembly.compile(zipped ? await inflate([bytes], 'gzip', BLOCK_BYTES) : bytes);
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
