// Serves the host page, the built plugin and the data-source proxy: what a Grafana server would.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { createProxy } from './proxy.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const require = createRequire(import.meta.url);
const DIST = join(here, '../dist');
const SYSTEMJS = join(require.resolve('systemjs/package.json'), '../dist/extras');
const ICONS = join(require.resolve('@grafana/ui/package.json'), '../dist/public/img');
const PROXY = '/api/datasources/proxy/uid/leakline/';
const TYPES = {
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.css': 'text/css',
};

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Host</title>
<link rel="icon" href="data:,"><style>body{margin:0}</style></head><body><div id="stage"></div><script src="/host.js"></script></body></html>`;

/** Grafana's CommonJS builds: there every package is one object, as the plugins get it from Grafana. */
function resolveGrafana(setup) {
  setup.onResolve({ filter: /^@grafana\/(data|ui|runtime|schema|i18n)$/ }, ({ path }) => ({
    path: require.resolve(path),
  }));
  // The code editor is 10 MB and no part of the plugin.
  setup.onResolve({ filter: /^monaco-editor/ }, () => ({ path: 'monaco', namespace: 'nothing' }));
  setup.onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: 'module.exports = {}' }));
}

/** One React 19 for everything in the bundle. The tests have it; the plugin is built with React 18. */
function resolveReact19(setup) {
  setup.onResolve({ filter: /^(react|react-dom)(\/.*)?$/ }, ({ path, kind, pluginData }) =>
    pluginData === 'react-19'
      ? undefined
      : setup.resolve(path, { kind, resolveDir: join(here, '../../test'), pluginData: 'react-19' }),
  );
}

/** The page's script; takes some seconds, so make it once. `react`: 18 or 19. */
export async function bundleHost(react = 18) {
  const result = await build({
    entryPoints: [join(here, 'main.mjs')],
    bundle: true,
    format: 'iife',
    write: false,
    outdir: here,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
    loader: { '.svg': 'dataurl', '.png': 'dataurl', '.woff2': 'dataurl', '.css': 'empty', '.ttf': 'empty' },
    plugins: [
      { name: 'grafana', setup: resolveGrafana },
      ...(react === 19 ? [{ name: 'react-19', setup: resolveReact19 }] : []),
    ],
  });
  return Buffer.from(result.outputFiles.find((file) => file.path.endsWith('.js')).contents);
}

/**
 * `bundles`: the page's script by name; `?bundle=NAME` chooses, else the first. `upstream`: {url, authorization,
 * timeoutMs}, which may change while it runs. Resolves with {url, upstream, requests, close}.
 */
export async function serveHost({ bundles, upstream: given }) {
  const routes = JSON.parse(readFileSync(join(DIST, 'datasource/plugin.json'), 'utf8')).routes;
  const requests = [];
  const upstream = { ...given };
  const proxy = createProxy({ routes, upstream, seen: requests });
  const [first] = Object.values(bundles);
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://host');
    const page = new URL(request.headers.referer ?? 'http://host/').searchParams;
    if (url.pathname === '/') return send(response, 200, 'text/html', PAGE);
    if (url.pathname === '/host.js') {
      return send(response, 200, 'text/javascript', bundles[page.get('bundle')] ?? first);
    }
    if (url.pathname.startsWith('/systemjs/')) return file(response, SYSTEMJS, url.pathname.slice(10));
    if (url.pathname.startsWith('/public/plugins/leakline-memory-app/')) {
      return file(response, DIST, url.pathname.slice(36));
    }
    if (url.pathname.includes('/img/icons/')) {
      return file(response, ICONS, url.pathname.slice(url.pathname.indexOf('/img/') + 5));
    }
    if (url.pathname.startsWith(PROXY)) {
      const role = page.get('role') ?? 'Editor';
      return proxy(request, response, url.pathname.slice(PROXY.length), url.search, role);
    }
    return send(response, 404, 'text/plain', 'not found');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    upstream,
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
