import { type WasmModule, WHOLE, WORKSPACE } from "./module.ts";
import { cut, multiply, packer, type RowProduct, shareOf } from "./row_product.ts";
import {
  backwardWalks,
  type ConvShape,
  flattened,
  forwardWalk,
  productShape,
  type Walk,
  writeWalk,
} from "./walk.ts";

/** Output rows whose outer products are summed at a time, so that a panel of them stays in the first-level cache. */
const OUTER_ROWS = 256;

/** Below this many channels the loop over one filter position is too short: whole patches are gathered (im2col). */
const SHORT_RUN = 8;

/**
 * Addresses of a convolution's tensors on the heap, in bytes: pictures `[batch, height, width, channels]`, filter
 * `[height, width, channels / groups, filters]`.
 */
export interface ConvPlaces {
  readonly x: number;
  readonly filter: number;
  readonly y: number;
}

/** A group's share of the channels and of the filters. */
interface Group {
  readonly index: number;
  readonly channels: number;
  readonly filters: number;
}

/** The groups that a thread works on: with at least as many groups as threads some whole groups, else a part of each. */
function* groupsOf(
  { groups, inChannels, outChannels }: ConvShape,
  module: WasmModule,
): Generator<readonly [Group, WasmModule]> {
  const [channels, filters] = [inChannels / groups, outChannels / groups];
  const { part, parts } = module.share, whole = groups >= parts;
  const own = whole ? { ...module, share: WHOLE } : module;
  for (let index = 0; index < groups; index++) {
    if (!whole || index % parts === part) yield [{ index, channels, filters }, own];
  }
}

function tapsOf({ kernelHeight, kernelWidth }: ConvShape): number {
  return kernelHeight * kernelWidth;
}

function packFilter(
  module: WasmModule,
  shape: ConvShape,
  at: { filter: number; group: Group; turned: boolean },
): RowProduct["pack"] {
  const { filter, group: { index, channels, filters }, turned } = at;
  const rowBytes = shape.outChannels * 4;
  return packer(module, {
    from: filter + index * filters * 4,
    rowBytes,
    tapBytes: channels * rowBytes,
    turned,
  });
}

/** A walk over the rows of the matrix of patches in the workspace, whose products are written from `target` on. */
function patchWalk(
  module: WasmModule,
  at: { rows: number; columns: number; target: number; targetPixel: number },
): Walk {
  const walk = forwardWalk(productShape(at.rows, at.columns, 1), module);
  return { ...walk, source: module.workspace.patches, target: at.target, targetPixel: at.targetPixel };
}

function patchRows(patchBytes: number): number {
  return Math.max(1, Math.floor((WORKSPACE.patches - 64) / patchBytes));
}

function forwardByPatches(
  module: WasmModule,
  shape: ConvShape,
  { places, group }: { places: ConvPlaces; group: Group },
): void {
  const { run, workspace } = module;
  const [bytes, targetPixel] = [group.channels * 4, shape.outChannels * 4];
  const columns = tapsOf(shape) * group.channels;
  const source = places.x + group.index * bytes;
  const pack = packFilter(module, shape, { filter: places.filter, group, turned: false });
  const own = shareOf(shape.batch * shape.outHeight * shape.outWidth, module.share);
  for (const [from, count] of cut(own.count, patchRows(columns * 4))) {
    const first = own.first + from;
    const walkAt = writeWalk(module, { ...forwardWalk(shape, module), source });
    run.gatherPatches(walkAt, first, count, shape.kernelHeight, bytes, workspace.patches);
    const target = places.y + first * targetPixel + group.index * group.filters * 4;
    const walk = patchWalk(module, { rows: count, columns, target, targetPixel });
    const product = { walks: [walk], images: 1, taps: 1, channels: columns, columns: group.filters, pack };
    multiply({ ...module, share: WHOLE }, product);
  }
}

/** Writes a thread's share of the convolution of `x` and `filter` to `y`. */
export function convolve(whole: WasmModule, given: ConvShape, places: ConvPlaces): void {
  const shape = flattened(given);
  for (const [group, module] of groupsOf(shape, whole)) {
    const { index, channels, filters } = group;
    if (channels < SHORT_RUN) {
      forwardByPatches(module, shape, { places, group });
      continue;
    }
    const walk = {
      ...forwardWalk(shape, module),
      source: places.x + index * channels * 4,
      target: places.y + index * filters * 4,
    };
    const pack = packFilter(module, shape, { filter: places.filter, group, turned: false });
    const product = { walks: [walk], taps: tapsOf(shape), channels, columns: filters, pack };
    multiply(module, { ...product, images: shape.batch });
  }
}

/** Writes a thread's share of the gradient with respect to the input to `x`; `y` holds the output's gradient. */
export function convolveBack(whole: WasmModule, given: ConvShape, places: ConvPlaces): void {
  const shape = flattened(given);
  for (const [group, module] of groupsOf(shape, whole)) {
    const { index, channels, filters } = group;
    const walks = backwardWalks(shape, module).map((walk) => ({
      ...walk,
      source: places.y + index * filters * 4,
      target: places.x + index * channels * 4,
    }));
    const pack = packFilter(module, shape, { filter: places.filter, group, turned: true });
    const product = { walks, taps: tapsOf(shape), channels: filters, columns: channels, pack };
    multiply(module, { ...product, images: shape.batch });
  }
}

/** Output rows `first` to `first + count`, of which columns `column` to `column + columns` are packed as panels. */
interface OuterRows {
  readonly first: number;
  readonly count: number;
  readonly column: number;
  readonly columns: number;
}

function outerOfTaps(
  module: WasmModule,
  shape: ConvShape,
  at: { places: ConvPlaces; group: Group; rows: OuterRows },
): void {
  const { run, workspace: { list, panels, aside } } = module;
  const { places, group: { index, channels }, rows: { first, count, column, columns } } = at;
  const rowBytes = shape.outChannels * 4;
  const walkAt = writeWalk(module, {
    ...forwardWalk(shape, module),
    source: places.x + index * channels * 4,
  });
  for (let tap = 0; tap < tapsOf(shape); tap++) {
    const pairs = run.listPairs(walkAt, first, count, tap, list);
    const to = places.filter + tap * channels * rowBytes + column * 4, add = first > 0;
    run.multiplyOuter(list, pairs, channels, panels, count * 32, columns, to, rowBytes, add, aside);
  }
}

function outerOfPatches(
  module: WasmModule,
  shape: ConvShape,
  at: { places: ConvPlaces; group: Group; rows: OuterRows },
): void {
  const { run, workspace: { list, panels, patches, aside } } = module;
  const { places, group: { index, channels }, rows: { first, count, column, columns } } = at;
  const bytes = channels * 4, patch = tapsOf(shape) * channels, rowBytes = shape.outChannels * 4;
  const gathered = writeWalk(module, { ...forwardWalk(shape, module), source: places.x + index * bytes });
  run.gatherPatches(gathered, first, count, shape.kernelHeight, bytes, patches);
  const walk = patchWalk(module, { rows: count, columns: patch, target: 0, targetPixel: 0 });
  const pairs = run.listPairs(writeWalk(module, walk), 0, count, 0, list);
  const to = places.filter + column * 4, add = first > 0;
  run.multiplyOuter(list, pairs, patch, panels, count * 32, columns, to, rowBytes, add, aside);
}

/** The tensors of a filter gradient; `pack` reads the output's gradient where it is not `[rows, filters]` in `y`. */
interface FilterPlaces extends ConvPlaces {
  readonly pack?: RowProduct["pack"];
}

/** Writes a thread's share of the gradient with respect to the filter; `y` holds the output's gradient. */
export function convolveFilter(whole: WasmModule, given: ConvShape, places: FilterPlaces): void {
  const shape = flattened(given), total = shape.batch * shape.outHeight * shape.outWidth;
  const rows = { from: places.y, rowBytes: shape.outChannels * 4, tapBytes: 0, turned: false };
  const pack = places.pack ?? packer(whole, rows);
  for (const [group, module] of groupsOf(shape, whole)) {
    const short = group.channels < SHORT_RUN, own = shareOf(group.filters, module.share, 8);
    const most = short ? Math.min(OUTER_ROWS, patchRows(tapsOf(shape) * group.channels * 4)) : OUTER_ROWS;
    for (const [part, columns] of cut(own.count, WORKSPACE.panels / OUTER_ROWS / 4, 8)) {
      const column = group.index * group.filters + own.first + part;
      for (const [first, count] of cut(total, most)) {
        const packed = { tap: 0, channel: first, channels: count, column, columns };
        pack(packed, module.workspace.panels, count * 32);
        const at = { places, group, rows: { first, count, column, columns } };
        (short ? outerOfPatches : outerOfTaps)(module, shape, at);
      }
    }
  }
}
