// Serves the host page, the built plugin, and Grafana's data-source proxy with its manners, to the letter and in this
// one place (grafana/grafana pkg/api/pluginproxy/ds_proxy.go): only declared routes pass, each with its role; an
// upstream 401 becomes 400; headers of the browser's session do not go upstream; it gives up after 30 s.
import { readFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const require = createRequire(import.meta.url);
const DIST = join(here, '../dist');
const SYSTEMJS = join(require.resolve('systemjs/package.json'), '../dist/extras');
const ICONS = join(require.resolve('@grafana/ui/package.json'), '../dist/public/img');
const PROXY = '/api/datasources/proxy/uid/leakline/';
const PROXY_TIMEOUT_MS = 30_000;
const ROLES = ['Viewer', 'Editor', 'Admin'];
const TYPES = {
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.css': 'text/css',
};
const STRIPPED = new Set(['cookie', 'authorization', 'origin', 'referer', 'host', 'connection']);

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Host</title>
<link rel="icon" href="data:,"></head><body><div id="stage"></div><script src="/host.js"></script></body></html>`;

/** Grafana's CommonJS builds: there every package is one object, as the plugins get it from Grafana. */
function resolveGrafana(setup) {
  setup.onResolve({ filter: /^@grafana\/(data|ui|runtime|schema|i18n)$/ }, ({ path }) => ({
    path: require.resolve(path),
  }));
  // The code editor is 10 MB and no part of the plugin.
  setup.onResolve({ filter: /^monaco-editor/ }, () => ({ path: 'monaco', namespace: 'nothing' }));
  setup.onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: 'module.exports = {}' }));
}

/** The page's script; takes some seconds, so make it once. */
export async function bundleHost() {
  const result = await build({
    entryPoints: [join(here, 'main.mjs')],
    bundle: true,
    format: 'iife',
    write: false,
    outdir: here,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
    loader: { '.svg': 'dataurl', '.png': 'dataurl', '.woff2': 'dataurl', '.css': 'empty', '.ttf': 'empty' },
    plugins: [{ name: 'grafana', setup: resolveGrafana }],
  });
  return Buffer.from(result.outputFiles.find((file) => file.path.endsWith('.js')).contents);
}

/**
 * `upstream`: {url, authorization}. Both may change while it runs (the exporter goes away, the password changes).
 * Resolves with {url, upstream, requests, close}.
 */
export async function serveHost({ bundle, upstream, proxyTimeoutMs = PROXY_TIMEOUT_MS }) {
  const routes = JSON.parse(readFileSync(join(DIST, 'datasource/plugin.json'), 'utf8')).routes;
  const requests = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://host');
    if (url.pathname === '/') return send(response, 200, 'text/html', PAGE);
    if (url.pathname === '/host.js') return send(response, 200, 'text/javascript', bundle);
    if (url.pathname.startsWith('/systemjs/')) return file(response, SYSTEMJS, url.pathname.slice(10));
    if (url.pathname.startsWith('/public/plugins/leakline-memory-app/')) {
      return file(response, DIST, url.pathname.slice(36));
    }
    if (url.pathname.includes('/img/icons/')) {
      return file(response, ICONS, url.pathname.slice(url.pathname.indexOf('/img/') + 5));
    }
    if (url.pathname.startsWith(PROXY)) return proxy(request, response, url);
    return send(response, 404, 'text/plain', 'not found');
  });

  function proxy(request, response, url) {
    const path = url.pathname.slice(PROXY.length);
    const role = new URL(request.headers.referer ?? 'http://host/').searchParams.get('role') ?? 'Editor';
    requests.push({ method: request.method, path, role });
    const route = routes.find((one) => one.method === request.method && path.startsWith(one.path));
    // The data source has no URL of its own: what matches no route leads nowhere.
    if (!route) return send(response, 502, 'application/json', '{"message":"no route"}');
    if (ROLES.indexOf(role) < ROLES.indexOf(route.reqRole)) {
      return send(response, 403, 'application/json', '{"message":"plugin proxy route access denied"}');
    }
    const { url: base, authorization } = upstreamNow;
    const address =
      route.url.replace('{{ .JsonData.url }}', base) + path.slice(route.path.length) + url.search;
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => !STRIPPED.has(name)),
    );
    if (authorization) headers.authorization = authorization;
    const outgoing = httpRequest(
      address,
      { method: request.method, headers, timeout: proxyTimeoutMs },
      (answer) => {
        const status = answer.statusCode === 401 ? 400 : answer.statusCode;
        response.writeHead(status, { 'content-type': answer.headers['content-type'] ?? 'text/plain' });
        answer.pipe(response);
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
    outgoing.on('error', () => {
      if (response.headersSent) response.destroy();
      else send(response, 502, 'application/json', '{"message":"Bad Gateway"}');
    });
    request.pipe(outgoing);
    return undefined;
  }

  const upstreamNow = { ...upstream };
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    upstream: upstreamNow,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

function send(response, status, type, body) {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' });
  response.end(body);
}

function file(response, folder, name) {
  const path = normalize(join(folder, decodeURIComponent(name)));
  if (!path.startsWith(folder + sep)) return send(response, 404, 'text/plain', 'not found');
  try {
    return send(response, 200, TYPES[extname(path)] ?? 'application/octet-stream', readFileSync(path));
  } catch {
    return send(response, 404, 'text/plain', 'not found');
  }
}
