// The examples of receivers with their message templates, asked by amtool.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { REPOSITORY } from '../lib/stack.js';

const FOLDER = join(REPOSITORY, 'provisioning/alertmanager');
const amtool = (...args: string[]) => execFileSync('amtool', args, { encoding: 'utf8', stdio: 'pipe' });

it('takes the examples of receivers and the templates', () => {
  expect(amtool('check-config', join(FOLDER, 'receivers.example.yml'))).toMatch(
    /5 receivers[\s\S]*1 templates[\s\S]*SUCCESS/,
  );
});

it('writes target, status and the words of the rules into messages', () => {
  const data = join(FOLDER, 'testdata/message.json');
  const text = (name: string) =>
    amtool(
      'template',
      'render',
      `--template.glob=${FOLDER}/templates/*.tmpl`,
      `--template.data=${data}`,
      `--template.text={{ template "${name}" . }}`,
    );
  expect(text('leakline.title').trim()).toBe('[FIRING 1] orders-api');
  expect(text('leakline.text')).toContain('Growing fastest: main.(*cache).put.');
  expect(text('leakline.html')).toContain('<h3>orders-api is leaking memory</h3>');
});
