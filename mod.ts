/**
 * Podium: from a folder of competition images to a submission, in TypeScript.
 *
 * One function for each task. Those that need a config take an {@link Experiment}, created by {@link loadExperiment}.
 * All are silent unless they are given an {@link Output}, and throw a {@link Problem} on failure. The API for plugin
 * files is in `./plugin`.
 *
 * @module
 */
export { Experiment, loadExperiment, type LoadOptions } from "./core/experiment/experiment.ts";
export type { Config } from "./core/config/schema.ts";
export { type Output, type ProgressBar, SILENT, SilentOutput } from "./core/base/output.ts";
export { Problem, type ProblemKind } from "./core/base/problem.ts";

export { type DemoOptions, makeDemoData, type Planted } from "./core/demo/make_demo_data.ts";
export {
  findDuplicates,
  type FindDuplicatesOptions,
  type FoundDuplicates,
} from "./core/duplicates/find_duplicates.ts";
export { findLeaks, type FindLeaksOptions, type FoundLeaks } from "./core/duplicates/find_leaks.ts";
export { initCompetition, type Initialised, type InitOptions } from "./core/init/init_competition.ts";
export { inspectFolder, type Inspection } from "./core/init/inspect_folder.ts";
export { planScan, type PlanScanOptions, type ScanPlan } from "./core/scan/plan_scan.ts";
export { splitFolds, type SplitFoldsOptions, type SplitResult } from "./core/split/split_folds.ts";
export { type CachedImages, cacheImages, type CacheImagesRequest } from "./core/cache/cache_images.ts";
export {
  type Preview,
  previewAugmentations,
  type PreviewRequest,
} from "./core/preview/preview_augmentations.ts";
export { searchPolicies, type SearchResult } from "./core/search/search_policies.ts";
export type { SearchOptions } from "./core/search/open_search.ts";
export { findLearningRate, type LearningRateFound } from "./core/rate/find_learning_rate.ts";
export type { RateSearch } from "./core/rate/find_rate.ts";
export { planTraining, train, type TrainRequest } from "./core/train/train.ts";
export type { TrainPlan } from "./core/train/estimate_training.ts";
export type { EpochRecord, TrainResult } from "./core/train/types.ts";
export { type WatchedRuns, type WatchRequest, watchRuns } from "./core/watch/watch_runs.ts";
export { type Averaged, averageWeights, type AveragingRequest } from "./core/average/average_weights.ts";
export type { SoupRecord } from "./core/average/choose_soup.ts";
export { infer, type InferenceRequest, type InferenceResult } from "./core/predict/infer.ts";
export {
  type ExtractedFeatures,
  extractFeatures,
  type FeatureRequest,
} from "./core/predict/extract_features.ts";
export {
  linearProbe,
  type LinearProbeRequest,
  type LinearProbes,
  type ProbedFold,
} from "./core/linear_probe/linear_probe.ts";
export { type HeadName, HEADS } from "./core/linear_probe/heads.ts";
export { MERGE_RULES, type MergeRule } from "./core/predict/merge_views.ts";
export type { ScoredViews, ViewChoice } from "./core/predict/choose_views.ts";
export type { RequestedViews } from "./core/predict/requested_views.ts";
export type { ViewSettings } from "./core/data/views.ts";
export {
  type CompetitionReport,
  reportCompetition,
  type ReportedScore,
  type ReportRequest,
} from "./core/report_page/report_competition.ts";
export { pseudoLabel, type PseudoLabelRequest, type PseudoLabels } from "./core/pseudo_label/pseudo_label.ts";
export { makeSubmission, type SubmissionReport } from "./core/submit/make_submission.ts";
export type { OutOfFoldReport } from "./core/submit/members.ts";
export {
  type OutOfFold,
  type OutOfFoldOptions,
  readOutOfFold,
} from "./core/submit/out_of_fold/read_out_of_fold.ts";
export type { OutOfFoldModel } from "./core/submit/out_of_fold/model_files.ts";
export { loadSubmissionConfig, type SubmissionConfig } from "./core/submit/submission_config.ts";
export { findLabelIssues, type LabelIssuesOptions } from "./core/label_issues/find_label_issues.ts";
export type { LabelIssue, LabelIssues } from "./core/label_issues/label_issue.ts";
export {
  EXPORT_FORMATS,
  type ExportFormat,
  type ExportRequest,
  type ExportResult,
  exportWeights,
} from "./core/export/export_weights.ts";
export {
  type CompetitionDownload,
  type CompetitionDownloadRequest,
  downloadCompetition,
} from "./core/kaggle/download_competition.ts";
export {
  type ScoreRequest,
  type SubmitRequest,
  submitToCompetition,
  updateScores,
} from "./core/kaggle/submit_to_competition.ts";
export type { LoggedSubmission } from "./core/kaggle/submission_log.ts";
export type { KaggleAccess, KaggleService } from "./core/kaggle/client.ts";
export { loadModel, type LoadModelOptions, Predictor } from "./core/predict/predictor.ts";
export { explain } from "./core/explain/explain.ts";
export type { ViewHeatMap } from "./core/explain/explain_views.ts";
export { gradCam } from "./core/explain/grad_cam.ts";
export type { HeatMap } from "./core/explain/heat_map.ts";
export { type HeatMapRequest, heatMaps } from "./core/explain/heat_maps.ts";
export { openStore, type StoreOptions } from "./core/store/open_store.ts";
export type { Store } from "./core/store/store.ts";
export { type PlanRequest, planUnits, type UnitPlan } from "./core/units/plan/plan_units.ts";
export { readPlan, writePlan } from "./core/units/plan_file.ts";
export { runUnit } from "./core/units/run_unit.ts";
export type { RunUnitOptions, Unit, UnitProgress, UnitResult } from "./core/units/unit.ts";
export { type Bundle, type BundleRequest, makeBundle } from "./core/bundle/make_bundle.ts";
