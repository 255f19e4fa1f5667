import type { Pixels } from "../base/pixels.ts";
import type { Random } from "../base/random.ts";
import { bell, Clouds, type Grain, paint, ramp } from "./canvas.ts";
import { type CellPoint, type Field, PATTERNS } from "./patterns.ts";

/** Options of {@link drawCells}. */
export interface CellsOptions {
  readonly random: Random;
  readonly grain: Grain;
  /** Image side in pixels. */
  readonly size: number;
  /** Class indices of the patterns in the green channel. */
  readonly labels: readonly number[];
}

interface Cell {
  /** Centre and radius as shares of the image side. */
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** Waves of the outline with 2, 3 and 5 periods: height and phase. */
  readonly bumps: readonly (readonly [periods: number, height: number, phase: number])[];
  readonly stretch: number;
  readonly turn: number;
  readonly fields: readonly { readonly strength: number; readonly field: Field }[];
  readonly fibres: readonly [count: number, phase: number];
}

const NUCLEUS = 0.42;

function placeCells(random: Random): { x: number; y: number; radius: number }[] {
  const cells: { x: number; y: number; radius: number }[] = [];
  const wanted = random.integer(2, 3);
  for (let attempt = 0; attempt < 60 && cells.length < wanted; attempt++) {
    const radius = random.uniform(0.2, 0.27);
    const [x, y] = [random.uniform(0.17, 0.83), random.uniform(0.17, 0.83)];
    const free = cells.every((other) =>
      Math.hypot(x - other.x, y - other.y) > 0.98 * (radius + other.radius)
    );
    if (free) cells.push({ x, y, radius });
  }
  return cells;
}

function growCell(place: { x: number; y: number; radius: number }, options: CellsOptions): Cell {
  const { random, labels } = options;
  const patterns = PATTERNS.filter((pattern) => labels.includes(pattern.label));
  return {
    ...place,
    bumps: [2, 3, 5].map((periods) =>
      [periods, random.uniform(0.01, 0.05), random.uniform(0, 2 * Math.PI)] as const
    ),
    stretch: random.uniform(1, 1.2),
    turn: random.uniform(0, Math.PI),
    fields: patterns.map((pattern) => ({
      strength: random.uniform(0.75, 0.95),
      field: pattern.field(random),
    })),
    fibres: [random.integer(11, 17), random.uniform(0, 2 * Math.PI)],
  };
}

function pointIn(cell: Cell, u: number, v: number): CellPoint & { cloud: 0 } {
  const [x, y] = [(u - cell.x) / cell.radius, (v - cell.y) / cell.radius];
  const angle = Math.atan2(y, x);
  const outline = cell.bumps.reduce(
    (sum, [periods, height, phase]) => sum + height * Math.cos(periods * angle + phase),
    1,
  );
  const [along, across] = [
    x * Math.cos(cell.turn) + y * Math.sin(cell.turn),
    y * Math.cos(cell.turn) - x * Math.sin(cell.turn),
  ];
  const nucleus = Math.hypot(along / cell.stretch, across * cell.stretch) / NUCLEUS;
  return { x, y, angle, nucleus, cell: Math.hypot(x, y) / outline, cloud: 0 };
}

/** Microtubules (red), protein (green), nucleus (blue) and endoplasmic reticulum (yellow) of one cell at one point. */
function addCell(values: Float64Array, cell: Cell, point: CellPoint): void {
  const body = ramp(1.04, 0.92, point.cell);
  const fibre = ramp(
    0.2,
    1,
    Math.abs(Math.cos(cell.fibres[0] * point.angle + cell.fibres[1] + 3 * point.cell)),
  );
  values[0]! += body * (0.2 + 0.5 * fibre * ramp(0.2, 0.5, point.cell));
  for (const { strength, field } of cell.fields) values[1]! += strength * field(point);
  values[2]! += ramp(1.06, 0.94, point.nucleus) * (0.55 + 0.35 * point.cloud);
  values[3]! += body * ramp(0.9, 1.1, point.nucleus) * (0.25 + 0.5 * point.cloud) *
    (0.6 + 0.4 * bell(point.cell, 0.7));
}

/**
 * Draws a synthetic fluorescence image, `[size, size, 4]` in the order red, green, blue, yellow: two or three cells
 * whose green channel shows the patterns of the labels; the other channels are independent of the labels.
 */
export function drawCells(options: CellsOptions): Pixels {
  const { random, grain, size } = options;
  const [clouds, haze] = [new Clouds(random, 12), new Clouds(random, 5)];
  const cells = placeCells(random).map((place) => growCell(place, options));
  const gains = [0, 1, 2, 3].map(() => random.uniform(0.85, 1));
  const offsets = gains.map(() => random.integer(0, 65535));
  return paint({ size, channels: 4 }, (values, x, y) => {
    const [u, v] = [(x + 0.5) / size, (y + 0.5) / size];
    for (const cell of cells) {
      const point = pointIn(cell, u, v);
      if (point.cell < 1.25) addCell(values, cell, { ...point, cloud: clouds.at(u, v) });
    }
    values[1]! += 0.09 * haze.at(u, v);
    for (let c = 0; c < 4; c++) {
      values[c] = 0.03 + gains[c]! * values[c]! + 0.015 * grain.at(x, y, offsets[c]!);
    }
  });
}
