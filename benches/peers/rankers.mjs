/** One way to rank a collection per peer: `rankers[name]({docs, lang, scratch})` → `{rank(text, depth)}`. */
import { createRequire } from 'node:module';
import { create, insertMultiple, search as oramaSearch } from '@orama/orama';
import MiniSearch from 'minisearch';
import { grams, miniSearchOptions, openFlexSearch } from './settings.mjs';

const require = createRequire(import.meta.url);

/** MiniSearch: BM25+, words joined by OR, title boosted as its documentation's example does. */
async function minisearch({ docs, lang }) {
  const index = new MiniSearch(miniSearchOptions(lang));
  index.addAll(docs);
  return { rank: async (text) => index.search(text, { boost: { title: 2 } }).map(({ id, score }) => ({ id, score })) };
}

/** FlexSearch: no scores; its order of results is taken, with `suggest` so that not every word must occur. */
async function flexsearch({ docs, lang }) {
  const index = await openFlexSearch(lang);
  for (const doc of docs) index.add(doc);
  const rank = async (text, depth) => {
    const found = index.search(text, { limit: depth, suggest: true, merge: true });
    return found.map(({ id }, at) => ({ id, score: depth - at }));
  };
  return { rank };
}

/** lunr: BM25 with stems and stop words; English only without the native segmenter that lunr-languages asks for. */
async function lunr({ docs }) {
  const make = require('lunr');
  const index = make(function fields() {
    this.ref('id');
    this.field('title');
    this.field('text');
    for (const doc of docs) this.add(doc);
  });
  // Signs of its query language are no part of the questions.
  const plain = (text) => text.replace(/[:^~*+\-]/g, ' ');
  return { rank: async (text) => index.search(plain(text)).map(({ ref, score }) => ({ id: ref, score })) };
}

/** Orama: BM25, English stems on. */
async function orama({ docs, lang }) {
  const tokenizer = lang === 'zh'
    ? { language: 'english', normalizationCache: new Map(), tokenize: (text) => [...new Set(grams(text))] }
    : { language: 'english', stemming: true };
  const db = create({ schema: { title: 'string', text: 'string' }, components: { tokenizer } });
  await insertMultiple(db, docs.map(({ id, title, text }) => ({ id, title, text })), 500);
  const rank = async (term, limit) => {
    const { hits } = await oramaSearch(db, { term, limit, properties: ['title', 'text'], threshold: 1 });
    return hits.map(({ id, score }) => ({ id, score }));
  };
  return { rank };
}

/** Pagefind: through its own script in Chromium, over records added by its Node API. All words must occur. */
async function pagefind({ docs, lang, scratch }) {
  const { openPagefind } = await import('./pagefind.mjs');
  return openPagefind({ docs, lang, scratch });
}

export const rankers = { minisearch, flexsearch, lunr, orama, pagefind };
