/**
 * The search worker: answers a page's messages with the engine. Where a worker cannot be had, the
 * page imports this module and calls [`answer`] itself.
 *
 * Message in:  `{id, parts, query}` (a search over one index or several; without `query` only what
 *              comes first is loaded), `{id, cancel: true}`,
 *              `{coming: [url, …]}` (files that the page has begun to fetch), `{url, bytes}` (one of them).
 * Message out: `{id, results}`, `{id, failure}`, `{id, part, parts}` while reading.
 */
import { onTheirWay, plain } from './files.js';
import { Host } from './host.js';

export { Engine, characters, initSync } from 'woodblock-engine';
export { plain };

/** @type {Map<string, Host>} */
const hosts = new Map();

/** @param {import('./host.js').Part} part */
function hostOf(part) {
  const key = JSON.stringify(part);
  const host = hosts.get(key) ?? new Host(part);
  hosts.set(key, host);
  return host;
}

/**
 * @param {import('./host.js').Part[]} parts
 * @param {(import('./woodblock.js').SearchOptions & { text: string }) | undefined} query
 * @param {import('./host.js').Watch} [watch]
 */
export async function answer(parts, query, watch) {
  const asked = parts.map(hostOf);
  if (!query) {
    // An update that cannot be had does not keep the rest from answering.
    await Promise.any(asked.map((host) => host.open())).catch(({ errors: [first] }) => { throw first; });
    return null;
  }
  if (asked.length === 1) return asked[0].search(query, watch);
  const { searchAll } = await import('./merge.js');
  return searchAll(asked, query, watch);
}

/** Answers a page's messages. */
function serve() {
  /** @type {Set<number>} */
  const cancelled = new Set();
  /** @type {Map<string, (bytes: any) => void>} */
  const arrived = new Map();
  addEventListener('message', async ({ data: { id, parts, query, cancel, coming, url, bytes } }) => {
    if (coming) {
      for (const one of coming) onTheirWay.set(one, new Promise((resolve) => { arrived.set(one, resolve); }));
      return;
    }
    if (url) {
      arrived.get(url)?.(bytes && new Uint8Array(bytes));
      return;
    }
    if (cancel) {
      cancelled.add(id);
      return;
    }
    try {
      const results = await answer(parts, query, {
        cancelled: () => cancelled.has(id),
        progress: (part, parts) => postMessage({ id, part, parts }),
      });
      postMessage({ id, results });
    } catch (error) {
      postMessage({ id, failure: plain(error) });
    } finally {
      cancelled.delete(id);
    }
  });
}

if ('WorkerGlobalScope' in globalThis) serve();
