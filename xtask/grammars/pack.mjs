// Packs grammars and themes into one file, and their licences into another.
//
// usage: node pack.mjs DATA      ; the folder with `older-themes` and `licences`, which takes the files
//
// packed ::= length:u32le index blob*      ; `length` is that of the index; all are brotli streams of JSON
// index  ::= { languages: [{ name, aliases, scope }],
//              grammars: [{ scope, at, len }],
//              themes: [{ name, at, len }] }   ; `at` counts from the first blob

import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { pathToFileURL } from "node:url";

const PERMISSIVE = new Set(["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "TextMate"]);

// What the packages leave open, as read in the repositories that they name.
const TEXTMATE_BUNDLES = ["applescript", "erb", "logo", "mipsasm", "po", "ssh-config", "toml"];
const READ = {
  apache: "BSD-2-Clause",
  apex: "BSD-3-Clause",
  asciidoc: "MIT",
  cue: "MIT",
  elixir: "Apache-2.0",
  llvm: "Apache-2.0",
  luau: "MIT",
  matlab: "BSD-2-Clause",
  nim: "MIT",
  purescript: "MIT",
  sass: "MIT",
  sparql: "Apache-2.0",
  "ts-tags": "MIT",
  turtle: "Apache-2.0",
  wolfram: "MIT",
  yaml: "MIT",
};
const TEXTMATE_TERMS =
  "Permission to copy, use, modify, sell and distribute this software is granted. This software is provided\n" +
  '"as is" without express or implied warranty, and with no claim as to its suitability for any purpose.\n';
const OWN_NOTICES = {
  matlab: ["matlab.txt"],
  yaml: ["yaml.txt"],
};

const [out] = process.argv.slice(2);
const grammarsFolder = path.join(import.meta.dirname, "node_modules", "tm-grammars");
const themesFolder = path.join(import.meta.dirname, "node_modules", "tm-themes");
const olderFolder = path.join(out, "older-themes");
const load = (folder) => import(pathToFileURL(path.join(folder, "index.js")));
const { grammars, injections } = await load(grammarsFolder);
const { themes } = await load(themesFolder);
const read = (...parts) => JSON.parse(fs.readFileSync(path.join(...parts), "utf8"));

const licence = (item) =>
  TEXTMATE_BUNDLES.includes(item.name) ? "TextMate" : (READ[item.name] ?? item.license ?? "none stated");
const isFree = (item) => PERMISSIVE.has(licence(item));

const blobs = [];
let at = 0;
function blob(json) {
  const packed = zlib.brotliCompressSync(JSON.stringify(json), {
    params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_LGWIN]: 22 },
  });
  blobs.push(packed);
  at += packed.length;
  return { at: at - packed.length, len: packed.length };
}

// Remarks are left out; a rule that has the name `comment` is no remark.
const withoutRemarks = (key, value) => (key === "comment" && typeof value === "string" ? undefined : value);

function grammar(item) {
  const { scopeName, patterns, repository, injections } = read(grammarsFolder, "grammars", `${item.name}.json`);
  const kept = { scopeName, patterns, repository, injections };
  return { scope: item.scopeName, ...blob(JSON.parse(JSON.stringify(kept, withoutRemarks))) };
}

const COLORS = ["foreground", "editor.foreground", "editor.background", "editor.lineHighlightBackground",
  "editorLineNumber.foreground"];

function theme(name, json) {
  const colors = Object.fromEntries(COLORS.filter((key) => json.colors?.[key]).map((key) => [key, json.colors[key]]));
  const tokenColors = json.tokenColors ?? json.settings;
  return { name, ...blob({ name, type: json.type, colors, tokenColors }) };
}

// Grammars that are injected into others are no languages; Zola injects none, but some are included.
const named = new Set(
  grammars.flatMap(({ name }) =>
    [...fs.readFileSync(path.join(grammarsFolder, "grammars", `${name}.json`), "utf8").matchAll(/"include": *"([^"#$]+)/g)]
      .map((match) => match[1])),
);
const all = [...grammars, ...injections.filter(({ scopeName }) => named.has(scopeName))];
const free = all.filter(isFree);
const older = fs.readdirSync(olderFolder).filter((file) => file.endsWith(".json")).sort();
const index = {
  languages: grammars.map(({ name, aliases, scopeName }) => ({ name, aliases: aliases ?? [], scope: scopeName })),
  grammars: free.map(grammar),
  themes: [
    ...themes.filter(isFree).map((item) => theme(item.name, read(themesFolder, "themes", `${item.name}.json`))),
    ...older.map((file) => theme(path.basename(file, ".json"), read(olderFolder, file))),
  ],
};
const packed = zlib.brotliCompressSync(JSON.stringify(index));
const length = Buffer.alloc(4);
length.writeUInt32LE(packed.length);
fs.writeFileSync(path.join(out, "packed.bin"), Buffer.concat([length, packed, ...blobs]));

// The packages' own notices, one text for all who share it.
function notices(folder, kept) {
  const texts = new Map();
  for (const part of fs.readFileSync(path.join(folder, "NOTICE"), "utf8").split(/^=+$/m).slice(1)) {
    const [, files, text] = part.match(/^\s*Files:\s*(.*)\n[\s\S]*?\n-+\n([\s\S]*)$/) ?? [];
    const names = (files ?? "").split(/[\s,]+/).filter((file) => kept.has(file.replace(/\.json$/, "")));
    const key = (text ?? "").trim().replace(/[ \t]+$/gm, "");
    if (names.length > 0) texts.set(key, [...(texts.get(key) ?? []), ...names]);
  }
  return texts;
}

function notice(title, items, folder) {
  const rows = items.map((item) => `${item.name} (${licence(item)}): ${(item.source ?? "").replace(/\/blob\/.*/, "")}`);
  const texts = notices(folder, new Set(items.map((item) => item.name)));
  const parts = [...texts].map(([text, files]) => `--- ${files.join(", ")}\n\n${text}\n`);
  return `${title}\n\n${rows.join("\n")}\n\n${parts.join("\n")}`;
}

const own = Object.values(OWN_NOTICES).flat().map((file) => fs.readFileSync(path.join(out, "licences", file), "utf8"));
const left = all.filter((item) => !isFree(item)).map((item) => `${item.name} (${licence(item)})`);
const lines = [
  "packed.bin holds grammars and themes that others wrote, without remarks and without what colours of code do not need.",
  "",
  notice("GRAMMARS", free, grammarsFolder),
  `--- ${TEXTMATE_BUNDLES.map((name) => `${name}.json`).join(", ")}\n\n${TEXTMATE_TERMS}`,
  ...own,
  notice("THEMES", themes.filter(isFree), themesFolder),
  fs.readFileSync(path.join(out, "licences", "older-themes.txt"), "utf8"),
];
fs.writeFileSync(path.join(out, "NOTICE"), lines.join("\n"));
console.log(`${free.length} grammars, ${index.themes.length} themes, ${4 + packed.length + at} bytes`);
console.log(`left out: ${left.join(", ")}`);
console.log(`themes left out: ${themes.filter((item) => !isFree(item)).map((item) => item.name).join(", ")}`);
