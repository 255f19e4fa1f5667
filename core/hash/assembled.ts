/** The module of assembly/*.ts, compiled by core/wasm/build.ts; not to be edited. */

/** SHA-256 of what the bytes below were made from. */
export const SOURCES = "c1c8e92b9a2ea3e7cc3efef683c72f491f54e4c16506b0e635897c90eaee5288";

/** With SIMD alone. */
export const PLAIN: string = [
  "AGFzbQEAAAABCwFgB39/f39/f38AAg8BA2VudgZtZW1vcnkCAAADAgEABw4BCnR1cm5lZFBhc3MAAAqxAgGuAgIFfwN7A0AgASAKSgRAIA",
  "MgBEEDdGohCEEAIQkDQCAEIAlKBEAgACADIAlBA3RqIgsoAgBqIQcgCCALKAIEQQV0aiEL/QwAAAAAAAAAAAAAAAAAAAAAIQz9DAAAAAAA",
  "AAAAAAAAAAAAAAAhDQNAIAggC0kEQCAMIAf9AgAAIg4gCP0ABAD9ugH9rgEhDCANIA4gCP0ABBD9ugH9rgEhDSAHQQhqIQcgCEEgaiEIDA",
  "ELCyAFIAYgCWxqIApqQf8BIAz9GwAgDP0bAWogDP0bAmogDP0bA2ogDf0bACAN/RsBaiAN/RsCaiAN/RsDakEPdGpBgICAAWpBFnUiB0EA",
  "IAdBAEobIgcgB0H/AU4bOgAAIAlBAWohCQwBCwsgACACaiEAIApBAWohCgwBCwsL",
].join("");
