export { finishRows } from "./finish";
export { multiplyOuter } from "./outer";
export { gatherPatches, packRows, packTurned } from "./pack";
export { multiplyRows } from "./product";
export { listPairs, listRows } from "./walk";
