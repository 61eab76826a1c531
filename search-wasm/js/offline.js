/**
 * `<woodblock-offline>`: keeps the whole site on this device, on request, with its size shown
 * first. The work is done by the service worker (sw.js); this element asks, shows and announces.
 * Markup and classes are described in docs/search-element.md.
 */
import { element } from './draw.js';

const site = new URL('../../', import.meta.url);
const workerUrl = new URL('sw.js', site);
/** Saving more than this is asked about once more. */
const ASK_BYTES = 20_000_000;
/** Progress is spoken at every such share. */
const SPOKEN_PERCENT = 25;
/** Remembered outside of what the browser may clear, to tell "cleared" from "never saved". */
const REMEMBERED = `woodblock-kept ${site.pathname}`;

/** One policy, for one address: a page that asks for Trusted Types allows no other. */
const policy = (() => {
  try {
    return globalThis.trustedTypes?.createPolicy('woodblock-offline', {
      createScriptURL: (url) => {
        if (url === workerUrl.href) return url;
        throw new TypeError(`not the service worker: ${url}`);
      },
    });
  } catch {
    return undefined;
  }
})();

/** @param {number} bytes with a no-break space, as between any number and Latin unit */
const size = (bytes) => {
  const [divisor, unit, digits] = bytes >= 1e9 ? [1e9, 'GB', 1] : bytes >= 1e6 ? [1e6, 'MB', 1] : [1e3, 'kB', 0];
  return `${(bytes / divisor).toLocaleString('en-GB', { maximumFractionDigits: digits })}\u00a0${unit}`;
};

const zh = {
  pack: '全站', what: '全部网页、搜索索引、机构地图和数据文件',
  head: ['内容', '大小', '状态', '操作'],
  caption: '保存在本机的内容',
  none: '还没有保存在本机。', absent: '未保存',
  looking: '正在查看本机保存的内容……',
  saved: (/** @type {string} */ day) => `全站已保存在本机，没有网络也能打开、搜索。保存于${day}。`,
  savedState: (/** @type {string} */ day) => `已保存 ${day}`,
  stale: '本机保存的是旧版本，网站已有更新。', staleState: '有更新',
  partial: (/** @type {string} */ done, /** @type {string} */ all) => `保存到一半：已有${done}，共${all}。可以继续。`,
  partialState: '未完成',
  cleared: '浏览器清除了保存的内容，需要时可以再次保存。',
  unsupported: '这个浏览器不能离线保存本站（需要Service Worker和https地址）。可以改用数据下载。',
  save: (/** @type {string} */ all) => `保存全站（${all}）`,
  resume: (/** @type {string} */ left) => `继续保存（还有${left}）`,
  update: (/** @type {string} */ left) => `更新（${left}）`,
  remove: '删除', stop: '停止',
  sure: (/** @type {string} */ left) => `将下载${left}，可能占用较多流量。`,
  yes: '开始下载', no: '暂不下载',
  progress: (/** @type {string} */ done, /** @type {string} */ all, /** @type {number} */ share) => `已保存${done}，共${all}（${share}%）`,
  progressName: '保存进度',
  done: '保存完成，现在没有网络也能使用本站。', removed: '已删除本机保存的内容。', stopped: '已停止，已下载的部分留在本机。',
  space: (/** @type {string} */ used, /** @type {string} */ quota) => `本站已用${used}，浏览器最多可给${quota}。`,
  spaceName: '本机空间',
  lasting: '浏览器答应长期保存。', fleeting: '空间不足时，浏览器可能清除保存的内容。',
  failed: '错误：',
  failures: /** @type {Record<string, (path: string) => string>} */ ({
    offline: () => '没有网络。连接网络后可以继续，已下载的部分不用重新下载。',
    unreachable: () => '服务器没有回应。稍后可以继续，已下载的部分不用重新下载。',
    missing: (path) => `服务器上没有${path}。网站可能正在更新，请稍后继续。`,
    altered: (path) => `${path}与发布时的内容不一致，没有保存。稍后可以继续。`,
    full: () => '本机空间不够。删除其他内容后可以继续。',
    storage: () => '浏览器没有存下文件。检查是否为无痕窗口，或允许本站存储数据后再试。',
    manifest: () => '发布清单读不懂，没有保存任何内容。',
    refused: () => '浏览器没有允许离线保存。检查本站的权限设置后再试。',
  }),
};

/** @type {typeof zh} */
const en = {
  pack: 'The whole site', what: 'all pages, the search index, the map and the data files',
  head: ['What', 'Size', 'State', 'Action'],
  caption: 'What is saved on this device',
  none: 'Nothing is saved on this device yet.', absent: 'not saved',
  looking: 'Looking at what is saved on this device…',
  saved: (day) => `The whole site is saved on this device and works without a network, search included. Saved on ${day}.`,
  savedState: (day) => `saved ${day}`,
  stale: 'An older version is saved on this device; the site has been updated.', staleState: 'update available',
  partial: (done, all) => `Saving stopped halfway: ${done} of ${all} are here. You can go on.`,
  partialState: 'not complete',
  cleared: 'The browser cleared what was saved. You can save it again.',
  unsupported: 'This browser cannot save the site for offline use (it needs service workers and an https address). The downloads are an alternative.',
  save: (all) => `Save the site (${all})`,
  resume: (left) => `Go on saving (${left} left)`,
  update: (left) => `Update (${left})`,
  remove: 'Remove', stop: 'Stop',
  sure: (left) => `This downloads ${left}.`,
  yes: 'Start the download', no: 'Not now',
  progress: (done, all, share) => `${done} of ${all} saved (${share}%)`,
  progressName: 'Saving',
  done: 'Saved. The site now works without a network.', removed: 'Removed from this device.', stopped: 'Stopped. What was downloaded stays on this device.',
  space: (used, quota) => `This site uses ${used}; the browser gives it up to ${quota}.`,
  spaceName: 'Space on this device',
  lasting: 'The browser agreed to keep it.', fleeting: 'When space runs out, the browser may clear what is saved.',
  failed: 'Error: ',
  failures: {
    offline: () => 'There is no network. You can go on once there is; what was downloaded stays.',
    unreachable: () => 'The server does not answer. You can go on later; what was downloaded stays.',
    missing: (path) => `${path} is not on the server. The site may be in the middle of an update: try again later.`,
    altered: (path) => `${path} differs from what was published and was not saved. Try again later.`,
    full: () => 'There is no space left on this device. Remove something else, then go on.',
    storage: () => 'The browser did not store a file. Check that this is no private window, or allow this site to store data.',
    manifest: () => 'The list of files cannot be read, so nothing was saved.',
    refused: () => 'The browser did not allow saving. Check the permissions of this site.',
  },
};

/** @typedef {{ release: string | null, current?: string | null, files: number, bytes: number, keptFiles: number, keptBytes: number, saved?: string, complete?: boolean }} Kept */

/** Asks the service worker. @param {ServiceWorker} worker @param {string} ask @returns {Promise<Kept>} */
function askWorker(worker, ask) {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve, reject) => {
    port1.onmessage = ({ data }) => {
      port1.close();
      if (data.failure) reject(data.failure);
      else resolve(data.found);
    };
    worker.postMessage({ ask }, [port2]);
  });
}

export class WoodblockOffline extends HTMLElement {
  /** @type {Kept | null} what is on this device */
  #kept = null;
  /** @type {Kept | null} what the site offers */
  #offered = null;
  #stopping = false;
  words = zh;
  status = element('div', { class: 'wb-status', role: 'status' });
  state = element('p', { class: 'wb-state', tabindex: '-1' });
  box = element('div', { class: 'wb-offline' });

  connectedCallback() {
    if (this.state.isConnected) return;
    const lang = this.getAttribute('lang') || document.documentElement.lang;
    this.words = /^en\b/i.test(lang) ? en : zh;
    this.state.textContent = this.words.looking;
    this.replaceChildren(this.state, this.box, this.status);
    this.#look();
  }

  get #supported() {
    return 'serviceWorker' in navigator && 'caches' in globalThis && isSecureContext;
  }

  /** The worker, registered now if the reader wants to save. @param {'register' | 'look'} how */
  async #worker(how) {
    const there = await navigator.serviceWorker.getRegistration(site.href);
    if (!there && how === 'look') return null;
    const registration = there ?? (await register());
    return registration.active ?? activated(registration);
  }

  /** Finds out what is here and what there is to be had, and shows it. */
  async #look() {
    if (!this.#supported) {
      this.state.textContent = this.words.unsupported;
      return;
    }
    try {
      const worker = await this.#worker('look');
      this.#kept = worker && (await askWorker(worker, 'state'));
      this.#offered = await (worker ? askWorker(worker, 'check') : sizeOfSite()).catch(() => null);
      this.#show();
    } catch (failure) {
      this.#fail(failure);
    }
  }

  /** @returns {'none' | 'partial' | 'saved' | 'stale' | 'cleared'} */
  get #condition() {
    const [kept, offered] = [this.#kept, this.#offered];
    if (kept?.release) {
      if (!kept.complete) return 'partial';
      return offered && offered.release !== kept.release ? 'stale' : 'saved';
    }
    if (offered?.keptFiles) return 'partial';
    return remembered() ? 'cleared' : 'none';
  }

  #show() {
    const { words } = this;
    const day = this.#kept?.saved?.slice(0, 10) ?? '';
    const offered = this.#offered ?? this.#kept;
    const [sentence, state] = {
      none: [words.none, words.absent],
      cleared: [words.cleared, words.absent],
      partial: [words.partial(size(offered?.keptBytes ?? 0), size(offered?.bytes ?? 0)), words.partialState],
      saved: [words.saved(day), words.savedState(day)],
      stale: [words.stale, words.staleState],
    }[this.#condition];
    this.state.textContent = sentence;
    this.box.replaceChildren(this.#table(state, offered), element('div', { class: 'wb-space' }));
    this.#showSpace();
  }

  /** @param {string} state @param {Kept | null} offered */
  #table(state, offered) {
    const { head, pack, what, caption } = this.words;
    const cell = (/** @type {number} */ at, ...children) => element('td', { 'data-k': head[at] }, ...children);
    return element('table', { class: 'wb-packs' },
      element('caption', {}, caption),
      element('thead', {}, element('tr', {}, ...head.map((name) => element('th', { scope: 'col' }, name)))),
      element('tbody', {}, element('tr', {},
        element('th', { scope: 'row' }, pack, element('small', {}, ` ${what}`)),
        cell(1, offered?.bytes ? size(offered.bytes) : '–'),
        cell(2, state),
        cell(3, ...this.#verbs(offered)))));
  }

  /** @param {Kept | null} offered */
  #verbs(offered) {
    const condition = this.#condition;
    const left = (offered?.bytes ?? 0) - (offered?.keptBytes ?? 0);
    const verbs = [];
    if (offered?.bytes && condition !== 'saved') {
      const text = { none: this.words.save, cleared: this.words.save, partial: this.words.resume, stale: this.words.update }[condition];
      verbs.push(this.#button(text(size(left)), () => this.#begin(left), 'wb-keep'));
    }
    if (condition !== 'none' && condition !== 'cleared') {
      verbs.push(this.#button(this.words.remove, () => this.#remove(), 'wb-remove'));
    }
    return verbs.flatMap((verb) => [verb, ' ']);
  }

  /** @param {string} text @param {() => void} press @param {string} name */
  #button(text, press, name) {
    const button = element('button', { type: 'button', class: name }, text);
    button.addEventListener('click', press);
    return button;
  }

  async #showSpace() {
    const { usage = 0, quota = 0 } = (await navigator.storage?.estimate?.()) ?? {};
    const lasting = await navigator.storage?.persisted?.();
    const place = this.box.querySelector('.wb-space');
    if (!quota || !place) return;
    const kept = this.#condition === 'saved' || this.#condition === 'stale';
    place.replaceChildren(
      element('meter', { min: '0', max: String(quota), value: String(usage), 'aria-label': this.words.spaceName }),
      element('p', {}, this.words.space(size(usage), size(quota)),
        kept ? ` ${lasting ? this.words.lasting : this.words.fleeting}` : null));
  }

  /** @param {number} left bytes to fetch */
  #begin(left) {
    if (left <= ASK_BYTES) {
      this.#keep();
      return;
    }
    const yes = this.#button(this.words.yes, () => this.#keep(), 'wb-keep');
    this.box.replaceChildren(element('p', {}, this.words.sure(size(left))),
      element('p', {}, yes, ' ', this.#button(this.words.no, () => this.#show(), 'wb-no')));
    yes.focus();
  }

  /** Saves step by step until all is here, the reader stops, or something stands in the way. */
  async #keep() {
    this.#stopping = false;
    const stop = this.#button(this.words.stop, () => (this.#stopping = true), 'wb-stop');
    const bar = element('progress', { max: '100', value: '0', 'aria-label': this.words.progressName });
    const sentence = element('p', {}, this.words.progress(size(0), size(this.#offered?.bytes ?? 0), 0));
    this.box.replaceChildren(element('div', { class: 'wb-progress' }, bar, sentence, stop));
    stop.focus();
    try {
      navigator.storage?.persist?.().catch(() => false);
      const worker = /** @type {ServiceWorker} */ (await this.#worker('register'));
      let spoken = 0;
      for (let done = false; !done && !this.#stopping;) {
        const kept = await askWorker(worker, 'step');
        const share = Math.floor((100 * kept.keptBytes) / Math.max(kept.bytes, 1));
        bar.value = share;
        sentence.textContent = this.words.progress(size(kept.keptBytes), size(kept.bytes), share);
        if (share >= spoken + SPOKEN_PERCENT) {
          spoken = share - (share % SPOKEN_PERCENT);
          this.status.textContent = sentence.textContent;
        }
        done = kept.complete === true;
      }
      remember(!this.#stopping);
      await this.#look();
      this.#say(this.#stopping ? this.words.stopped : this.words.done);
    } catch (failure) {
      await this.#look();
      this.#fail(failure);
    }
  }

  async #remove() {
    try {
      const worker = await this.#worker('look');
      if (worker) await askWorker(worker, 'remove');
      await (await navigator.serviceWorker.getRegistration(site.href))?.unregister();
      remember(false);
      this.#kept = null;
      this.#offered = await sizeOfSite().catch(() => null);
      this.#show();
      this.#say(this.words.removed);
    } catch (failure) {
      this.#fail(failure);
    }
  }

  /** @param {string} sentence */
  #say(sentence) {
    this.status.textContent = sentence;
    (this.box.querySelector('button') ?? this.state).focus();
  }

  /** @param {any} failure */
  #fail({ code = 'storage', path = '', detail = '' }) {
    const sentence = (this.words.failures[code] ?? this.words.failures.storage)(path);
    this.box.querySelector('.wb-error')?.remove();
    this.box.prepend(element('div', { class: 'wb-error' },
      element('p', {}, element('strong', {}, this.words.failed), sentence),
      element('p', { class: 'wb-meta' }, element('code', {}, `${code} ${path} ${detail}`.trim()))));
    this.status.textContent = this.words.failed + sentence;
  }
}

/** @returns {Promise<ServiceWorkerRegistration>} */
async function register() {
  const url = /** @type {any} */ (policy?.createScriptURL(workerUrl.href) ?? workerUrl.href);
  try {
    return await navigator.serviceWorker.register(url, { updateViaCache: 'none' });
  } catch (error) {
    throw { code: 'refused', path: 'sw.js', detail: String(error) };
  }
}

/** @param {ServiceWorkerRegistration} registration @returns {Promise<ServiceWorker>} */
function activated(registration) {
  const worker = /** @type {ServiceWorker} */ (registration.installing ?? registration.waiting);
  return new Promise((resolve, reject) => {
    const look = () => {
      if (worker.state === 'activated') resolve(worker);
      if (worker.state === 'redundant') reject({ code: 'refused', path: 'sw.js' });
    };
    worker.addEventListener('statechange', look);
    look();
  });
}

/** Before anything is registered the page itself reads how large the site is. @returns {Promise<Kept>} */
async function sizeOfSite() {
  const response = await fetch(new URL('woodblock/manifest.json', site), { cache: 'no-cache' });
  if (!response.ok) throw new TypeError(`manifest.json: status ${response.status}`);
  /** @type {{ release: string, files: { sha256: string, len: number }[] }} */
  const { release, files } = await response.json();
  const bytes = [...new Map(files.map(({ sha256, len }) => [sha256, len])).values()].reduce((sum, len) => sum + len, 0);
  return { release, files: files.length, bytes, keptFiles: 0, keptBytes: 0 };
}

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED) !== null;
  } catch {
    return false;
  }
}

/** @param {boolean} kept */
function remember(kept) {
  try {
    if (kept) localStorage.setItem(REMEMBERED, '1');
    else localStorage.removeItem(REMEMBERED);
  } catch {
    // Storage is refused here; then a cleared copy reads as "not saved", which is true as well.
  }
}

if (!customElements.get('woodblock-offline')) customElements.define('woodblock-offline', WoodblockOffline);
