/**
 * Several indexes asked as one: an index with its updates, or several sites. Loaded only for these;
 * the command line does the same (generator/src/merged.rs).
 *
 * 1. Every index says how frequent the words are; scored by the sums, hits compare.
 * 2. Every index lists its best documents with their places in the order.
 * 3. The lists are merged, and each index shows those of its hits that stand on the page.
 */

/** With so many documents that hold all the words, those with some are left out. */
const ENOUGH = 10;
/** Hits of each group among suggestions. */
const PER_GROUP = 3;
/** Documents that an index lists at once. */
const MOST_LISTED = 1_000;
/** Values of a facet that are named. */
const MOST_VALUES = 100;

/** @typedef {import('./host.js').Host} Host */
/** @typedef {import('./woodblock.js').Results} Results */
/** @typedef {import('./woodblock.js').SearchOptions & { text: string }} Query */

/**
 * @param {Host[]} hosts
 * @param {Query} query
 * @param {import('./host.js').Watch} [watch]
 * @returns {Promise<any>} null once cancelled
 */
export async function searchAll(hosts, query, watch) {
  const started = performance.now();
  /** @type {Map<Host, any>} indexes that cannot be asked, with why */
  const gone = new Map();
  /** Asks every index that answers, which `more` wants to be asked. */
  const each = async (/** @type {(at: number) => any} */ more) => {
    const answers = await Promise.allSettled(hosts.map((host, at) => {
      const asked = !gone.has(host) && more(at);
      return asked ? host.search({ ...query, ...asked }, watch) : Promise.resolve(undefined);
    }));
    answers.forEach((answer, at) => { if (answer.status === 'rejected') gone.set(hosts[at], answer.reason); });
    if (gone.size === hosts.length) throw gone.values().next().value;
    return answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : undefined));
  };
  const suggests = query.suggest || query.view === 'suggest';
  const { offset = 0, limit = 10, facet = [] } = query;
  if (!query.documents) {
    const terms = await each(() => ({ view: 'terms' }));
    if (terms.includes(null)) return null;
    const statistics = sum(terms);
    if (query.view === 'terms') return { ...terms.find(Boolean), statistics };
    query = { ...query, pause: 0, documents: statistics.documents, holding: statistics.holding.map(([word, n]) => `${n} ${word}`) };
  }
  const lists = async () => {
    const answers = await each(() => (suggests ? {} : { view: 'list', offset: 0, limit: offset + limit }));
    for (let from = MOST_LISTED; !suggests && from < offset + limit; from += MOST_LISTED) {
      const more = await each((at) => answers[at]?.listed?.length === from && { view: 'list', offset: from, limit: offset + limit - from });
      more.forEach((answer, at) => { if (answer?.listed) answers[at].listed.push(...answer.listed); });
    }
    return answers;
  };
  let answers = await lists();
  const known = () => answers.filter(Boolean);
  if ((query.matching ?? 'auto') === 'auto' && total(known(), 'full') >= ENOUGH && known().some((one) => one.total > one.full)) {
    query = { ...query, matching: 'all' };
    answers = await lists();
  }
  if (answers.includes(null)) return null;
  const better = leaveCorrected(answers);
  if (better) {
    const results = await searchAll(hosts, { ...query, text: better, documents: undefined, holding: undefined }, watch);
    results?.notices.unshift({ code: 'corrected', detail: better });
    return results && { ...results, did_you_mean: better };
  }
  leaveWithoutFilter(answers, query);
  answers.forEach((answer, index) => answer?.hits.forEach((/** @type {any} */ hit) => { hit.index = index; }));
  let hits = suggests ? suggestions(known(), limit) : [];
  if (!suggests && query.view !== 'list') {
    const order = inOrder(answers);
    const page = order.slice(offset, offset + limit);
    const own = (/** @type {any[]} */ list, /** @type {number} */ at) => list.filter(({ owner }) => owner === at).length;
    const pages = await each((at) => own(page, at) && { offset: own(order.slice(0, offset), at), limit: own(page, at) });
    if (pages.includes(null)) return null;
    pages.forEach((shown, at) => {
      if (!shown) return;
      answers[at].cost = shown.cost;
      answers[at].notices.push(...shown.notices);
      answers[at].failures.push(...shown.failures);
    });
    hits = page.flatMap(({ owner }) => {
      const hit = pages[owner]?.hits.shift();
      return hit ? { ...hit, index: owner } : [];
    });
  }
  const results = joined(known(), hits, facet);
  if (query.view === 'list') results.listed = inOrder(answers).map(({ listed, owner }) => [...listed, owner]);
  results.failures.push(...[...gone.values()].map(({ code = 'engine', part = 'engine', block = '', detail = '' }) => ({ code, part, block, detail })));
  results.cost.millis = performance.now() - started;
  return results;
}

/** @param {any[]} answers @param {'total' | 'full'} name */
const total = (answers, name) => answers.reduce((sum, answer) => sum + answer[name], 0);

/** Statistics of all. @param {any[]} answers @returns {{ documents: number, holding: [string, number][] }} */
function sum(answers) {
  let documents = 0;
  const holding = new Map();
  for (const { statistics } of answers.filter(Boolean)) {
    documents += statistics.documents;
    for (const [word, n] of statistics.holding) holding.set(word, (holding.get(word) ?? 0) + n);
  }
  return { documents, holding: [...holding] };
}

/**
 * Where some index has what was asked for, what others found for another question is dropped; where
 * none has, the better question is returned.
 * @param {any[]} answers
 */
function leaveCorrected(answers) {
  const isCorrected = (/** @type {any} */ answer) => answer?.notices.some(({ code }) => code === 'corrected');
  const corrected = answers.filter((answer) => isCorrected(answer) && answer.total);
  if (corrected.length && !answers.some((answer) => answer?.total && !isCorrected(answer))) {
    const most = Math.max(...corrected.map((answer) => answer.total));
    return corrected.findLast((answer) => answer.total === most).did_you_mean;
  }
  answers.filter(isCorrected).forEach(empty);
  return null;
}

/** @param {any} answer */
function empty(answer) {
  Object.assign(answer, { total: 0, full: 0, exact: true, read_as: '', did_you_mean: null, notices: [], groups: [], facets: [], hits: [], listed: [] });
}

/** An index that does not have the facet of a filter has no hit that passes it. @param {any[]} answers @param {Query} query */
function leaveWithoutFilter(answers, { filter = [] }) {
  for (const name of filter.map((one) => one.split('=')[0])) {
    const lacking = answers.filter((answer) => answer?.notices.some(({ code, detail }) => code === 'unknown-facet' && detail === name));
    if (lacking.length < answers.filter(Boolean).length) lacking.forEach(empty);
  }
}

/** Listed documents with the number of the index they stand in, best first. @param {any[]} answers */
function inOrder(answers) {
  const all = answers.flatMap((answer, owner) => (answer?.listed ?? []).map((listed) => ({ listed, owner })));
  return all.sort((a, b) => a.listed[2] - b.listed[2]);
}

/** The best few of each group, best group first. @param {any[]} answers @param {number} limit */
function suggestions(answers, limit) {
  const hits = answers.flatMap((answer) => answer.hits).sort((a, b) => b.full - a.full || b.score - a.score);
  const groups = new Map();
  for (const hit of hits) groups.set(hit.kind, [...(groups.get(hit.kind) ?? []), hit]);
  return [...groups.values()].flatMap((own) => own.slice(0, PER_GROUP)).slice(0, limit);
}

/** One answer. @param {any[]} answers @param {any[]} hits @param {string[]} facets */
function joined(answers, hits, facets) {
  const best = (/** @type {any} */ { listed: [[, , key] = [Infinity, 0, Infinity]] = [], hits: [hit] }) =>
    [key, hit ? -hit.full : 0, hit ? -hit.score : 0];
  const ranked = [...answers].sort((a, b) => {
    const [x, y] = [best(a), best(b)];
    return [0, 1, 2].map((at) => (x[at] === y[at] ? 0 : x[at] - y[at])).find(Boolean) ?? 0;
  });
  const full = total(answers, 'full');
  const has = (/** @type {any} */ answer, one) => answer.notices.some(({ code, detail }) => code === one.code && detail === one.detail);
  const told = answers.flatMap((answer) => answer.notices)
    .filter((one) => one.code !== 'unknown-facet' || answers.every((answer) => has(answer, one)));
  const notices = new Map(told.map((one) => [one.code + one.detail, one]));
  return {
    total: total(answers, 'total'),
    full,
    exact: answers.every((answer) => answer.exact),
    read_as: answers.find((answer) => answer.read_as)?.read_as ?? '',
    did_you_mean: (!full && ranked.find((answer) => answer.did_you_mean)?.did_you_mean) || null,
    notices: [...notices.values()],
    groups: counted(ranked.map((answer) => answer.groups), 'name'),
    facets: facets.flatMap((name) => {
      const own = answers.flatMap((answer) => answer.facets).filter((facet) => facet.name === name);
      const values = counted(own.map((facet) => facet.values), 'value')
        .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)).slice(0, MOST_VALUES);
      // What one leaves out past its most frequent values, another may name.
      const exact = own.every((facet) => facet.exact && (own.length < 2 || facet.values.length < MOST_VALUES));
      return own.length ? [{ name, exact, values }] : [];
    }),
    hits,
    failures: answers.flatMap((answer) => answer.failures),
    cost: {
      bytes: costs(answers, 'bytes'), blocks: costs(answers, 'blocks'), hops: Math.max(...answers.map(({ cost }) => cost.hops)),
      fetched_bytes: costs(answers, 'fetched_bytes'), fetched_files: costs(answers, 'fetched_files'), millis: 0,
    },
  };
}

/** @param {any[]} answers @param {string} name */
const costs = (answers, name) => answers.reduce((sum, { cost }) => sum + cost[name], 0);

/** Counts under one name, added. @param {any[][]} lists @param {'name' | 'value'} name */
function counted(lists, name) {
  const all = new Map();
  for (const one of lists.flat()) {
    const known = all.get(one[name]);
    all.set(one[name], { ...one, count: one.count + (known?.count ?? 0) });
  }
  return [...all.values()];
}
