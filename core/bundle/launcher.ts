/** Starts a task in the bundle's folder, with nothing of the system but a shell. */
export const LAUNCHER = `#!/bin/sh
# Runs a task without network: sh podium inference configs/mine.yml --split=test
set -eu
cd -- "$(dirname -- "$0")"
DENO_DIR="$PWD/.deno_dir"
export DENO_DIR
exec ./deno task --quiet "$@"
`;

/** A text as one word of a shell's command. */
export function shellWord(text: string): string {
  return /^[\w./=,:@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * The script that makes a copy of the bundle ready: uploads and read-only folders lose the right to write and to run,
 * and the competition's files are brought in by links. Where both have a file, that of the competition counts: a hidden
 * test set comes with another sample submission.
 *
 * @param dataFolder the configs' data.dir
 */
export function unpackScript(dataFolder: string): string {
  const folder = shellWord(`./${dataFolder}`);
  return `#!/bin/sh
# Makes a copy of the bundle ready: sh unpack.sh FOLDER_OF_THE_COMPETITION
set -eu
if ! [ -d "$1" ]; then
  echo "error: Cannot find the competition's files: there is no folder \\"$1\\"" >&2
  echo "next: Set DATA to the folder that holds them" >&2
  exit 3
fi
data=$(cd -- "$1" && pwd)
cd -- "$(dirname -- "$0")"
chmod -R u+w .
chmod u+x deno
if [ -d tensorflow ]; then ln -sfn tensorflow .tensorflow; fi

# Folders that both have are made one; anything else is linked.
bring() (
  if [ -d "$1" ] && [ -d "$2" ] && ! [ -L "$2" ]; then
    for file in "$1"/*; do
      if [ -e "$file" ]; then bring "$file" "$2/\${file##*/}"; fi
    done
  else
    ln -sfn "$1" "$2"
  fi
)
mkdir -p "$(dirname -- ${folder})"
bring "$data" ${folder}
`;
}
