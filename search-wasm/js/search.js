/**
 * `<woodblock-search>`: suggestions under a search box on every page, results on the search page.
 *
 * The element holds a plain GET form that works without this script. Engine and worker load on
 * the first focus of the box or on the search page, never before; with data saving on, only for
 * a submitted search. Markup, classes and calls are described in docs/search-element.md.
 */
import { Client, SearchError, site } from './client.js';
import { element } from './draw.js';
import { Suggestions } from './suggest.js';
import { words } from './words.js';

export { SearchError };

/** Hits asked for to fill a list of suggestions with several kinds. */
const SUGGESTED = 16;

const savesData = () => /** @type {any} */ (navigator).connection?.saveData === true;

/**
 * The index that a call means: named by the call, by a search box on the page, or by the site's
 * entry file.
 * @param {string} [root]
 */
async function clientFor(root) {
  const named = root ?? document.querySelector('woodblock-search[root]')?.getAttribute('root');
  if (named) return Client.at(named);
  const entry = new URL('woodblock/index/entry.json', site);
  const response = await fetch(entry, { cache: 'no-cache' }).catch(() => null);
  if (!response?.ok) throw new SearchError({ code: 'missing', part: 'root', block: 'entry.json' });
  return Client.at(new URL((await response.json()).root, entry).href);
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

  connectedCallback() {
    const form = this.querySelector('form');
    const input = form?.querySelector('input');
    const root = this.getAttribute('root');
    if (this.#begun || !form || !input || !root) return;
    this.#begun = true;
    const lang = (this.getAttribute('lang') || document.documentElement.lang || 'zh').split('-')[0];
    const status = element('div', { class: 'wb-status', role: 'status' });
    this.append(status);
    const client = Client.at(root);
    const parts = { form, input, lang, status, words: words(lang) };
    const suggestions = new Suggestions({ ...parts, find: (text, signal) => this.#suggest(client, text, lang, signal) });
    // The box that a page opens with in focus must not wait for a second focus.
    input.addEventListener('focus', () => this.#warm(client), { once: true });
    if (document.activeElement === input) this.#warm(client);
    if (this.getAttribute('mode') === 'page') this.#openPage(client, parts, suggestions);
  }

  /** @param {Client} client */
  #warm(client) {
    // A failure is told by the search that needs the engine.
    if (!savesData()) client.preload().catch(() => {});
  }

  /** @param {Client} client @param {string} text @param {string} lang @param {AbortSignal} signal */
  async #suggest(client, text, lang, signal) {
    return savesData() ? null : client.search(text, { lang, signal, suggest: true, limit: SUGGESTED });
  }

  /** @param {Client} client @param {Suggestions} suggestions */
  async #openPage(client, parts, suggestions) {
    // A submit before the module is here takes the plain way: the form reloads the page with `?q=`.
    const { ResultPage } = await import('./results.js');
    if (!savesData()) this.#warm(client);
    new ResultPage({
      ...parts,
      find: (text, options) => client.search(text, options),
      submitted: () => suggestions.close(),
    });
  }
}

if (!customElements.get('woodblock-search')) customElements.define('woodblock-search', WoodblockSearch);
