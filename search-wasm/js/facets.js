/**
 * The facet panel: what the answer can be narrowed by, with counts. It stays in the page while answers
 * come and go, so that focus and places of values do too.
 *
 * On wide screens a box that is ticked narrows at once; on a phone the panel is closed at first, and a
 * button shows what the ticked boxes would leave.
 */
import { element } from './draw.js';

/** @typedef {{ name: string, exact: boolean, values: { value: string, count: number }[] }} Facet */

/** Values that are shown before "more". */
const SHOWN = 7;
/** The width from which the panel stands beside the results: as in the style sheet. */
const WIDE = '(min-width: 60em)';

export class FacetPanel {
  /** @type {Map<string, { set: HTMLElement, list: HTMLElement, rows: Map<string, { row: HTMLElement, box: HTMLInputElement, n: HTMLElement, bar: HTMLElement }> }>} */
  #sets = new Map();

  /**
   * @param {{
   *   words: import('./words.zh.js').Words,
   *   change: (chosen: string[]) => void,
   *   preview: (chosen: string[]) => Promise<string>,
   * }} parts `preview` gives the words of the button for what is ticked
   */
  constructor({ words, change, preview }) {
    this.words = words;
    this.change = change;
    this.preview = preview;
    this.wide = matchMedia(WIDE);
    this.summary = element('summary', {});
    this.body = element('div', { class: 'wb-facets' });
    this.button = element('button', { type: 'button', class: 'wb-apply' });
    this.node = element('details', { class: 'wb-side', hidden: true, open: this.wide.matches }, this.summary, this.body, this.button);
    this.wide.addEventListener('change', () => this.#fit());
    this.#fit();
    this.body.addEventListener('change', () => this.#changed());
    this.button.addEventListener('click', () => this.change(this.chosen()));
  }

  #fit() {
    this.node.open = this.wide.matches;
    this.button.hidden = this.wide.matches;
  }

  /** Ticked values as `name=value`. */
  chosen() {
    return [...this.body.querySelectorAll('input:checked')].map((box) => /** @type {HTMLInputElement} */ (box).value);
  }

  async #changed() {
    const chosen = this.chosen();
    this.#count(chosen.length);
    if (this.wide.matches) {
      this.change(chosen);
      return;
    }
    const text = await this.preview(chosen).catch(() => this.words.apply);
    if (chosen.join() === this.chosen().join()) this.button.textContent = text;
  }

  #count(/** @type {number} */ n) {
    this.summary.textContent = this.words.facetSummary(n);
  }

  /**
   * Offers to narrow an answer. Its facets are read once the panel is open: on a phone that is at
   * the reader's wish.
   * @param {() => Promise<Facet[]>} load @param {string[]} chosen @param {string} total words of the button
   */
  offer(load, chosen, total) {
    const read = async () => {
      this.node.ontoggle = null;
      const facets = await load().catch(() => null);
      if (facets) this.draw(facets, chosen, total);
    };
    this.#count(chosen.length);
    this.button.textContent = total;
    this.node.ontoggle = null;
    if (this.node.open) read();
    else {
      this.node.hidden = false;
      this.node.ontoggle = () => this.node.open && read();
    }
  }

  /**
   * Draws an answer's facets. Values that were there keep their places, those without hits stay, grey.
   * @param {Facet[]} facets @param {string[]} chosen @param {string} total words of the button
   */
  draw(facets, chosen, total) {
    this.node.hidden = !facets.some(({ values }) => values.length) && !chosen.length;
    this.#count(chosen.length);
    this.button.textContent = total;
    for (const { rows } of this.#sets.values()) for (const row of rows.values()) this.#set(row, 0, 0, '');
    for (const facet of facets) this.#drawFacet(facet);
    for (const one of chosen) {
      const [name] = one.split('=', 1);
      this.#row(this.#setOf(name), name, one.slice(name.length + 1));
    }
    for (const box of this.body.querySelectorAll('input')) box.checked = chosen.includes(box.value);
    for (const set of this.#sets.values()) this.#fold(set);
  }

  #drawFacet(/** @type {Facet} */ { name, exact, values }) {
    const set = this.#setOf(name);
    const most = Math.max(1, ...values.map(({ count }) => count));
    for (const { value, count } of values) this.#set(this.#row(set, name, value), count, count / most, exact ? '' : this.words.about);
  }

  #setOf(/** @type {string} */ name) {
    const known = this.#sets.get(name);
    if (known) return known;
    const list = element('ul', {});
    const set = element('fieldset', {}, element('legend', {}, this.words.facets[name] ?? name), list);
    this.body.append(set);
    const made = { set, list, rows: new Map() };
    this.#sets.set(name, made);
    return made;
  }

  #row(/** @type {any} */ set, /** @type {string} */ name, /** @type {string} */ value) {
    const known = set.rows.get(value);
    if (known) return known;
    const box = element('input', { type: 'checkbox', value: `${name}=${value}` });
    const n = element('span', { class: 'wb-n' });
    const bar = element('meter', { min: '0', max: '1', 'aria-hidden': 'true' });
    const row = element('li', {}, element('label', {}, box, element('span', {}, value), n), bar);
    set.list.append(row);
    const made = { row, box, n, bar };
    set.rows.set(value, made);
    return made;
  }

  #set(/** @type {any} */ { row, n, bar }, /** @type {number} */ count, /** @type {number} */ share, /** @type {string} */ about) {
    n.textContent = about + count.toLocaleString('en-GB');
    bar.value = share;
    row.classList.toggle('wb-none', !count);
  }

  /** Values past the first few stand behind a button, ticked ones never. */
  #fold(/** @type {any} */ { set, list }) {
    const rows = [...list.children];
    set.hidden = !rows.length;
    const later = rows.filter((row, i) => i >= SHOWN && !row.querySelector('input').checked);
    const more = set.querySelector('.wb-more');
    if (set.dataset.all || !later.length) {
      more?.remove();
      for (const row of rows) row.hidden = false;
      return;
    }
    for (const row of rows) row.hidden = later.includes(row);
    const button = more ?? element('button', { type: 'button', class: 'wb-more' });
    button.textContent = this.words.more(later.length);
    button.onclick = () => {
      set.dataset.all = '1';
      this.#fold({ set, list });
      later[0].querySelector('input').focus();
    };
    if (!more) set.append(button);
  }
}
