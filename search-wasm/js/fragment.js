/**
 * What Pagefind calls a fragment: a page's data for a result, made from a hit with its whole text.
 *
 * A text may be followed, after U+001E, by JSON that `woodblock index` wrote: `anchors`
 * (`[level, id, word, text]`), `filters`, `meta`, `sorts`, `weights` (`[first word, end, weight]`).
 */

/** Characters that count two to a word in excerpts: they are written without blanks. */
const UNIT = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]{1,2}|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]+/gu;
/** Part of an excerpt that stands before the first found word. */
const LEAD = 6;

/** @param {string} text */
const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** @param {string} text */
function parts(text) {
  const at = text.indexOf('\u{1e}');
  if (at < 0) return { content: text, notes: {} };
  try {
    return { content: text.slice(0, at), notes: JSON.parse(text.slice(at + 1)) };
  } catch {
    return { content: text.slice(0, at), notes: {} };
  }
}

/** The last of ascending numbers that is not past `at`. @param {number[]} numbers @param {number} at */
function floor(numbers, at) {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * @param {import('./woodblock.js').Hit} hit with `view: 'whole'`
 * @param {{ url: string, excerptLength: number, filters: Record<string, string[]> }} shown
 */
export function fragment(hit, { url, excerptLength, filters }) {
  const { content: text, notes } = parts(hit.snippet.text);
  const content = text.replace(/\n/g, ' ');
  const starts = [...content.matchAll(/\S+/g)].map(({ index }) => index);
  const anchors = (notes.anchors ?? []).map(([level, id, location, text]) => ({ element: `h${level}`, id, location, text }));
  const weigh = weights(notes.weights ?? [], anchors);
  const marks = hit.snippet.highlights.map(([start, end]) => {
    const location = Math.max(0, floor(starts, start));
    return { start, end, location, weight: weigh(location) };
  });
  const weighted = locations(marks, hit.score);
  const meta = { title: hit.title, ...Object.fromEntries(hit.card), ...notes.meta };
  const length = content.length;
  const excerpt = cut(content, marks, 0, length, excerptLength);
  return {
    url,
    raw_url: hit.url,
    content,
    raw_content: escape(content),
    ...excerpt,
    meta,
    filters: { ...notes.filters, ...filters },
    anchors,
    word_count: starts.length,
    locations: weighted.map(({ location }) => location),
    weighted_locations: weighted,
    sub_results: sections({ content, marks, anchors, starts, url, title: hit.title, excerptLength, score: hit.score }),
  };
}

/** The weight of a word: its own, or that of the heading it stands in. */
function weights(/** @type {[number, number, number][]} */ runs, /** @type {any[]} */ anchors) {
  const headings = anchors.map(({ element, location, text }) =>
    [location, location + text.split(/\s+/).length, 8 - Number(element[1])]);
  return (/** @type {number} */ word) =>
    [...runs, ...headings].find(([start, end]) => start <= word && word < end)?.[2] ?? 1;
}

/** Found words, each once. */
function locations(/** @type {any[]} */ marks, /** @type {number} */ score) {
  const seen = new Map(marks.map(({ location, weight }) => [location, { weight, balanced_score: weight * weight * score, location }]));
  return [...seen.values()];
}

/** Sections of the page that hold found words: before the first heading with an id, and after each. */
function sections({ content, marks, anchors, starts, url, title, excerptLength, score }) {
  const at = (/** @type {number} */ word) => starts[word] ?? content.length;
  const borders = [{ from: 0, title, url }, ...anchors.map((anchor) => ({
    from: at(anchor.location),
    title: anchor.text,
    url: `${url.split('#')[0]}#${encodeURIComponent(anchor.id)}`,
    anchor,
  }))];
  return borders.flatMap(({ from, ...section }, i) => {
    const to = borders[i + 1]?.from ?? content.length;
    const inside = marks.filter(({ start }) => start >= from && start < to);
    if (!inside.length) return [];
    const weighted = locations(inside, score);
    return [{
      ...section,
      locations: weighted.map(({ location }) => location),
      weighted_locations: weighted,
      ...cut(content, inside, from, to, excerptLength),
    }];
  });
}

/**
 * The stretch of `length` words with the weightiest found ones.
 * @param {string} content
 * @param {{ start: number, end: number, weight: number }[]} marks
 * @param {number} from @param {number} to @param {number} length
 */
function cut(content, marks, from, to, length) {
  const units = [...content.slice(from, to).matchAll(UNIT)].map(({ index, 0: text }) => ({ start: from + index, end: from + index + text.length }));
  if (!units.length) return { excerpt: '', plain_excerpt: '' };
  const first = best(units.map(({ start }) => start), marks, length);
  const last = units[Math.min(first + length, units.length) - 1];
  const [start, end] = [units[first].start, last.end];
  let [excerpt, done] = ['', start];
  for (const mark of marks.filter((one) => one.start >= start && one.end <= end)) {
    if (mark.start < done) continue;
    excerpt += `${escape(content.slice(done, mark.start))}<mark>${escape(content.slice(mark.start, mark.end))}</mark>`;
    done = mark.end;
  }
  return { excerpt: excerpt + escape(content.slice(done, end)), plain_excerpt: content.slice(start, end) };
}

/** Number of the unit to begin at. */
function best(/** @type {number[]} */ starts, /** @type {{ start: number, weight: number }[]} */ marks, /** @type {number} */ length) {
  const at = marks.map(({ start, weight }) => ({ unit: Math.max(0, floor(starts, start)), weight: weight * weight }));
  let [most, begin, sum, end] = [-1, 0, 0, 0];
  for (let i = 0; i < at.length; i += 1) {
    for (; end < at.length && at[end].unit < at[i].unit + length; end += 1) sum += at[end].weight;
    if (sum > most) [most, begin] = [sum, at[i].unit];
    sum -= at[i].weight;
  }
  const room = Math.max(0, starts.length - length);
  return Math.min(room, Math.max(0, begin - Math.floor(length / LEAD)));
}
