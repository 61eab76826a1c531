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
  const glue = await startGlue(join(dist, 'woodblock', bundle));
  const folder = join(dist, 'woodblock/index');
  const entry = JSON.parse(await readFile(join(folder, 'entry.json'), 'utf8'));
  const root = await readFile(join(folder, entry.root));
  const open = () => new glue.Engine(inflateRawSync(root.subarray(FRAME_BYTES)), root.length);
  return { glue, engine: open(), open, folder };
}

/** The glue of an engine that knows all characters. @param {string} bundle folder with `worker.js` */
export async function startGlue(bundle) {
  const glue = await import(pathToFileURL(join(bundle, 'worker.js')).href);
  const zipped = async (name) => gunzipSync(await readFile(join(bundle, name)));
  glue.initSync({ module: await WebAssembly.compile(await zipped('engine.wasm.gz')) });
  glue.characters(await zipped('characters.gz'));
  return glue;
}

/** A need as `session.needs()` writes it. @param {string} line */
export function readNeed(line) {
  const [block, preset] = line.split(' after ');
  const [name, len, digest, inflated, pack, offset] = block.split(' ');
  return {
    name, len: Number(len), digest, inflated: Number(inflated), pack, offset: Number(offset),
    preset: preset ? readNeed(preset) : null,
  };
}

/** Payload of a block. @param {(need: any) => Promise<Uint8Array>} read its bytes, of a file or of a pack's slice */
export async function payloadOf(need, read) {
  const checked = async (block) => {
    const file = await read(block);
    if (file.length !== block.len || !createHash('sha256').update(file).digest('hex').startsWith(block.digest)) {
      throw new Error(`${block.name} is not the block that its parent states`);
    }
    return file.subarray(FRAME_BYTES);
  };
  const { name, inflated, preset } = need;
  const before = preset ? [await checked(preset)] : [];
  const payload = inflateRawSync(Buffer.concat([...before, await checked(need)])).subarray(preset?.inflated ?? 0);
  if (payload.length !== inflated) throw new Error(`${name} inflates to ${payload.length} bytes, not ${inflated}`);
  return payload;
}

/** Gives a session what it needs until it is done. @returns {Promise<string>} the answer as JSON */
export async function answer(session, folder) {
  const read = async ({ name, len, pack, offset }) => {
    const whole = await readFile(join(folder, pack ?? name));
    return pack ? whole.subarray(offset, offset + len) : whole;
  };
  for (let needs = session.needs(); needs; needs = session.needs()) {
    for (const need of needs.split('\n').map(readNeed)) session.supply(need.name, await payloadOf(need, read));
  }
  const results = session.results();
  session.free();
  return results;
}
