import type { Figures } from "./figures.ts";

/** A competition and what is tried on it. */
export interface Competition {
  readonly trainImages: number;
  readonly testImages: number;
  readonly trainings: number;
  readonly epochs: number;
  /** Parts in which all images are hashed, and in which each training predicts the test images. */
  readonly hashParts: number;
  readonly inferenceParts: number;
  /** Trainings whose predictions are joined to the submission. */
  readonly submitted: number;
}

/** A unit as the simulation sees it: steps of equal length, after each of which it can go on elsewhere. */
export interface SimulatedUnit {
  readonly kind: string;
  readonly steps: number;
  /** Seconds of a step on the machine of the figures. */
  readonly seconds: number;
  /** Images that a step reads. */
  readonly images: number;
  /** Bytes that it fetches first, that each step saves, and that it stores at the end. */
  readonly fetched: number;
  readonly saved: number;
  readonly stored: number;
  /** Files fetched and stored. */
  readonly files: number;
  readonly needs: readonly SimulatedUnit[];
}

const NOTHING = { steps: 1, seconds: 0, images: 0, fetched: 0, saved: 0, stored: 0, files: 1, needs: [] };
/** Seconds of units that only read and write files: small beside the transfers. */
const JOINING = 5;

/** The hashes of all images, in parts, and the search through them. */
function hashUnits(competition: Competition, { measured }: Figures): SimulatedUnit[] {
  const images = competition.trainImages + competition.testImages, each = images / competition.hashParts;
  const parts = Array.from({ length: competition.hashParts }, () => ({
    ...NOTHING,
    kind: "hash",
    seconds: each * measured.hash_seconds_an_image,
    images: each,
    stored: each * measured.hash_bytes_an_image,
  }));
  const fetched = images * measured.hash_bytes_an_image;
  const search = {
    ...NOTHING,
    kind: "find_duplicate_images",
    seconds: 60,
    fetched,
    files: parts.length,
    needs: parts,
  };
  return [...parts, search];
}

/** A training: an epoch a step, every epoch's checkpoint kept. */
function trainUnit({ trainImages, epochs }: Competition, { measured }: Figures): SimulatedUnit {
  return {
    ...NOTHING,
    kind: "train",
    steps: epochs,
    seconds: trainImages / measured.train_images_a_second,
    images: trainImages,
    saved: measured.resume_point_bytes,
    stored: epochs * measured.checkpoint_bytes,
    files: epochs,
  };
}

/** The predictions of a model, in parts, and these joined. */
function inferenceUnits(
  model: SimulatedUnit,
  { competition, figures: { measured } }: { competition: Competition; figures: Figures },
): SimulatedUnit[] {
  const images = competition.testImages / competition.inferenceParts;
  const stored = images * measured.prediction_bytes_a_row, needs = [model];
  const seconds = images / measured.inference_images_a_second;
  const part = { ...NOTHING, kind: "inference", seconds, images, fetched: model.stored, stored, needs };
  const parts = Array.from({ length: competition.inferenceParts }, () => ({ ...part }));
  const bytes = parts.length * stored, files = parts.length;
  const join = { ...NOTHING, kind: "join_inference", seconds: JOINING, fetched: bytes, stored: bytes, files };
  return [...parts, { ...join, needs: parts }];
}

/** A training, the mean of its checkpoints, and what that predicts. */
function trainingUnits(competition: Competition, figures: Figures): SimulatedUnit[] {
  const train = trainUnit(competition, figures), { stored: fetched, files } = train;
  const stored = figures.measured.checkpoint_bytes;
  const mean = { ...NOTHING, kind: "swa", seconds: JOINING, fetched, stored, files, needs: [train] };
  return [train, mean, ...inferenceUnits(mean, { competition, figures })];
}

/** All units of a competition, each after those that it needs. */
export function unitsOf(competition: Competition, figures: Figures): SimulatedUnit[] {
  const trainings = Array.from({ length: competition.trainings }, () => trainingUnits(competition, figures));
  const needs = trainings.slice(0, competition.submitted).map((units) => units.at(-1)!);
  const fetched = needs.reduce((sum, { stored }) => sum + stored, 0);
  const submission = {
    ...NOTHING,
    kind: "make_submission",
    seconds: 600,
    fetched,
    files: needs.length,
    needs,
  };
  return [...hashUnits(competition, figures), ...trainings.flat(), submission];
}
