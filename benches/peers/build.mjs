/**
 * Writes a peer's index as its documentation says to serialise it:
 * `node build.mjs PEER docs.jsonl FOLDER LANG`. Its library lies beside, as a page would load it.
 */
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import MiniSearch from 'minisearch';
import { miniSearchOptions, openFlexSearch } from './settings.mjs';

/** @param {string} path below node_modules */
const library = (path) => fileURLToPath(new URL(`node_modules/${path}`, import.meta.url));

/** @param {string} file a JSON value a line */
async function* documents(file) {
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    if (line) yield JSON.parse(line);
  }
}

/** What a page shows of a hit is kept: title and address. */
const builders = {
  async minisearch({ docs, lang }) {
    const index = new MiniSearch(miniSearchOptions(lang));
    for await (const { id, title, text, url } of documents(docs)) index.add({ id, title, text, url });
    return { text: JSON.stringify(index), script: library('minisearch/dist/es/index.js') };
  },

  async flexsearch({ docs, lang }) {
    const index = await openFlexSearch(lang);
    for await (const { id, title, text, url } of documents(docs)) index.add({ id, title, text, url });
    const parts = {};
    await index.export((key, data) => { parts[key] = data; });
    return { text: JSON.stringify(parts), script: library('flexsearch/dist/flexsearch.bundle.module.min.mjs') };
  },
};

const [peer, docs, folder, lang] = process.argv.slice(2);
const { text, script } = await builders[peer]({ docs, lang });
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'index.json'), text);
await copyFile(script, join(folder, 'library.mjs'));
