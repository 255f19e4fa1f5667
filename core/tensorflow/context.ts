import { withoutLibraryNoise } from "../machine/library_noise.ts";
import { type ContextSettings, encodeConfig, interOpThreads } from "./config_proto.ts";
import { Status } from "./status.ts";
import { cString, type TensorflowLibrary } from "./open_library.ts";

/** A device that TensorFlow found. */
export interface Device {
  /** Such as /job:localhost/replica:0/task:0/device:CPU:0. */
  readonly name: string;
  /** CPU or GPU. */
  readonly type: string;
}

/** TensorFlow's eager context with its devices. */
export interface Context {
  readonly pointer: bigint;
  readonly devices: readonly Device[];
  /** Where tensors live and operations run: the first GPU, or the CPU. */
  readonly device: Device;
  /** The device's name as C text, for calls. */
  readonly deviceName: Uint8Array<ArrayBuffer>;
  /** See {@link interOpThreads}. */
  readonly interOpThreads: number;
}

/** TFE_DEVICE_PLACEMENT_SILENT: inputs on another device are copied without a warning. */
const PLACEMENT_SILENT = 2;

function listDevices(library: TensorflowLibrary, context: bigint, status: Status): Device[] {
  const { symbols, text } = library;
  const list = symbols.TFE_ContextListDevices(context, status.pointer);
  status.check("list its devices");
  const devices = Array.from({ length: symbols.TF_DeviceListCount(list) }, (_, index) => ({
    name: text(symbols.TF_DeviceListName(list, index, status.pointer)),
    type: text(symbols.TF_DeviceListType(list, index, status.pointer)),
  }));
  symbols.TF_DeleteDeviceList(list);
  return devices;
}

/** Starts TensorFlow with its thread count and GPU memory policy. CUDA_VISIBLE_DEVICES is respected by TensorFlow. */
export function createContext(library: TensorflowLibrary, settings: ContextSettings): Context {
  const { symbols } = library;
  const status = new Status(library);
  const config = encodeConfig(settings);
  const options = symbols.TFE_NewContextOptions();
  symbols.TFE_ContextOptionsSetConfig(options, config, BigInt(config.length), status.pointer);
  status.check("read its configuration");
  symbols.TFE_ContextOptionsSetDevicePlacementPolicy(options, PLACEMENT_SILENT);
  const pointer = withoutLibraryNoise(() => symbols.TFE_NewContext(options, status.pointer));
  status.check("start");
  symbols.TFE_DeleteContextOptions(options);
  const devices = listDevices(library, pointer, status);
  const device = devices.find((entry) => entry.type === "GPU") ??
    devices.find((entry) => entry.type === "CPU")!;
  return {
    pointer,
    devices,
    device,
    deviceName: cString(device.name),
    interOpThreads: interOpThreads(settings),
  };
}
