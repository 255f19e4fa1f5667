/** Rooms by floor, the ground floor first. A room is a folder of core/, a folder beside it, or one file at the top. */
export const FLOORS: readonly (readonly string[])[] = [
  ["core/base"],
  ["core/formats", "core/machine"],
  ["core/image", "core/nn", "core/report"],
  ["core/plugin"],
  [
    "core/hash",
    "core/layout",
    "core/logging",
    "core/optim",
    "core/queue",
    "core/run_page",
    "core/tensorflow",
    "core/transfer",
    "core/wasm",
    "core/weights",
  ],
  ["core/config", "core/data", "core/kaggle", "core/predictions", "core/scan", "core/store"],
  ["core/doctor", "core/duplicates", "core/experiment", "core/run_folder"],
  ["core/ensemble", "core/split", "core/train"],
  ["core/average", "core/cache", "core/predict", "core/preview", "core/rate", "core/search", "core/watch"],
  ["core/explain", "core/export", "core/label_issues", "core/linear_probe", "core/submit"],
  ["core/bundle", "core/demo", "core/init", "core/pseudo_label", "core/report_page"],
  ["core/units", "plugin.ts", "network.ts"],
  ["plugins", "mod.ts", "core/cli"],
  ["tasks"],
];

/** The room that a file (relative to the project) is in; null for files outside the house, such as tests. */
export function roomOf(file: string): string | null {
  const [first, second] = file.split("/");
  if (first === "core") return `core/${second}`;
  const atTop = second === undefined && file.endsWith(".ts");
  return atTop || FLOORS.flat().includes(first!) ? first! : null;
}

/** The floor of a room, 0 is the ground; -1 for a room without one. */
function floorOf(room: string): number {
  return FLOORS.findIndex((rooms) => rooms.includes(room));
}

/** What is wrong with the room of a file (relative to the project): it has no floor. Null when nothing is. */
export function roomProblem(file: string): string | null {
  const room = roomOf(file);
  return room === null || floorOf(room) >= 0
    ? null
    : `${room} has no floor: give it one in tests/lint/floors.ts`;
}

/**
 * What is wrong with an import from one file to another, both relative to the project; null when nothing is. A room
 * imports rooms of lower floors and itself, never another room of its own floor or of a higher one.
 */
export function arrowProblem(from: string, to: string): string | null {
  const [own, other] = [roomOf(from), roomOf(to)];
  if (own === null || own === other) return null;
  if (other === null) return `${own} imports "${to}", which is outside the house`;
  const homeless = roomProblem(from) ?? roomProblem(to);
  if (homeless !== null) return homeless;
  if (floorOf(other) < floorOf(own)) return null;
  return `${own} (floor ${floorOf(own)}) imports ${other} (floor ${floorOf(other)}): arrows run down only; ` +
    `move what both need to a lower room, or pass it in`;
}
