/** Blocks that stand in packs: small packs whole, large ones by the slice. Loaded where an index has packs. */

/** Packs up to this length are fetched whole; longer ones by the slice. */
const WHOLE_PACK_BYTES = 64 * 1024;
/** No pack is longer; the format says so. */
const PACK_BYTES = 25 * 1024 * 1024;
/** Slices that are kept of one index. */
const KEPT_SLICES = 4_000;

/** Longest stretch of neighbours that is asked for at once. */
const ROW_BYTES = 256 * 1024;

/** @typedef {import('./host.js').Need} Need */
/** @typedef {{ need: Need, resolve: (block: Uint8Array<ArrayBuffer>) => void, reject: (reason: unknown) => void }} Asked */

/** Rows of blocks that stand side by side in their packs. @param {Asked[]} asked */
function neighbours(asked) {
  asked.sort(({ need: a }, { need: b }) => (a.pack < b.pack ? -1 : Number(a.pack > b.pack)) || a.offset - b.offset);
  /** @type {Asked[][]} */
  const rows = [];
  let [pack, start, end] = ['', 0, -1];
  for (const one of asked) {
    const { need } = one;
    if (need.pack !== pack || need.offset !== end || end + need.len - start > ROW_BYTES) {
      rows.push([]);
      [pack, start] = [need.pack, need.offset];
    }
    rows[rows.length - 1].push(one);
    end = need.offset + need.len;
  }
  return rows;
}

/** The packs of one index. */
export class Packs {
  /** @type {Map<string, Promise<Uint8Array<ArrayBuffer>>>} packs under way */
  #flying = new Map();
  /** @type {Map<string, Uint8Array<ArrayBuffer>>} packs that came whole */
  #packs = new Map();
  /** @type {Promise<Cache | null> | undefined} */
  #keptSlices;
  /** How many more slices are kept. */
  #room = KEPT_SLICES;
  /** @type {Asked[]} slices that are asked for in this turn */
  #asked = [];

  /**
   * @param {string} root absolute URL of the root of the index, or of the base that it updates
   * @param {import('./files.js').Files} files
   * @param {typeof import('./files.js').check} check
   */
  constructor(root, files, check) {
    this.root = root;
    this.files = files;
    this.check = check;
  }

  /** The bytes of a block, checked. @param {Need} need @returns {Promise<Uint8Array<ArrayBuffer>>} */
  async file(need) {
    const { name, pack, packLen, offset, len, digest } = need;
    const whole = this.#packs.get(pack) ?? (packLen > WHOLE_PACK_BYTES ? null : await this.#pack(need));
    if (!whole) return this.#slice(need);
    return this.check(whole.slice(offset, offset + len), digest, len).catch(() => {
      throw Object.assign(new Error(name), { code: 'altered', part: 'block', block: name, detail: '' });
    });
  }

  /** A small pack, all of it. @param {Need} need */
  #pack({ pack, packLen }) {
    let flying = this.#flying.get(pack);
    if (!flying) {
      const url = new URL(pack, this.root).href;
      const [digest] = pack.split('.');
      flying = this.files.get(url, 'block', { limit: packLen, accept: (bytes) => this.check(bytes, digest, packLen) });
      flying.then((whole) => this.#packs.set(pack, whole)).catch(() => {}).finally(() => this.#flying.delete(pack));
      this.#flying.set(pack, flying);
    }
    return flying;
  }

  /**
   * A stretch of a large pack. What is asked for in one turn is fetched together: neighbours, such as
   * the parts of a list, in one request.
   * @param {Need} need @returns {Promise<Uint8Array<ArrayBuffer>>}
   */
  #slice(need) {
    return new Promise((resolve, reject) => {
      if (this.#asked.push({ need, resolve, reject }) === 1) queueMicrotask(() => this.#fetchAsked());
    });
  }

  async #fetchAsked() {
    const asked = this.#asked.splice(0);
    this.#keptSlices ??= this.#openKept();
    const kept = await this.#keptSlices;
    /** @type {Asked[]} */
    const missing = [];
    await Promise.all(asked.map(async (one) => {
      const bytes = await this.#known(kept, one.need);
      if (bytes) one.resolve(bytes);
      else missing.push(one);
    }));
    for (const row of neighbours(missing)) this.#fetchRow(kept, row);
  }

  /**
   * A slice that was read before. Browsers seldom keep partial answers, so it was kept as a whole one
   * under the block's own address: asked again, or without a network, it costs nothing.
   * @param {Cache | null} kept @param {Need} need
   */
  async #known(kept, { name, digest, len }) {
    const known = await kept?.match(new URL(name, this.root).href).catch(() => undefined);
    return known && known.arrayBuffer().then((bytes) => this.check(new Uint8Array(bytes), digest, len)).catch(() => null);
  }

  /** Neighbours in one request; what did not come so, each by itself. @param {Cache | null} kept @param {Asked[]} row */
  async #fetchRow(kept, row) {
    const needs = row.map(({ need }) => need);
    const blocks = needs.length > 1 ? await this.#fetch(kept, needs).catch(() => []) : [];
    for (const [i, { need, resolve, reject }] of row.entries()) {
      if (blocks[i]) resolve(blocks[i]);
      else this.#fetch(kept, [need]).then(([block]) => resolve(block), reject);
    }
  }

  /**
   * Fetches blocks that stand side by side. A server that cannot send stretches sends the pack, which
   * is then used for every block in it.
   * @param {Cache | null} kept @param {Need[]} needs
   */
  #fetch(kept, needs) {
    const { pack, packLen, offset } = needs[0];
    const { offset: last, len } = needs[needs.length - 1];
    return this.files.get(new URL(pack, this.root).href, 'block', {
      headers: { range: `bytes=${offset}-${last + len - 1}` },
      limit: Math.min(packLen, PACK_BYTES),
      accept: async (bytes, status) => {
        const from = status === 206 ? offset : 0;
        const blocks = await Promise.all(needs.map(({ offset: at, len, digest }) =>
          this.check(bytes.slice(at - from, at - from + len), digest, len)));
        if (status !== 206) this.#packs.set(pack, bytes);
        else needs.forEach(({ name }, i) => this.#keep(kept, name, blocks[i]));
        return blocks;
      },
    });
  }

  /** @param {Cache | null} kept @param {string} name @param {Uint8Array<ArrayBuffer>} block */
  #keep(kept, name, block) {
    if (this.#room-- > 0) kept?.put(new URL(name, this.root).href, new Response(block)).catch(() => {});
  }

  /** Where slices of this index and its updates are kept; those of its earlier versions go. @returns {Promise<Cache | null>} */
  async #openKept() {
    if (!globalThis.caches) return null;
    const { pathname } = new URL('.', this.root);
    const folder = `woodblock-slices ${pathname} `;
    const own = folder + this.root.slice(this.root.lastIndexOf('/') + 1);
    try {
      const names = (await caches.keys()).filter((name) => name.startsWith(folder) && name !== own);
      await Promise.all(names.map((name) => caches.delete(name)));
      const kept = await caches.open(own);
      this.#room -= (await kept.keys()).length;
      return kept;
    } catch {
      return null;
    }
  }
}
