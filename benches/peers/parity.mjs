/**
 * Native and WASM, byte for byte: `node parity.mjs INDEX BUNDLE queries.tsv native.jsonl` prints
 * how many queries were compared, or names the first that differs.
 */
import { readFile } from 'node:fs/promises';
import { answerTimed, openEngine } from './engine.mjs';

const [folder, bundle, queriesFile, nativeFile] = process.argv.slice(2);
const lines = async (file) => (await readFile(file, 'utf8')).split('\n').filter(Boolean);
const native = await lines(nativeFile);
const engine = await openEngine({ folder, bundle });
const queries = await lines(queriesFile);
if (queries.length !== native.length) throw new Error(`${native.length} native answers to ${queries.length} queries`);
for (const [at, line] of queries.entries()) {
  const text = line.slice(line.indexOf('\t') + 1);
  const { results } = await answerTimed(engine, text);
  if (results !== native[at]) throw new Error(`query ${at + 1}, ${text}:\nnative ${native[at]}\nwasm   ${results}`);
}
process.stdout.write(`${queries.length}\n`);
