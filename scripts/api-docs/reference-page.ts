import { DOCUMENT_PATH } from '#workers/openapi/document.ts';
import { escapeHtml } from './html.ts';

/** Everything that would speak to another host is off; the page's policy refuses it besides. */
const CONFIGURATION = {
  withDefaultFonts: false,
  telemetry: false,
  proxyUrl: '',
  persistAuth: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
};

/** The interactive reference: one page, one script, both from the desk itself. */
export const referencePage = (): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mallard API</title>
</head>
<body>
<noscript>The reference needs JavaScript. The same in plain text: <a href="/docs/api.md">api.md</a>.</noscript>
<script id="api-reference" type="application/json" data-url="${DOCUMENT_PATH}" data-configuration="${escapeHtml(JSON.stringify(CONFIGURATION))}"></script>
<script src="/docs/scalar.js"></script>
</body>
</html>
`;

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Headers of the assets, in the form that Cloudflare reads from `_headers`. */
export const headersFile = (): string => `/docs/*
  Content-Security-Policy: ${POLICY}
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
  Cross-Origin-Opener-Policy: same-origin
  Strict-Transport-Security: max-age=63072000; includeSubDomains

${DOCUMENT_PATH}
  Access-Control-Allow-Origin: *
  Cache-Control: public, max-age=300
  X-Content-Type-Options: nosniff

/llms.txt
  X-Content-Type-Options: nosniff
`;
