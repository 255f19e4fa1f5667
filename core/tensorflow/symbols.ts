/**
 * The functions of TensorFlow's C API (c_api.h, eager/c_api.h, eager/c_api_experimental.h) that Podium calls. Pointers
 * are passed as u64: numbers need no permission beside that for the library itself, unlike Deno.UnsafePointer.
 */
export const SYMBOLS = {
  TF_Version: { parameters: [], result: "u64" },
  TF_NewStatus: { parameters: [], result: "u64" },
  TF_GetCode: { parameters: ["u64"], result: "i32" },
  TF_Message: { parameters: ["u64"], result: "u64" },

  TF_AllocateTensor: { parameters: ["i32", "buffer", "i32", "usize"], result: "u64" },
  TF_DeleteTensor: { parameters: ["u64"], result: "void" },
  TF_TensorData: { parameters: ["u64"], result: "u64" },
  TF_TensorByteSize: { parameters: ["u64"], result: "usize" },
  TF_StringInit: { parameters: ["u64"], result: "void" },
  TF_StringCopy: { parameters: ["u64", "buffer", "usize"], result: "void" },
  TF_StringGetDataPointer: { parameters: ["u64"], result: "u64" },
  TF_StringGetSize: { parameters: ["u64"], result: "usize" },

  TFE_NewContextOptions: { parameters: [], result: "u64" },
  TFE_ContextOptionsSetConfig: { parameters: ["u64", "buffer", "usize", "u64"], result: "void" },
  TFE_ContextOptionsSetDevicePlacementPolicy: { parameters: ["u64", "i32"], result: "void" },
  TFE_DeleteContextOptions: { parameters: ["u64"], result: "void" },
  TFE_NewContext: { parameters: ["u64", "u64"], result: "u64" },
  TFE_ContextAddFunctionDef: { parameters: ["u64", "buffer", "usize", "u64"], result: "void" },
  TFE_ContextRemoveFunction: { parameters: ["u64", "buffer", "u64"], result: "void" },
  TF_GetAllOpList: { parameters: [], result: "u64" },
  TF_DeleteBuffer: { parameters: ["u64"], result: "void" },
  TFE_ContextListDevices: { parameters: ["u64", "u64"], result: "u64" },
  TF_DeviceListCount: { parameters: ["u64"], result: "i32" },
  TF_DeviceListName: { parameters: ["u64", "i32", "u64"], result: "u64" },
  TF_DeviceListType: { parameters: ["u64", "i32", "u64"], result: "u64" },
  TF_DeleteDeviceList: { parameters: ["u64"], result: "void" },

  TFE_NewTensorHandle: { parameters: ["u64", "u64"], result: "u64" },
  TFE_DeleteTensorHandle: { parameters: ["u64"], result: "void" },
  TFE_TensorHandleDataType: { parameters: ["u64"], result: "i32" },
  TFE_TensorHandleNumDims: { parameters: ["u64", "u64"], result: "i32" },
  TFE_TensorHandleDim: { parameters: ["u64", "i32", "u64"], result: "i64" },
  TFE_TensorHandleResolve: { parameters: ["u64", "u64"], result: "u64" },
  TFE_TensorHandleCopyToDevice: { parameters: ["u64", "u64", "buffer", "u64"], result: "u64" },

  TFE_NewOp: { parameters: ["u64", "buffer", "u64"], result: "u64" },
  TFE_OpReset: { parameters: ["u64", "buffer", "u64", "u64"], result: "void" },
  TFE_OpAddInput: { parameters: ["u64", "u64", "u64"], result: "void" },
  TFE_OpSetAttrString: { parameters: ["u64", "buffer", "buffer", "usize"], result: "void" },
  TFE_OpSetAttrStringList: { parameters: ["u64", "buffer", "buffer", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrInt: { parameters: ["u64", "buffer", "i64"], result: "void" },
  TFE_OpSetAttrIntList: { parameters: ["u64", "buffer", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrFloat: { parameters: ["u64", "buffer", "f32"], result: "void" },
  TFE_OpSetAttrFloatList: { parameters: ["u64", "buffer", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrBool: { parameters: ["u64", "buffer", "u8"], result: "void" },
  TFE_OpSetAttrBoolList: { parameters: ["u64", "buffer", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrType: { parameters: ["u64", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrTypeList: { parameters: ["u64", "buffer", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrShape: { parameters: ["u64", "buffer", "buffer", "i32", "u64"], result: "void" },
  TFE_Execute: { parameters: ["u64", "buffer", "buffer", "u64"], result: "void" },
} as const satisfies Deno.ForeignLibraryInterface;

/** TensorFlow's functions, callable. */
export type TensorflowSymbols = Deno.StaticForeignLibraryInterface<typeof SYMBOLS>;
