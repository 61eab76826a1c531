/**
 * Pagefind's calls over a Woodblock index, so that a site made for Pagefind changes one path:
 * `import('/pagefind/pagefind.js')` becomes `import('/woodblock/pagefind.js')`.
 *
 * What differs is told in docs/pagefind.md. `woodblock index DIR` writes this module beside the
 * index together with `pagefind.json` (root block, pages of each language) and `filters.json`. What
 * updates added since is found by `entry.json`.
 */
import { Client } from './client.js';
import { fragment } from './fragment.js';

/** Results that are listed; more are only counted. */
const MOST = 1_000;
const DEBOUNCE_MS = 300;
/** Values of a facet that the engine counts. */
const MOST_VALUES = 100;
/** Between the notes that `woodblock index` wrote and the words: see `token` in html_site.rs. */
const EVERY_PAGE = 'flt:fall';

const OPTIONS = ['basePath', 'bundlePath', 'baseUrl', 'excerptLength', 'indexWeight', 'mergeFilter', 'highlightParam', 'language', 'ranking', 'noWorker', 'primary'];

/** @typedef {Record<string, any>} Options */
/** @typedef {{ result: any, place: number }} Ranked a result with its place in the order asked for */

/** A filter's value as the index knows it: FNV-1a of key, zero and value. */
function token(/** @type {string} */ key, /** @type {string} */ value) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(`${key}\0${value}`)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return `f${hash.toString(16).padStart(16, '0')}`;
}

/** @param {any} value @returns {any[]} */
const list = (value) => (Array.isArray(value) ? value : [value]);

/**
 * A filter as an expression of the query language; true and false where an index knows the answer
 * by the values that all of its pages are given.
 * @param {any} filter as `search` takes it
 * @param {Record<string, string[]>} given `mergeFilter` of the index
 * @param {string} [key] filter whose values are meant
 * @returns {string | boolean}
 */
export function expression(filter, given, key) {
  if (Array.isArray(filter)) return all(filter.map((one) => expression(one, given, key)));
  if (filter === null || typeof filter !== 'object') {
    if (key === undefined) return true;
    if (key in given) return given[key].includes(String(filter));
    return `flt:${token(key, String(filter))}`;
  }
  return all(Object.entries(filter).map(([name, inner]) => {
    const parts = () => (Array.isArray(inner) || typeof inner !== 'object'
      ? list(inner).map((one) => expression(one, given, key))
      : Object.entries(inner ?? {}).map(([name, one]) => expression({ [name]: one }, given, key)));
    if (name === 'any') return any(parts());
    if (name === 'all') return all(parts());
    if (name === 'none') return not(any(parts()));
    if (name === 'not') return not(all(parts()));
    return expression(inner, given, name);
  }));
}

/** @param {(string | boolean)[]} parts */
function all(parts) {
  if (parts.includes(false)) return false;
  const rest = parts.filter((part) => part !== true);
  return rest.length ? (rest.length > 1 ? `(${rest.join(' AND ')})` : rest[0]) : true;
}

/** @param {(string | boolean)[]} parts */
function any(parts) {
  if (parts.includes(true)) return true;
  const rest = parts.filter((part) => part !== false);
  return rest.length ? (rest.length > 1 ? `(${rest.join(' OR ')})` : rest[0]) : false;
}

/** @param {string | boolean} part */
const not = (part) => (typeof part === 'boolean' ? !part : `(${EVERY_PAGE} AND NOT ${part})`);

/** One bundle: an index and how its answers are shown. */
class Bundle {
  /** @type {Promise<{ client: Client, root: string, lang: string, pages: Record<string, number>, sorts: string[] }> | null} */
  #opened = null;
  /** @type {Promise<Record<string, Record<string, number>>> | null} */
  #filters = null;

  /** @param {string} base absolute URL of the folder @param {Options} options @param {string} lang */
  constructor(base, options, lang) {
    this.base = base;
    this.options = options;
    this.lang = lang;
  }

  open() {
    this.#opened ??= this.#open().catch((error) => {
      this.#opened = null;
      throw error;
    });
    return this.#opened;
  }

  async #open() {
    const [{ root, pages, sorts = [] }, client] = await Promise.all([
      this.#json('pagefind.json'), Client.at(new URL('entry.json', this.base).href),
    ]);
    return { client, root, lang: languageOf(this.lang, pages), pages, sorts };
  }

  /** @param {string} name */
  async #json(name) {
    const response = await fetch(new URL(name, this.base), { cache: 'no-cache' });
    if (!response.ok) throw new Error(`${name} of the search index at ${this.base}: status ${response.status}`);
    return response.json();
  }

  get given() {
    return Object.fromEntries(Object.entries(this.options.mergeFilter ?? {})
      .map(([key, value]) => [key, list(value).map(String)]));
  }

  /** All values of all filters with their pages. */
  async filters() {
    const { lang, pages } = await this.open();
    this.#filters ??= this.#json('filters.json').then((filters) => filters[lang] ?? {});
    const own = structuredClone(await this.#filters);
    for (const [key, values] of Object.entries(this.given)) own[key] = Object.fromEntries(values.map((value) => [value, pages[lang] ?? 0]));
    return own;
  }

  /**
   * @param {string | null} term
   * @param {any} filters
   * @param {Options} settings
   */
  async ask(term, filters, settings) {
    const { client, lang } = await this.open();
    const filter = expression(filters ?? {}, this.given);
    if (filter === false) return { total: 0, listed: [], hits: [] };
    return client.ask(question(term, filter), { lang, lang_use: lang ? 'only' : '', ...settings });
  }

  /** @param {string} raw address in the index @param {string} term */
  address(raw, term) {
    const base = this.options.baseUrl ?? new URL('..', this.base).pathname;
    const own = new URL(this.base).origin === location.origin ? '' : new URL(this.base).origin;
    const root = /^(https?:)?\/\//.test(base) ? base : own + (base.startsWith('/') ? base : `/${base}`);
    const url = /^(https?:)?\/\//.test(raw) ? raw : `${root.replace(/\/+$/, '')}/${raw.replace(/^\/+/, '')}`;
    const { highlightParam } = this.options;
    if (!highlightParam) return url;
    const address = new URL(url, location.origin);
    for (const word of term.split(/\s+/).filter(Boolean)) address.searchParams.append(highlightParam, word);
    return /^(https?:)?\/\//.test(url) ? address.href : address.pathname + address.search + address.hash;
  }
}

/** @param {string} wanted @param {Record<string, number>} pages */
function languageOf(wanted, pages) {
  const main = wanted.toLowerCase().split('-')[0];
  if (main in pages) return main;
  const [most = ''] = Object.keys(pages).sort((a, b) => pages[b] - pages[a]);
  return most;
}

/**
 * The words and the filter as one question. Words stay plain language while there is no filter:
 * pages with all of them first, then those with some.
 * @param {string | null} term @param {string | boolean} filter
 */
function question(term, filter) {
  if (term === null) return filter === true ? EVERY_PAGE : String(filter);
  if (filter === true) return term;
  const words = term.replace(/[()]/g, ' ');
  return `(${(words.match(/"/g) ?? []).length % 2 ? `${words}"` : words}) AND ${filter}`;
}

/** Pagefind's calls over one or several bundles. */
export class Pagefind {
  #calls = 0;
  #wantsCounts = false;
  /** @type {Promise<void>[]} */
  #merging = [];

  /** @param {Options} [options] */
  constructor(options = {}) {
    const { basePath, bundlePath } = options;
    this.own = new URL('../', import.meta.url).href;
    const base = basePath ?? bundlePath ?? this.own;
    this.lang = options.language ?? document.documentElement.lang;
    this.bundles = [bundle(base, options, this.lang)];
  }

  /** @param {Options} options */
  async options(options) {
    for (const name of Object.keys(options).filter((name) => !OPTIONS.includes(name))) {
      console.warn(`pagefind.options: unknown option ${name}; known are ${OPTIONS.join(', ')}`);
    }
    if (options.ranking) console.warn('pagefind.options: ranking is settled when the index is built and was left aside');
    Object.assign(this.bundles[0].options, options);
    const base = options.basePath ?? options.bundlePath;
    if (base) this.bundles[0] = bundle(base, this.bundles[0].options, options.language ?? this.lang);
  }

  async init() {
    const { client } = await this.bundles[0].open();
    await client.preload();
  }

  /** @param {string} url @param {Options} [options] */
  async mergeIndex(url, options = {}) {
    const added = bundle(url, options, options.language ?? this.lang);
    if (added.base === this.bundles[0].base) {
      console.warn(`pagefind.mergeIndex: ${url} is the index that is asked anyway`);
      return;
    }
    this.bundles.push(added);
    await added.open();
  }

  async filters() {
    this.#wantsCounts = true;
    return sum(await Promise.all(this.bundles.map((one) => one.filters())));
  }

  /** @param {string | null} term @param {Options} [options] */
  async preload(term, options = {}) {
    await Promise.all(this.bundles.map((one) => one.ask(term ?? null, options.filters, { view: 'list', limit: 0 })));
  }

  /** @param {string | null} term @param {Options} [options] @param {number} [wait] milliseconds */
  async debouncedSearch(term, options = {}, wait = DEBOUNCE_MS) {
    const call = (this.#calls += 1);
    this.preload(term, options).catch(() => {}); // The search itself tells what is wrong.
    await new Promise((resolve) => { setTimeout(resolve, wait); });
    if (call !== this.#calls) return null;
    const found = await this.search(term, options);
    return call === this.#calls ? found : null;
  }

  /** @param {string | null} term @param {Options} [options] */
  async search(term, options = {}) {
    const start = performance.now();
    const { filters = {}, sort = {} } = options;
    const words = term === null ? null : String(term ?? '').trim();
    if (words === '') return emptyAnswer(start);
    const settings = { ...await this.#sorting(sort), ...await this.#statistics(words) };
    const answers = await Promise.all(this.bundles.map((one) => one.ask(words, filters, { ...settings, view: 'list', limit: MOST })));
    const searched = performance.now();
    const plain = !Object.keys(filters).length;
    const unfiltered = plain ? answers : await Promise.all(this.bundles.map((one) => one.ask(words, {}, { view: 'list', limit: 0 })));
    const counts = this.#wantsCounts ? await this.#counts(words, filters) : { filters: {}, totalFilters: {} };
    const lists = await Promise.all(answers.map((answer, i) => results(this.bundles[i], answer, { words, filters, settings })));
    // By relevance, places below 2^32 are those of pages with all the words.
    const order = settings.sort
      ? (/** @type {Ranked} */ a, /** @type {Ranked} */ b) => a.place - b.place
      : (/** @type {Ranked} */ a, /** @type {Ranked} */ b) => Math.floor(a.place / 2 ** 32) - Math.floor(b.place / 2 ** 32) || b.result.score - a.result.score;
    const done = performance.now();
    return {
      results: (lists.length > 1 ? lists.flat().sort(order) : lists[0]).map(({ result }) => result),
      unfilteredResultCount: unfiltered.reduce((total, answer) => total + answer.total, 0),
      ...counts,
      timings: { preload: 0, search: searched - start, total: done - start },
    };
  }

  /** How frequent the words are in all bundles together: by that, scores of each compare. @param {string | null} words */
  async #statistics(words) {
    if (this.bundles.length < 2 || words === null) return {};
    const answers = await Promise.all(this.bundles.map((one) => one.ask(words, {}, { view: 'terms' })));
    const all = new Map();
    for (const { statistics } of answers) for (const [word, n] of statistics.holding) all.set(word, (all.get(word) ?? 0) + n);
    return {
      documents: answers.reduce((sum, { statistics }) => sum + statistics.documents, 0),
      holding: [...all].map(([word, n]) => `${n} ${word}`),
    };
  }

  /** Pages that each value would leave, with the filters of the search and without. */
  async #counts(words, filters) {
    const [narrowed, whole] = await Promise.all([this.#count(words, filters), this.#count(words, {})]);
    return { filters: narrowed, totalFilters: whole };
  }

  async #count(words, filters) {
    return sum(await Promise.all(this.bundles.map(async (one) => {
      const known = await one.filters();
      const facet = Object.keys(known).filter((key) => !(key in one.given));
      const answer = await one.ask(words, filters, { view: 'list', limit: 0, facet, exhaustive: 1 });
      const counted = new Map((answer.facets ?? []).map(({ name, values }) => [name, values]));
      return Object.fromEntries(Object.entries(known).map(([key, values]) => {
        if (key in one.given) return [key, Object.fromEntries(one.given[key].map((value) => [value, answer.total]))];
        const found = counted.get(key) ?? [];
        // A value that is not named has no page, unless more have pages than are named.
        const none = found.length < MOST_VALUES ? Object.keys(values).map((value) => [value, 0]) : [];
        return [key, Object.fromEntries([...none, ...found.map(({ value, count }) => [value, count])])];
      }));
    })));
  }

  /** @param {Record<string, string>} sort @returns {Promise<{ sort?: string }>} */
  async #sorting(sort) {
    const [[key, direction] = []] = Object.entries(sort);
    if (!key) return {};
    const { sorts } = await this.bundles[0].open();
    if (sorts.includes(key)) return { sort: `${direction === 'desc' ? 'desc' : 'asc'} by.${key}` };
    if (key === 'date') return { sort: direction === 'asc' ? 'oldest' : 'newest' };
    console.warn(`pagefind.search: pages have no data-pagefind-sort="${key}"`);
    return {};
  }
}

/** @param {string} path @param {Options} options @param {string} lang */
function bundle(path, options, lang) {
  const base = new URL(path.endsWith('/') ? path : `${path}/`, document.baseURI).href;
  return new Bundle(base, options, lang);
}

/** @param {Record<string, Record<string, number>>[]} tables */
function sum(tables) {
  const all = {};
  for (const [key, values] of tables.flatMap((table) => Object.entries(table))) {
    for (const [value, count] of Object.entries(values)) {
      (all[key] ??= {})[value] = (all[key][value] ?? 0) + count;
    }
  }
  return all;
}

/** @param {number} start */
function emptyAnswer(start) {
  const total = performance.now() - start;
  return { results: [], unfilteredResultCount: 0, filters: {}, totalFilters: {}, timings: { preload: 0, search: 0, total } };
}

/**
 * Results whose data comes when asked for; those asked for together are read together.
 * @param {Bundle} from
 * @param {any} answer
 * @param {{ words: string | null, filters: any, settings: Options }} asked
 * @returns {Promise<Ranked[]>}
 */
async function results(from, answer, { words, filters, settings }) {
  const { root } = await from.open();
  /** @type {Map<number, Promise<any>>} */
  const known = new Map();
  /** @type {Map<number, (hit: any) => void> | null} */
  let waiting = null;
  const read = async (/** @type {Map<number, (hit: any) => void>} */ wanted) => {
    for (const [first, last] of stretches([...wanted.keys()])) {
      const page = from.ask(words, filters, { ...settings, view: 'whole', offset: first, limit: last - first + 1 });
      for (let rank = first; rank <= last; rank += 1) wanted.get(rank)?.(page.then(({ hits }) => hits[rank - first]));
    }
  };
  const hit = (/** @type {number} */ rank) => new Promise((resolve) => {
    if (!waiting) {
      const wanted = (waiting = new Map());
      queueMicrotask(() => {
        waiting = null;
        read(wanted);
      });
    }
    waiting.set(rank, resolve);
  });
  const data = async (/** @type {number} */ rank) => {
    const found = await hit(rank);
    if (!found) throw new Error('the index changed while its results were read: search again');
    const { excerptLength = 30 } = from.options;
    return fragment(found, { url: from.address(found.url, words ?? ''), excerptLength, filters: from.given });
  };
  return (answer.listed ?? []).map(([doc, score, place, index = 0], /** @type {number} */ rank) => ({
    place,
    result: {
      id: `${root.slice(0, 8)}_${index ? `${index}.` : ''}${doc}`,
      score: score * (from.options.indexWeight ?? 1),
      words: [],
      data: () => {
        const promise = known.get(rank) ?? data(rank);
        known.set(rank, promise);
        promise.catch(() => known.delete(rank));
        return promise;
      },
    },
  }));
}

/** Numbers as stretches without holes. @param {number[]} numbers */
function stretches(numbers) {
  /** @type {[number, number][]} */
  const found = [];
  for (const n of numbers.sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last && last[1] === n - 1) last[1] = n;
    else found.push([n, n]);
  }
  return found;
}

/** @type {Pagefind | null} */
let shared = null;
/** @type {Options} */
let initial = {};
const instance = () => (shared ??= new Pagefind(initial));

export const createInstance = (/** @type {Options} */ options) => new Pagefind(options);
export const options = async (/** @type {Options} */ given) => {
  if (shared) return shared.options(given);
  initial = { ...initial, ...given };
  await instance().options(given);
};
export const init = async () => instance().init();
export const destroy = async () => {
  shared = null;
  initial = {};
};
export const mergeIndex = async (/** @type {string} */ url, /** @type {Options} */ given) => instance().mergeIndex(url, given);
export const search = async (/** @type {string | null} */ term, /** @type {Options} */ given) => instance().search(term, given);
export const debouncedSearch = async (/** @type {string | null} */ term, /** @type {Options} */ given, /** @type {number} */ wait) =>
  instance().debouncedSearch(term, given, wait);
export const preload = async (/** @type {string | null} */ term, /** @type {Options} */ given) => instance().preload(term, given);
export const filters = async () => instance().filters();
