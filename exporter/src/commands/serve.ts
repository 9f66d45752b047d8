// `leakline serve`: the exporter, the API and the page.

import { Command } from 'commander';
import { defaultConfig, loadConfig, watchConfig, type Config, type ConfigWatch } from '../config/index.js';
import { messageOf } from '../errors.js';
import { startExporter } from '../exporter.js';
import { createLogger, openLogFile, type Logger } from '../log.js';
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
  leakline serve --config leakline.yml --check

SIGHUP, or a change of the file, reloads the configuration.`,
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
  const { file } = config.log;
  const log = file === undefined ? createLogger(config.log) : await openLogFile(file, config.log);
  const exporter = await startExporter(config, log);
  log.info({ version: VERSION, url: exporter.url }, `Leakline answers at ${exporter.url}/`);
  const watch = options.config === undefined ? undefined : watchFile(options.config);
  await stopSignal(log);
  watch?.close();
  await exporter.close(STOP_GRACE_MS);
  log.info('stopped');
  // What targets still hold open must not delay the end.
  process.exit(0);

  function watchFile(file: string): ConfigWatch {
    return watchConfig(
      file,
      (next) => {
        exporter
          .reload(withListen(next, options.listen))
          .then(() => log.info({ file, targets: next.targets.length }, 'the configuration was reloaded'))
          .catch((error: unknown) =>
            log.error({ file, err: messageOf(error) }, 'the configuration could not be taken into use'),
          );
      },
      (error) => log.error({ file, err: error.message }, 'the configuration is broken; the old one is kept'),
    );
  }
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
