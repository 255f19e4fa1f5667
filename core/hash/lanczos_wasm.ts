/**
 * lanczos.wat, assembled: `npx -p wabt@1.0.39 wat2wasm core/hash/lanczos.wat --output=- | base64`. Base64 in the source
 * needs no permission to read a file and works in a worker as well.
 */
export const LANCZOS_WASM: string = [
  "AGFzbQEAAAABEAJgAXsBf2AHf39/f39/fwADAwIAAQUDAQABBxcCBm1lbW9yeQIACnR1cm5lZFBhc3MAAQqxAgIZACAA/RsAIAD9",
  "GwFqIAD9GwIgAP0bA2pqC5QCAwV/A3sBfwJAA0AgByABTw0BIAMgBEEDdGohCUEAIQgDQCAAIAMgCEEDdGooAgBqIQsgCSADIAhB",
  "A3RqKAIEQQV0aiEK/QwAAAAAAAAAAAAAAAAAAAAAIQ39DAAAAAAAAAAAAAAAAAAAAAAhDgNAIAv9AgMAIQwgDSAMIAn9AAQA/boB",
  "/a4BIQ0gDiAMIAn9AAQQ/boB/a4BIQ4gC0EIaiELIAlBIGohCSAJIApJDQALIA0QACAOEABBD3RqQYCAgAFqQRZ1IQ8gD0H/ASAP",
  "Qf8BSBshDyAPQQAgD0EAShshDyAFIAggBmwgB2pqIA86AAAgCEEBaiEIIAggBEkNAAsgACACaiEAIAdBAWohBwwACwsL",
].join("");
