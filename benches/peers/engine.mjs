/** The browser's engine in Node, over a folder: the very WASM that sites carry. */
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { payloadOf, readNeed, startGlue } from '../../tests/browser/engine.mjs';

const FRAME_BYTES = 8;

/** @param {{ folder: string, bundle: string }} places an index, and the folder with `worker.js` */
export async function openEngine({ folder, bundle }) {
  const glue = await startGlue(bundle);
  const entry = JSON.parse(await readFile(join(folder, 'entry.json'), 'utf8'));
  const root = await readFile(join(folder, entry.root));
  return { engine: new glue.Engine(inflateRawSync(root.subarray(FRAME_BYTES)), root.length), folder };
}

/** Bytes of a block: a file, or a slice of a pack. */
const bytesOf = (folder) => ({ name, len, pack, offset }) =>
  (pack ? slice(join(folder, pack), offset, len) : readFile(join(folder, name)));

async function slice(path, offset, len) {
  const handle = await open(path);
  try {
    const bytes = Buffer.alloc(len);
    const { bytesRead } = await handle.read(bytes, 0, len, offset);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** One answer, of ten hits, and the milliseconds that the engine itself took. */
export async function answerTimed({ engine, folder }, text, settings = '') {
  let millis = 0;
  const within = (work) => {
    const start = performance.now();
    const made = work();
    millis += performance.now() - start;
    return made;
  };
  const session = within(() => engine.plan(text, `limit 10\n${settings}`.trim()));
  for (;;) {
    const lines = within(() => session.needs());
    if (!lines) break;
    const needs = lines.split('\n').map(readNeed);
    const blocks = await Promise.all(needs.map((need) => payloadOf(need, bytesOf(folder))));
    needs.forEach(({ name }, at) => within(() => session.supply(name, blocks[at])));
  }
  const results = within(() => session.results());
  session.free();
  return { results, millis };
}
