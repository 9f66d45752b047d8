// The example and the documentation name every field of the schema, as the schema has it.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parseConfig } from './load.js';
import { fieldReferences, referenceRows } from './reference.js';

const root = path.join(import.meta.dirname, '../../..');
const read = (name: string) => readFileSync(path.join(root, name), 'utf8');
const EXAMPLE = 'provisioning/leakline.example.yml';

/** The example with the fields switched on that it shows as comments: "#field:", "#  field:". Prose begins with "# ". */
const everything = () => read(EXAMPLE).replace(/^( *)#(?=( {2})?[A-Za-z]+:)/gm, '$1');

it('describes every field', () => {
  const fields = fieldReferences();
  expect(fields.length).toBeGreaterThan(90);
  expect(fields.filter(({ description }) => description === '')).toEqual([]);
});

it('is in docs/configuration.md, field by field', () => {
  const [, section] = read('docs/configuration.md').split('\n## ');
  const rows = section!.split('\n').filter((line) => line.startsWith('| `'));
  // The formatter of Markdown pads the columns.
  expect(rows.map((row) => row.replace(/ +/g, ' '))).toEqual(referenceRows());
});

it('has an example that is right as it stands, and with everything in it switched on', () => {
  expect(parseConfig(read(EXAMPLE), EXAMPLE).targets.length).toBeGreaterThan(0);
  expect(() => parseConfig(everything(), EXAMPLE)).not.toThrow();
});

it('has an example that names every field', () => {
  const text = everything();
  const missing = fieldReferences()
    .map((field) => field.path.split('.').at(-1)!.replace('[]', ''))
    .filter((name) => !new RegExp(`(^|[ {])${name}:`, 'm').test(text));
  expect(missing).toEqual([]);
});
