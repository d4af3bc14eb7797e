const MAIN = 'main = "workers/index.ts"';
const ASSETS = 'directory = "dist/assets"';

/**
 * `wrangler.toml` as it goes with the built Worker in `dist/worker`: the same bindings, queues and crons, the modules as
 * they are. @throws Error where a line that must change is missing.
 */
export function deployedConfig(toml: string): string {
  const built = ['main = "index.js"', 'no_bundle = true', 'find_additional_modules = true'];
  const rules = ['', '[[rules]]', 'type = "ESModule"', 'globs = ["**/*.js"]', ''];
  return replaced(replaced(toml, MAIN, built.join('\n')), ASSETS, 'directory = "../assets"') + rules.join('\n');
}

function replaced(toml: string, line: string, by: string): string {
  if (toml.split('\n').filter((each) => each === line).length !== 1)
    throw new Error(`wrangler.toml has no line ${line}`);
  return toml.replace(line, by);
}
