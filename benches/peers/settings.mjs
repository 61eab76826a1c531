/** Settings that building and asking share, in Node and in the browser. */

/** Each character of a Chinese run and each two neighbours; other words whole. @param {string} text */
export function grams(text) {
  const terms = [];
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)) {
    if (!/\p{Script=Han}/u.test(word)) {
      terms.push(word);
      continue;
    }
    const chars = [...word];
    chars.forEach((char, at) => {
      terms.push(char);
      if (at) terms.push(chars[at - 1] + char);
    });
  }
  return terms;
}

/** @param {string} lang */
export const miniSearchOptions = (lang) => ({
  fields: ['title', 'text'],
  storeFields: ['title', 'url'],
  ...(lang === 'zh' && { tokenize: grams }),
});

/** @param {string} lang @param {any} [library] FlexSearch itself, where it is not found by its package name */
export async function openFlexSearch(lang, library) {
  const { Charset, Document } = library ?? (await import('flexsearch')).default;
  return new Document({
    document: { id: 'id', store: ['title', 'url'], index: ['title', 'text'] },
    encoder: lang === 'zh' ? Charset.CJK : Charset.LatinBalance,
  });
}
