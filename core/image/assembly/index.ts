export { blendRows, halveRows, resizeRow } from "./resize";
export { sampleRow } from "./sample";
