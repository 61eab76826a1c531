// The script beside an index in Zola's format finds what the index holds, by the calls that themes make.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const SITE = new URL("../sites/search-elasticlunr/expected/", import.meta.url);

function load() {
  const script = join(mkdtempSync(join(tmpdir(), "elasticlunr-")), "elasticlunr.cjs");
  writeFileSync(script, readFileSync(new URL("elasticlunr.min.js", SITE)));
  const elasticlunr = createRequire(import.meta.url)(script);
  const source = readFileSync(new URL("search_index.en.js", SITE), "utf8");
  const index = JSON.parse(source.replace("window.searchIndex = ", ""));
  return { elasticlunr, index: elasticlunr.Index.load(index) };
}

const refs = (index, query, options) => index.search(query, options).map((hit) => hit.ref);
const POST = "https://x.example/posts/a/";
const HOME = "https://x.example/";

test("words are found in any of their forms", () => {
  const { index } = load();
  assert.deepEqual(refs(index, "printing"), [POST]);
  assert.deepEqual(refs(index, "the relation"), [POST]);
  assert.deepEqual(refs(index, "hidden"), []);
  assert.equal(index.search("printing")[0].doc.title, "Running printers");
});

test("options say which fields count, and whether all words must be there", () => {
  const { index } = load();
  assert.deepEqual(refs(index, "welcome", { fields: { title: {} } }), []);
  assert.deepEqual(refs(index, "welcome ink").sort(), [HOME, POST]);
  assert.deepEqual(refs(index, "welcome ink", { bool: "AND" }), []);
  assert.deepEqual(refs(index, "pres", { expand: true, fields: { description: { boost: 2 } } }), [POST]);
  assert.deepEqual(refs(index, "pre"), []);
});

test("hostile words find nothing", () => {
  const { index } = load();
  for (const query of ["", "constructor", "__proto__", "docs df", "!!!", null]) {
    assert.deepEqual(refs(index, query, { expand: false }), [], String(query));
  }
});

test("stems are those of the index", () => {
  const { elasticlunr } = load();
  const table = {
    caresses: "caress", ponies: "poni", cats: "cat", agreed: "agre", plastered: "plaster", hopping: "hop", falling: "fall",
    filing: "file", happy: "happi", relational: "relat", conditional: "condit", vietnamization: "vietnam", triplicate: "triplic",
    hopefulness: "hope", adoption: "adopt", controlling: "control", rate: "rate", cease: "ceas", roll: "roll", yellow: "yellow",
  };
  for (const [word, stem] of Object.entries(table)) assert.equal(elasticlunr.stemmer(word), stem, word);
});
