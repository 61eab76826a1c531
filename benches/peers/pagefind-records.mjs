/** Pagefind over records, by its Node API: `node pagefind-records.mjs docs.jsonl FOLDER LANG`. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import * as pagefind from 'pagefind';

const [docs, folder, lang] = process.argv.slice(2);
const { index } = await pagefind.createIndex({ forceLanguage: lang });
for await (const line of createInterface({ input: createReadStream(docs), crlfDelay: Infinity })) {
  const { id, url, title, text } = JSON.parse(line);
  const record = { url: url ?? `/${encodeURIComponent(id)}/`, content: `${title}\n${text}`, language: lang, meta: { title } };
  const { errors } = await index.addCustomRecord(record);
  if (errors.length) throw new Error(errors.join('; '));
}
await index.writeFiles({ outputPath: folder });
await pagefind.close();
