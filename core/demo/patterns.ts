import type { Random } from "../base/random.ts";
import { bell, ramp } from "./canvas.ts";

/** Position of a pixel relative to a cell. */
export interface CellPoint {
  /** Offset from the centre of the nucleus, in cell radii. */
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  /** 0 at the centre, 1 on the outline of the nucleus. */
  readonly nucleus: number;
  /** 0 at the centre, 1 on the outline of the cell. */
  readonly cell: number;
  /** Smooth noise in [0, 1]. */
  readonly cloud: number;
}

/** Brightness of the protein at a point of a cell, in [0, 1]. */
export type Field = (point: CellPoint) => number;

/** A localisation pattern of a protein, drawn in the green channel. */
export interface Pattern {
  /** Class index in the Human Protein Atlas challenge. */
  readonly label: number;
  /** Frequency as the first label of an image. */
  readonly share: number;
  /** Samples the random parts of one cell (spot positions, angles) and returns its brightness field. */
  field(random: Random): Field;
}

function inCell(point: CellPoint): number {
  return ramp(1.03, 0.93, point.cell);
}

function inNucleus(point: CellPoint): number {
  return ramp(1.06, 0.94, point.nucleus);
}

function outsideNucleus(point: CellPoint): number {
  return inCell(point) * ramp(1.02, 1.14, point.nucleus);
}

interface Spot {
  readonly x: number;
  readonly y: number;
}

function spotSum(spots: readonly Spot[], width: number, { x, y }: CellPoint): number {
  let sum = 0;
  for (const spot of spots) sum += bell(Math.hypot(x - spot.x, y - spot.y), width);
  return Math.min(1, sum);
}

/** `count` spots at roughly even angles, so that they rarely overlap. */
function spotsAround(random: Random, count: number, [near, far]: readonly [number, number]): Spot[] {
  const start = random.uniform(0, 2 * Math.PI);
  return Array.from({ length: count }, (_, index) => {
    const angle = start + (2 * Math.PI * (index + random.uniform(-0.25, 0.25))) / count;
    const radius = random.uniform(near, far);
    return { x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
  });
}

function nucleoplasm(): Field {
  return (point) => inNucleus(point) * (0.7 + 0.2 * point.cloud);
}

function nuclearMembrane(): Field {
  return (point) => bell(point.nucleus - 1, 0.16);
}

function nucleoli(random: Random): Field {
  const spots = spotsAround(random, random.integer(2, 3), [0.17, 0.22]);
  return (point) => spotSum(spots, 0.1, point);
}

function golgi(random: Random): Field {
  const angle = random.uniform(0, 2 * Math.PI);
  return (point) => {
    const turn = Math.atan2(Math.sin(point.angle - angle), Math.cos(point.angle - angle));
    return inCell(point) * bell(turn, 0.55) * bell(point.nucleus - 1.45, 0.28);
  };
}

function lysosomes(random: Random): Field {
  const spots = [...spotsAround(random, 8, [0.8, 0.86]), ...spotsAround(random, 6, [0.56, 0.64])];
  return (point) => inCell(point) * spotSum(spots, 0.065, point);
}

function microtubules(random: Random): Field {
  const [phase, twist] = [random.uniform(0, 2 * Math.PI), random.uniform(-1.5, 1.5)];
  return (point) => {
    const wave = Math.cos(5 * point.angle + phase + twist * point.cell);
    return outsideNucleus(point) * ramp(0.45, 0.95, Math.abs(wave));
  };
}

function plasmaMembrane(): Field {
  return (point) => bell(point.cell - 0.97, 0.075);
}

function cytosol(): Field {
  return (point) => outsideNucleus(point) * (0.45 + 0.3 * point.cloud);
}

/** The demo's patterns, most frequent first. */
export const PATTERNS: readonly Pattern[] = [
  { label: 0, share: 0.24, field: nucleoplasm },
  { label: 25, share: 0.19, field: cytosol },
  { label: 21, share: 0.14, field: plasmaMembrane },
  { label: 2, share: 0.12, field: nucleoli },
  { label: 14, share: 0.1, field: microtubules },
  { label: 1, share: 0.08, field: nuclearMembrane },
  { label: 7, share: 0.07, field: golgi },
  { label: 10, share: 0.06, field: lysosomes },
];

/** Samples one to three distinct labels, ascending: about two thirds of the images have one, 5 % have three. */
export function drawLabels(random: Random): number[] {
  const count = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3][random.integer(0, 19)]!;
  const left = [...PATTERNS];
  const labels: number[] = [];
  while (labels.length < count) {
    let place = random.uniform(0, left.reduce((sum, pattern) => sum + pattern.share, 0));
    const index = left.findIndex((pattern) => (place -= pattern.share) < 0);
    labels.push(...left.splice(Math.max(0, index), 1).map((pattern) => pattern.label));
  }
  return labels.sort((a, b) => a - b);
}
