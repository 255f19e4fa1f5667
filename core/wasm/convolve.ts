import { ROOM, type WasmModule } from "./module.ts";
import { cut, multiply, packer, type RowProduct } from "./product.ts";
import {
  backwardWalks,
  type ConvShape,
  flattened,
  forwardWalk,
  productShape,
  type Walk,
  writeWalk,
} from "./walk.ts";

/** Output rows whose outer products are summed at a time, so that a panel of them stays in the first cache. */
const OUTER_ROWS = 256;

/** Below this many channels a tap is too short a run: whole patches are written out and multiplied. */
const SHORT_RUN = 8;

/** A convolution's tensors in bytes of the heap; pictures `[batch, height, width, channels]`, filter `[height, width, channels / groups, filters]`. */
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

function* groupsOf({ groups, inChannels, outChannels }: ConvShape): Generator<Group> {
  const [channels, filters] = [inChannels / groups, outChannels / groups];
  for (let index = 0; index < groups; index++) yield { index, channels, filters };
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

/** The same rows of a matrix that lies in the room for patches, as a product writes them from `target` on. */
function patchWalk(
  module: WasmModule,
  at: { rows: number; columns: number; target: number; targetPixel: number },
): Walk {
  const walk = forwardWalk(productShape(at.rows, at.columns, 1), module);
  return { ...walk, source: module.room.patches, target: at.target, targetPixel: at.targetPixel };
}

function patchRows(patchBytes: number): number {
  return Math.max(1, Math.floor((ROOM.patches - 64) / patchBytes));
}

function forwardByPatches(
  module: WasmModule,
  shape: ConvShape,
  { places, group }: { places: ConvPlaces; group: Group },
): void {
  const { run, room } = module;
  const [bytes, targetPixel] = [group.channels * 4, shape.outChannels * 4];
  const columns = tapsOf(shape) * group.channels;
  const source = places.x + group.index * bytes;
  const pack = packFilter(module, shape, { filter: places.filter, group, turned: false });
  const rows = shape.batch * shape.outHeight * shape.outWidth;
  for (const [first, count] of cut(rows, patchRows(columns * 4))) {
    const walkAt = writeWalk(module, { ...forwardWalk(shape, module), source });
    run.gatherPatches(walkAt, first, count, shape.kernelHeight, bytes, room.patches);
    const target = places.y + first * targetPixel + group.index * group.filters * 4;
    const walk = patchWalk(module, { rows: count, columns, target, targetPixel });
    multiply(module, { walks: [walk], images: 1, taps: 1, channels: columns, columns: group.filters, pack });
  }
}

/** Writes the convolution of `x` and `filter` to `y`. */
export function convolve(module: WasmModule, given: ConvShape, places: ConvPlaces): void {
  const shape = flattened(given);
  for (const group of groupsOf(shape)) {
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

/** Writes the gradient by the input to `x`, from the gradient by the output in `y`. */
export function convolveBack(module: WasmModule, given: ConvShape, places: ConvPlaces): void {
  const shape = flattened(given);
  for (const group of groupsOf(shape)) {
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
  at: { parts: FilterParts; group: Group; rows: OuterRows },
): void {
  const { run, room: { list, panels, aside } } = module;
  const { parts, group: { index, channels }, rows: { first, count, column, columns } } = at;
  const rowBytes = shape.outChannels * 4;
  const walkAt = writeWalk(module, {
    ...forwardWalk(shape, module),
    source: parts.x + index * channels * 4,
  });
  for (let tap = 0; tap < tapsOf(shape); tap++) {
    const pairs = run.listPairs(walkAt, first, count, tap, list);
    const to = parts.filter + tap * channels * rowBytes + column * 4, add = first > 0;
    run.multiplyOuter(list, pairs, channels, panels, count * 32, columns, to, rowBytes, add, aside);
  }
}

function outerOfPatches(
  module: WasmModule,
  shape: ConvShape,
  at: { parts: FilterParts; group: Group; rows: OuterRows },
): void {
  const { run, room: { list, panels, patches, aside } } = module;
  const { parts, group: { index, channels }, rows: { first, count, column, columns } } = at;
  const bytes = channels * 4, patch = tapsOf(shape) * channels, rowBytes = shape.outChannels * 4;
  const gathered = writeWalk(module, { ...forwardWalk(shape, module), source: parts.x + index * bytes });
  run.gatherPatches(gathered, first, count, shape.kernelHeight, bytes, patches);
  const walk = patchWalk(module, { rows: count, columns: patch, target: 0, targetPixel: 0 });
  const pairs = run.listPairs(writeWalk(module, walk), 0, count, 0, list);
  const to = parts.filter + column * 4, add = first > 0;
  run.multiplyOuter(list, pairs, patch, panels, count * 32, columns, to, rowBytes, add, aside);
}

/** What a filter's gradient is made of: `pack` packs rows (as channels) and columns of the gradient by the output. */
interface FilterParts {
  readonly x: number;
  readonly filter: number;
  readonly pack: RowProduct["pack"];
}

/** Writes the gradient by the filter to `filter`, from the input in `x` and the gradient by the output. */
export function convolveFilter(module: WasmModule, given: ConvShape, parts: FilterParts): void {
  const shape = flattened(given), total = shape.batch * shape.outHeight * shape.outWidth;
  for (const group of groupsOf(shape)) {
    const short = group.channels < SHORT_RUN;
    const most = short ? Math.min(OUTER_ROWS, patchRows(tapsOf(shape) * group.channels * 4)) : OUTER_ROWS;
    for (const [part, columns] of cut(group.filters, ROOM.panels / OUTER_ROWS / 4, 8)) {
      const column = group.index * group.filters + part;
      for (const [first, count] of cut(total, most)) {
        const packed = { tap: 0, channel: first, channels: count, column, columns };
        parts.pack(packed, module.room.panels, count * 32);
        const at = { parts, group, rows: { first, count, column, columns } };
        (short ? outerOfPatches : outerOfTaps)(module, shape, at);
      }
    }
  }
}
