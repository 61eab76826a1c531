/** The built engine and index, run in Node: the very WASM that the site carries. */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync, inflateRawSync } from 'node:zlib';

const FRAME_BYTES = 8;

/** @param {string} dist a built site; `open` gives further engines that have read nothing yet */
export async function openEngine(dist) {
  const bundle = (await readdir(join(dist, 'woodblock'))).find((name) => name.startsWith('engine-'));
  const glue = await import(pathToFileURL(join(dist, 'woodblock', bundle, 'engine.js')).href);
  const wasm = gunzipSync(await readFile(join(dist, 'woodblock', bundle, 'engine.wasm.gz')));
  glue.initSync({ module: await WebAssembly.compile(wasm) });
  const folder = join(dist, 'woodblock/index');
  const entry = JSON.parse(await readFile(join(folder, 'entry.json'), 'utf8'));
  const root = await readFile(join(folder, entry.root));
  const open = () => new glue.Engine(inflateRawSync(root.subarray(FRAME_BYTES)), root.length);
  return { glue, engine: open(), open, folder };
}

/** Gives a session what it needs until it is done. @returns {Promise<string>} the answer as JSON */
export async function answer(session, folder) {
  for (let needs = JSON.parse(session.needs()); needs.length; needs = JSON.parse(session.needs())) {
    for (const { name, sha256, len, inflated } of needs) {
      const file = await readFile(join(folder, name));
      if (file.length !== len || createHash('sha256').update(file).digest('hex') !== sha256) {
        throw new Error(`${name} is not the file that its parent states`);
      }
      const payload = inflateRawSync(file.subarray(FRAME_BYTES));
      if (payload.length !== inflated) throw new Error(`${name} inflates to ${payload.length} bytes, not ${inflated}`);
      session.supply(name, payload);
    }
  }
  const results = session.results();
  session.free();
  return results;
}
