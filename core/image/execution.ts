import { applyAugmentation, type Augmentation } from "./augmentation.ts";
import type { CoordinateMap } from "./warp/coordinate_map.ts";
import type { Json } from "../base/json.ts";
import { type AnyPixels, isDeep, type Pixels, type Shape } from "../base/pixels.ts";
import type { Random } from "../base/random.ts";
import { applyMaps, isTurn, resizeMap } from "./warp/fused_map.ts";
import { applyTable } from "./tone/lut.ts";
import { histograms } from "./normalize.ts";
import { resize } from "./resize.ts";

/**
 * How operations run: `faithful` one after the other, byte for byte as OpenCV; `fast` with consecutive geometric
 * operations (turns, warps, grids and the final resize) combined into one interpolation, and lookup tables combined into
 * one table after it.
 */
export type ExecutionMode = "faithful" | "fast";

/** Operations that are applied to one picture. */
export interface Execution {
  /** Draws the parameters of each operation and applies it, at the latest in `finish`. */
  add(operations: readonly Augmentation[], random: Random): void;
  /** The picture after all operations, of the given shape when there is one. */
  finish(shape?: Shape): AnyPixels;
}

class FaithfulExecution implements Execution {
  constructor(private pixels: AnyPixels) {}

  add(operations: readonly Augmentation[], random: Random): void {
    for (const operation of operations) {
      this.pixels = applyAugmentation(operation, this.pixels, operation.sample(random, this.pixels));
    }
  }

  finish(shape: Shape = this.pixels): AnyPixels {
    return resize(this.pixels, shape.height, shape.width);
  }
}

/** A geometric operation that is held back, to be combined with those that follow. */
interface Move {
  readonly map: CoordinateMap;
  /** Applies the operation by itself: exact, and often cheaper than its map. */
  alone(pixels: AnyPixels): AnyPixels;
}

function isSquare({ height, width }: Shape): boolean {
  return height === width;
}

type MakeTable = (mean: () => number) => Uint8Array;

class FastExecution implements Execution {
  #moves: Move[] = [];
  #tables: MakeTable[] = [];

  constructor(private pixels: AnyPixels) {}

  add(operations: readonly Augmentation[], random: Random): void {
    for (const operation of operations) {
      const shape = this.#shape();
      const sampled = operation.sample(random, { ...this.pixels, height: shape.height, width: shape.width });
      if (sampled !== null) this.#take(operation, sampled, shape);
    }
  }

  finish(target: Shape = this.#shape()): AnyPixels {
    const shape = this.#shape();
    if (shape.height !== target.height || shape.width !== target.width) {
      const alone = (pixels: AnyPixels) => resize(pixels, target.height, target.width);
      const move = { map: resizeMap(shape, target), alone };
      // Between squares turns may follow the resize: the same picture to rounding, with fewer pixels to turn.
      const squares = isSquare(this.pixels) && isSquare(target);
      const turnsOnly = this.#moves.every(({ map }) => isTurn(map));
      this.#moves = squares && turnsOnly ? [move, ...this.#moves] : [...this.#moves, move];
    }
    this.#settle();
    return this.pixels;
  }

  /** The shape of the picture after the operations that are held back. */
  #shape(): Shape {
    return this.#moves.at(-1)?.map.shape ?? this.pixels;
  }

  #take(operation: Augmentation, sampled: Json, shape: Shape): void {
    const map = operation.map?.(shape, sampled) ?? null;
    if (map !== null) {
      this.#moves.push({ map, alone: (pixels) => applyAugmentation(operation, pixels, sampled) });
    } else if (operation.table && !isDeep(this.pixels)) {
      this.#tables.push((mean) => operation.table!(sampled, mean));
    } else {
      this.#settle();
      this.pixels = applyAugmentation(operation, this.pixels, sampled);
    }
  }

  /** Applies what is held back: the geometric operations as one map, then the tables as one table. */
  #settle(): void {
    const moves = this.#moves;
    if (moves.every(({ map }, index) => index === 0 || isTurn(map))) {
      this.pixels = moves.reduce((pixels, move) => move.alone(pixels), this.pixels);
    } else this.pixels = applyMaps(this.pixels, moves.map(({ map }) => map));
    this.#moves = [];
    if (this.#tables.length > 0 && !isDeep(this.pixels)) {
      this.pixels = applyTable(this.pixels, composeTables(this.pixels, this.#tables));
    }
    this.#tables = [];
  }
}

/** One table for several; means are taken from a histogram, as if each table had been applied. */
function composeTables(pixels: Pixels, tables: readonly MakeTable[]): Uint8Array {
  let composed = Uint8Array.from({ length: 256 }, (_, level) => level);
  const mean = () => {
    const counts = histograms(pixels);
    return counts.reduce((sum, count, i) => sum + count * composed[i % 256]!, 0) / pixels.data.length;
  };
  for (const make of tables) {
    const table = make(mean);
    composed = composed.map((level) => table[level]!);
  }
  return composed;
}

/** Starts operations on a picture, whose depth the result keeps. The same random numbers are drawn in both modes. */
export function execute(pixels: AnyPixels, mode: ExecutionMode): Execution {
  return mode === "fast" ? new FastExecution(pixels) : new FaithfulExecution(pixels);
}
