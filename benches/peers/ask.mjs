/**
 * Time in the engine alone, in Node: `node ask.mjs ENGINE FOLDER BUNDLE queries.tsv LANG OUT.json MOST`.
 *
 * Ours: planning, taking blocks in and ranking, in the very WASM that pages load; reading, checking
 * and inflating files is not counted. The first time an engine that read nothing for this query
 * before takes everything in; `again` has it all.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import MiniSearch from 'minisearch';
import { answerTimed, openEngine } from './engine.mjs';
import { miniSearchOptions, openFlexSearch } from './settings.mjs';

const engines = {
  async ours({ folder, bundle }) {
    const engine = await openEngine({ folder, bundle });
    return async (text) => {
      const { millis, results } = await answerTimed(engine, text);
      const { cost } = JSON.parse(results);
      return { millis, bytes: cost.bytes, hops: cost.hops };
    };
  },

  async minisearch({ folder, lang }) {
    const index = MiniSearch.loadJSON(await readFile(join(folder, 'index.json'), 'utf8'), miniSearchOptions(lang));
    return async (text) => timed(() => index.search(text, { boost: { title: 2 } }));
  },

  async flexsearch({ folder, lang }) {
    const index = await openFlexSearch(lang);
    const parts = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'));
    for (const [key, data] of Object.entries(parts)) await index.import(key, data);
    return async (text) => timed(() => index.search(text, { limit: 10, suggest: true, merge: true, enrich: true }));
  },
};

function timed(work) {
  const start = performance.now();
  work();
  return { millis: performance.now() - start };
}

const [name, folder, bundle, queriesFile, lang, outFile, most] = process.argv.slice(2);
const queries = (await readFile(queriesFile, 'utf8')).split('\n').filter(Boolean).slice(0, Number(most))
  .map((line) => line.split('\t'));
const ask = await engines[name]({ folder, bundle, lang });
// The first queries find code that is not compiled yet.
for (const [, text] of queries.slice(-20)) await ask(text);
const answers = [];
for (const [id, text] of queries) {
  const first = await ask(text);
  const { millis } = await ask(text);
  answers.push({ id, ...first, again_millis: millis });
}
await writeFile(outFile, JSON.stringify({ answers, node: process.version }));
