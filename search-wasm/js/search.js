/**
 * `<woodblock-search>`: suggestions under a search box on every page, results on the search page.
 *
 * The element holds a plain GET form that works without this script. Engine and worker load on
 * the first focus of the box or on the search page, never before; with data saving on, only for
 * a submitted search. Markup, classes and calls are described in docs/search-element.md.
 */
import { Client, SearchError } from './client.js';
import { element } from './draw.js';
import { Suggestions } from './suggest.js';

export { SearchError };

/** Whether this bundle lies beside an index that `woodblock index` wrote, on somebody else's site. */
const isBeside = import.meta.url.endsWith('?beside');
const ENTRY = new URL(isBeside ? '../entry.json' : '../index/entry.json', import.meta.url);

/** @param {string} lang all but English read Chinese words */
const wordsIn = async (lang) => (lang === 'en' ? import('./words.en.js') : import('./words.zh.js'));

/** A pause in typing that is worth fetching for; what is at hand is shown without one. */
const TYPING_MS = 120;
/** Hits asked for to fill a list of suggestions with several kinds. */
const SUGGESTED = 16;

const savesData = () => /** @type {any} */ (navigator).connection?.saveData === true;

/**
 * The index or indexes that a call means: named by the call, by a search box on the page, or by the
 * site's entry pointer.
 * @param {string} [root]
 */
function clientFor(root) {
  return Client.at(root || document.querySelector('woodblock-search[root]')?.getAttribute('root') || ENTRY.href);
}

/**
 * Searches the site.
 * @param {string} text
 * @param {import('./woodblock.js').SearchOptions & { root?: string }} [options]
 */
export async function search(text, { root, ...options } = {}) {
  return (await clientFor(root)).search(text, { lang: document.documentElement.lang, ...options });
}

/**
 * Loads engine and index root, so that the first search is quick.
 * @param {{ root?: string }} [options]
 */
export async function preload({ root } = {}) {
  await (await clientFor(root)).preload();
}

export class WoodblockSearch extends HTMLElement {
  #begun = false;

  async connectedCallback() {
    const form = this.querySelector('form');
    const input = form?.querySelector('input');
    if (this.#begun || !form || !input) return;
    this.#begun = true;
    const isPage = this.getAttribute('mode') === 'page';
    // What shows results comes while the entry pointer is read, where one has to be.
    const page = isPage ? import('./results.js') : null;
    // Without an index the element stays a plain form.
    const client = await clientFor(this.getAttribute('root') || undefined).catch(() => null);
    if (!client) return;
    const lang = (this.getAttribute('lang') || document.documentElement.lang || 'zh').split('-')[0];
    const status = element('div', { class: 'wb-status', role: 'status' });
    this.append(status);
    // What does not load leaves the plain form, which reloads the page with `?q=`.
    this.#equip(client, { form, input, lang, status }, page).catch(() => {});
    // The box that a page opens with in focus must not wait for a second focus.
    input.addEventListener('focus', () => this.#warm(client), { once: true });
    if (isPage || document.activeElement === input) this.#warm(client);
  }

  /**
   * @param {Client} client
   * @param {{ form: HTMLFormElement, input: HTMLInputElement, lang: string, status: HTMLElement }} box
   * @param {Promise<typeof import('./results.js')> | null} page on the search page: what shows results
   */
  async #equip(client, { form, input, lang, status }, page) {
    const [{ words }, results] = await Promise.all([wordsIn(lang), page]);
    const parts = { form, input, lang, status, words };
    const suggestions = new Suggestions({ ...parts, find: (text, signal) => this.#suggest(client, text, lang, signal) });
    if (!results) return;
    new results.ResultPage({
      ...parts,
      find: (text, options) => client.search(text, options),
      hasPages: !isBeside,
      facets: (this.getAttribute('facets') ?? '').split(/\s+/).filter(Boolean),
      submitted: () => suggestions.close(),
    });
  }

  /** @param {Client} client */
  #warm(client) {
    // A failure is told by the search that needs the engine.
    if (!savesData()) client.preload().catch(() => {});
  }

  /** @param {Client} client @param {string} text @param {string} lang @param {AbortSignal} signal */
  async #suggest(client, text, lang, signal) {
    return savesData() ? null : client.search(text, { lang, signal, suggest: true, limit: SUGGESTED, pause: TYPING_MS });
  }
}

if (!customElements.get('woodblock-search')) customElements.define('woodblock-search', WoodblockSearch);
