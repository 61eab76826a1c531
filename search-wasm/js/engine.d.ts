/** The engine's glue, which the build binds: see search-wasm/src/lib.rs. */
declare module 'woodblock-engine' {
  export class Engine {
    constructor(root: Uint8Array, fileLen: number);
    plan(text: string, settings: string): any;
    hide(tombstones: Uint8Array, nth: number): void;
  }
  export function characters(packed: Uint8Array): void;
  export function initSync(module: { module: WebAssembly.Module }): void;
}
