/**
 * Native and WASM, byte for byte: `node parity.mjs INDEX BUNDLE queries.tsv native.jsonl everything.jsonl`
 * prints how many queries were compared, or names the first that differs; writes the answers that
 * the engine gives when it reads everything.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { answerTimed, openEngine } from './engine.mjs';

const [folder, bundle, queriesFile, nativeFile, everythingFile] = process.argv.slice(2);
const lines = async (file) => (await readFile(file, 'utf8')).split('\n').filter(Boolean);
const native = await lines(nativeFile);
const engine = await openEngine({ folder, bundle });
const queries = await lines(queriesFile);
if (queries.length !== native.length) throw new Error(`${native.length} native answers to ${queries.length} queries`);
const texts = queries.map((line) => line.slice(line.indexOf('\t') + 1));
// In the order of the native run: waves that are saved by blocks of earlier questions are not counted.
for (const [at, text] of texts.entries()) {
  const { results } = await answerTimed(engine, text, 'matching any');
  if (results !== native[at]) throw new Error(`query ${at + 1}, ${text}:\nnative ${native[at]}\nwasm   ${results}`);
}
const everything = [];
for (const text of texts) everything.push((await answerTimed(engine, text, 'exhaustive 1\nmatching any')).results);
await writeFile(everythingFile, `${everything.join('\n')}\n`);
process.stdout.write(`${queries.length}\n`);
