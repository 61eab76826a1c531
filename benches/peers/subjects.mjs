/**
 * The engines as a page uses them: `subjects[name]({folder, bundle, lang})` gives the folders to
 * serve and the module that the page runs. The module sets `bench = {open, ask}`: `open` loads
 * what comes before any query, `ask` answers with all that the first ten results show.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const settings = fileURLToPath(new URL('.', import.meta.url));

async function ours({ folder, bundle }) {
  const { root } = JSON.parse(await readFile(join(folder, 'entry.json'), 'utf8'));
  return {
    mounts: { '/woodblock/engine/': bundle, '/woodblock/index/': folder },
    module: `
      import { preload, search } from '/woodblock/engine/search.js';
      const root = '/woodblock/index/${root}';
      globalThis.bench = {
        open: () => preload({ root }),
        ask: async (text) => {
          const { total, hits, cost } = await search(text, { root, limit: 10 });
          return { total, urls: hits.map(({ url }) => url), cost };
        },
      };`,
  };
}

async function pagefind({ folder }) {
  return {
    mounts: { '/pagefind/': folder },
    module: `
      let pagefind;
      globalThis.bench = {
        open: async () => {
          pagefind = await import('/pagefind/pagefind.js');
          await pagefind.init();
        },
        ask: async (text) => {
          const { results } = await pagefind.search(text);
          const shown = await Promise.all(results.slice(0, 10).map((one) => one.data()));
          return { total: results.length, urls: shown.map(({ url }) => url) };
        },
      };`,
  };
}

async function minisearch({ folder, lang }) {
  return {
    mounts: { '/peer/': folder, '/settings/': settings },
    own: ['/settings/'],
    module: `
      import { miniSearchOptions } from '/settings/settings.mjs';
      let index;
      globalThis.bench = {
        open: async () => {
          const [{ default: MiniSearch }, text] =
            await Promise.all([import('/peer/library.mjs'), fetch('/peer/index.json').then((one) => one.text())]);
          index = MiniSearch.loadJSON(text, miniSearchOptions('${lang}'));
        },
        ask: async (text) => {
          const hits = index.search(text, { boost: { title: 2 } });
          return { total: hits.length, urls: hits.slice(0, 10).map(({ url }) => url) };
        },
      };`,
  };
}

async function flexsearch({ folder, lang }) {
  return {
    mounts: { '/peer/': folder, '/settings/': settings },
    own: ['/settings/'],
    module: `
      import { openFlexSearch } from '/settings/settings.mjs';
      let index;
      globalThis.bench = {
        open: async () => {
          const [library, parts] =
            await Promise.all([import('/peer/library.mjs'), fetch('/peer/index.json').then((one) => one.json())]);
          index = await openFlexSearch('${lang}', library.default ?? library);
          for (const [key, data] of Object.entries(parts)) await index.import(key, data);
        },
        ask: async (text) => {
          const hits = index.search(text, { limit: 10, suggest: true, merge: true, enrich: true });
          return { total: hits.length, urls: hits.map(({ doc }) => doc.url) };
        },
      };`,
  };
}

export const subjects = { ours, pagefind, minisearch, flexsearch };
