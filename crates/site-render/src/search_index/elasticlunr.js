/* The calls of elasticlunr 0.9 that sites make, for indexes written by woodblock or Zola.
   MIT OR Apache-2.0.

   elasticlunr.Index.load(window.searchIndex).search("words", {
     bool: "AND" | "OR", expand: true, fields: { title: { boost: 2 }, body: { boost: 1 } }
   }) → [{ ref, score, doc }]

   An index holds for each field a tree of letters: a node has `docs` ({ ref: { tf } }), `df` and its
   children by letter. */
(function (root) {
  "use strict";

  const stopWords = ("a able about across after all almost also am among an and any are as at be because been but by can " +
    "cannot could dear did do does either else ever every for from get got had has have he her hers him his how however i " +
    "if in into is it its just least let like likely may me might most must my neither no nor not of off often on only or " +
    "other our own rather said say says she should since so some than that the their them then there these they this tis " +
    "to too twas us wants was we were what when where which while who whom why will with would yet you your").split(" ");
  let stops = new Set(["", ...stopWords]);

  function tokenizer(text) {
    if (text === null || text === undefined) return [];
    const texts = Array.isArray(text) ? text : [text];
    return texts.flatMap((one) => String(one).trim().toLowerCase().split(/[\s-]+/)).filter(Boolean);
  }

  const trimmer = (token) => token.replace(/^\W+/, "").replace(/\W+$/, "");
  const stopWordFilter = (token) => (stops.has(token) ? undefined : token);

  /* Porter's stemmer (1980). A measure counts the turns from vowels to consonants. */
  const CONSONANTS = "[^aeiou][^aeiouy]*";
  const VOWELS = "[aeiouy][aeiou]*";
  const measured = (turns) =>
    new RegExp("^(?:" + CONSONANTS + ")?(?:" + VOWELS + CONSONANTS + "){" + turns + "}");
  const OVER_0 = measured("1,");
  const OVER_1 = measured("2,");
  const ONE = new RegExp("^(?:" + CONSONANTS + ")?" + VOWELS + CONSONANTS + "(?:" + VOWELS + ")?$");
  const HAS_VOWEL = new RegExp("^(?:" + CONSONANTS + ")?[aeiouy]");
  const SHORT = /^(?:[^aeiou][^aeiouy]*)[aeiouy][^aeiouwxy]$/;
  const STEP_2 = {
    ational: "ate", tional: "tion", enci: "ence", anci: "ance", izer: "ize", bli: "ble", alli: "al", entli: "ent",
    eli: "e", ousli: "ous", ization: "ize", ation: "ate", ator: "ate", alism: "al", iveness: "ive", fulness: "ful",
    ousness: "ous", aliti: "al", iviti: "ive", biliti: "ble", logi: "log",
  };
  const STEP_3 = { icate: "ic", ative: "", alize: "al", iciti: "ic", ical: "ic", ful: "", ness: "" };
  const STEP_4 = ["al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "sion", "tion", "ou",
    "ism", "ate", "iti", "ous", "ive", "ize"];

  const longestEnding = (word, endings) =>
    endings.filter((ending) => word.endsWith(ending)).sort((a, b) => b.length - a.length)[0];

  function replaced(word, table) {
    const ending = longestEnding(word, Object.keys(table));
    if (ending === undefined) return word;
    const stem = word.slice(0, -ending.length);
    return OVER_0.test(stem) ? stem + table[ending] : word;
  }

  function pastAndPresent(word) {
    if (word.endsWith("eed")) return OVER_0.test(word.slice(0, -3)) ? word.slice(0, -1) : word;
    const ending = longestEnding(word, ["ed", "ing"]);
    const stem = ending && word.slice(0, -ending.length);
    if (!stem || !HAS_VOWEL.test(stem)) return word;
    if (/(?:at|bl|iz)$/.test(stem)) return stem + "e";
    if (/([^aeiouylsz])\1$/.test(stem)) return stem.slice(0, -1);
    return SHORT.test(stem) ? stem + "e" : stem;
  }

  function shortened(word) {
    const ending = longestEnding(word, STEP_4);
    if (ending === undefined) return word;
    const kept = /^[st]ion$/.test(ending) ? 3 : ending.length;
    const stem = word.slice(0, -kept);
    return OVER_1.test(stem) ? stem : word;
  }

  function stemmer(token) {
    if (token.length < 3) return token;
    const isMarked = token[0] === "y";
    let word = isMarked ? "Y" + token.slice(1) : token;
    if (/(?:ss|i)es$/.test(word)) word = word.slice(0, -2);
    else if (/[^s]s$/.test(word)) word = word.slice(0, -1);
    word = pastAndPresent(word);
    if (word.endsWith("y") && HAS_VOWEL.test(word.slice(0, -1))) word = word.slice(0, -1) + "i";
    word = shortened(replaced(replaced(word, STEP_2), STEP_3));
    if (word.endsWith("e")) {
      const stem = word.slice(0, -1);
      if (OVER_1.test(stem) || (ONE.test(stem) && !SHORT.test(stem))) word = stem;
    }
    if (word.endsWith("ll") && OVER_1.test(word)) word = word.slice(0, -1);
    return isMarked ? "y" + word.slice(1) : word;
  }

  class Pipeline {
    constructor() {
      this._queue = [];
    }
    static registerFunction(step, name) {
      step.label = name;
      Pipeline.registeredFunctions[name] = step;
    }
    static getRegisteredFunction(name) {
      return Pipeline.registeredFunctions[name] || null;
    }
    static load(names) {
      const pipeline = new Pipeline();
      for (const name of names) {
        const step = Pipeline.getRegisteredFunction(name);
        if (step) pipeline.add(step);
        else console.warn("elasticlunr: the step `" + name + "` is not loaded; add the script of the index's language");
      }
      return pipeline;
    }
    add(...steps) {
      this._queue.push(...steps);
    }
    reset() {
      this._queue = [];
    }
    get() {
      return this._queue;
    }
    run(tokens) {
      const through = (token) => this._queue.reduce((word, step) => (word ? step(word) : undefined), token);
      return tokens.map(through).filter(Boolean);
    }
  }
  Pipeline.registeredFunctions = {};
  Pipeline.registerFunction(trimmer, "trimmer");
  Pipeline.registerFunction(stopWordFilter, "stopWordFilter");
  Pipeline.registerFunction(stemmer, "stemmer");

  class DocumentStore {
    constructor(data) {
      Object.assign(this, { save: true, docs: {}, docInfo: {}, length: 0 }, data);
    }
    getDoc(ref) {
      return Object.hasOwn(this.docs, ref) ? this.docs[ref] : null;
    }
    hasDoc(ref) {
      return Object.hasOwn(this.docs, ref);
    }
    getFieldLength(ref, field) {
      return (this.docInfo[ref] && this.docInfo[ref][field]) || 0;
    }
  }

  class InvertedIndex {
    constructor(data) {
      this.root = (data && data.root) || { docs: {}, df: 0 };
    }
    getNode(token) {
      let node = this.root;
      for (const letter of token) {
        if (!Object.hasOwn(node, letter)) return null;
        node = node[letter];
      }
      return node;
    }
    hasToken(token) {
      return this.getNode(token) !== null;
    }
    getDocs(token) {
      const node = this.getNode(token);
      return node ? node.docs : {};
    }
    getDocFreq(token) {
      const node = this.getNode(token);
      return node ? node.df : 0;
    }
    expandToken(token) {
      const found = [];
      const open = [[token, this.getNode(token)]];
      while (open.length > 0) {
        const [word, node] = open.pop();
        if (!node) continue;
        if (node.df > 0) found.push(word);
        for (const letter of Object.keys(node)) {
          if (letter !== "docs" && letter !== "df") open.push([word + letter, node[letter]]);
        }
      }
      return found;
    }
  }

  class Index {
    constructor(data) {
      this._fields = data.fields;
      this._ref = data.ref;
      this.documentStore = new DocumentStore(data.documentStore);
      this.pipeline = Pipeline.load(data.pipeline);
      this.index = {};
      for (const field of data.fields) this.index[field] = new InvertedIndex(data.index[field]);
    }
    static load(data) {
      return new Index(data);
    }
    getFields() {
      return this._fields.slice();
    }
    search(query, asked) {
      const words = typeof query === "string" ? { any: query } : query || {};
      const scores = new Map();
      for (const [field, options] of Object.entries(this._options(asked))) {
        const text = words[field] === undefined ? words.any : words[field];
        const tokens = this.pipeline.run(tokenizer(text));
        for (const [ref, score] of this._fieldScores(tokens, field, options)) {
          scores.set(ref, (scores.get(ref) || 0) + score * options.boost);
        }
      }
      const results = Array.from(scores, ([ref, score]) => ({ ref, score, doc: this.documentStore.getDoc(ref) }));
      return results.sort((a, b) => b.score - a.score);
    }
    _options(asked) {
      const { bool = "OR", expand = false, fields } = asked || {};
      const options = {};
      for (const field of fields ? Object.keys(fields) : this._fields) {
        const own = (fields && fields[field]) || {};
        if (own.boost === 0 || !this.index[field]) continue;
        options[field] = { bool: own.bool || bool, expand: own.expand === undefined ? expand : own.expand, boost: own.boost || 1 };
      }
      return options;
    }
    _fieldScores(tokens, field, options) {
      const sums = new Map();
      const matched = new Map();
      for (const token of tokens) {
        for (const [ref, score] of this._tokenScores(token, field, options.expand)) {
          sums.set(ref, (sums.get(ref) || 0) + score);
          matched.set(ref, (matched.get(ref) || 0) + 1);
        }
      }
      for (const [ref, count] of matched) {
        if (options.bool === "AND" && count < tokens.length) sums.delete(ref);
        else sums.set(ref, (sums.get(ref) * count) / tokens.length);
      }
      return sums;
    }
    _tokenScores(token, field, isExpanded) {
      const index = this.index[field];
      const scores = new Map();
      for (const word of isExpanded ? index.expandToken(token) : [token]) {
        const rarity = 1 + Math.log(this.documentStore.length / (index.getDocFreq(word) + 1));
        const nearness = word === token ? 1 : 0.15 * (token.length / word.length);
        for (const [ref, { tf }] of Object.entries(index.getDocs(word))) {
          const length = this.documentStore.getFieldLength(ref, field);
          const score = tf * rarity * nearness * (length ? 1 / Math.sqrt(length) : 1);
          scores.set(ref, (scores.get(ref) || 0) + score);
        }
      }
      return scores;
    }
  }

  /* What scripts of other languages keep their stop words in. */
  class SortedSet {
    constructor() {
      this.length = 0;
      this.elements = [];
    }
    add(...elements) {
      this.elements.push(...elements);
      this.length = this.elements.length;
    }
    indexOf(element) {
      return this.elements.indexOf(element);
    }
  }

  const elasticlunr = {
    version: "0.9.5", Index, Pipeline, DocumentStore, InvertedIndex, SortedSet, tokenizer, trimmer, stemmer, stopWordFilter,
    clearStopWords() {
      stops = new Set();
    },
    addStopWords(words) {
      for (const word of words) stops.add(word);
    },
    resetStopWords() {
      stops = new Set(["", ...stopWords]);
    },
  };
  root.elasticlunr = elasticlunr;
  root.lunr = root.lunr || elasticlunr;
  if (typeof module === "object" && module.exports) module.exports = elasticlunr;
})(typeof globalThis === "object" ? globalThis : this);
