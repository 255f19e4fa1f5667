/**
 * Podium: from a folder of competition images to a submission, in TypeScript.
 *
 * This module is the public face: the contracts a plugin meets and the helpers it is declared with.
 *
 * @module
 */
export * from "./core/base/example.ts";
export * from "./core/base/json.ts";
export * from "./core/base/pixels.ts";
export * from "./core/image/augmentation.ts";
export * from "./core/image/warp/coordinate_map.ts";
export * from "./core/plugin/contracts.ts";
export * from "./core/plugin/define.ts";
export { loadPlugins, type Registry } from "./core/plugin/registry.ts";
export { loadConfig, type LoadedConfig } from "./core/config/load.ts";
export type { Config } from "./core/config/schema.ts";
export { openExperiment, startBackend } from "./core/experiment/experiment.ts";
export { Problem } from "./core/base/problem.ts";
export { Random } from "./core/base/random.ts";
export { NetworkBuilder } from "./core/nn/builder.ts";
export { loadModel, type LoadModelOptions, Predictor } from "./core/predict/predictor.ts";
export { runTraining, type TrainingRequest } from "./core/train/run_training.ts";
export { type AveragingRequest, runAveraging } from "./core/average/average_run.ts";
export type { EpochRecord, TrainResult } from "./core/train/types.ts";
