/**
 * Suggestions under a search box: the combobox pattern of the ARIA practices with a grouped
 * listbox. Nothing is chosen at first; Down and Up move, Enter opens what is chosen or searches,
 * Esc closes and then clears, Tab leaves.
 */
import { element, marked } from './draw.js';

/** @typedef {import('./woodblock.js').Hit} Hit */
/** @typedef {import('./woodblock.js').Results} Results */

const ROWS = 8;
const ROWS_A_GROUP = 3;
/** A pause after which a screen reader hears the count. */
const ANNOUNCE_MS = 500;

let lists = 0;

/**
 * Best hits first, at most three of a kind while other kinds have some, eight in all.
 * @param {Hit[]} hits
 * @returns {Map<string, Hit[]>} kind → hits, kinds in the order of their best hit
 */
export function choose(hits) {
  const taken = new Set();
  const count = new Map();
  for (const most of [ROWS_A_GROUP, ROWS]) {
    for (const hit of hits) {
      const n = count.get(hit.kind) ?? 0;
      if (taken.size < ROWS && n < most && !taken.has(hit)) {
        taken.add(hit);
        count.set(hit.kind, n + 1);
      }
    }
  }
  const groups = new Map();
  for (const hit of hits.filter((one) => taken.has(one))) {
    groups.set(hit.kind, [...(groups.get(hit.kind) ?? []), hit]);
  }
  return groups;
}

export class Suggestions {
  #announcing = 0;
  #composing = false;
  /** @type {AbortController | null} */
  #running = null;
  /** @type {HTMLElement[]} */
  #options = [];
  #chosen = -1;

  /**
   * @param {{
   *   input: HTMLInputElement,
   *   words: import('./words.zh.js').Words,
   *   status: HTMLElement,
   *   find: (text: string, signal: AbortSignal) => Promise<Results | null>,
   * }} parts `find` gives null where suggestions are not wanted
   */
  constructor({ input, words, status, find }) {
    Object.assign(this, { input, words, status, find });
    this.input = input;
    this.words = words;
    this.status = status;
    this.find = find;
    const id = `wb-list-${(lists += 1)}`;
    this.list = element('div', { class: 'wb-list', role: 'listbox', id, 'aria-label': words.listName, hidden: true });
    const combobox = {
      role: 'combobox', 'aria-expanded': 'false', 'aria-controls': id,
      'aria-autocomplete': 'list', autocomplete: 'off',
    };
    for (const [name, value] of Object.entries(combobox)) input.setAttribute(name, value);
    input.after(this.list);
    this.#listen();
  }

  #listen() {
    this.input.addEventListener('compositionstart', () => {
      this.#composing = true;
    });
    this.input.addEventListener('compositionend', () => {
      this.#composing = false;
      this.#typed();
    });
    this.input.addEventListener('input', () => this.#typed());
    this.input.addEventListener('keydown', (event) => this.#key(event));
    this.input.addEventListener('blur', () => this.close());
    // A press on a row must not take the focus away, or the list would close under the finger.
    this.list.addEventListener('pointerdown', (event) => event.preventDefault());
    this.list.addEventListener('mousedown', (event) => event.preventDefault());
    this.list.addEventListener('click', (event) => {
      const option = /** @type {Element} */ (event.target).closest('.wb-option');
      if (option) this.#open(/** @type {HTMLElement} */ (option), event.ctrlKey || event.metaKey);
    });
  }

  get isOpen() {
    return !this.list.hidden;
  }

  /** Hides the list and forgets every query under way. */
  close() {
    clearTimeout(this.#announcing);
    this.#running?.abort();
    this.#running = null;
    this.list.hidden = true;
    this.list.replaceChildren();
    this.#options = [];
    this.#choose(-1);
    this.input.setAttribute('aria-expanded', 'false');
  }

  #typed() {
    if (this.#composing) return;
    clearTimeout(this.#announcing);
    this.#running?.abort();
    if (this.input.value.trim()) this.#ask();
    else this.close();
  }

  async #ask() {
    const running = new AbortController();
    this.#running = running;
    try {
      const results = await this.find(this.input.value.trim(), running.signal);
      if (!results || running.signal.aborted) return;
      // Drawn with the next frame, and only if no newer keystroke came before it.
      requestAnimationFrame(() => {
        if (!running.signal.aborted && document.activeElement === this.input) this.#show(results);
      });
    } catch {
      // Suggestions are an extra: the form still searches, and that search says what is wrong.
      if (!running.signal.aborted) this.close();
    }
  }

  /** @param {Results} results */
  #show(results) {
    this.#choose(-1);
    const groups = choose(results.hits);
    const rows = [...groups].map(([kind, hits], at) => this.#group(kind, hits, at));
    if (results.total) {
      rows.push(element('div', { class: 'wb-count', role: 'presentation' },
        this.words.foundAll(results.total, results.exact)));
    }
    this.list.replaceChildren(...rows);
    this.#options = [...this.list.querySelectorAll('.wb-option')].map((row) => /** @type {HTMLElement} */ (row));
    const shown = this.#options.length > 0;
    this.list.hidden = !shown;
    this.input.setAttribute('aria-expanded', String(shown));
    this.#announcing = window.setTimeout(() => {
      this.status.textContent = this.words.suggestions(this.#options.length);
    }, ANNOUNCE_MS);
  }

  /** @param {string} kind @param {Hit[]} hits @param {number} at */
  #group(kind, hits, at) {
    const name = `${this.list.id}-group-${at}`;
    return element('div', { class: 'wb-group', role: 'group', 'aria-labelledby': name },
      element('div', { class: 'wb-group-name', id: name, role: 'presentation' },
        this.words.groups[kind] ?? this.words.groups.page),
      ...hits.map((hit, row) => this.#row(hit, `${this.list.id}-${at}-${row}`)));
  }

  /** @param {Hit} hit @param {string} id */
  #row(hit, id) {
    const meta = hit.card.slice(0, 2).map(([, value]) => element('span', {}, value));
    return element('div', { class: 'wb-option', role: 'option', id, 'aria-selected': 'false', 'data-url': hit.url },
      element('span', { class: 'wb-title', lang: hit.lang }, marked(hit.title, hit.title_highlights)),
      meta.length ? element('span', { class: 'wb-meta' }, ...meta) : null);
  }

  /** @param {number} at index of a row; -1 none */
  #choose(at) {
    this.#options[this.#chosen]?.setAttribute('aria-selected', 'false');
    this.#chosen = at;
    const option = this.#options[at];
    if (option) {
      option.setAttribute('aria-selected', 'true');
      option.scrollIntoView({ block: 'nearest' });
      this.input.setAttribute('aria-activedescendant', option.id);
    } else {
      this.input.removeAttribute('aria-activedescendant');
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // While a word is being composed every key belongs to the input method.
    if (event.isComposing || this.#composing || event.keyCode === 229) return;
    const rows = this.#options.length;
    if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && !event.altKey) {
      if (!this.isOpen) {
        if (this.input.value.trim()) this.#ask();
      } else {
        // One place more than there are rows: past either end the choice returns to the box.
        const step = event.key === 'ArrowDown' ? 1 : rows;
        this.#choose(((this.#chosen + 1 + step) % (rows + 1)) - 1);
      }
      event.preventDefault();
    } else if (event.key === 'Enter' && this.isOpen && this.#chosen >= 0) {
      event.preventDefault();
      this.#open(this.#options[this.#chosen], event.ctrlKey || event.metaKey);
    } else if (event.key === 'Escape') {
      if (this.isOpen) this.close();
      else this.input.value = '';
      event.preventDefault();
    }
  }

  /** @param {HTMLElement} option @param {boolean} beside in a new tab */
  #open(option, beside) {
    const url = option.dataset.url ?? '#';
    this.close();
    if (beside) window.open(url, '_blank', 'noopener');
    else location.assign(url);
  }
}
