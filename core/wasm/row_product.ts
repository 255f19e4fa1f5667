import { type Pack, type Share, type WasmModule, WHOLE, WORKSPACE } from "./module.ts";
import { type Walk, writeWalk } from "./walk.ts";

/** Most values of the summed dimension in one panel, so that a panel and six rows stay in the first-level cache. */
const PANEL_ROWS = 640;

/** Bytes of an entry of a list of rows: ENTRY of assembly/walk.ts. */
const ENTRY_BYTES = 32;

/** Output rows listed at once. */
const LISTED_ROWS = 4096;

/** Bytes of picture lines that overlapping windows read again and that should stay in the second-level cache. */
const LINE_BYTES = 1 << 19;

/** The product of rows, gathered from pictures by walks, and a matrix. */
export interface RowProduct {
  readonly walks: readonly Walk[];
  readonly images: number;
  readonly taps: number;
  /** Channels read of each source pixel, and columns of the output that are written. */
  readonly channels: number;
  readonly columns: number;
  /** Packs the part of the matrix for a tap that begins at a channel and a column. */
  readonly pack: (part: Part, to: number, panelBytes: number) => void;
}

/** Part of the matrix of one tap. */
export interface Part {
  readonly tap: number;
  readonly channel: number;
  readonly channels: number;
  readonly column: number;
  readonly columns: number;
}

/** Packs parts of `[tap][channel][column]`, or with `turned` of `[tap][column][channel]`. */
export function packer(
  { run }: WasmModule,
  at: { from: number; rowBytes: number; tapBytes: number; turned: boolean },
): RowProduct["pack"] {
  const { from, rowBytes, tapBytes, turned } = at;
  const pack: Pack = turned ? run.packTurned : run.packRows;
  return ({ tap, channel, channels, column, columns }, to, panelBytes) => {
    const [row, value] = turned ? [column, channel] : [channel, column];
    pack(from + tap * tapBytes + row * rowBytes + value * 4, rowBytes, channels, columns, to, panelBytes);
  };
}

/** A range cut into equal parts of at most `most`, each a multiple of `unit` but the last. */
export function* cut(
  length: number,
  most: number,
  unit = 1,
): Generator<readonly [first: number, count: number]> {
  const size = Math.ceil(length / Math.ceil(length / most) / unit) * unit;
  for (let first = 0; first < length; first += size) yield [first, Math.min(size, length - first)];
}

/** A thread's part of a range that is divided in multiples of `unit`. */
export function shareOf(
  length: number,
  { part, parts }: Share,
  unit = 1,
): { readonly first: number; readonly count: number } {
  const size = Math.ceil(length / parts / unit) * unit, first = Math.min(length, part * size);
  return { first, count: Math.min(size, length - first) };
}

/** The part of the matrix that is packed at a time. */
interface Block {
  readonly channel: number;
  readonly channels: number;
  readonly tap: number;
  readonly taps: number;
  readonly column: number;
  readonly columns: number;
}

function* blocks({ channels, taps, columns }: RowProduct, share: Share): Generator<Block> {
  const own = shareOf(columns, share, 8);
  const channelsAtOnce = Math.min(channels, PANEL_ROWS);
  const tapsAtOnce = Math.max(1, Math.floor(PANEL_ROWS / channelsAtOnce));
  const columnsAtOnce = Math.floor(WORKSPACE.panels / PANEL_ROWS / 4 / 8) * 8;
  for (const [column, columnCount] of cut(own.count, columnsAtOnce, 8)) {
    for (const [channel, channelCount] of cut(channels, channelsAtOnce)) {
      for (const [tap, tapCount] of cut(taps, tapsAtOnce)) {
        yield {
          channel,
          channels: channelCount,
          tap,
          taps: tapCount,
          column: own.first + column,
          columns: columnCount,
        };
      }
    }
  }
}

function packBlock({ workspace }: WasmModule, product: RowProduct, block: Block): number {
  const { channel, channels, tap, taps, column, columns } = block;
  const panelBytes = taps * channels * 32;
  for (let index = 0; index < taps; index++) {
    const part = { tap: tap + index, channel, channels, column, columns };
    product.pack(part, workspace.panels + index * channels * 32, panelBytes);
  }
  return panelBytes;
}

/** How many pictures are worked on together: as many as keep the lines under one window in the cache. */
function imagesAtOnce(walk: Walk, images: number): number {
  return Math.max(1, Math.min(images, Math.floor(LINE_BYTES / (3 * walk.width * walk.sourcePixel))));
}

/** Rows of the output: some pictures, and some positions in each. */
interface Rows {
  readonly image: number;
  readonly images: number;
  readonly position: number;
  readonly positions: number;
}

/** A thread's rows of a walk, in parts whose lists fit into the workspace. */
function* rowsOf(
  walk: Walk,
  images: number,
  { taps, share }: { taps: number; share: Share },
): Generator<Rows> {
  const own = shareOf(walk.gridHeight * walk.gridWidth, share);
  const most = Math.min(LISTED_ROWS, 6 * (Math.floor(WORKSPACE.list / ENTRY_BYTES / (taps + 1)) - 1));
  for (const [image, count] of cut(images, Math.min(most, imagesAtOnce(walk, images)))) {
    for (const [position, positions] of cut(own.count, Math.floor(most / count))) {
      yield { image, images: count, position: own.first + position, positions };
    }
  }
}

/** Packs a block and multiplies all rows by it. */
function multiplyBlock(module: WasmModule, product: RowProduct, block: Block): void {
  const { run, share, workspace: { list, panels, aside } } = module;
  const { channel, channels, tap, taps, column, columns } = block;
  const panelBytes = packBlock(module, product, block), runBytes = channels * 4, tapBytes = channels * 32;
  const add = channel > 0 || tap > 0;
  for (const walk of product.walks) {
    const at = writeWalk(module, {
      ...walk,
      source: walk.source + channel * 4,
      target: walk.target + column * 4,
    });
    for (const { image, images, position, positions } of rowsOf(walk, product.images, { taps, share })) {
      const tiles = run.listRows(at, position, positions, image, images, tap, taps, tapBytes, list, aside);
      run.multiplyRows(list, tiles, taps, runBytes, panels, panelBytes, columns, add, aside);
    }
  }
}

/** From this many output rows on threads divide the rows, and each of them packs the whole matrix. */
const MANY_ROWS = 2048;

/** Whether threads divide the columns: with few rows, and at least 32 columns for each thread. */
function partsColumns({ walks, images, columns }: RowProduct, { parts }: Share): boolean {
  const rows = walks.reduce((sum, walk) => sum + images * walk.gridHeight * walk.gridWidth, 0);
  return rows < MANY_ROWS && columns >= 32 * parts;
}

/** Writes a thread's share of the product to the targets of its walks. */
export function multiply(module: WasmModule, product: RowProduct): void {
  const byColumns = partsColumns(product, module.share);
  const alongRows = byColumns ? { ...module, share: WHOLE } : module;
  for (const block of blocks(product, byColumns ? module.share : WHOLE)) {
    multiplyBlock(alongRows, product, block);
  }
}
