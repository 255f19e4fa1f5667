import { PLAIN, RELAXED } from "./assembled.ts";
import type { WasmBackend } from "./heap.ts";

/** What assembly/index.ts exports; pointers and lengths are bytes of tfjs-backend-wasm's memory. */
export interface Assembly {
  adam(
    step: number,
    bytes: number,
    parameter: number,
    gradient: number,
    average: number,
    square: number,
    nextParameter: number,
    nextAverage: number,
    nextSquare: number,
  ): void;
  addProducts(
    a: number,
    aStep: number,
    b: number,
    bStep: number,
    to: number,
    toStep: number,
    count: number,
    bytes: number,
  ): void;
  finishRows(
    values: number,
    rows: number,
    columns: number,
    bias: number,
    residual: number,
    relu: boolean,
  ): void;
  gatherPatches(
    walk: number,
    first: number,
    count: number,
    kernelHeight: number,
    bytes: number,
    to: number,
  ): void;
  giveToLargest(
    x: number,
    dy: number,
    distance: number,
    rows: number,
    columns: number,
    line: number,
    pixel: number,
  ): void;
  listPairs(walk: number, first: number, count: number, tap: number, list: number): number;
  listRows(
    walk: number,
    firstPosition: number,
    positions: number,
    firstImage: number,
    images: number,
    firstTap: number,
    taps: number,
    tapBytes: number,
    list: number,
    aside: number,
  ): number;
  multiplyOuter(
    pairs: number,
    count: number,
    channels: number,
    panels: number,
    panelBytes: number,
    columns: number,
    to: number,
    rowBytes: number,
    add: boolean,
    aside: number,
  ): void;
  multiplyRows(
    list: number,
    tiles: number,
    taps: number,
    bytes: number,
    panels: number,
    panelBytes: number,
    columns: number,
    add: boolean,
    aside: number,
  ): void;
  normalize(
    x: number,
    y: number,
    rows: number,
    channels: number,
    mean: number,
    factor: number,
    offset: number,
  ): void;
  normalizeBack(
    x: number,
    dy: number,
    dx: number,
    rows: number,
    channels: number,
    mean: number,
    factor: number,
    slope: number,
    level: number,
  ): void;
  sumProducts(
    a: number,
    b: number,
    mean: number,
    rows: number,
    channels: number,
    totals: number,
    sums: number,
  ): void;
  packRows: Pack;
  packTurned: Pack;
}

/** Packs a matrix, or its transpose, into panels of eight columns. */
export type Pack = (
  from: number,
  rowBytes: number,
  rows: number,
  columns: number,
  to: number,
  panelBytes: number,
) => void;

/** The compiled kernels on a backend's memory, with their workspace. */
export interface WasmModule {
  readonly run: Assembly;
  readonly workspace: Workspace;
  readonly memory: WebAssembly.Memory;
  readonly share: Share;
}

/** The part of a job that a thread does, counted from 0. */
export interface Share {
  readonly part: number;
  readonly parts: number;
}

/** All of a job. */
export const WHOLE: Share = { part: 0, parts: 1 };

/** Bytes of each part of a thread's workspace. Panels and lists fit into the second-level cache, patches nearly. */
export const WORKSPACE = {
  walk: 256,
  aside: 512,
  zeros: 8192,
  spare: 8192,
  panels: 1 << 19,
  list: 1 << 19,
  patches: (1 << 20) + 64,
} as const;

/** The address at which each part of a workspace begins, in bytes. */
export type Workspace = Readonly<Record<keyof typeof WORKSPACE, number>>;

function layOut(start: number): Workspace {
  let at = Math.ceil(start / 64) * 64;
  const places = Object.entries(WORKSPACE).map(([name, bytes]) => {
    const place = [name, at] as const;
    at += Math.ceil(bytes / 64) * 64;
    return place;
  });
  return Object.fromEntries(places) as Workspace;
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(base64);
}

/** Whether this runtime has relaxed SIMD, which multiplies and adds in one instruction. */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(bytesOf(RELAXED));
}

/** The fastest build that this runtime takes. */
export function bestBuild(): string {
  return hasRelaxedSimd() ? RELAXED : PLAIN;
}

/** Whether this runtime has SIMD at all. */
export function hasSimd(): boolean {
  return WebAssembly.validate(bytesOf(PLAIN));
}

/** Bytes that a thread's workspace takes at most, alignment included. */
export const WORKSPACE_BYTES: number = Object.values(WORKSPACE).reduce((sum, bytes) => sum + bytes + 64, 64);

/** Instantiates a build's kernels on a memory; their workspace begins at byte `start`. */
export function instantiate(build: string, memory: WebAssembly.Memory, start: number): WasmModule {
  const compiled = new WebAssembly.Module(bytesOf(build));
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  const workspace = layOut(start);
  new Uint8Array(memory.buffer, workspace.zeros, WORKSPACE.zeros).fill(0);
  return { run: exports as unknown as Assembly, workspace, memory, share: WHOLE };
}

const MODULES = new WeakMap<WasmBackend, WasmModule>();

/** The kernels on a backend's own memory, so that they use its tensors without copies. Made once a backend. */
export function moduleOf(backend: WasmBackend): WasmModule {
  const known = MODULES.get(backend);
  if (known) return known;
  const { asm: { memory }, _malloc } = backend.wasm;
  const made = instantiate(bestBuild(), memory, _malloc(WORKSPACE_BYTES) >>> 0);
  MODULES.set(backend, made);
  return made;
}
