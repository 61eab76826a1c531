/** Blocks that stand in packs: small packs whole, large ones by the slice. Loaded where an index has packs. */

/** Packs up to this length are fetched whole; longer ones by the slice. */
const WHOLE_PACK_BYTES = 64 * 1024;
/** No pack is longer; the format says so. */
const PACK_BYTES = 25 * 1024 * 1024;
/** Slices that are kept of one index. */
const KEPT_SLICES = 4_000;

/** @typedef {import('./host.js').Need} Need */

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
      const bytes = await this.check(new Uint8Array(await known.arrayBuffer()), digest, len).catch(() => null);
      if (bytes) return bytes;
    }
    return this.files.get(new URL(pack, this.root).href, 'block', {
      headers: { range: `bytes=${offset}-${offset + len - 1}` },
      limit: Math.min(packLen, PACK_BYTES),
      accept: async (bytes, status) => {
        if (status !== 206) {
          const block = await this.check(bytes.slice(offset, offset + len), digest, len);
          this.#packs.set(pack, bytes);
          return block;
        }
        await this.check(bytes, digest, len);
        if (this.#room-- > 0) kept?.put(at, new Response(bytes)).catch(() => {});
        return bytes;
      },
    });
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
