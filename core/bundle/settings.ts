/** What is read of deno.json. */
interface Settings {
  readonly imports: Readonly<Record<string, string>>;
  readonly links: readonly string[];
  readonly compilerOptions: Readonly<Record<string, unknown>>;
  readonly tasks: Readonly<Record<string, { readonly description: string; readonly command: string }>>;
}

/** How the line of a task begins that works without network once packages are installed. */
const INSTALLING = "deno install --quiet --frozen && ";

/** A task's command where packages are installed already. */
function offlineCommand(command: string): string {
  // Quiet: notebooks would show what Deno sends to a terminal while it loads modules.
  return command.slice(INSTALLING.length).replace("deno run", "deno run --quiet").replace(" --frozen", "");
}

/**
 * The deno.json of a bundle: packages are taken from its node_modules as they lie there, and tasks keep the permissions
 * of their lines. Tasks that need the network, other programs or this project's own Deno are left out.
 *
 * @param text the project's deno.json
 */
export function bundleSettings(text: string): string {
  const { imports, links, compilerOptions, tasks } = JSON.parse(text) as Settings;
  const offline = Object.entries(tasks).filter(([, { command }]) =>
    command.startsWith(INSTALLING) && !/--allow-(net|run)|Deno\.execPath/.test(command)
  ).map(([name, { description, command }]) => [name, { description, command: offlineCommand(command) }]);
  const settings = {
    nodeModulesDir: "manual",
    lock: false,
    imports,
    links,
    compilerOptions,
    tasks: Object.fromEntries(offline),
  };
  return JSON.stringify(settings, null, 2) + "\n";
}
