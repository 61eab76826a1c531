/** Fetching files, checking and inflating them, and saying exactly why one cannot be had. */

/** No block inflates to more; the format says so. */
export const BLOCK_BYTES = 4 * 1024 * 1024;
/** `WBI`, version, inflated length; then raw DEFLATE (docs/index-format.md). */
const FRAME = [0x57, 0x42, 0x49, 2];
const FRAME_BYTES = 8;
/** A file that takes longer than this is given up. */
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

/** @param {string} url @returns {string} its file's name */
export const nameOf = (url) => url.slice(url.lastIndexOf('/') + 1);

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function sha256(bytes) {
  const digest = globalThis.crypto?.subtle
    ? new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
    : (await import('./sha256.js')).sha256ByHand(bytes);
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Throws unless the bytes are as long as stated and their digest begins as stated. */
export async function check(/** @type {Uint8Array<ArrayBuffer>} */ bytes, /** @type {string} */ digest, len = bytes.length) {
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
export const inflate = (parts, format, limit) =>
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
export async function unpack(file, part, name, preset) {
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

/**
 * Files that the page itself began to fetch, so that they need not wait for this script: address →
 * bytes, or null where they did not come.
 * @type {Map<string, Promise<Uint8Array<ArrayBuffer> | null>>}
 */
export const onTheirWay = new Map();

/** Fetches files and counts what came over the wire. */
export class Files {
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
    // nineteen round trips in place of four. Slices are kept elsewhere (packs.js), so they pass it by.
    const caches = /** @type {RequestCache[]} */ (headers ? ['no-store', 'no-store'] : ['default', 'reload']);
    for (const cache of caches) {
      try {
        let bytes = await onTheirWay.get(url);
        onTheirWay.delete(url);
        let status = 200;
        if (!bytes || bytes.length > limit) {
          const response = await fetch(url, { cache, headers, signal: AbortSignal.timeout(FETCH_MS) });
          if (!response.ok || !response.body) continue;
          ({ status } = response);
          bytes = await collect(response.body, limit);
        }
        this.bytes += bytes.length;
        this.fetched += 1;
        return await accept(bytes, status);
      } catch {
        // The reason is looked for below, once the second try has failed as well.
      }
    }
    throw await this.#reason(url, part);
  }

  /** `fetch` gives one error for all; a bare request tells the cases apart. @param {string} url */
  async #reason(url, /** @type {'engine' | 'root' | 'block'} */ part) {
    const name = nameOf(url);
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
