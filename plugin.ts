/**
 * The API for plugin files: plugin interfaces, `define*` helpers, images and image operations, CSV tables and labels,
 * random numbers, errors. Nothing here loads TensorFlow.js or an image decoder, so that data-loading worker threads
 * start quickly; models, losses and optimizers also need `./network`.
 *
 * @module
 */
export * from "./core/plugin/contracts.ts";
export * from "./core/plugin/define.ts";
export { numberList } from "./core/plugin/number_list.ts";

// Basics
export * from "./core/base/example.ts";
export * from "./core/base/json.ts";
export * from "./core/base/pixels.ts";
export {
  isFolder,
  joinInside,
  listFiles,
  pathExists,
  readTextFile,
  writeFileAtomic,
} from "./core/base/files.ts";
export { configProblem, dataProblem, Problem, suggestName } from "./core/base/problem.ts";
export { readHead } from "./core/base/read_file.ts";
export { Random } from "./core/base/random.ts";

// Images
export * from "./core/image/augmentation.ts";
export * from "./core/image/warp/coordinate_map.ts";
export { askDecoder } from "./core/image/ask_decoder.ts";
export type { Decoder, DecoderRequest, ImageDecoder } from "./core/image/decoders/image_decoder.ts";
export { type Box, crop, fillBox } from "./core/image/crop.ts";
export { execute, type Execution } from "./core/image/execution.ts";
export { boxBlur, linePoints, meanOfTaps } from "./core/image/filter.ts";
export { gaussianBlur } from "./core/image/gaussian_blur.ts";
export type { Normalization } from "./core/image/deep/normalization.ts";
export { normalize } from "./core/image/normalize.ts";
export { orient, type Orientation, quarterTurn, UPRIGHT } from "./core/image/orient.ts";
export { distinctOrientations, shownOrientations } from "./core/image/shown_orientations.ts";
export { resize } from "./core/image/resize.ts";
export { clahe } from "./core/image/tone/clahe.ts";
export { shiftHsv } from "./core/image/tone/hsv.ts";
export { applyCurve, applyTable, meanLevel, truncatedTable } from "./core/image/tone/lut.ts";
export { addNoise } from "./core/image/tone/noise.ts";
export {
  adjustBrightness,
  adjustColour,
  adjustContrast,
  adjustSharpness,
  autocontrast,
  equalize,
  posterize,
  posterizeTable,
  solarize,
} from "./core/image/tone/tone.ts";
export { elasticAffine, elasticTransform, fieldIsInvisible } from "./core/image/warp/elastic.ts";
export { orientMap, resizeMap, warpMap } from "./core/image/warp/fused_map.ts";
export { distortedAxis } from "./core/image/warp/grid_axis.ts";
export { remapSeparable, rotationMatrix, warpAffine } from "./core/image/warp/remap.ts";
export type { SubPolicy } from "./core/search/policy/policy.ts";
export { readPolicyFileSync } from "./core/search/policy/policy_file.ts";

// Datasets and labels
export { type CsvTable, openCsv, readCsv, readCsvTable } from "./core/formats/csv.ts";
export { readJsonItems } from "./core/formats/json_items.ts";
export { splitExamples, type SplitFile, testExamples } from "./core/layout/examples.ts";
export { ImageFolder, isImageName, stemOf } from "./core/layout/image_folder.ts";
export { ImageTree } from "./core/layout/image_tree.ts";
export { byId, checkUnique, formatIndices, parseIndices } from "./core/layout/labels.ts";

// Loggers
export { epochScalars } from "./core/logging/epoch_scalars.ts";
export { EventWriter } from "./core/report/tensorboard.ts";
export { jsonLeaves, leafText } from "./core/formats/json_leaves.ts";

// Hashes and schedules
export { bitsToHex } from "./core/hash/bits.ts";
export { lowFrequencies } from "./core/hash/low_frequencies.ts";
export { statelessScheduler } from "./core/optim/stateless_scheduler.ts";
