// The last step of the build: `leakline pprof` as one file, with what only some reports need in files beside it. Node
// takes longer to find and read a hundred small modules than to analyse a profile of ordinary size.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const SOURCE = fileURLToPath(new URL('src/commands/pprof/main.ts', import.meta.url));
const OUT = fileURLToPath(new URL('dist/commands/pprof/', import.meta.url));

/** Parts of an earlier build have another hash in their names. */
for (const name of await readdir(OUT)) {
  if (/-[A-Z0-9]{8}\.js(\.map)?$/.test(name)) await rm(join(OUT, name));
}

await build({
  entryPoints: [SOURCE],
  outdir: OUT,
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Names stay, so that a stack trace can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: true,
  external: ['@hpcc-js/wasm-graphviz', 'pdfkit', 'svg-to-pdfkit'],
  plugins: [{ name: 'left out', setup: leaveOut }],
  logLevel: 'warning',
});

/**
 * What must be there once: an error is known by its class in main.ts as well. The HTTP client finds package.json by
 * its own place. Both are named from OUT, where every part lies.
 */
function leaveOut(bundler) {
  for (const file of ['errors.js', 'target-http/client.js']) {
    const filter = new RegExp(`^\\.\\.?/(\\.\\./)*${file.replace('.', '\\.')}$`);
    bundler.onResolve({ filter }, ({ importer }) =>
      importer.includes('target-http') ? undefined : { path: `../../${file}`, external: true },
    );
  }
}
