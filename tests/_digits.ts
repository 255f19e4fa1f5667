import { dirname, fromFileUrl, join } from "@std/path";
import { Random } from "../core/base/random.ts";
import { crop } from "../core/image/crop.ts";
import { decodeImage } from "../core/image/decode.ts";
import { encodePng } from "../core/image/encode.ts";

const FIXTURE = fromFileUrl(new URL("fixtures/digits/", import.meta.url));
const SIDE = 8;

/** A digit of scikit-learn's set: a picture of 8 x 8 pixels. */
export interface Digit {
  readonly id: string;
  readonly label: string;
  readonly png: Uint8Array;
}

/** The 1,797 digits in a random order. */
async function readDigits(): Promise<Digit[]> {
  const { across, labels } = JSON.parse(await Deno.readTextFile(join(FIXTURE, "digits.json")));
  const sheet = await decodeImage(await Deno.readFile(join(FIXTURE, "digits.png")), { channels: 1 });
  const digits: Digit[] = [];
  for (const [place, label] of [...labels as string].entries()) {
    const [top, left] = [SIDE * Math.floor(place / across), SIDE * (place % across)];
    const png = await encodePng(crop(sheet, { top, left, height: SIDE, width: SIDE }));
    digits.push({ id: String(place).padStart(4, "0"), label, png });
  }
  return new Random(0, "held-out third").shuffle(digits);
}

/** The digits in two parts: the held-out third, and those to learn from. */
export async function splitDigits(): Promise<{ held: Digit[]; train: Digit[] }> {
  const digits = await readDigits();
  return { held: digits.slice(0, 599), train: digits.slice(599) };
}

/** Writes a picture, and the folders that it lies in. */
export async function writeDigit(path: string, { png }: Digit): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(path, png);
}

/** Writes a competition of folders of classes: train/<digit>/<id>.png and test/<id>.png. */
export async function writeDigitFolders(
  dir: string,
  { held, train }: { readonly held: readonly Digit[]; readonly train: readonly Digit[] },
): Promise<void> {
  for (const digit of held) await writeDigit(join(dir, "test", `${digit.id}.png`), digit);
  for (const digit of train) await writeDigit(join(dir, "train", digit.label, `${digit.id}.png`), digit);
}
