/**
 * The engine over one index: starts the WebAssembly, fetches the blocks that a query needs, hands
 * them over until there is an answer. Block files are immutable, so each is fetched once.
 */
import { Engine, characters, initSync } from 'woodblock-engine';
import { BLOCK_BYTES, Files, SearchFailure, check, inflate, nameOf, plain, unpack } from './files.js';

/** What the engine's `plan` reads: a line for each setting. */
const SETTINGS = ['lang', 'lang_use', 'group', 'collection', 'offset', 'limit', 'sort', 'matching', 'view', 'typing', 'facet', 'filter', 'exhaustive', 'documents', 'holding'];

/** Han: questions that hold it need the table of traditional characters. */
const HAN = /[\u3400-\u9fff]/;

/** @param {import('./woodblock.js').SearchOptions & { text: string }} query */
function settings(query) {
  const given = /** @type {Record<string, any>} */ (query.suggest ? { view: 'suggest', typing: 'going', ...query } : query);
  return SETTINGS.filter((name) => given[name] !== undefined && given[name] !== '')
    .flatMap((name) => [given[name]].flat().map((value) => `${name} ${String(value).replace(/\s+/g, ' ')}\n`)).join('');
}

/** @typedef {{ cancelled?: () => boolean, progress?: (part: number, parts: number) => void }} Watch */
/** @typedef {{ root: string, packs?: boolean, base?: string, hidden?: string, at?: number }} Part an index: its root, and whether it is known to have packs; of a set also the base's root, the list of what is hidden in the set, and the index's place in it */
/** @typedef {{ name: string, len: number, digest: string, pack: string, offset: number, packLen: number, preset: Need | null }} Need */

/** The engine over one index. */
export class Host {
  /** @type {Map<string, Promise<any>>} blocks under way */
  #flying = new Map();
  /** @type {Map<string, Uint8Array<ArrayBuffer>>} files of presets */
  #presets = new Map();
  /** @type {Promise<import('./packs.js').Packs> | undefined} */
  #packs;
  /** @type {Promise<Engine> | null} */
  #engine = null;
  files = new Files();

  /** @param {Part} part with absolute URLs */
  constructor(part) {
    this.part = part;
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
    const { root, packs, hidden, at = 0 } = this.part;
    if (packs) this.#loadPacks().catch(() => {});
    const [, [payload, length], tombstones] = await Promise.all([
      startEngine(this.files), this.#named(root), hidden && this.#named(hidden),
    ]);
    try {
      const engine = new Engine(payload, length);
      if (tombstones) engine.hide(tombstones[0], at);
      return engine;
    } catch (error) {
      throw new SearchFailure('damaged', 'root', nameOf(root), String(error));
    }
  }

  /**
   * A file that is named by the first digits of its digest, which are held to account here.
   * @param {string} url @returns {Promise<[payload: Uint8Array<ArrayBuffer>, fileLength: number]>}
   */
  async #named(url) {
    const name = nameOf(url);
    const file = await this.files.get(url, 'root', {
      limit: BLOCK_BYTES,
      accept: (bytes) => check(bytes, name.split('.')[0]),
    });
    return [await unpack(file, 'root', name), file.length];
  }

  /**
   * Plans, reads wave after wave, answers; null once cancelled.
   * @param {import('./woodblock.js').SearchOptions & { text: string }} query
   * @param {Watch} [watch]
   */
  async search(query, { cancelled = () => false, progress = () => {} } = {}) {
    const started = performance.now();
    const before = { bytes: this.files.bytes, fetched: this.files.fetched };
    const lines = settings(query);
    /** @type {any[]} */
    const failures = [];
    const [engine] = await Promise.all([
      this.open(),
      HAN.test(query.text + lines) && startCharacters(this.files).catch((failure) => failures.push(failure)),
    ]);
    const session = this.#plan(engine, query.text, lines);
    let part = 1;
    let pause = query.pause ?? 0;
    try {
      for (let lines = session.needs(); lines; lines = session.needs()) {
        // What is being typed is fetched for once the typing pauses; what is here is shown at once.
        if (pause) await new Promise((resolve) => { setTimeout(resolve, pause); });
        pause = 0;
        if (cancelled()) return null;
        const needs = lines.split('\n').map(readNeed);
        const parts = part + needs.length;
        // Supplied in the order asked for, whichever arrives first.
        const wave = needs.map((need) => this.#block(need).finally(() => progress((part += 1), parts)));
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
      if (failures.length && !results.total && !results.statistics) throw failures[0];
      results.failures = failures.map(plain);
      results.cost.fetched_bytes = this.files.bytes - before.bytes;
      results.cost.fetched_files = this.files.fetched - before.fetched;
      results.cost.millis = performance.now() - started;
      return results;
    } finally {
      session.free();
    }
  }

  #plan(engine, text, lines) {
    try {
      return engine.plan(text, lines);
    } catch (error) {
      throw new SearchFailure('query', 'block', text, String(error));
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

  /** What reads packs. Tried anew after a failure. */
  #loadPacks() {
    const { root, base = root } = this.part;
    this.#packs ??= import('./packs.js').then(({ Packs }) => new Packs(base, this.files, check)).catch((error) => {
      this.#packs = undefined;
      throw error;
    });
    return this.#packs;
  }

  /** The bytes of a block, checked. @param {Need} need @returns {Promise<Uint8Array<ArrayBuffer>>} */
  async #file(need) {
    const { root } = this.part;
    const { name, len, digest, pack } = need;
    if (pack) {
      return (await this.#loadPacks()).file(need);
    }
    const url = new URL(name, root).href;
    return this.files.get(url, 'block', { limit: len, accept: (bytes) => check(bytes, digest, len) });
  }
}

/** A line of what a session needs. @param {string} line @returns {Need} */
function readNeed(line) {
  const [block, preset] = line.split(' after ');
  const [name, len, digest, , pack, offset, packLen] = block.split(' ');
  return {
    name, len: Number(len), digest, pack, offset: Number(offset), packLen: Number(packLen),
    preset: preset ? readNeed(preset) : null,
  };
}

/** @type {Map<string, Promise<void>>} one engine, and one table of characters, for every index of a page */
const started = new Map();

/**
 * Loads a file of the engine; anew after a failure.
 * @template T
 * @param {Files} files @param {string} name
 * @param {(bytes: Uint8Array<ArrayBuffer>) => Promise<T>} accept a file that it does not take is fetched anew once
 * @param {(taken: T) => void} [then]
 */
function start(files, name, accept, then = () => {}) {
  const flying = started.get(name)
    ?? files.get(new URL(name, import.meta.url).href, 'engine', { limit: BLOCK_BYTES, accept })
      .then(then)
      .catch((error) => {
        started.delete(name);
        throw error instanceof SearchFailure ? error : new SearchFailure('engine', 'engine', name, String(error));
      });
  started.set(name, flying);
  return flying;
}

/** The engine is stored as gzip because a plain server does not compress; the browser undoes it for nothing. @param {Files} files */
const startEngine = (files) => start(files, 'engine.wasm.gz', compile, (module) => { initSync({ module }); });

/** The table of traditional characters, for questions that hold Han. @param {Files} files */
const startCharacters = (files) => start(files, 'characters.gz', async (bytes) => {
  const packed = await unzip(bytes);
  await startEngine(files);
  characters(packed);
});

/** @param {Uint8Array<ArrayBuffer>} bytes */
const compile = async (bytes) => WebAssembly.compile(await unzip(bytes));

/**
 * A file that is stored as gzip; a server that knows the suffix may have undone it already.
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
const unzip = async (bytes) =>
  (bytes[0] === 0x1f && bytes[1] === 0x8b ? inflate([bytes], 'gzip', BLOCK_BYTES) : bytes);
