import { configProblem } from "../base/problem.ts";
import { checkPrefix, isKey } from "./store_key.ts";

/** Where the objects of a store are, and with what right they are read and written. */
export interface S3Access {
  /** The address that keys are put behind, with a slash at its end. */
  readonly url: string;
  /** The address of the bucket, with a slash at its end. */
  readonly bucketUrl: string;
  /** What keys begin with in the bucket: empty, or with a slash at its end. */
  readonly prefix: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The value of an environment variable. */
export type Variable = (name: string) => string | undefined;

/** The environment variables that say where S3 is and who asks: those of Amazon's own tools. */
export const S3_VARIABLES = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_ENDPOINT_URL_S3",
  "AWS_ENDPOINT_URL",
] as const;

const ADDRESS = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*?))?\/?$/;

/** Whether an address is one of S3. */
export function isS3Address(address: string): boolean {
  return address.startsWith("s3:");
}

function parseAddress(address: string): { readonly bucket: string; readonly prefix: string } {
  const [, bucket, prefix = ""] = ADDRESS.exec(address) ?? [];
  if (bucket !== undefined && (prefix === "" || isKey(prefix))) {
    return { bucket, prefix: prefix === "" ? "" : checkPrefix(`${prefix}/`) };
  }
  throw configProblem(
    `Cannot use "${address}" as a store`,
    "Write s3://bucket/prefix, the bucket in lower-case letters, digits, dots and hyphens",
  );
}

function parseEndpoint(text: string, name: string): URL {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.search === "" && url.username === "") return url;
  throw configProblem(
    `Cannot use ${name}: "${text}" is no address of a server`,
    "Write https://host or http://host:port",
  );
}

/** Buckets with dots fit no certificate, and own servers seldom have names for buckets: both are named in the path. */
function bucketUrl(bucket: string, { endpoint, region }: { endpoint: URL | null; region: string }): string {
  if (endpoint !== null) return `${endpoint.href.replace(/\/$/, "")}/${bucket}/`;
  if (bucket.includes(".")) return `https://s3.${region}.amazonaws.com/${bucket}/`;
  return `https://${bucket}.s3.${region}.amazonaws.com/`;
}

/** Values of {@link S3_VARIABLES} that are set and not empty. */
type Values = Partial<Record<typeof S3_VARIABLES[number], string>>;

function readVariables(variable: Variable): Values {
  return Object.fromEntries(S3_VARIABLES.map((name) => [name, variable(name)]).filter(([, value]) => value));
}

function endpointOf(values: Values): URL | null {
  for (const name of ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"] as const) {
    if (values[name] !== undefined) return parseEndpoint(values[name], name);
  }
  return null;
}

function checkThere(address: string, values: Values, names: (keyof Values)[]): void {
  const missing = names.filter((name) => values[name] === undefined);
  if (missing.length === 0) return;
  throw configProblem(
    `Cannot use the store "${address}": ${missing.join(", ")} ${missing.length > 1 ? "are" : "is"} not set`,
    "Set the variables that Amazon's tools read; for a server of your own AWS_ENDPOINT_URL_S3 too",
  );
}

/**
 * Where a store is in S3 and the right to use it, from the environment.
 *
 * @param address `s3://bucket` or `s3://bucket/prefix`
 * @throws Problem (config) that names every variable that is missing
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const set = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b", AWS_REGION: "eu-central-1" };
 * const access = s3Access("s3://cells/first", (name) => set[name as keyof typeof set]);
 * assertEquals(access.url, "https://cells.s3.eu-central-1.amazonaws.com/first/");
 * ```
 */
export function s3Access(address: string, variable: Variable = Deno.env.get): S3Access {
  const { bucket, prefix } = parseAddress(address), values = readVariables(variable);
  const endpoint = endpointOf(values);
  // Servers of others take any region, as long as the signature names the same.
  const region = values.AWS_REGION ?? values.AWS_DEFAULT_REGION ?? (endpoint === null ? "" : "us-east-1");
  const needed: (keyof Values)[] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
  checkThere(address, values, region === "" ? ["AWS_REGION", ...needed] : needed);
  const url = bucketUrl(bucket, { endpoint, region });
  return {
    url: url + prefix,
    bucketUrl: url,
    prefix,
    region,
    accessKeyId: values.AWS_ACCESS_KEY_ID!,
    secretAccessKey: values.AWS_SECRET_ACCESS_KEY!,
    ...(values.AWS_SESSION_TOKEN ? { sessionToken: values.AWS_SESSION_TOKEN } : {}),
  };
}
