import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { probe } from './probe.js';

// As net/http/pprof and expvar write them, shortened.
const PPROF =
  '<html>\n<head>\n<title>/debug/pprof/</title>\n</head>\n<body>\n/debug/pprof/<br>\nTypes of profiles available:\n' +
  '<table>\n<tr><td>7</td><td><a href=goroutine?debug=1>goroutine</a></td></tr>\n</table></body></html>';
const EXPVAR = '{\n"cmdline": ["/opt/orders"],\n"memstats": {"Alloc":1,"TotalAlloc":2,"Sys":3}\n}\n';

const servers: { close(): unknown; closeAllConnections?(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections?.();
    server.close();
  }
});

async function serve(
  handler: RequestListener,
): Promise<{ address: string; asked: string[]; server: Server }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    handler(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked, server };
}

const pages =
  (byPath: Record<string, string>): RequestListener =>
  (request, response) => {
    const page = byPath[request.url ?? ''];
    response.statusCode = page === undefined ? 404 : 200;
    response.end(page ?? 'not here');
  };

it('finds both pages, on one listener or on two, and asks these two paths only', async () => {
  const both = await serve(pages({ '/debug/pprof/': PPROF, '/debug/vars': EXPVAR }));
  expect(await probe([both.address])).toEqual({
    pprofUrl: `http://${both.address}/debug/pprof/`,
    expvarUrl: `http://${both.address}/debug/vars`,
    refused: [],
  });
  const api = await serve(pages({}));
  const vars = await serve(pages({ '/debug/vars': EXPVAR }));
  const debug = await serve(pages({ '/debug/pprof/': PPROF }));
  const last = await serve(pages({}));
  const found = await probe([api, vars, debug, last].map(({ address }) => address));
  expect(found).toEqual({
    pprofUrl: `http://${debug.address}/debug/pprof/`,
    expvarUrl: `http://${vars.address}/debug/vars`,
    refused: [],
  });
  expect(api.asked).toEqual(['/debug/pprof/', '/debug/vars']);
  expect(debug.asked).toEqual(['/debug/pprof/']);
  expect(last.asked).toEqual([]);
});

it('believes neither a page for everything nor a redirect', async () => {
  const everything = await serve((_request, response) =>
    response.end('<html>welcome, goroutine fans</html>'),
  );
  const elsewhere = await serve(pages({ '/debug/pprof/': PPROF }));
  const redirecting = await serve((request, response) => {
    response.writeHead(302, { Location: `http://${elsewhere.address}${request.url}` }).end();
  });
  const json = await serve((_request, response) => response.end('{"memstats": "none"}'));
  expect(await probe([everything, redirecting, json].map(({ address }) => address))).toEqual({ refused: [] });
  expect(elsewhere.asked).toEqual([]);
});

it('says who wants credentials', async () => {
  const guarded = await serve((_request, response) => response.writeHead(401).end());
  expect(await probe([guarded.address])).toEqual({ refused: [guarded.address] });
});

it('does not wait for who is silent, does not speak HTTP, or never ends', async () => {
  let silentConnections = 0;
  const silent = createTcpServer(() => silentConnections++);
  const rude = createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
  for (const server of [silent, rude]) {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }
  let written = 0;
  const endless = await serve((_request, response) => {
    const more = () => {
      written += 1 << 16;
      if (!response.destroyed && response.write(Buffer.alloc(1 << 16, 'x'))) setImmediate(more);
      else response.once('drain', more);
    };
    more();
  });
  const slow = await serve((_request, response) => void response.write('<html>'));
  const addresses = [silent, rude].map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`);
  expect(await probe([...addresses, endless.address, slow.address, '127.0.0.1:1'])).toEqual({ refused: [] });
  // Once, although there are two paths: the first question was not answered.
  expect(silentConnections).toBe(1);
  // A megabyte or two may stand in the buffers of the connections.
  expect(written).toBeLessThan(64 << 20);
});

it('stops when it is told to', async () => {
  const api = await serve(pages({}));
  expect(await probe([api.address], AbortSignal.abort())).toEqual({ refused: [] });
  expect(api.asked).toEqual([]);
});
