/**
 * Ranks judged queries with a peer: `node relevance.mjs PEER docs.jsonl queries.tsv run.trec LANG SCRATCH`.
 *
 * Every peer gets title and text, each as its documentation says to set up. None of them cuts
 * Chinese by itself except Pagefind; where a tokenizer can be passed, it gets characters and
 * pairs of neighbours, as the yardstick has them.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { rankers } from './rankers.mjs';

const DEPTH = 100;

const [peer, docsFile, queriesFile, runFile, lang, scratch] = process.argv.slice(2);
const docs = (await readFile(docsFile, 'utf8')).split('\n').filter(Boolean).map((line) => JSON.parse(line));
const queries = (await readFile(queriesFile, 'utf8')).split('\n').filter(Boolean).map((line) => line.split('\t'));

const { rank, close = () => {} } = await rankers[peer]({ docs, lang, scratch });
const lines = [];
for (const [id, text] of queries) {
  const hits = await rank(text, DEPTH);
  hits.slice(0, DEPTH).forEach(({ id: doc, score }, at) => lines.push(`${id} Q0 ${doc} ${at + 1} ${score} ${peer}\n`));
}
await writeFile(runFile, lines.join(''));
await close();
