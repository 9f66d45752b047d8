// The last step of the build: `leakline pprof` as one file, with what only some reports need in files beside it. Node
// takes longer to find and read a hundred small modules than to analyse a profile of ordinary size.
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

await rm(at('dist/commands/pprof/chunks'), { recursive: true, force: true });
await build({
  entryPoints: [at('src/commands/pprof/main.ts')],
  outdir: at('dist/commands/pprof'),
  chunkNames: 'chunks/[name]-[hash]',
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
  logLevel: 'warning',
});
