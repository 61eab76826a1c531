/**
 * The search page: the answer to the query in the address, with its groups, pages and honest
 * failures. The address is the whole state: `?q=`, `&group=`, `&sort=`, `&f=name=value`, `&page=`.
 */
import { element, marked } from './draw.js';

/** @typedef {import('./woodblock.js').Hit} Hit */
/** @typedef {import('./woodblock.js').Results} Results */
/** @typedef {{ q: string, group: string, sort: string, filters: string[], page: number }} Place */

const SIZE = 10;
/** Nobody reads further; a narrower search helps more. */
const MAX_PAGE = 1_000;
/** Values of filters that an address may name. */
const MAX_FILTERS = 32;
/** Groups whose documents have dates worth sorting by. */
const DATED = ['record', 'news'];
/** Shorter waits show nothing: a flash of placeholders is worse than a blink. */
const PATIENCE_MS = 300;
/** Pages of results that are linked around the current one. */
const PAGES_AROUND = 2;
/** Searches tried on the reader's behalf when nothing was found. */
const FEWER_TRIED = 4;

/** @param {string} search @returns {Place} */
export function readPlace(search) {
  const parameters = new URLSearchParams(search);
  return {
    q: (parameters.get('q') ?? '').trim(),
    group: parameters.get('group') ?? '',
    sort: parameters.get('sort') ?? '',
    filters: parameters.getAll('f').filter((one) => /^[^=]+=./.test(one)).slice(0, MAX_FILTERS),
    page: Math.min(Math.max(1, parseInt(parameters.get('page') ?? '1', 10) || 1), MAX_PAGE),
  };
}

/** @param {Place} place @returns {string} the query part of an address */
export function writePlace({ q, group, sort, filters, page }) {
  const parameters = new URLSearchParams({ q });
  if (group) parameters.set('group', group);
  if (sort) parameters.set('sort', sort);
  for (const filter of filters) parameters.append('f', filter);
  if (page > 1) parameters.set('page', String(page));
  return `?${parameters}`;
}

/**
 * Shorter forms of a query: without one of its words or phrases, or the halves of a run of Han.
 * @param {string} q
 * @returns {string[]}
 */
export function fewerWords(q) {
  // What is left is plain words and phrases: an operator without its side would be one too many.
  const parts = (q.match(/"[^"]*"|[^\s"]+/g) ?? []).filter((part) => !/^(AND|OR|NOT)$/.test(part));
  if (parts.length > 1) return parts.map((_, left) => parts.filter((_part, i) => i !== left).join(' '));
  const han = [...q];
  if (han.length < 3 || !/\p{Script=Han}/u.test(q)) return [];
  const half = Math.ceil(han.length / 2);
  return [...new Set([half, 2].flatMap((n) => [han.slice(0, n).join(''), han.slice(-n).join('')]))];
}

/** @param {number} current @param {number} last @returns {number[]} 0 stands for a gap */
export function pageNumbers(current, last) {
  const near = (/** @type {number} */ n) => n === 1 || n === last || Math.abs(n - current) <= PAGES_AROUND;
  const numbers = [];
  for (let n = 1; n <= last; n += 1) {
    if (near(n)) numbers.push(n);
    else if (numbers.at(-1) !== 0) numbers.push(0);
  }
  return numbers;
}

/** @param {string} text */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** @param {string} q @returns {Place} the first page for these words */
const begin = (q) => ({ q, group: '', sort: '', filters: [], page: 1 });

export class ResultPage {
  /** @type {AbortController | null} */
  #running = null;
  /** @type {Promise<import('./facets.js').FacetPanel> | null} */
  #panel = null;

  /**
   * @param {{
   *   form: HTMLFormElement, input: HTMLInputElement, status: HTMLElement, lang: string,
   *   words: import('./words.zh.js').Words,
   *   find: (text: string, options: object) => Promise<Results>,
   *   submitted: () => void,
   *   hasPages?: boolean,
   *   facets?: string[],
   * }} parts
   */
  constructor({ form, input, status, lang, words, find, submitted, hasPages = true, facets = [] }) {
    this.form = form;
    this.input = input;
    this.status = status;
    this.lang = lang;
    this.words = words;
    this.find = find;
    // Guides, classes and the offline page: those of a portal, not of any site.
    this.hasPages = hasPages;
    this.title = document.title;
    this.place = readPlace(location.search);
    this.facets = facets;
    /** The words whose every hit is counted, at the reader's wish. */
    this.countAll = '';
    this.out = element('div', { class: 'wb-results' });
    form.after(element('div', { class: 'wb-body' }, this.out));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      submitted();
      const q = input.value.trim();
      if (q) this.#go({ ...begin(q), group: q === this.place.q ? this.place.group : '' });
    });
    this.out.addEventListener('click', (event) => this.#follow(event));
    this.#keepPosition();
    if (this.place.q) {
      input.value = this.place.q;
      this.#show({ restore: history.state?.woodblock });
    }
  }

  /** Back and forward bring back the place, and where the reader was on it. */
  #keepPosition() {
    history.scrollRestoration = 'manual';
    addEventListener('pagehide', () => this.#remember());
    addEventListener('popstate', (event) => {
      const place = readPlace(location.search);
      if (writePlace(place) === writePlace(this.place)) return; // Only the fragment changed.
      this.place = place;
      this.input.value = place.q;
      if (place.q) this.#show({ restore: event.state?.woodblock ?? { top: 0 } });
      else this.out.replaceChildren();
    });
  }

  #remember() {
    const links = [...this.out.querySelectorAll('a')];
    const focus = links.indexOf(/** @type {any} */ (document.activeElement));
    history.replaceState({ ...history.state, woodblock: { top: scrollY, focus } }, '');
  }

  /** @param {Place} place @param {{ keepFocus?: boolean }} [then] */
  #go(place, { keepFocus = false } = {}) {
    this.#remember();
    this.place = place;
    history.pushState({}, '', writePlace(place));
    this.#show({ focus: !keepFocus });
  }

  /** Links to other places of this search stay on the page. @param {MouseEvent} event */
  #follow(event) {
    const link = /** @type {Element} */ (event.target).closest('a');
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (link.hasAttribute('data-place')) {
      event.preventDefault();
      const place = readPlace(link.search);
      this.input.value = place.q;
      this.#go(place);
    }
  }

  /** @param {{ focus?: boolean, restore?: { top: number, focus?: number } }} then */
  async #show({ focus = false, restore }) {
    this.#running?.abort();
    const running = (this.#running = new AbortController());
    const place = this.place;
    const wait = this.#wait();
    try {
      const results = await this.#ask(place, running.signal, wait.progress);
      if (running.signal.aborted) return;
      wait.over();
      if (this.facets.length && (results.total || place.filters.length)) this.#narrow(place, results, running.signal);
      if (results.total) this.#found(place, results);
      else await this.#nothing(place, results, running.signal);
    } catch (error) {
      if (running.signal.aborted) return;
      wait.over();
      this.#failed(/** @type {any} */ (error));
    } finally {
      wait.cancel();
    }
    this.#settle(focus, restore);
  }

  #settle(focus, restore) {
    const heading = /** @type {HTMLElement | null} */ (this.out.querySelector('h2'));
    const link = restore && /** @type {HTMLElement | undefined} */ (this.out.querySelectorAll('a')[restore.focus ?? -1]);
    if (focus) heading?.focus();
    else link?.focus({ preventScroll: true });
    if (restore) scrollTo(0, restore.top);
    document.title = `${this.place.q} – ${this.title}`;
  }

  /** @param {Place} place @param {AbortSignal | undefined} signal @param {(part: number, parts: number) => void} progress */
  #ask({ q, group, sort, filters, page }, signal, progress, limit = SIZE) {
    const narrowed = {
      ...(filters.length && { filter: filters }),
      ...(this.countAll === q && { exhaustive: 1 }),
    };
    return this.find(q, { lang: this.lang, group, sort, offset: (page - 1) * SIZE, limit, signal, progress, ...narrowed });
  }

  /** Placeholder rows, after a while; the sentence beside them tells how far it is. */
  #wait() {
    this.out.setAttribute('aria-busy', 'true');
    let sentence = this.words.loading(1, 2);
    /** @type {HTMLElement | null} */
    let shown = null;
    const timer = setTimeout(() => {
      shown = element('p', {}, sentence);
      const bars = Array.from({ length: SIZE / 2 }, () => element('i', { class: 'wb-skeleton', 'aria-hidden': 'true' }));
      this.out.replaceChildren(element('div', { class: 'wb-loading' }, shown, ...bars));
      this.status.textContent = sentence;
    }, PATIENCE_MS);
    const cancel = () => clearTimeout(timer);
    return {
      progress: (/** @type {number} */ part, /** @type {number} */ parts) => {
        sentence = this.words.loading(part, parts);
        if (shown) shown.textContent = sentence;
      },
      cancel,
      over: () => {
        cancel();
        this.out.removeAttribute('aria-busy');
      },
    };
  }

  /** @param {Place} place @param {Results} results */
  #found(place, results) {
    const from = (place.page - 1) * SIZE + 1;
    const kind = place.group || (results.groups.length === 1 ? results.groups[0].name : '');
    const total = this.words.total(results.total, from, from + results.hits.length - 1, kind, results.exact);
    this.out.replaceChildren(...[
      this.#readAs(results),
      this.#meant(results),
      ...this.#remarks(results),
      this.#groups(place, results),
      element('h2', { class: 'wb-total', tabindex: '-1' }, total),
      results.exact ? null : this.#countAll(place),
      this.#chips(place),
      this.#sorts(place, kind),
      element('ol', { class: 'wb-hits', start: String(from) }, ...results.hits.map((hit) => this.#hit(hit))),
      this.#pages(place, results.total),
    ].filter((part) => part !== null));
    this.status.textContent = total;
  }

  /** @param {Results} results */
  #readAs(results) {
    if (!results.read_as) return null;
    const change = element('a', { href: `#${this.input.id}` }, this.words.change);
    change.addEventListener('click', (event) => {
      event.preventDefault();
      this.input.focus();
      this.input.select();
    });
    return element('p', { class: 'wb-readas' }, this.words.readAs, element('code', {}, results.read_as), ' ', change);
  }

  /** The words that were likely meant. @param {Results} results */
  #meant({ did_you_mean: meant }) {
    return meant
      ? element('p', { class: 'wb-meant' }, this.words.didYouMean, this.#link(begin(meant), {}, meant))
      : null;
  }

  /** @param {Place} place */
  #countAll(place) {
    const button = element('button', { type: 'button', class: 'wb-countall' }, this.words.countAll);
    button.addEventListener('click', () => {
      this.countAll = place.q;
      this.#show({ focus: true });
    });
    return element('p', {}, button);
  }

  async #makePanel() {
    const { FacetPanel } = await import('./facets.js');
    const panel = new FacetPanel({
      words: this.words,
      change: (filters) => this.#go({ ...this.place, filters, page: 1 }, { keepFocus: true }),
      preview: async (filters) => {
        const { total, exact } = await this.#ask({ ...this.place, filters, page: 1 }, undefined, () => {}, 0);
        return this.words.show(total, exact);
      },
    });
    this.out.before(panel.node);
    return panel;
  }

  /** Facets come after the hits: nobody waits for counts, or for what draws them, to read the first answer. */
  async #narrow(place, results, signal) {
    const load = async () => {
      const { q, group, filters } = place;
      const answer = await this.find(q, { lang: this.lang, group, limit: 0, filter: filters, facet: this.facets, signal });
      return answer.facets ?? [];
    };
    this.#panel ??= this.#makePanel();
    const panel = await this.#panel.catch(() => (this.#panel = null));
    if (!signal.aborted) panel?.offer(load, place.filters, this.words.show(results.total, results.exact));
  }

  /** What the answer is narrowed by, each with a way out. @param {Place} place */
  #chips(place) {
    if (!place.filters.length) return null;
    const chips = place.filters.map((filter) => {
      const [name] = filter.split('=', 1);
      const text = this.words.chip(this.words.facets[name] ?? name, filter.slice(name.length + 1));
      const rest = place.filters.filter((one) => one !== filter);
      return element('li', {}, this.#link({ ...place, filters: rest, page: 1 }, {}, text, ' ',
        element('span', {}, this.words.remove)));
    });
    return element('ul', { class: 'wb-chips', 'aria-label': this.words.chosen }, ...chips);
  }

  /** What the reader of the answer should know: how it was read, what is missing from it. */
  #remarks(/** @type {Results} */ results) {
    const missing = results.failures.slice(0, 1).map((failure) => element('div', { class: 'wb-error' },
      element('p', {}, element('strong', {}, this.words.error(this.words.incomplete)), ' ', this.#failure(failure)),
      this.#code(failure)));
    const notices = results.notices.filter(({ code }) => code !== 'block-missing' || !missing.length);
    return [...missing, ...notices.map(({ code, detail }) =>
      element('p', { class: 'wb-readas' }, (this.words.notices[code] ?? (() => `${code} ${detail}`))(detail)))];
  }

  #failure({ code, part }) {
    const sentence = this.words.failures[code] ?? this.words.failures.engine;
    return capital(sentence(this.words.parts[part] ?? this.words.parts.block));
  }

  #code({ code, block, detail }) {
    return element('p', { class: 'wb-meta' },
      element('span', {}, this.words.code, element('code', {}, `${code} ${block} ${detail}`.trim())));
  }

  /** @param {Place} place @param {Results} results */
  #groups(place, results) {
    if (results.groups.length < 2 && !place.group) return null;
    const all = results.groups.reduce((sum, group) => sum + group.count, 0);
    const link = (/** @type {string} */ group, /** @type {string} */ name, /** @type {number} */ count) =>
      element('li', {}, this.#link({ ...place, group, sort: '', page: 1 }, { 'aria-current': place.group === group && 'true' },
        name, ' ', element('span', { class: 'wb-n' }, count.toLocaleString('en-GB'))));
    return element('nav', { class: 'wb-groups', 'aria-label': this.words.allGroups },
      element('ul', {},
        link('', this.words.all, all),
        ...results.groups.map(({ name, count }) => link(name, this.words.groups[name] ?? this.words.groups.page, count))));
  }

  /** @param {Place} place @param {string} kind */
  #sorts(place, kind) {
    if (!DATED.includes(kind)) return null;
    const links = Object.entries(this.words.sorts).map(([sort, name]) => {
      const value = sort === 'relevance' ? '' : sort;
      return this.#link({ ...place, sort: value, page: 1 }, { 'aria-current': place.sort === value && 'true' }, name);
    });
    return element('p', { class: 'wb-meta wb-sort' }, element('span', {}, this.words.sort), ...links);
  }

  /** A link to another place of this search. */
  #link(/** @type {Place} */ place, attributes, ...children) {
    return element('a', { ...attributes, href: writePlace(place), 'data-place': true }, ...children);
  }

  /** @param {Hit} hit */
  #hit(hit) {
    const values = hit.card.map(([, value]) => value).filter(Boolean);
    if (hit.date && !values.includes(hit.date)) values.push(hit.date);
    const kind = this.words.groups[hit.kind] ?? this.words.groups.page;
    // Where nothing in it matched, a record's passage only repeats its fields.
    const { text, highlights } = hit.snippet;
    const tells = text && (highlights.length || !hit.card.length);
    const foreign = hit.lang && hit.lang !== this.lang ? hit.lang : undefined;
    return element('li', { class: 'wb-hit' },
      element('h3', { lang: foreign }, element('a', { href: hit.url }, marked(hit.title, hit.title_highlights))),
      element('p', { class: 'wb-meta' }, this.hasPages ? element('span', { class: 'wb-kind' }, kind) : null,
        ...values.map((value) => element('span', {}, value))),
      tells ? element('p', { class: 'wb-snippet', lang: foreign }, marked(text, highlights)) : null);
  }

  /** @param {Place} place @param {number} total */
  #pages(place, total) {
    const last = Math.min(Math.ceil(total / SIZE), MAX_PAGE);
    if (last < 2) return null;
    const to = (/** @type {number} */ page, attributes, text) => this.#link({ ...place, page }, attributes, text);
    const numbers = pageNumbers(place.page, last).map((n) => {
      if (!n) return element('span', { 'aria-hidden': 'true' }, '…');
      return to(n, { 'aria-label': this.words.page(n), 'aria-current': n === place.page && 'page' }, String(n));
    });
    return element('nav', { class: 'wb-pages', 'aria-label': this.words.pages },
      place.page > 1 ? to(place.page - 1, { rel: 'prev' }, this.words.previous) : null,
      ...numbers,
      place.page < last ? to(place.page + 1, { rel: 'next' }, this.words.next) : null);
  }

  /** Nothing found: what was looked for, then ways on. */
  async #nothing(place, results, signal) {
    const ways = element('ul', {});
    const heading = element('h2', { tabindex: '-1' }, this.words.empty(place.q));
    this.out.replaceChildren(...[
      this.#readAs(results),
      this.#meant(results),
      ...this.#remarks(results),
      this.#chips(place),
      element('div', { class: 'wb-empty' }, heading, ways),
    ].filter((part) => part !== null));
    this.status.textContent = this.words.empty(place.q);
    const elsewhere = results.groups.reduce((sum, group) => sum + group.count, 0);
    if (place.group && elsewhere) {
      ways.append(element('li', {}, this.#link({ ...place, group: '', page: 1 }, {},
        `${this.words.otherGroups} (${elsewhere})`)));
    }
    const fewer = await this.#fewer(place.q, signal);
    if (fewer.length) ways.append(element('li', {}, this.words.fewer, ...fewer));
    if (this.hasPages) ways.append(element('li', {}, this.words.browse, ...[
      ['guide/', this.words.guideLink], ['classification/', this.words.classLink], ['faq/', this.words.faqLink],
    ].flatMap(([path, text]) => [element('a', { href: this.#beside(path) }, text), ' '])));
  }

  /** Links to shorter queries that do find something, with their counts. */
  async #fewer(q, signal) {
    const answers = await Promise.all(fewerWords(q).slice(0, FEWER_TRIED).map(async (shorter) => {
      const { total } = await this.find(shorter, { lang: this.lang, limit: 1, signal, matching: 'all' });
      return { shorter, total };
    })).catch(() => []);
    return answers.filter(({ total }) => total).flatMap(({ shorter, total }) => [
      this.#link(begin(shorter), {}, `${shorter} (${this.words.hits(total)})`), ' ']);
  }

  /** The address of another page of this language: the search page lies one folder deep. */
  #beside(path) {
    return new URL(`../${path}`, this.form.action).pathname;
  }

  /** @param {import('./woodblock.js').SearchError} error */
  #failed(error) {
    const again = element('button', { type: 'button' }, this.words.retry);
    again.addEventListener('click', () => this.#show({ focus: true }));
    const heading = element('h2', { tabindex: '-1' }, this.words.error(this.#failure(error)));
    this.out.replaceChildren(element('div', { class: 'wb-error' },
      heading,
      element('p', {}, this.words.unfinished, this.words.stillWorks),
      element('p', {}, again, ' ', error.code === 'missing'
        ? element('a', { href: location.href }, this.words.reload)
        : this.hasPages ? element('a', { href: this.#beside('offline/') }, this.words.offlineLink) : null),
      this.#code(error)));
    this.status.textContent = heading.textContent;
  }
}
