export { adam } from "./adam";
export { normalize, normalizeBack, sumProducts } from "./batch_norm";
export { addProducts } from "./depthwise";
export { finishRows } from "./finish";
export { giveToLargest } from "./max_pool";
export { multiplyOuter } from "./outer";
export { gatherPatches, packRows, packTurned } from "./pack";
export { multiplyRows } from "./product";
export { listPairs, listRows } from "./walk";
