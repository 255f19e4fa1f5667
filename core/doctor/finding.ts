/** One line of an examination. */
export interface Finding {
  /** What was looked at, such as "memory" or a backend's name. */
  readonly subject: string;
  /** "good", "absent" where nothing needs it, or "bad". */
  readonly state: "good" | "absent" | "bad";
  readonly text: string;
  /** What to do about it, one sentence; every bad finding has it. */
  readonly next?: string;
}
