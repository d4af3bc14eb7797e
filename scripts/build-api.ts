import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { documentText } from '#workers/openapi/document.ts';
import { routes } from '#workers/routes/index.ts';
import { errorPages } from './api-docs/error-pages.ts';
import { apiMarkdown, llmsText } from './api-docs/plain-text.ts';
import { headersFile, referencePage } from './api-docs/reference-page.ts';

/**
 * Writes the OpenAPI document (committed) and the docs (assets, built before dev, test and deploy) from the registry.
 * Usage: `npm run build:api [-- --into folder]`. The folder is the repository unless given.
 */
const { values } = parseArgs({ options: { into: { type: 'string' } } });
const root = values.into ?? fileURLToPath(new URL('..', import.meta.url));
const document = documentText(routes);

write('openapi/openapi.json', document);
write('dist/assets/api/v1/openapi.json', document);
write('dist/assets/docs/index.html', referencePage());
write('dist/assets/docs/api.md', apiMarkdown(routes));
for (const [name, page] of errorPages(routes)) write(`dist/assets/docs/errors/${name}`, page);
write('dist/assets/llms.txt', llmsText(routes));
write('dist/assets/_headers', headersFile());
copyFileSync(scalarScript(), join(root, 'dist/assets/docs/scalar.js'));
console.log(`${routes.length} operations, ${Buffer.byteLength(document)} bytes`);

function write(path: string, text: string): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** The package exports no path to its browser build, which stands beside its main file. */
function scalarScript(): string {
  return join(dirname(createRequire(import.meta.url).resolve('@scalar/api-reference')), 'browser/standalone.js');
}
