// The express application: what is served where. Everything it serves is handed in.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import express, { type Express, type Router } from 'express';
import type { Logger } from '../log.js';
import type { Exposition } from '../metrics/families.js';
import type { Watch } from '../watch/types.js';
import { errorHandler, unknownRoute } from './http-errors.js';
import { landingPage } from './landing.js';
import { openapiRouter } from './openapi/index.js';
import { targetsRouter, type Enrich } from './routes/targets.js';
import { basicAuth, loopbackHostCheck, securityHeaders, webHeaders, type WebGate } from './security.js';

export interface AppOptions {
  watch: Watch;
  exposition: Exposition;
  isReady: () => boolean;
  /** Further routers under /api/v1 (captures, alerts, incidents). */
  apiRouters?: readonly Router[];
  enrich?: Enrich;
  /** The web configuration, where there is one. */
  gate?: WebGate;
  listensOnLoopback: boolean;
  log: Logger;
}

/** The built page, beside the compiled code. */
const PAGE_DIRECTORY = fileURLToPath(new URL('../../dist/page/', import.meta.url));

export function createApp(options: AppOptions): Express {
  const { watch, exposition, log } = options;
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.use(securityHeaders, loopbackHostCheck(options.listensOnLoopback));
  if (options.gate) app.use(webHeaders(options.gate));
  // A load balancer asks for health without credentials; it tells nothing.
  app.get('/-/healthy', (_request, response) => {
    response.type('text').send('Leakline is healthy.\n');
  });
  app.get('/-/ready', (_request, response) => {
    if (options.isReady()) response.type('text').send('Leakline is ready.\n');
    else response.status(503).type('text').send('Leakline is starting.\n');
  });
  if (options.gate) app.use(basicAuth(options.gate));
  app.get('/metrics', async (_request, response) => {
    const body = await exposition.render();
    response.set('Content-Type', exposition.contentType).send(body);
  });
  app.use(
    '/api/v1',
    noStore,
    targetsRouter(watch, options.enrich),
    ...(options.apiRouters ?? []),
    openapiRouter(),
    unknownRoute,
  );
  if (existsSync(`${PAGE_DIRECTORY}index.html`)) {
    app.use(
      express.static(PAGE_DIRECTORY, {
        setHeaders: (response, path) => {
          // Names of the assets hold their hash; the page itself must be asked for again.
          response.setHeader(
            'Cache-Control',
            path.endsWith('.html') ? 'no-cache' : 'public, max-age=31536000, immutable',
          );
        },
      }),
    );
  } else {
    app.get('/', (_request, response) => {
      response.type('html').send(landingPage(watch.targets()));
    });
  }
  app.use(unknownRoute, errorHandler(log));
  return app;
}

/** Answers about a running host are of the moment; a route that knows better sets its own header. */
const noStore: express.RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};
