// Grafana's data-source proxy with its manners, to the letter and in this one place (grafana/grafana
// pkg/api/pluginproxy/ds_proxy.go, pkg/util/proxyutil/{reverse_proxy,proxyutil}.go): the first route of plugin.json
// whose method and path match decides, with its role; an upstream 401 becomes 400 with a text of Grafana's own; the
// browser's session does not go upstream and the exporter's cookies do not come back; answers are sandboxed; an
// upstream that fails is 502, one that is silent for 30 s is 504, both without a body.
import { request as httpRequest } from 'node:http';
import { clearTimeout, setTimeout } from 'node:timers';

const ROLES = ['Viewer', 'Editor', 'Admin'];
/** grafana.ini, [dataproxy] timeout. */
const TIMEOUT_MS = 30_000;
/** What a request loses on its way: the session of the browser, and what tells of it. */
const STRIPPED = [
  'cookie',
  'authorization',
  'origin',
  'referer',
  'host',
  'connection',
  'x-grafana-user',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
];

/**
 * `routes`: of the data source's plugin.json. `upstream`: {url, authorization, timeoutMs}; asked anew for each request,
 * so that it may change meanwhile. `seen` gets {method, path, role, headers} of what went upstream.
 */
export function createProxy({ routes, upstream, seen }) {
  return function proxy(request, response, path, search, role) {
    const route = routes.find(
      (one) =>
        (!one.method || one.method === '*' || one.method === request.method) && path.startsWith(one.path),
    );
    // The data source has no URL of its own: what matches no route leads nowhere.
    if (!route) return end(response, 502);
    if (route.reqRole && ROLES.indexOf(role) < ROLES.indexOf(route.reqRole)) {
      return end(response, 403, 'application/json', '{"message":"plugin proxy route access denied"}');
    }
    const address = route.url.replace('{{ .JsonData.url }}', upstream.url) + path.slice(route.path.length);
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => !STRIPPED.includes(name)),
    );
    headers['user-agent'] = 'Grafana/13.1.0';
    headers['x-grafana-referer'] = request.headers.referer ?? '';
    headers['x-forwarded-for'] = request.socket.remoteAddress;
    if (upstream.authorization) headers.authorization = upstream.authorization;
    seen.push({ method: request.method, path, role, headers });

    const outgoing = httpRequest(address + search, { method: request.method, headers });
    const timer = setTimeout(
      () => outgoing.destroy(Object.assign(new Error('timeout'), { isTimeout: true })),
      upstream.timeoutMs ?? TIMEOUT_MS,
    );
    outgoing.on('response', (answer) => {
      if (answer.statusCode === 401) {
        answer.resume();
        clearTimeout(timer);
        end(response, 400, 'text/plain', 'Authentication to data source failed');
        return;
      }
      const passed = { ...answer.headers, 'content-security-policy': 'sandbox' };
      delete passed['set-cookie'];
      delete passed.connection;
      delete passed['keep-alive'];
      response.writeHead(answer.statusCode, passed);
      answer.pipe(response);
      answer.on('close', () => clearTimeout(timer));
    });
    outgoing.on('error', (error) => {
      clearTimeout(timer);
      if (response.headersSent) response.destroy();
      else end(response, error.isTimeout ? 504 : 502);
    });
    response.on('close', () => outgoing.destroy());
    request.pipe(outgoing);
    return undefined;
  };
}

function end(response, status, type, body = '') {
  response.writeHead(status, {
    ...(type ? { 'content-type': `${type}; charset=utf-8` } : {}),
    'content-security-policy': 'sandbox',
  });
  response.end(body);
}
