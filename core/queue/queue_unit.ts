/** What a queue knows of a unit of work; whatever else it has is handed on as it is. */
export interface QueueUnit {
  readonly id: string;
  /** What a reader is shown. */
  readonly title: string;
  /** Ids of the units that must be done before. */
  readonly needs: readonly string[];
}

/** What is stored of a unit. */
export interface QueuedJob {
  readonly unit: QueueUnit;
  /** Nobody is to run it (any more). */
  readonly cancelled?: boolean;
}

/** How far a running unit is. */
export interface JobProgress {
  readonly epoch?: number;
  readonly loss?: number;
  /** What is being done. */
  readonly note?: string;
}
