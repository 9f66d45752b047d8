// `leakline serve`: the exporter, the API and the page.

import { Command } from 'commander';
import { defaultConfig, loadConfig, type Config } from '../config/index.js';
import { startExporter } from '../exporter.js';
import { createLogger, type Logger } from '../log.js';
import { VERSION } from '../version.js';

interface ServeOptions {
  config?: string;
  listen?: string;
  check?: boolean;
}

/** Time in which a stop ends, whatever clients do. */
const STOP_GRACE_MS = 4_000;

export function serveCommand(): Command {
  return new Command('serve')
    .description('watch the Go processes of this host; serve metrics, API and page (the default command)')
    .option('-c, --config <file>', 'configuration file (YAML); without one everything is found by itself')
    .option('-l, --listen <host:port>', 'address to listen on (default: 127.0.0.1:9464)')
    .option('--check', 'check the configuration file and end')
    .addHelpText(
      'after',
      `
Examples:
  leakline serve                          watch this host, with nothing configured
  leakline serve --config leakline.yml    with targets, limits and captures of your own
  leakline serve --config leakline.yml --check`,
    )
    .action(serve);
}

async function serve(options: ServeOptions): Promise<void> {
  const config = withListen(await readConfig(options.config), options.listen);
  if (options.check) {
    const name = options.config ?? 'the built-in configuration';
    process.stdout.write(`${name}: ok, ${config.targets.length} targets\n`);
    return;
  }
  const log = createLogger(config.log);
  const exporter = await startExporter(config, log);
  log.info({ version: VERSION, url: exporter.url }, `Leakline answers at ${exporter.url}/`);
  await stopSignal(log);
  await exporter.close(STOP_GRACE_MS);
  log.info('stopped');
  // What targets still hold open must not delay the end.
  process.exit(0);
}

async function readConfig(file: string | undefined): Promise<Config> {
  return file === undefined ? defaultConfig() : loadConfig(file);
}

function withListen(config: Config, listen: string | undefined): Config {
  return listen === undefined ? config : { ...config, listen };
}

function stopSignal(log: Logger): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        log.info({ signal }, 'stopping');
        resolve();
      });
    }
  });
}
