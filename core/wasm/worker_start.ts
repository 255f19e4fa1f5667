/** Places in a team's shared numbers: the count of jobs, threads that are done, threads that failed, the job itself. */
export const COUNT = 0, DONE = 1, FAILED = 2, JOB = 3;

/** What a thread of the wasm backend is started with. */
export interface WorkerStart {
  /** The numbers at COUNT, DONE, FAILED and from JOB on, shared by all threads. */
  readonly control: Int32Array;
  /** The backend's heap, shared by all threads. */
  readonly memory: WebAssembly.Memory;
  /** Address in the heap of the thread's working workspace, in bytes. */
  readonly workspace: number;
  /** Which part of each job it does, of `parts`; the calling thread does part 0. */
  readonly part: number;
  readonly parts: number;
}
