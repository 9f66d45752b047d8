// Builds the exporter's page into exporter/dist/page: one HTML file that names its hashed scripts and styles.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);
const here = fileURLToPath(new URL('.', import.meta.url));
const out = join(here, '../../exporter/dist/page');

/** What is loaded before the list of targets shows. Larger, and it is no longer at once on a slow laptop. */
const MOST_FIRST_BYTES = 220 * 1024;
/** All scripts: the panel of a target comes when one is opened, Chinese where it is read. */
const MOST_SCRIPT_BYTES = 600 * 1024;

const themes = await build({
  entryPoints: [join(here, 'theme-css.ts')],
  bundle: true,
  platform: 'node',
  format: 'cjs',
  write: false,
  logLevel: 'error',
});
const themeCss = execFileSync(process.execPath, ['-'], {
  input: themes.outputFiles[0].contents,
  encoding: 'utf8',
});

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const result = await build({
  entryPoints: [join(here, 'main.tsx')],
  bundle: true,
  minify: true,
  splitting: true,
  format: 'esm',
  target: ['chrome111', 'firefox115', 'safari16.4'],
  define: { 'process.env.NODE_ENV': '"production"' },
  entryNames: 'page-[hash]',
  chunkNames: 'page-[hash]',
  assetNames: '[name]-[hash]',
  loader: { '.woff2': 'file' },
  legalComments: 'none',
  outdir: out,
  metafile: true,
  logLevel: 'error',
  plugins: [
    {
      name: 'theme',
      setup(setup) {
        setup.onResolve({ filter: /^leakline-theme\.css$/ }, ({ path }) => ({ path, namespace: 'theme' }));
        setup.onLoad({ filter: /.*/, namespace: 'theme' }, () => ({ contents: themeCss, loader: 'css' }));
      },
    },
  ],
});

const { outputs } = result.metafile;
const [script, entry] =
  Object.entries(outputs).find(([, output]) => output.entryPoint?.endsWith('main.tsx')) ?? [];
const font = Object.keys(outputs).find((path) => path.endsWith('.woff2'));
if (!entry?.cssBundle || !font) throw new Error('the page has no script, no styles or no typeface');
const first = [script, ...staticImports(script)];
const bytesOf = (paths) => paths.reduce((sum, path) => sum + outputs[path].bytes, 0);
const all = Object.keys(outputs).filter((path) => path.endsWith('.js'));
for (const [what, bytes, most] of [
  ['first scripts', bytesOf(first), MOST_FIRST_BYTES],
  ['scripts', bytesOf(all), MOST_SCRIPT_BYTES],
]) {
  if (bytes > most) throw new Error(`the page's ${what} have ${bytes} bytes; at most ${most} are allowed`);
}
// The styles of what is loaded later are in the page's own (standalone/styles.ts); nothing loads these.
for (const path of Object.keys(outputs)) {
  if (path.endsWith('.css') && path !== entry.cssBundle) rmSync(path);
}

/** What a script needs before it runs. */
function staticImports(path, seen = new Set()) {
  for (const { path: imported, kind } of outputs[path].imports) {
    if (kind !== 'import-statement' || seen.has(imported)) continue;
    seen.add(imported);
    staticImports(imported, seen);
  }
  return [...seen];
}

const html = readFileSync(join(here, 'index.html'), 'utf8')
  .replace('%SCRIPT%', basename(script))
  .replace('%STYLE%', basename(entry.cssBundle))
  .replace('%FONT%', basename(font))
  .replace(
    '%PRELOAD%',
    first
      .slice(1)
      .map((path) => `<link rel="modulepreload" href="${basename(path)}" />`)
      .join(''),
  )
  .replaceAll('%ICON%', Buffer.from(readFileSync(join(here, '../src/img/logo.svg'))).toString('base64'));
writeFileSync(join(out, 'index.html'), html);
// The licence of the typeface wants to go with it.
copyFileSync(require.resolve('@fontsource-variable/inter/LICENSE'), join(out, 'inter-license.txt'));
const kib = (bytes) => `${Math.round(bytes / 1024)} KiB`;
console.log(
  `page: ${kib(bytesOf(first))} of script first, ${kib(bytesOf(all))} in all; ${kib(outputs[entry.cssBundle].bytes)} of styles`,
);
